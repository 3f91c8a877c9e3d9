"""The published file in the store: immutable releases, and a small object that names the newest.

published/<time>/papers.duckdb   the last few
published/newest.json            {"release": "<time>", "version": the lake's, or null without a lake}
"""

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.core.errors import WarehouseError
from pipeline.core.settings import Settings
from pipeline.lake.store import Store
from pipeline.warehouse.publish import NAME, RELEASES, flush, point_to, prune

UNDER = "published"
POINTER = f"{UNDER}/newest.json"
RELEASE = re.compile(r"\d{8}T\d{12}Z")  # as publish() names its folders: nothing else becomes a path here


@dataclass(frozen=True)
class Newest:
    """Which release is the newest, and which version of the lake it shows; None without a lake."""

    release: str
    version: int | None = None

    @property
    def name(self) -> str:
        """The object that is its file."""
        return f"{UNDER}/{self.release}/{NAME}"


def find_newest(store: Store) -> Newest | None:
    """Return what the store has; None if nothing was published. Raises WarehouseError."""
    try:
        found = json.loads(store.read(POINTER))
        if not RELEASE.fullmatch(found["release"]):
            raise ValueError
        return Newest(found["release"], found["version"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise WarehouseError(f"{store.url}/{POINTER} cannot be read: remove it, and the next run publishes") from error


def find_local(published: Path) -> str | None:
    """Return the name of the release that this host has; None without one."""
    return published.resolve().parent.name if published.exists() else None


def send(store: Store, published: Path, version: int | None = None) -> None:
    """Put this host's release into the store, then name it the newest, then remove those before the last few: the last
    by the clock of the store, since a release has its name from the clock of a host.
    """
    newest = Newest(published.resolve().parent.name, version)
    store.replace(newest.name, published.resolve())
    store.replace(POINTER, json.dumps(asdict(newest)).encode())
    others = [name for name in store.names_by_age(UNDER) if name.endswith(NAME) and name != newest.name]
    store.delete(others[: -(RELEASES - 1)])


def bring(store: Store, folder: Path) -> None:
    """Make the newest release of the store the published file of this host, in one atomic step, if it is not yet."""
    newest, published = find_newest(store), folder / NAME
    if newest is None or newest.release == find_local(published):
        return
    release = folder / UNDER / newest.release
    part = release.with_name(f".{release.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    store.fetch(newest.name, part / NAME)
    (part / NAME).chmod(0o444)
    flush(part / NAME)
    with suppress(FileExistsError, OSError):  # another process of this host was faster
        part.rename(release)
    point_to(release / NAME, folder)
    prune(folder)


def published_file(settings: Settings) -> Path:
    """Return the published file of this host, after bringing it up to date with the store, if there is one."""
    if settings.warehouse_storage is not None:
        bring(Store(settings.warehouse_storage), settings.warehouse_dir)
    return settings.warehouse_dir / NAME
