"""Read pages from a clone of an archive on this machine, as if from a server."""

from datetime import date, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.core.files import read_plain
from pipeline.http.exchange import Exchange
from pipeline.sources.pages import branch_of, document_id, page_url, subject_of
from pipeline.sources.paths import folder_of, path_of
from pipeline.sources.source import Document, Source

PAGE_LIMIT_BYTES = 16 * 1024 * 1024  # a page has 10 to 60 KB; more is not a page


def clone_root(base_url: str, source: Source) -> Path:
    """Return the folder of a source's branch, below the folder of a file URL."""
    return Path(unquote(urlsplit(base_url).path)) / source.source_id / branch_of(source)


def clone_folder(base_url: str, source: Source, document: Document | None = None) -> Path:
    """Return the folder of a document's pages, of the main one by default."""
    return clone_root(base_url, source) / folder_of((document or source.documents[0]).path)


def read_clone(base_url: str, source: Source, day: date, now: datetime, document: Document | None = None) -> Exchange:
    """Return a page from a folder as a server would: 404 if the archive exists and the page does not."""
    document = document or source.documents[0]
    root, main = clone_folder(base_url, source, document), clone_folder(base_url, source)
    path = clone_root(base_url, source) / path_of(document.path, day)
    body, status, error = None, None, None
    try:
        if not main.is_dir():
            error = f"there is no folder {main}"
        elif not is_there(path):
            status = 404
        elif not path.resolve().is_relative_to(root.resolve()):
            error = f"{path} is a link that leads out of the archive"
        elif path.stat().st_size > PAGE_LIMIT_BYTES:
            error = f"{path} has {path.stat().st_size} bytes; a page has some thousands"
        else:
            body, status = read_plain(path), 200
    except OSError as fault:
        error = f"{path} cannot be read: {fault.strerror}"
    url, subject = page_url(base_url, source, day, document), subject_of(document_id(source, document), day)
    return Exchange("archive", (subject,), 1, url, "FILE", status, {}, now, body, error)


def is_there(path: Path) -> bool:
    """Whether there is anything of that name, be it a page or not. Raises OSError if that cannot be seen."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True
