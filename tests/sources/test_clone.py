"""Pages of a clone on this machine: read, absent, or an error that says why, and never waited for."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline.core.settings import read_settings
from pipeline.sources.archives.clone import clone_folder, read_clone
from pipeline.sources.registry import find_source
from pipeline.sources.source import Document, GitArchive, Source

SOURCE = find_source("lab/pots")
MAIN = SOURCE.documents[0]
DAY = date(2025, 3, 20)
NOW = datetime(2025, 3, 21, tzinfo=UTC)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Where the page of the day stands in a clone."""
    path = clone_folder((tmp_path / "clones").as_uri(), SOURCE) / "2025/03/20.md"
    path.parent.mkdir(parents=True)
    return path


def read(tmp_path: Path) -> tuple[int | None, bytes | None, str | None]:
    answer = read_clone((tmp_path / "clones").as_uri(), SOURCE, DAY, NOW)
    return answer.status, answer.body, answer.error


def test_a_page_is_read_and_one_that_is_not_there_is_a_404(tmp_path: Path, page: Path):
    assert read(tmp_path) == (404, None, None)
    page.write_bytes(b"| Title |")
    assert read(tmp_path) == (200, b"| Title |", None)


@pytest.mark.parametrize("kind", ["pipe", "folder", "dangling link"])
def test_what_is_no_page_is_an_error_and_no_absence(kind: str, tmp_path: Path, page: Path):
    if kind == "pipe":
        os.mkfifo(page)
    elif kind == "folder":
        page.mkdir()
    else:
        page.symlink_to("gone.md")
    status, body, error = read(tmp_path)
    assert (status, body) == (None, None)
    assert "20.md cannot be read" in str(error)


def test_a_clone_in_a_folder_with_letters_of_any_language_is_read_as_it_is_written(tmp_path: Path):
    base = tmp_path / "josé 论文"
    url = read_settings({"ARCHIVE_BASE_URL": f"file://{base}"}, tmp_path / ".env").archive_base_url
    page = clone_folder(url, SOURCE) / "2025/03/20.md"
    assert page.is_relative_to(base)
    page.parent.mkdir(parents=True)
    page.write_bytes(b"| Title |")
    assert read_clone(url, SOURCE, DAY, NOW).body == read_clone(base.as_uri(), SOURCE, DAY, NOW).body == b"| Title |"


def test_a_clone_without_the_second_document_has_none(tmp_path: Path) -> None:
    """A clone may be older than it, or hold the pages alone."""
    second = Document("json", "results/%Y/%m/%d.json", MAIN.format)
    source = Source("lab/pots", "", "MIT", DAY, GitArchive((MAIN, second)))
    path = clone_folder(tmp_path.as_uri(), source) / "2025/03/20.md"
    path.parent.mkdir(parents=True)
    path.write_text("| Title |\n|---|\n")
    answers = [read_clone(tmp_path.as_uri(), source, DAY, NOW, document) for document in source.documents]
    assert [(answer.status, answer.error) for answer in answers] == [(200, None), (404, None)]
