"""Which raw files are damaged: the one verdict of a run, `papers status`, `papers doctor` and `papers rebuild`.

A raw file is never written twice, so what has not changed since it was last read and compared with its sha256 is as
good as then. A look reads only files whose inode has changed since, and those that were damaged then: some
milliseconds for years of files. Bytes that rot on the disk change no inode; the doctor and a rebuild read every file.
"""

from datetime import UTC, datetime
from pathlib import Path

from pipeline.core.errors import RawError
from pipeline.warehouse.raw import Raw, why_unreadable
from pipeline.warehouse.reports import read, save

FILE = "raw_files.json"
SLACK_SECONDS = 2  # file systems keep times less exactly than clocks
REMEDY = "restore it from a backup, or move it away, then `papers rebuild` and `papers backfill --missing`"

Damage = dict[str, str]  # by the file's path below the warehouse folder, what is wrong with it, in a few words


def look(raw: Raw, private: Path, *, every_file: bool = False) -> Damage:
    """Return the damaged files, and note that for the next look. The caller holds the lock. Raises WarehouseError."""
    at = datetime.now(UTC).timestamp()
    damage = find_damage(raw, private, every_file=every_file)
    save(private / FILE, {"at": at, "damage": damage})
    return damage


def find_damage(raw: Raw, private: Path, *, every_file: bool = False) -> Damage:
    """Return the damaged files, oldest first, by a look that notes nothing."""
    last_at, known = read_last_look(private)
    is_trusted = last_at <= datetime.now(UTC).timestamp()  # else a clock was wrong
    since = 0.0 if every_file or not is_trusted else last_at - SLACK_SECONDS
    damage: Damage = {}
    for path in raw.files():
        name = str(path.relative_to(raw.folder.parent))
        try:
            if name in known or path.lstat().st_ctime >= since:
                raw.read(path)
        except FileNotFoundError:
            continue  # a run has bundled it just now
        except RawError as error:
            damage[name] = why_unreadable(error)
    return damage


def read_last_look(private: Path) -> tuple[float, Damage]:
    """Return when the last look began, in seconds since 1970, and what it found; 0 and nothing if there was none."""
    found = read(private / FILE)
    if not isinstance(found.get("at"), float) or not isinstance(found.get("damage"), dict):
        return 0.0, {}
    return found["at"], found["damage"]


def describe(damage: Damage) -> str:
    """Return what is damaged and what to do, for a person; three files are named."""
    named = [f"{name} {why}" for name, why in list(damage.items())[:3]]
    more = f" and {len(damage) - 3} more" if len(damage) > 3 else ""
    count = "1 raw file is" if len(damage) == 1 else f"{len(damage):,} raw files are"
    return f"{count} damaged, the rest is published: {', '.join(named)}{more}; {REMEDY}"
