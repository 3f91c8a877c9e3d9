"""A site is written beside the old one and swapped: same bytes, same times, and nothing of others is touched."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from altered import altered_copy
from click.testing import CliRunner

from pipeline import cli
from pipeline.core.errors import WarehouseError
from pipeline.site import build
from pipeline.site.build import build_site
from pipeline.site.options import Options


def options(example: Path) -> Options:
    return Options((example / "papers.duckdb").resolve())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_file_gives_the_same_bytes_and_touches_nothing(example: Path, site: Path, tmp_path: Path) -> None:
    again = tmp_path / "site"
    first = build_site(again, options(example))
    assert contents(again) == contents(site)
    times = {path: path.stat().st_mtime_ns for path in again.rglob("*") if path.is_file()}
    second = build_site(again, options(example))
    assert (first.file_count, second.changed_count) == (second.file_count, 0)
    assert times == {path: path.stat().st_mtime_ns for path in again.rglob("*") if path.is_file()}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_build_is_of_one_file_also_while_another_is_published(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = altered_copy(example, tmp_path, "update dim_paper set title = 'Tea'")
    build_site(tmp_path / "expected", Options(file))
    collect = build.collect

    def collect_meanwhile(connection: Any, options: Options, *given: Any) -> build.Files:
        shutil.copyfile(example / "papers.duckdb", tmp_path / "newer")
        os.utime(tmp_path / "newer", (0, 0))
        (tmp_path / "newer").replace(file)
        yield from collect(connection, options, *given)

    monkeypatch.setattr(build, "collect", collect_meanwhile)
    build_site(tmp_path / "site", Options(file))
    assert contents(tmp_path / "site") == contents(tmp_path / "expected")


def test_a_file_that_is_replaced_while_it_is_opened_is_not_mixed_with_the_new_one(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = altered_copy(example, tmp_path)
    opened = build.query.open_published

    def open_late(path: Path, threads: int) -> Any:
        connection = opened(path, threads)
        shutil.copyfile(path, tmp_path / "newer")
        (tmp_path / "newer").replace(path)
        return connection

    monkeypatch.setattr(build.query, "open_published", open_late)
    with pytest.raises(WarehouseError, match="published anew while it was opened"):
        build_site(tmp_path / "site", Options(file))
    assert not (tmp_path / "site").exists()


def test_a_list_of_sums_names_every_file(site: Path) -> None:
    lines = [line.split("  ", 1) for line in (site / "SHA256SUMS").read_text().splitlines()]
    listed = {name: digest for digest, name in lines}
    found = {name: hashlib.sha256(content).hexdigest() for name, content in contents(site).items()}
    assert listed == {name: digest for name, digest in found.items() if name != "SHA256SUMS"}


def test_a_build_that_fails_leaves_the_old_site(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site"
    build_site(folder, options(example))
    before = contents(folder)

    def fail(*_: object) -> build.Files:
        yield "new.html", b"half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "collect", fail)
    with pytest.raises(WarehouseError, match="No space left"):
        build_site(folder, options(example))
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("path", ["../out.html", "/etc/out", "a/../../b", "a//b", "twice.html", "a\\b", "", "x\n"])
def test_no_module_can_write_outside_or_twice(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(build, "collect", lambda *_: iter([("twice.html", b""), (path, b"")]))
    with pytest.raises(WarehouseError, match="twice, or where no page may stand"):
        build_site(tmp_path / "site", options(example))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_files_of_others_is_left_alone(example: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    build_site(folder, options(example))
    (folder / "day").mkdir(exist_ok=True)
    (folder / "day" / "notes.txt").write_text("mine")
    with pytest.raises(WarehouseError, match=r"files that no site wrote \(day/notes.txt\)"):
        build_site(folder, options(example))
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(WarehouseError, match="is not a folder"):
        build_site(link, options(example))


def test_a_folder_of_others_is_left_alone_whatever_it_lists(example: Path, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "index.html").write_text("precious")
    digest = hashlib.sha256(b"precious").hexdigest()
    (folder / "SHA256SUMS").write_text(f"{digest}  index.html\n")
    with pytest.raises(WarehouseError, match="files that no site wrote"):
        build_site(folder, options(example))
    assert (folder / "index.html").read_text() == "precious"


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to(path.parent.parent)])
def test_a_folder_or_a_link_to_one_that_somebody_put_there_is_not_lost(
    example: Path, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    folder = tmp_path / "site"
    build_site(folder, options(example))
    make(folder / "mine")
    with pytest.raises(WarehouseError, match=r"files that no site wrote \(mine\)"):
        build_site(folder, options(example))


def test_a_file_that_somebody_made_a_link_is_replaced_and_its_target_left(example: Path, tmp_path: Path) -> None:
    folder, precious = tmp_path / "site", tmp_path / "precious"
    build_site(folder, options(example))
    precious.write_text("mine")
    (folder / "index.html").unlink()
    (folder / "index.html").symlink_to(precious)
    build_site(folder, options(example))
    assert precious.read_text() == "mine" and not (folder / "index.html").is_symlink()


def test_command_says_what_it_wrote(example: Path, tmp_path: Path) -> None:
    runner = CliRunner(env={"WAREHOUSE_DIR": str(example)})
    result = runner.invoke(cli.cli, ["site", "--to", str(tmp_path / "site")])
    assert result.exit_code == 0, result.output
    assert (
        f"MB, {len(contents(tmp_path / 'site')) - 1:,} of them new or changed: {tmp_path}/site/index.html"
        in result.output
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///srv/site",
        "https://",
        "https://papers..example.org",
        "https://-papers.example.org",
        "https://papers.example.org/../elsewhere",
        "https://papers.example.org/./",
        "https://papers.example.org/a?b",
    ],
)
def test_an_address_where_no_site_can_stand_is_refused(example: Path, tmp_path: Path, url: str) -> None:
    runner = CliRunner(env={"WAREHOUSE_DIR": str(example)})
    wrong = runner.invoke(cli.cli, ["site", "--to", str(tmp_path / "site"), "--url", url])
    assert wrong.exit_code == 2 and "write it like https://papers.example.org" in wrong.output
    assert not (tmp_path / "site").exists()


def test_without_a_published_file_nothing_is_written(tmp_path: Path) -> None:
    runner = CliRunner(env={"WAREHOUSE_DIR": str(tmp_path / "none")})
    result = runner.invoke(cli.cli, ["site", "--to", str(tmp_path / "site")])
    assert isinstance(result.exception, WarehouseError)
    assert list(tmp_path.iterdir()) == []
