"""`papers doctor`: what a person would forget, looked at one by one; a finding is a line, with the remedy if bad."""

import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

from pipeline.commands.finding import Finding
from pipeline.commands.service_checks import check_services
from pipeline.core import sql_files
from pipeline.core.errors import PipelineError, RawError, SettingError
from pipeline.core.settings import Settings, read_settings
from pipeline.http.client import Web
from pipeline.read.query import broken_rules
from pipeline.sources.clone import clone_folder
from pipeline.sources.listing import day_of_path
from pipeline.sources.registry import SOURCES
from pipeline.warehouse import lock
from pipeline.warehouse.folder import Warehouse

PACKAGE = "daily-ai-papers-warehouse"
LOCK = sql_files.PACKAGE.parent / "requirements.lock"  # of a checkout; an installed package has none
PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<only_for>[ \t]*;)?", re.MULTILINE
)
LEAST_FREE_BYTES = 1_000_000_000
MOST_DAYS_UNPUBLISHED = 7
NAMED = 3  # files named in one line


def examine(web: Web | None = None) -> Iterator[Finding]:
    """Yield the findings as they are made, the slow ones last. Without `web` no service is asked."""
    yield check_python()
    yield check_packages(LOCK)
    try:
        settings = read_settings()
    except SettingError as error:
        yield Finding("settings", False, f"{error}; nothing else can be looked at before")
        return
    yield check_settings(settings)
    warehouse = Warehouse(settings.warehouse_dir)
    yield check_folders(warehouse)
    yield check_disk(warehouse)
    yield check_writer(warehouse)
    yield check_raw_files(warehouse)
    yield check_published(warehouse, datetime.now(UTC))
    if settings.archive_base_url.startswith("file:"):
        yield from check_clone(settings.archive_base_url)
    if web is None:
        yield Finding("services", True, "not asked, as wished")
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
    """Compare what is installed with the lock, leaving out what the lock has for other systems."""
    if not pins.is_file():
        return Finding("packages", True, "no requirements.lock here to compare with")
    pinned = {found["name"]: found for found in PINNED.finditer(pins.read_text("utf-8"))}
    differing: list[str] = []
    for name, pin in pinned.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            continue  # for another system, or for tests and builds only; what is missed fails at its import
        if installed != pin["version"] and not pin["only_for"]:
            differing.append(f"{name} {installed} instead of {pin['version']}")
    if differing:
        remedy = "`pip install --require-hashes -r requirements.lock`"
        return Finding("packages", False, f"not those that were tested: {name_some(differing)}; {remedy}")
    return Finding("packages", True, f"as in requirements.lock ({len(pinned)} pins)")


def check_settings(settings: Settings) -> Finding:
    env = Path(".env")
    if env.is_file() and "GITHUB_TOKEN" in env.read_text("utf-8", "replace") and env.stat().st_mode & 0o077:
        return Finding("settings", False, f"{env.absolute()} may be read by others: `chmod 600 .env`")
    token = "with a token" if settings.github_token else "without a token"
    contact = "a contact" if settings.contact else "no contact (set CONTACT, so that a service can write to you)"
    return Finding("settings", True, f"{settings.warehouse_dir}, {token}, {contact}")


def check_folders(warehouse: Warehouse) -> Finding:
    """Try to write in every folder that a run writes in; nothing stays behind."""
    home = Path(os.environ.get("DAGSTER_HOME") or ".dagster").expanduser().absolute()
    raw = warehouse.raw
    folders = [warehouse.folder, raw.loose, raw.segments, warehouse.private.folder, warehouse.releases, home]
    refused = [f"{folder} ({why})" for folder in folders if (why := refusal(folder))]
    if refused:
        return Finding("folders", False, f"cannot be written: {name_some(refused)}; give the right to, or set others")
    return Finding("folders", True, f"{warehouse.folder} and {home} can be written")


def refusal(folder: Path) -> str | None:
    """Say why a folder, or where it is still to be made the nearest one above it, cannot be written; None if it can."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        if not stat.S_ISDIR(place.stat().st_mode):
            return f"{place} is a file"
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def check_disk(warehouse: Warehouse) -> Finding:
    """A run needs room for one more generation and the work on it; never less than a gigabyte is called well."""
    place = next(path for path in (warehouse.folder, *warehouse.folder.parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    build = warehouse.private.build.stat().st_size if warehouse.private.build.is_file() else 0
    wanted = max(LEAST_FREE_BYTES, 4 * build)
    text = f"{free / 1e9:.1f} GB free"
    if free < wanted:
        return Finding("disk", False, f"{text} at {place}, {wanted / 1e9:.1f} GB are wanted: make room")
    return Finding("disk", True, text)


def check_writer(warehouse: Warehouse) -> Finding:
    holder = lock.find_holder(warehouse.folder)
    return Finding("writer", True, f"being written by {holder}" if holder else "nobody is writing")


def check_raw_files(warehouse: Warehouse) -> Finding:
    """Compare every raw file with its sha256, and the folder with its manifest."""
    files = warehouse.raw.files()
    bad = [f"{name} is missing" for name in warehouse.raw.missing()]
    for path in files:
        try:
            warehouse.raw.read(path)
        except (RawError, OSError):
            bad.append(f"{path.relative_to(warehouse.folder)} is cut short or altered")
    if bad:
        remedy = "bring it back from a backup, or move it away, then `papers rebuild` and `papers backfill --missing`"
        return Finding("raw files", False, f"{name_some(bad)}; {remedy}")
    return Finding("raw files", True, f"{len(files)} as their sha256 says")


def check_published(warehouse: Warehouse, now: datetime) -> Finding:
    """Open the published file as a reader would and ask it for what breaks a rule."""
    try:
        broken = broken_rules(warehouse.published)
    except PipelineError as error:
        return Finding("published", False, str(error))
    if broken:
        rules = [f"{name} ({count} rows)" for name, count in broken.items()]
        return Finding("published", False, f"breaks {name_some(rules)}; `papers rebuild` makes it anew from raw/")
    at = datetime.fromtimestamp(warehouse.published.resolve().parent.stat().st_mtime, UTC)
    age = now - at
    text = f"keeps every rule; of {at:%Y-%m-%d %H:%M} UTC"
    if age > timedelta(days=MOST_DAYS_UNPUBLISHED):
        return Finding(
            "published", False, f"{text}, {age.days} days ago: is the schedule on? `papers run` makes a new one"
        )
    return Finding("published", True, text)


def check_clone(base_url: str) -> Iterator[Finding]:
    """Look into the folder that a file URL names, source by source: is it there, may it be read, has it pages."""
    for source in SOURCES:
        owner, folder = source.source_id.partition("/")[0], clone_folder(base_url, source.source_id)
        try:
            files = [Path(top, name) for top, _, names in os.walk(folder, onerror=complain) for name in names]
            pages = sorted(path for path in files if day_of_path(f"archive/{path.relative_to(folder)}"))
            for newest in pages[-1:]:
                newest.open("rb").close()
        except OSError as error:
            remedy = "clone the source to there or give the right to read it, or set ARCHIVE_BASE_URL to its clone"
            yield Finding(owner, False, f"{error.filename}: {error.strerror}; {remedy}")
            continue
        text = f"{len(pages):,} pages in {folder}"
        yield Finding(owner, bool(pages), text if pages else f"{text}: none is named YYYY/MM/DD.md; clone it anew")


def complain(error: OSError) -> None:
    raise error


def name_some(texts: list[str]) -> str:
    more = len(texts) - NAMED
    return ", ".join(texts[:NAMED]) + (f" and {more} more" if more > 0 else "")
