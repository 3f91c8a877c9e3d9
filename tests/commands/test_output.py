"""How much a command says: progress as lines in a pipe, only failures with --quiet, one form for machines."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.commands import run as run_command
from pipeline.commands.job import Outcome
from pipeline.commands.output import output
from pipeline.core.progress import Counter
from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict, persist

NOON = datetime(2025, 3, 7, 12, tzinfo=UTC)
ANSWER = Exchange("archive", ("a",), 1, "http://x/", "GET", 503, {}, NOON, b"", None)


def set_output(**wanted: bool) -> None:
    for name in ("is_verbose", "is_quiet", "is_json"):
        setattr(output, name, wanted.get(name, False))
    output.apply()


def work() -> None:
    counter = Counter("days of pages", 20)
    for _ in range(20):
        counter.advance()


def wait_for_a_service() -> None:
    verdicts = iter([Verdict("retry", "HTTP 503 from http://x", wait_seconds=40), Verdict()])
    persist(lambda: ANSWER, lambda _: next(verdicts), sleep=lambda _: None, now=lambda: NOON + timedelta(0))


def test_in_a_pipe_each_tenth_of_the_work_and_each_long_pause_is_a_line_with_its_time(
    capsys: pytest.CaptureFixture[str],
):
    set_output()
    work()
    wait_for_a_service()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[4].endswith("INFO: days of pages: 10 of 20")
    assert lines[10].endswith("INFO: waiting 40 s: HTTP 503 from http://x")
    assert all(line[2] == line[5] == ":" and line[:2].isdigit() for line in lines)


def test_quietly_nothing_is_said_but_what_failed(capsys: pytest.CaptureFixture[str]):
    set_output(is_quiet=True)
    work()
    wait_for_a_service()
    output.say("published warehouse/papers.duckdb")
    assert capsys.readouterr() == ("", "")
    output.fail("no room")
    assert capsys.readouterr().err == "papers: no room\n"


def test_as_json_every_line_is_an_object_with_its_time_and_level(capsys: pytest.CaptureFixture[str]):
    set_output(is_json=True)
    work()
    output.say("published \x1b[31m")
    output.fail("no room")
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["level"] for line in lines] == ["info"] * 11 + ["error"]
    assert lines[-2]["message"] == "published \\x1b[31m"
    assert all(datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0) for line in lines)
    assert out == ""


def test_verbosely_each_request_is_a_line(capsys: pytest.CaptureFixture[str]):
    set_output(is_verbose=True)
    logging.getLogger("pipeline.http.client").debug("GET http://x: 200")
    assert "DEBUG: GET http://x: 200" in capsys.readouterr().err
    set_output()
    logging.getLogger("pipeline.http.client").debug("GET http://y: 200")
    assert "http://y" not in capsys.readouterr().err


@pytest.mark.parametrize(("options", "printed"), [((), "1 failed"), (("--quiet",), "")])
def test_a_run_says_its_summary_unless_it_is_quiet(
    monkeypatch: pytest.MonkeyPatch, tmp_path, options: tuple[str, ...], printed: str
):
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path))
    monkeypatch.setattr("pipeline.commands.job.run_days", lambda *days, **options: Outcome("1", ("a day failed",)))
    monkeypatch.setattr("pipeline.commands.run_summary.summarise", lambda *told: ["1 failed"])
    result = CliRunner().invoke(cli.cli, ["run", *options])
    assert result.exit_code == 1
    assert result.stdout.strip() == printed
    assert "a day failed" in result.stderr


def test_the_version_is_said():
    result = CliRunner().invoke(cli.cli, ["--version"])
    assert result.exit_code == 0 and result.output.startswith("papers, version ")


def test_a_run_and_a_backfill_take_the_same_options():
    for command in (cli.run, cli.backfill):
        assert {"--verbose", "--quiet", "--log-format"} <= {flag for each in command.params for flag in each.opts}
    assert run_command.output is output
