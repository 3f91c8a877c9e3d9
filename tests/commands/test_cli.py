"""The command line: exit status, one clear line on a mistake, and nothing but JSON where JSON was asked for."""

import json
import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from answers import fall_silent
from click.testing import CliRunner, Result

from pipeline import cli
from pipeline.defs.resources import Session
from pipeline.http.exchange import Exchange
from pipeline.read import FORMATS
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake.damage import REMEDY

ROOT = Path(__file__).parents[2]


def papers(*arguments: str) -> Result:
    return CliRunner().invoke(cli.cli, list(arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ("backfill",),
        ("backfill", "--from", "2025-03-31", "--to", "2025-03-01"),
        ("backfill", "--from", "2025-02-30", "--to", "2025-03-01"),
        ("backfill", "--from", "20250301", "--to", "2025-03-01"),
        ("run", "--date", "2024-09-04"),
        ("run", "--date", "2999-01-01"),
        ("run", "--date", "yesterday"),
        ("query", "select 1", "--format", "xml"),
        ("query", "select 1", "--file", "nowhere.sql"),
        ("query", "select $n", "--param", "n"),
        ("ui", "--port", "0"),
        ("unheard-of",),
    ],
)
def test_wrong_usage_is_status_2_with_a_line_and_no_traceback(arguments: tuple[str, ...]) -> None:
    result = papers(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.output and "Traceback" not in result.output


def test_a_question_before_anything_is_published_says_what_to_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["papers", "query", "select 1"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert re.fullmatch(r"papers: .*papers\.duckdb is not there yet: `papers run`.*\n", capsys.readouterr().err)


def test_the_status_of_a_warehouse_before_its_first_run_is_nothing_yet_and_no_error() -> None:
    result = papers("status")
    assert result.exit_code == 0
    assert re.fullmatch(r"nothing in .*/warehouse yet: start with `papers run`.*\n", result.output)
    assert json.loads(papers("status", "--json").output) == {"published": None}
    assert not Path("warehouse").exists()


def test_of_a_published_file_that_is_lost_everybody_says_what_brings_it_back_without_the_network() -> None:
    warehouse = Warehouse(Path("warehouse").absolute())
    page = Exchange("archive", ("a/b/2025-03-03",), 1, "http://x", "GET", 404, {}, datetime.now(UTC), b"", None)
    warehouse.raw.store(page)
    warehouse.raw.bundle()
    warehouse.rebuild()
    warehouse.published.unlink()
    for command in (["status"], ["query", "select 1"]):
        result = papers(*command)
        assert result.exit_code == 1
        assert "papers.duckdb is not there: `papers rebuild` makes it from raw/" in str(result.exception)
    told = papers("doctor", "--offline").output
    assert re.search("BAD +published .*papers.duckdb is not there: `papers rebuild` makes it from raw/", told)


def test_a_wrong_setting_is_one_line_and_status_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARXIV_API_URL", "nonsense")
    monkeypatch.setattr("sys.argv", ["papers", "run"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    error = capsys.readouterr().err
    assert ended.value.code == 1 and error.startswith("papers: ARXIV_API_URL is 'nonsense'") and error.count("\n") == 1


def test_status_speaks_json_and_words(demo_warehouse: Path) -> None:
    fall_silent(demo_warehouse, datetime.now(UTC).date() - timedelta(days=1))
    spoken = papers("status", "--json")
    status = json.loads(spoken.output)
    assert {source["source_id"]: source["listing_count"] for source in status["sources"]} == {
        "timlrx/daily-ai-papers": 101,
        "gabrielchua/daily-ai-papers": 95,
    }
    words = papers("status").output
    assert "timlrx/daily-ai-papers: 101 listings" in words and "rejected rows: 2 no_arxiv_id" in words
    assert re.search(r"GitHub: .*found", words)
    assert re.search(r"^DataCite: \d+ found", words, re.MULTILINE)
    assert re.search(r"^Star history: \d+ told$", words, re.MULTILINE)
    assert re.search(r"timlrx.*last page 2025-03-21\n  silent since 2025-03-21 \(\d+ days\): its longest", words)


def test_status_says_when_a_look_at_each_source_is_due_and_which_are_left_out(
    demo_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES", "timlrx/daily-ai-papers")
    found = {source["source_id"]: source for source in json.loads(papers("status", "--json").output)["sources"]}
    left_out, chosen = (found[f"{owner}/daily-ai-papers"] for owner in ("gabrielchua", "timlrx"))
    assert (left_out["is_chosen"], left_out["next_look_at"], left_out["silence"]) == (False, None, None)
    assert chosen["is_chosen"] and datetime.fromisoformat(chosen["next_look_at"])
    assert "next look none: SOURCES leaves it out" in papers("status").output


@pytest.mark.parametrize("form", FORMATS)
def test_a_query_answers_in_every_format(demo_warehouse: Path, tmp_path: Path, form: str) -> None:
    text = "select source_id, first_date, ['a', 'b'] as letters from dim_source where source_key <> -1 order by all"
    result = papers("query", text, "--format", form)
    assert result.exit_code == 0, result.output
    if form == "json":
        assert json.loads(result.output)[0] == {
            "source_id": "gabrielchua/daily-ai-papers",
            "first_date": "2024-09-05",
            "letters": ["a", "b"],
        }
    elif form == "csv":
        assert result.output.splitlines()[1] == 'gabrielchua/daily-ai-papers,2024-09-05,"[""a"", ""b""]"'
    elif form == "parquet":
        assert pl.read_parquet(result.stdout_bytes).height == 2
    else:
        assert "timlrx/daily-ai-papers" in result.output


def test_a_query_in_a_file_takes_parameters(demo_warehouse: Path, tmp_path: Path) -> None:
    file = tmp_path / "question.sql"
    file.write_text("-- $source = timlrx/daily-ai-papers\nselect source_id from dim_source where source_id = $source")
    assert json.loads(papers("query", "--file", str(file), "--format", "json").output) == [
        {"source_id": "timlrx/daily-ai-papers"}
    ]
    other = ("query", "--file", str(file), "--param", "source=gabrielchua/daily-ai-papers", "--format", "json")
    assert json.loads(papers(*other).output) == [{"source_id": "gabrielchua/daily-ai-papers"}]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tasks_by_weeks", "did you mean tasks_by_week"),
        ("TASKS_BY_WEEK", "did you mean tasks_by_week"),
        ("shared", "did you mean shared_repositories?"),
        ("zzzz", "`papers query` lists them"),
        ("question.sql", "give a file with --file question.sql"),
    ],
)
def test_a_query_that_has_no_such_name_is_wrong_usage_with_what_is_near(text: str, told: str) -> None:
    Path("question.sql").write_text("select 1")
    result = papers("query", text)
    assert result.exit_code == 2
    assert f"no query is named {text}" in result.output and told in " ".join(result.output.split())


def test_sql_that_does_not_run_is_an_error_of_ours(demo_warehouse: Path) -> None:
    for text in ("selec 1", "select * from no_such_table", "select 1/$n"):
        result = papers("query", text)
        assert result.exit_code == 1 and type(result.exception).__name__ == "WarehouseError"


@pytest.mark.parametrize("command", ["report", "docs", "export"])
def test_an_output_that_is_no_file_is_left_alone_and_named_in_one_line(
    command: str, example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / ("dictionary.md" if command == "docs" else "pipe")
    os.mkfifo(pipe)
    monkeypatch.setenv("WAREHOUSE_DIR", str(example))
    monkeypatch.setattr("sys.argv", ["papers", command, "--to", str(tmp_path if command == "docs" else pipe)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert re.fullmatch(rf"papers: {pipe} .*choose another with --to\n", capsys.readouterr().err)
    assert pipe.is_fifo()


@pytest.mark.parametrize("arguments", [("status",), ("query", "select 1"), ("search", "x"), ("report",)], ids=" ".join)
def test_a_published_file_that_is_a_pipe_is_named_and_not_waited_for(arguments: tuple[str, ...]) -> None:
    Path("warehouse/raw").mkdir(parents=True)
    os.mkfifo("warehouse/papers.duckdb")
    result = papers(*arguments)
    assert result.exit_code == 1
    assert "papers.duckdb is not an ordinary file: move it away" in str(result.exception)


def test_reports_that_are_a_pipe_are_none(demo_warehouse: Path) -> None:
    (demo_warehouse / "private" / "reports.json").unlink()
    os.mkfifo(demo_warehouse / "private" / "reports.json")
    assert json.loads(papers("status", "--json").output)["last_requests"] == {}


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("pipe", "cannot be read (not an ordinary file)"),
        ("link", "cannot be read (No such file"),
        ("cut", "is cut short"),
    ],
)
def test_a_rebuild_says_of_each_raw_file_why_it_was_skipped(demo_warehouse: Path, kind: str, why: str) -> None:
    path = demo_warehouse / "raw" / "loose" / "20250303T120000000000Z-0.parquet"
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("gone")
    else:
        path.write_bytes(b"PAR")
    result = papers("rebuild")
    assert result.exit_code == 1
    told = [line for line in result.output.splitlines() if path.name in line]
    assert len(told) == 1 and told[0].startswith(f"papers: raw file raw/loose/{path.name} {why}")
    assert told[0].endswith(f"and was skipped: {REMEDY}")


def test_a_restore_that_is_older_than_what_is_built_is_told_until_the_loss_is_accepted(demo_warehouse: Path) -> None:
    assert papers("rebuild").exit_code == 0
    raw = Warehouse(demo_warehouse).raw
    [segment] = raw.segments.glob("*/*.parquet")
    segment.unlink()
    raw.manifest.unlink()
    raw.store(Exchange("archive", ("a/b/2025-03-03",), 1, "http://x", "GET", 404, {}, datetime.now(UTC), b"", None))
    for command in ("rebuild", "status", "doctor --offline", "rebuild"):
        told = papers(*command.split())
        assert f"{segment.name} is missing" in told.output and "--accept-loss" in told.output, command
        assert told.exit_code == (0 if command == "status" else 1)
    accepted = papers("rebuild", "--accept-loss")
    assert accepted.exit_code == 0 and f"{segment.name} is accepted" in accepted.output
    for command in ("rebuild", "status"):
        told = papers(command)
        assert segment.name not in told.output and told.exit_code == 0


def test_a_rebuild_without_raw_files_keeps_what_is_published(
    demo_warehouse: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def held() -> int:
        return json.loads(papers("query", "select count(*) as n from fct_listing", "--format", "json").output)[0]["n"]

    (demo_warehouse / "raw").rename(demo_warehouse / "unmounted")
    listings, private = held(), (demo_warehouse / "private" / "build.duckdb").stat()
    assert listings > 0
    monkeypatch.setattr("sys.argv", ["papers", "rebuild"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 1
    assert "raw has no file" in line and "backup" in line and "--force" in line
    assert held() == listings and (demo_warehouse / "private" / "build.duckdb").stat() == private
    told = papers("status").output
    assert "raw/ has no file" in told and "nothing in" not in told
    assert json.loads(papers("status", "--json").output)["is_raw_lost"] is True
    assert papers("rebuild", "--force").exit_code == 0
    assert held() == 0


def test_a_run_without_raw_files_keeps_what_is_published_until_an_empty_file_is_forced(
    demo_warehouse: Path,
) -> None:
    (demo_warehouse / "raw").rename(demo_warehouse / "unmounted")
    (demo_warehouse / "private" / "fingerprint").write_text("of the version before")
    release = (demo_warehouse / "papers.duckdb").resolve()
    result = papers("run", "--date", "2025-03-31")
    (line,) = (line for line in result.output.splitlines() if line.startswith("papers: "))
    assert result.exit_code == 1
    assert f"{demo_warehouse / 'raw'} has no file" in line and "backup" in line and "--force" in line
    assert (demo_warehouse / "papers.duckdb").resolve() == release
    assert not (demo_warehouse / "raw").exists()
    assert papers("rebuild", "--force").exit_code == 0
    with Session().yield_for_execution(dg.build_init_resource_context()) as session:
        assert session.warehouse.has_lost_raw() is False


@pytest.mark.parametrize("options", [(), ("--force",)])
def test_a_rebuild_of_a_folder_that_holds_nothing_makes_no_warehouse(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "mistyped"))
    result = papers("rebuild", *options)
    assert result.exit_code == 1 and "nothing to rebuild" in str(result.exception)
    assert not (tmp_path / "mistyped").exists()


SHOWN = (
    ("status",),
    ("query", "from dim_date"),
    ("query", "from dim_paper", "--format", "parquet"),
    ("search", "language"),
    ("--help",),
)


def start(arguments: tuple[str, ...], out: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `papers` in a process of its own, its output redirected by a shell."""
    papers = shlex.join([sys.executable, "-m", "pipeline", *arguments])
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "WAREHOUSE_DIR": str(folder), **environment}
    shell = ["bash", "-c", f"set -o pipefail; {papers} {out}"]
    return subprocess.run(shell, env=variables, capture_output=True, text=True, errors="replace", check=False)


@pytest.mark.parametrize("arguments", SHOWN, ids=" ".join)
def test_an_output_that_is_full_closed_or_missing_ends_without_a_traceback(
    example: Path, arguments: tuple[str, ...]
) -> None:
    full = start(arguments, "> /dev/full", example)
    assert (full.returncode, full.stderr) == (1, "papers: the output: No space left on device\n")
    closed = start(arguments, "| true", example)
    assert closed.returncode in (0, 1) and closed.stderr == ""
    missing = start(arguments, ">&-", example)
    assert "Traceback" not in missing.stderr and missing.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("search", b"caf\xff"), "the value of words"),
        (("search", "tea", "--label", b"caf\xff"), "the value of label"),
        (("query", b"select 'caf\xff'"), "the query"),
        (("query", "select $w", "--param", b"w=caf\xff"), "the value of w"),
    ],
    ids=["words", "label", "query", "parameter"],
)
def test_bytes_of_the_command_line_that_are_no_text_are_one_plain_line(
    example: Path, arguments: tuple[str | bytes, ...], what: str
) -> None:
    said = start(tuple(map(os.fsdecode, arguments)), "", example)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == f"papers: {what} is not UTF-8 text: write it in UTF-8\n"


def test_a_table_where_only_ascii_is_written_has_lines_of_ascii(example: Path) -> None:
    question = "select repeat('x', 500) as cut, 'é…' as letters from range(30)"
    shown = start(("query", question), "", example, PYTHONIOENCODING="ascii")
    lines = shown.stdout.splitlines()
    assert (shown.returncode, shown.stderr) == (0, "")
    assert re.fullmatch(r"\+-+\+-+\+", lines[0]) and lines.count(lines[0]) == 3
    assert [len(line) for line in lines[:3]] == [len(lines[0])] * 3
    assert r"xxx... | \xe9\u2026 " in shown.stdout


def test_letters_that_an_output_lacks_are_escapes(example: Path) -> None:
    question = "select 'é — 🦆' as letters"
    shown = start(("query", question), "", example, PYTHONIOENCODING="latin-1")
    assert (shown.returncode, shown.stderr) == (0, "") and r"\u2014 \U0001f986" in shown.stdout
    same = start(("query", question, "--format", "json"), "", example, PYTHONIOENCODING="latin-1")
    assert json.loads(same.stdout) == [{"letters": "é — 🦆"}]
