"""Collect the files of all modules, write them beside the old site and swap: one that fails leaves the old one."""

import hashlib
import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from pipeline.core.errors import WarehouseError
from pipeline.core.files import read_plain
from pipeline.core.folders import replacing_folder
from pipeline.read import query
from pipeline.read.query import Connection
from pipeline.site import offline, render, report
from pipeline.site.options import Files, Options
from pipeline.site.pages import feeds, general, lists, papers, questions, repositories, search, sitemap, sql
from pipeline.site.paths import is_path
from pipeline.site.world import read_world

SUMS = "SHA256SUMS"  # as `sha256sum -c` reads it; it also says which files are the site's
MARK = ".papers-site"  # a folder whose list has it was written here, and may be replaced
MARKED = b"`papers site` wrote this folder, and replaces it.\n"
LINE = re.compile(r"[0-9a-f]{64}  (\S+)")
NO_JEKYLL = ".nojekyll"  # GitHub Pages serves the files as they are


@dataclass(frozen=True)
class Built:
    """What a build wrote: all files, their bytes, and how many are new or other than before."""

    file_count: int
    byte_count: int
    changed_count: int


def collect(connection: Connection, options: Options, published: BinaryIO) -> Files:
    """Yield every file of the site."""
    pages: list[str] = []
    for path, content in collect_files(connection, options, published):
        if path.endswith(".html") and path != "404.html":
            pages.append(path)
        yield path, content
    if options.url:
        yield from sitemap.files(options.url, pages)


def collect_files(connection: Connection, options: Options, published: BinaryIO) -> Files:
    """Yield the files of each module. The pages for reading share what one reading of the file found."""
    world = read_world(connection, options)
    newest = next(reversed(world.days), options.published_at.date())
    values = report.collect(connection, newest, False, options.published_at.date())
    values["silences"] = report.tell_silences(connection, options.published_at.date())
    yield NO_JEKYLL, b""
    yield MARK, MARKED
    yield from render.asset_files()
    yield from lists.files(world, len(query.questions()))
    yield from papers.files(world)
    yield from repositories.files(world)
    yield from questions.files(connection, world)
    yield from general.files(world, values)
    yield from feeds.files(connection, world)
    yield from search.files(connection, world)
    yield from sql.files(world, published)
    yield from offline.files(published)


def build_site(to: Path, options: Options) -> Built:
    """Write the site of one published file into the folder `to`, which replaces an earlier site in one step.

    Same file and options, same bytes; a file whose bytes stay keeps its time. Raises WarehouseError if nothing is
    published, if the folder has files of others, or if it cannot be written.
    """
    to = to.absolute()
    with replacing_folder(to, check_target) as part, open_once(options) as (connection, published):
        return write_all(collect(connection, options, published), part, to)


@contextmanager
def open_once(options: Options) -> Generator[tuple[Connection, BinaryIO]]:
    """Open the published file to ask it and to read it: both are one file, whatever is published meanwhile."""
    path = options.published
    before = path.stat() if path.is_file() else None
    with query.open_published(path, threads=1) as connection:
        try:
            published = path.open("rb")
        except OSError as error:
            raise WarehouseError(f"{path} cannot be read: {error.strerror or error}") from error
        with published:
            now = os.fstat(published.fileno())
            if before is None or not os.path.samestat(before, now) or before.st_mtime_ns != now.st_mtime_ns:
                raise WarehouseError(f"{path} was published anew while it was opened: run it again")
            _ = options.published_at  # known from here on
            yield connection, published


def write_all(files: Files, part: Path, old: Path) -> Built:
    """Write files and their list into a new folder; what stays as it was is the same file as in the old one."""
    sums: dict[str, str] = {}
    byte_count = changed_count = 0
    for path, content in files:
        if path in sums or not is_path(path):
            raise WarehouseError(f"the site would have {path!a} twice, or where no page may stand: please report it")
        sums[path] = hashlib.sha256(content).hexdigest()
        byte_count += len(content)
        changed_count += write_file(part / path, content, old / path)
    listed = "".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items()))
    write_file(part / SUMS, listed.encode(), old / SUMS)
    return Built(len(sums) + 1, byte_count + len(listed), changed_count)


def write_file(new: Path, content: bytes, old: Path) -> bool:
    """Write a file, and return whether it differs from the old one. If not, both are one."""
    new.parent.mkdir(parents=True, exist_ok=True)
    if is_same(old, content):
        try:
            os.link(old, new, follow_symlinks=False)
        except OSError:  # a file system without links
            shutil.copy2(old, new, follow_symlinks=False)
        return False
    new.write_bytes(content)
    return True


def is_same(old: Path, content: bytes) -> bool:
    try:
        return not old.is_symlink() and old.stat().st_size == len(content) and read_plain(old) == content
    except OSError:
        return False


def check_target(to: Path) -> None:
    """Raise WarehouseError unless the folder is new, empty, or contains an earlier site and nothing else."""
    if to.is_symlink() or (to.exists() and not to.is_dir()):
        raise WarehouseError(f"{to} is not a folder: choose another with --to")
    ours = read_names(to)
    folders = {parent for name in ours for parent in PurePosixPath(name).parents}
    for path in sorted(to.rglob("*")):
        name = path.relative_to(to).as_posix()
        is_folder = path.is_dir() and not path.is_symlink()
        if (PurePosixPath(name) not in folders) if is_folder else (name not in ours):
            raise WarehouseError(f"{to} has files that no site wrote ({name}): choose an empty folder with --to")


def read_names(folder: Path) -> set[str]:
    """Return the files of an earlier site; none if the folder is not one."""
    try:
        text = read_plain(folder / SUMS).decode()
    except (OSError, ValueError):
        return set()
    names = {found[1] for line in text.splitlines() if (found := LINE.fullmatch(line))}
    return {SUMS, *names} if MARK in names else set()
