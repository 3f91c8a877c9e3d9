"""Which raw files are damaged or missing: the one verdict of a run, `papers status`, `papers doctor`, `papers rebuild`.

A raw file is never written twice, so what has not changed since it was last read and compared with its sha256 is as
good as then. A look reads only files whose inode has changed since, and those that were damaged then: some
milliseconds for years of files. Bytes that rot on the disk change no inode; the doctor and a rebuild read every file.

A segment that an earlier look saw, or that the manifest lists, is missing for as long as it is not there: raw/ was
restored from an older backup, say. Whoever cannot bring it back accepts the loss, which raw/lost.txt records.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from pipeline.core.errors import RawError
from pipeline.core.files import read_plain, replacing
from pipeline.warehouse.raw import Raw, unwritable, why_unreadable
from pipeline.warehouse.reports import read, save

FILE = "raw_files.json"
ACCEPTED = "lost.txt"
SLACK_SECONDS = 2  # file systems keep times less exactly than clocks
MISSING = "is missing"
REMEDY = (
    "restore it from a backup, or move it away, then `papers rebuild --accept-loss` and `papers backfill --missing`"
)

Damage = dict[str, str]  # by the file's path below the warehouse folder, what is wrong with it, in a few words


def look(raw: Raw, private: Path, *, every_file: bool = False) -> Damage:
    """Return the damaged files, and note that for the next look. The caller holds the lock. Raises WarehouseError."""
    at = datetime.now(UTC).timestamp()
    damage = find_damage(raw, private, every_file=every_file)
    segments = sorted(known_segments(raw, private, every_file=False) | raw.segment_names())
    save(private / FILE, {"at": at, "damage": damage, "segments": segments})
    return damage


def find_damage(raw: Raw, private: Path, *, every_file: bool = False) -> Damage:
    """Return the files that are missing, and those that are damaged, oldest first, by a look that notes nothing."""
    return find_missing(raw, private, every_file=every_file) | find_altered(raw, private, every_file=every_file)


def find_missing(raw: Raw, private: Path, *, every_file: bool) -> Damage:
    """Return the segments that were there once and whose loss nobody accepted."""
    gone = known_segments(raw, private, every_file=every_file) - raw.segment_names() - read_accepted(raw)
    unusable = [raw.manifest.name] if raw.has_no_manifest() else []
    return {f"{raw.folder.name}/{name}": MISSING for name in (*unusable, *sorted(gone))}


def known_segments(raw: Raw, private: Path, *, every_file: bool) -> set[str]:
    """Return the segments of earlier looks; also those of the manifest, which is long, if `every_file` or no look."""
    seen = read(private / FILE).get("segments")
    listed = {entry.file for entry in raw.entries()} if every_file or not isinstance(seen, list) else set[str]()
    return listed | set(map(str, cast(list[object], seen) if isinstance(seen, list) else []))


def read_accepted(raw: Raw) -> set[str]:
    """Return the missing segments whose loss was accepted, as paths below raw/."""
    try:
        return set(read_plain(raw.folder / ACCEPTED).decode("utf-8", "replace").splitlines())
    except OSError:
        return set()


def accept_loss(raw: Raw, private: Path) -> list[str]:
    """Accept that files are missing, and return them as paths below raw/. The caller holds the lock. RawError."""
    prefix = f"{raw.folder.name}/"
    found = [name.removeprefix(prefix) for name in find_missing(raw, private, every_file=True)]
    lost = [name for name in found if name != raw.manifest.name]
    if lost:
        write_accepted(raw, read_accepted(raw) | set(lost))
    return lost


def write_accepted(raw: Raw, lost: set[str]) -> None:
    path = raw.folder / ACCEPTED
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_text("".join(f"{name}\n" for name in sorted(lost)), "utf-8")
    except OSError as error:
        raise unwritable(path, error) from error


def find_altered(raw: Raw, private: Path, *, every_file: bool) -> Damage:
    """Return the files that cannot be read or are not what they were, oldest first."""
    last_at, known = read_last_look(private)
    is_trusted = last_at <= datetime.now(UTC).timestamp()  # else a clock was wrong
    since = 0.0 if every_file or not is_trusted else last_at - SLACK_SECONDS
    damage: Damage = {}
    for path in raw.files():
        name = str(path.relative_to(raw.folder.parent)) if path.is_absolute() else str(path)
        try:
            if name in known or raw.may_have_changed(path, since):
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
    """Return what is damaged or missing and what to do, for a person; three files are named."""
    named = [f"{name} {why}" for name, why in list(damage.items())[:3]]
    more = f" and {len(damage) - 3} more" if len(damage) > 3 else ""
    count = "1 raw file is" if len(damage) == 1 else f"{len(damage):,} raw files are"
    kinds = sorted({"missing" if why == MISSING else "damaged" for why in damage.values()})
    return f"{count} {' or '.join(kinds)}, the rest is published: {', '.join(named)}{more}; {REMEDY}"
