"""`papers doctor`: check what a person may forget. Each finding is one line, with a remedy if bad."""

import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, metadata, version
from importlib.util import find_spec
from pathlib import Path

from pipeline.commands.doctor.automation import check_alerts, check_automation
from pipeline.commands.doctor.finding import Finding
from pipeline.commands.doctor.services import check_services
from pipeline.core import sql_files
from pipeline.core.errors import OutdatedError, PipelineError, SettingError
from pipeline.core.files import OTHERS_WRITE, open_plain
from pipeline.core.home import dagster_home
from pipeline.core.settings import Settings, read_settings
from pipeline.core.wording import amount_of
from pipeline.http.client import Web
from pipeline.lake.place import Place, find_newer
from pipeline.lake.warehouse import StoredWarehouse, open_warehouse
from pipeline.read.export import published_at
from pipeline.read.query import broken_rules, from_the_future, open_published
from pipeline.read.status import CLOCK_REMEDY
from pipeline.read.status.silence import read_spoken
from pipeline.sources.archives.clone import clone_folder, clone_root
from pipeline.sources.paths import day_of_path, show_path
from pipeline.sources.registry import choose_sources, known_sources
from pipeline.sources.source import GitArchive, Source
from pipeline.warehouse import lock
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake import damage
from pipeline.warehouse.reports import read_put_aside

PACKAGE = "daily-ai-papers-warehouse"
# In a checkout; an installed package has none. The extra `lake` has an environment and a lock of its own.
LOCK = sql_files.PACKAGE.parent / ("requirements-lake.lock" if find_spec("obstore") else "requirements.lock")
PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<only_for>[ \t]*;)?", re.MULTILINE
)
MIN_FREE_BYTES = 1_000_000_000
MAX_DAYS_UNPUBLISHED = 7
SECRETS = (*(name.upper() for name, field in Settings.model_fields.items() if not field.repr), "PASSWORD")
NAMED = 3  # files named in one line


def examine(web: Web | None = None) -> Iterator[Finding]:
    """Yield the findings one by one, the slow ones last. Without `web`, skip the services."""
    yield check_python()
    yield check_packages(LOCK)
    try:
        settings = read_settings()
        sources = choose_sources(settings.sources)
        warehouse = open_warehouse(settings)
    except SettingError as error:
        yield Finding("settings", False, f"{error}; nothing else can be checked before")
        return
    yield check_settings(settings)
    yield check_sources(settings, sources)
    yield from check_silence(warehouse, sources, datetime.now(UTC))
    yield check_folders(warehouse)
    yield check_disk(warehouse)
    yield check_writer(warehouse)
    yield check_automation(datetime.now(UTC))
    yield check_alerts(settings)
    yield check_raw_files(warehouse)
    yield check_published(warehouse, datetime.now(UTC))
    if settings.archive_base_url.startswith("file:"):
        yield from check_clones(settings.archive_base_url, sources)
    if web is None:
        yield Finding("services", True, "skipped (--offline)")
    else:
        yield from check_services(settings, web)


def check_python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    try:
        wanted = metadata(PACKAGE)["Requires-Python"] or ">=3.11"
    except PackageNotFoundError:
        return Finding("python", False, f"{found}, but {PACKAGE} is not installed: `pip install --editable .`")
    least = tuple(map(int, re.findall(r"\d+", wanted)[:2]))
    text = f"{found} ({wanted})" if sys.version_info >= least else f"{found} is too old: install Python {wanted}"
    return Finding("python", sys.version_info >= least, text)


def check_packages(pins: Path) -> Finding:
    """Compare the installed packages with the lock, except pins for other systems."""
    if not pins.is_file():
        return Finding("packages", True, "no requirements.lock here to compare with")
    pinned = {found["name"]: found for found in PINNED.finditer(pins.read_text("utf-8"))}
    differing: list[str] = []
    for name, pin in pinned.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            continue  # for another system, tests or builds; a package that is really missing fails at its import
        if installed != pin["version"] and not pin["only_for"]:
            differing.append(f"{name} {installed} instead of {pin['version']}")
    if differing:
        remedy = f"`pip install --require-hashes -r {pins.name}`"
        return Finding("packages", False, f"not the tested versions: {name_some(differing)}; {remedy}")
    return Finding("packages", True, f"as in {pins.name} ({len(pinned)} pins)")


def check_settings(settings: Settings) -> Finding:
    env = Path(".env")
    is_secret = env.is_file() and any(name in env.read_text("utf-8", "replace") for name in SECRETS)
    if is_secret and env.stat().st_mode & 0o077:
        return Finding("settings", False, f"{env.absolute()} can be read by others: `chmod 600 .env`")
    token = "with a token" if settings.github_token else "without a token"
    contact = "a contact" if settings.contact else "no contact (set CONTACT, so that services can reach you)"
    return Finding("settings", True, f"{settings.warehouse_dir}, {token}, {contact}")


def check_sources(settings: Settings, sources: Sequence[Source]) -> Finding:
    """Show which sources are fetched. An installed one that is broken has ended the look before."""
    names = ", ".join(source.source_id for source in sources)
    others = ", ".join(source.source_id for source in known_sources() if source not in sources)
    why = "as SOURCES says" if settings.sources else "the default ones"
    return Finding("sources", True, f"{names} ({why}{f'; not {others}' if others else ''})")


def check_silence(warehouse: Warehouse, sources: Sequence[Source], now: datetime) -> Iterator[Finding]:
    """Tell of sources that have ended or are silent: nothing here is wrong, so it is no bad finding."""
    try:
        spoken = read_spoken(published_of(warehouse), sources, now.date())
    except PipelineError:
        return  # the check of the published file says why
    for source_id, silence in spoken.find_silences(now.date()).items():
        yield Finding("silence", True, f"{source_id}: {silence.sentence}")
    for source_id, text in spoken.find_returns().items():
        yield Finding("silence", True, f"{source_id} {text}")


def check_folders(warehouse: Warehouse) -> Finding:
    """Try to write to every folder that a run writes to; nothing is left behind."""
    home = dagster_home()
    raw = warehouse.raw
    folders = [warehouse.folder, raw.loose, raw.segments, warehouse.private.folder, warehouse.releases, home]
    unwritable = [f"{folder} ({why})" for folder in folders if (why := why_unwritable(folder))]
    if unwritable:
        remedy = "grant write permission, or set other folders"
        return Finding("folders", False, f"cannot be written: {name_some(unwritable)}; {remedy}")
    if exposed := [str(path) for folder in (warehouse.folder, home) for path in writable_by_all(folder)]:
        remedy = "take that right away with `chmod -R o-w`"
        return Finding("folders", False, f"everybody on this machine can write: {name_some(exposed)}; {remedy}")
    return Finding("folders", True, f"{warehouse.folder} and {home} can be written")


def why_unwritable(folder: Path) -> str | None:
    """Return why a folder, or its nearest existing parent, cannot be written; None if it can."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        if not stat.S_ISDIR(existing.stat().st_mode):
            return f"{existing} is a file"
        tempfile.TemporaryFile(dir=existing).close()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def writable_by_all(folder: Path) -> Iterator[Path]:
    """Yield what everybody may write in a folder, and the folder itself; links have no rights of their own."""
    for path in (folder, *folder.rglob("*")):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue  # not made yet, or a run has just removed it
        if mode & OTHERS_WRITE and not stat.S_ISLNK(mode):
            yield path


def check_disk(warehouse: Warehouse) -> Finding:
    """A run needs room to build and publish one more release; less than a gigabyte is always bad."""
    existing = next(path for path in (warehouse.folder, *warehouse.folder.parents) if path.is_dir())
    free = shutil.disk_usage(existing).free
    build = warehouse.private.build.stat().st_size if warehouse.private.build.is_file() else 0
    needed = max(MIN_FREE_BYTES, 4 * build)
    text = f"{free / 1e9:.1f} GB free"
    if free < needed:
        return Finding("disk", False, f"{text} at {existing}, {needed / 1e9:.1f} GB needed: make room")
    return Finding("disk", True, text)


def check_writer(warehouse: Warehouse) -> Finding:
    holder = lock.find_holder(warehouse.folder)
    return Finding("writer", True, f"being written by {holder}" if holder else "nobody is writing")


def check_raw_files(warehouse: Warehouse) -> Finding:
    """Compare every raw file with its sha256, and the folder with the manifest."""
    files = warehouse.raw.files()
    damaged = damage.find_damage(warehouse.raw, warehouse.private.folder, every_file=True)
    bad = [f"{name} {why}" for name, why in damaged.items()]
    if not files and warehouse.has_lost_raw():
        bad.insert(0, f"{warehouse.raw.folder} has no file, and the published file was built from some")
    if bad:
        return Finding("raw files", False, f"{name_some(bad)}; {damage.REMEDY}")
    aside = (read_put_aside(warehouse.private.folder) or {"count": 0})["count"]
    told = amount_of(aside, "response or row", "responses or rows")
    more = f"; {told} put aside (`papers status`)" if aside else ""
    return Finding("raw files", True, f"{sum(path.exists() for path in files)} match their sha256{more}")


def check_published(warehouse: Warehouse, now: datetime) -> Finding:
    """Run the checks on the published file, opened as a reader does."""
    if not warehouse.raw.files() and not warehouse.published.is_symlink():
        return Finding("published", True, "nothing yet: `papers run`, `papers backfill` or `papers demo` publishes")
    try:
        published = published_of(warehouse)
        if warehouse.private.are_outdated():  # rules and tables may be others
            with open_published(published):
                text = f"{published} was built by another version of this code: `papers run` builds it anew"
                return Finding("published", True, text)
        broken = broken_rules(published)
        with open_published(published) as connection:
            ahead = from_the_future(connection)
    except OutdatedError as error:
        return Finding("published", True, str(error))
    except PipelineError as error:
        return Finding("published", False, str(error))
    if broken:
        rules = [f"{name} ({amount_of(count, 'row')})" for name, count in broken.items()]
        return Finding("published", False, f"breaks {name_some(rules)}; `papers rebuild` rebuilds it from raw/")
    at = published_at(published.resolve())
    age = now - at
    if ahead:
        return Finding("published", False, f"{name_some(ahead)}, which is yet to come; {CLOCK_REMEDY}")
    text = f"passes every check; from {at:%Y-%m-%d %H:%M} UTC"
    if age > timedelta(days=MAX_DAYS_UNPUBLISHED):
        return Finding(
            "published", False, f"{text}, {age.days} days ago: is the schedule on? `papers run` publishes a new one"
        )
    return Finding("published", True, text)


def published_of(warehouse: Warehouse) -> Place:
    """Return where readers have the published file: on this host, or in the store. Raises WarehouseError."""
    if isinstance(warehouse, StoredWarehouse):
        return find_newer(warehouse.store, warehouse.published)
    return warehouse.published


def check_clones(base_url: str, sources: Sequence[Source]) -> Iterator[Finding]:
    """Check for each source whether its folder under a file URL exists, can be read and has pages."""
    for source in sources:
        if not isinstance(source.place, GitArchive):
            continue
        main, *_ = source.documents
        owner, folder = source.source_id.partition("/")[0], clone_folder(base_url, source)
        try:
            files = [Path(top, name) for top, _, names in os.walk(folder, onerror=reraise) for name in names]
            root = clone_root(base_url, source)
            pages = sorted(path for path in files if day_of_path(main.path, path.relative_to(root).as_posix()))
            for newest in pages[-1:]:
                os.close(open_plain(newest))
        except OSError as error:
            remedy = "clone the source there, grant read permission, or set ARCHIVE_BASE_URL to its clone"
            yield Finding(owner, False, f"{error.filename}: {error.strerror}; {remedy}")
            continue
        text = f"{amount_of(len(pages), 'page')} in {folder}"
        none = f"{text}: none is named {show_path(main.path)}; clone it again"
        yield Finding(owner, bool(pages), text if pages else none)


def reraise(error: OSError) -> None:
    raise error


def name_some(texts: list[str]) -> str:
    more = len(texts) - NAMED
    return ", ".join(texts[:NAMED]) + (f" and {more} more" if more > 0 else "")
