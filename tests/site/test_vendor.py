"""What is fetched for the page for SQL is what was pinned, and a site without it has no SQL."""

import gzip
import os
from pathlib import Path

import pytest
import vendored
from click.testing import CliRunner

from pipeline import cli
from pipeline.site import vendor
from pipeline.site.options import Options
from pipeline.site.vendor import Package

ANY = Package("any", "1.0.0", "0" * 128)


def test_a_tarball_with_other_bytes_is_refused():
    with pytest.raises(SystemExit, match=r"any 1.0.0 has the SHA-512 [0-9a-f]{128}, and vendor.json pins 0{128}"):
        vendored.check(ANY, b"other")


def test_without_npm_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="npm is not here"):
        vendored.fetch(ANY, tmp_path)


def test_npm_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho no such version >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(SystemExit, match=r"npm did not fetch any@1\.0\.0: no such version"):
        vendored.fetch(ANY, tmp_path)


def test_arrow_is_taken_from_the_page_and_any_other_import_is_refused():
    module = b'import*as u from"apache-arrow";import*as d from"apache-arrow";x(u,d)\n//# sourceMappingURL=a.map\n'
    assert vendored.rewritten(module) == b"const u=globalThis.Arrow;const d=globalThis.Arrow;x(u,d)\n"
    for more in (b'import*as e from"elsewhere";', b'import "elsewhere";', b'import*as e from"apache-arrow";'):
        with pytest.raises(SystemExit, match="imports other things"):
            vendored.rewritten(module + more)


def test_a_site_without_the_files_has_no_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vendor, "FOLDER", tmp_path)
    options = Options(tmp_path / "papers.duckdb")
    assert not vendor.has_sql(options) and list(vendor.files(options)) == []
    for name in vendor.NAMES:
        (tmp_path / name).write_bytes(b"x")
    served = [vendor.WORKER if name == "worker.js" else name for name in vendor.NAMES]
    assert [path for path, _ in vendor.files(options)] == [f"{vendor.folder_name()}/{name}" for name in served]
    assert gzip.decompress(dict(vendor.files(options))[f"{vendor.folder_name()}/{vendor.WORKER}"]) == b"x"
    assert list(vendor.files(Options(options.published, has_sql=False))) == []


def test_command_and_page_say_that_there_is_no_sql(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vendor, "FOLDER", tmp_path / "none")
    asked = ["site", "--to", str(tmp_path / "site")]
    said = CliRunner(env={"WAREHOUSE_DIR": str(example)}).invoke(cli.cli, asked).output
    assert said.endswith("index.html; without SQL: `make vendor` fetches what it needs\n")
    page = (tmp_path / "site" / "sql.html").read_text()
    assert "This site was built without SQL" in page and "wasm-unsafe-eval" not in page and "<script src" in page
    assert not (tmp_path / "site" / "data").exists()
    assert "sql.html#" not in (tmp_path / "site" / "questions" / "most_starred.html").read_text()
    wanted = CliRunner(env={"WAREHOUSE_DIR": str(example)}).invoke(cli.cli, [*asked, "--without-sql"]).output
    assert "without SQL" not in wanted
