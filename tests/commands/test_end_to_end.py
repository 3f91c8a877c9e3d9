"""The main way on the real pages: every paper of them, from a clone and over HTTP, twice, and with a corrected day."""

import json
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.commands.job import run_days
from pipeline.standin import Standin
from pipeline.warehouse.tables import TABLES

FIRST, LAST = date(2024, 9, 5), date(2025, 3, 31)
TIMLRX, GABRIELCHUA = "timlrx/daily-ai-papers", "gabrielchua/daily-ai-papers"
# `papers` in a process of its own, with the tests' registry of sources.
PAPERS = f"""
from dataclasses import replace
from pipeline.cli import main
from pipeline.sources import registry
from pipeline.sources.source import GitArchive
registry.SOURCES = tuple(
    replace(source, place=GitArchive(), last_date=None)
    for source in registry.SOURCES
    if source.source_id in {(TIMLRX, GABRIELCHUA)!r}
)
main()
"""
COUNTS = """
    select
        source_id,
        count(*) as listings,
        count(distinct paper_key) as papers,
        sum(author_count)::int as authors,
        sum(task_count)::int as tasks
    from fct_listing
    join dim_source using (source_key)
    group by all
"""
PAGES = """
    select source_id, count(*) filter (where listing_count > 0) as with_papers, count(*) as pages
    from fct_source_day
    join dim_source using (source_key)
    where outcome in ('published', 'empty')
    group by all
"""


def ask(warehouse: Path, text: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse / "papers.duckdb"), read_only=True) as connection:
        return connection.execute(text).fetchall()


def rows_of(warehouse: Path) -> dict[str, set[str]]:
    """Return every row of every table as text."""
    with duckdb.connect(str(warehouse / "papers.duckdb"), read_only=True) as connection:
        return {table: set(map(str, connection.execute(f"from {table}").fetchall())) for table in TABLES}


def assert_every_paper_is_there(warehouse: Path) -> None:
    assert {row[0]: row[1:] for row in ask(warehouse, COUNTS)} == {
        TIMLRX: (1264, 1241, 5816, 3270),
        GABRIELCHUA: (2006, 1996, 9227, None),  # it gives no labels: unknown, not zero
    }
    assert {row[0]: row[1:] for row in ask(warehouse, PAGES)} == {TIMLRX: (132, 134), GABRIELCHUA: (148, 148)}
    assert ask(warehouse, "select count(*) from rejected_row") == [(0,)]
    assert ask(warehouse, "select count(*) from bridge_listing_task") == [(3270,)]
    assert ask(warehouse, "select count(distinct repository_name) from dim_repository_name where is_linked") == [(617,)]
    assert ask(
        warehouse,
        "select count(*) from (select paper_key from fct_listing group by all having count(distinct title) > 1)",
    ) == [(0,)]


def copy_archives(archives: Path, folder: Path) -> Path:
    copied = folder / "clone"
    shutil.copytree(archives, copied)
    for path in copied.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copied


@pytest.mark.usefixtures("impatient")
def test_the_real_archive_from_a_clone_holds_up_no_reader_and_again_changes_nothing_but_a_changed_page(
    archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = copy_archives(archives, tmp_path)
    monkeypatch.setenv("ARCHIVE_BASE_URL", clone.as_uri())
    warehouse = tmp_path / "warehouse"
    run_days(FIRST, date(2024, 9, 30))
    backfill_under_readers(warehouse)
    assert_every_paper_is_there(warehouse)
    assert ask(warehouse, "select distinct status from dim_paper where paper_key <> -1") == [("pending",)]
    first, generation = rows_of(warehouse), (warehouse / "papers.duckdb").resolve()
    again = run_days(FIRST, LAST)
    attempts = rows_of(warehouse).pop("enrichment_attempt")
    assert again.failures == () and attempts > first.pop("enrichment_attempt")  # the services were down: it tried again
    assert {**rows_of(warehouse), "enrichment_attempt": None} == {**first, "enrichment_attempt": None}
    assert (warehouse / "papers.duckdb").resolve() != generation  # with the new attempts, and nothing else

    page = clone / TIMLRX / "main" / "archive" / "2025" / "01" / "15.md"
    lines = page.read_text("utf-8").splitlines(keepends=True)
    dropped = next(number for number, line in enumerate(lines) if line.startswith("| ["))
    page.write_text("".join(lines[:dropped] + lines[dropped + 1 :]), "utf-8")
    run_days(date(2025, 1, 13), date(2025, 1, 17))
    changed = rows_of(warehouse)
    listings = first["fct_listing"] ^ changed["fct_listing"]
    assert len(first["fct_listing"]) - len(changed["fct_listing"]) == 1
    papers_of_that_day = ask(warehouse, "select paper_key from fct_listing where listing_date = '2025-01-15'")
    others = [row for row in listings if "datetime.date(2025, 1, 15)" not in row]
    # On another day only a listing that has become the first of its paper may differ.
    assert all(any(f" {key}," in row for (key,) in papers_of_that_day) for row in others) or not others
    days = first["fct_source_day"] ^ changed["fct_source_day"]
    assert len(days) == 2 and all("datetime.date(2025, 1, 15)" in row for row in days)


def test_the_real_archive_over_http_is_listed_downloaded_and_enriched_in_few_requests(
    archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Standin(archives, facts=None, token="not-a-real-token") as standin:
        for name, value in {**standin.environment, "GITHUB_TOKEN": "not-a-real-token"}.items():
            monkeypatch.setenv(name, value)
        outcome = run_days(FIRST, LAST)
        assert outcome.failures == ()
        assert_every_paper_is_there(tmp_path / "warehouse")
        papers = ask(
            tmp_path / "warehouse", "select status, count(*) from dim_paper where paper_key <> -1 group by all"
        )
        assert "pending" not in dict(papers)
        missing = dict(papers).get("not_found", 0)
        assert missing > 0  # the stand-in does not know one in a hundred
        assert len(standin.asked("/api/query")) == -(-2012 // 100) + 1  # and those are asked for once more, together
        [(names,)] = ask(
            tmp_path / "warehouse", "select count(distinct subject_id) from enrichment_attempt where service = 'github'"
        )
        assert len(standin.asked("/graphql")) == -(-names // 20)
        assert 617 < names < 700  # those that pages link to, and those that the addresses of project pages suggest
        assert len(standin.asked("/graph/v1/paper/batch")) == -(-2012 // 500)
        assert len(standin.asked("/repos/")) == 2 * 2  # a listing and a download for each source

        before = len(standin.requests)
        again = run_days(FIRST, LAST)
        assert again.failures == ()
        paths = [request.path for request in standin.requests[before:]]
        assert all("/git/trees/" in path for path in paths) and len(paths) == 2


def backfill_under_readers(warehouse: Path) -> None:
    """Fill the warehouse by the command, while one connection stays open and others ask anew all the time."""
    with duckdb.connect(str(warehouse / "papers.duckdb"), read_only=True) as reader:
        before = reader.execute("select count(*) from fct_listing").fetchall()
        answers: list[int] = []
        command = [sys.executable, "-c", PAPERS, "backfill", "--from", str(FIRST), "--to", str(LAST)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as backfill:
            while backfill.poll() is None:
                answers += ask(warehouse, "select count(*) from fct_listing")[0]
                if len(answers) % 40 == 1:  # the command costs a second of CPU
                    answers.append(count_by_command())
                assert reader.execute("select count(*) from fct_listing").fetchall() == before
                time.sleep(0.2)
            assert backfill.returncode == 0, backfill.communicate()
    assert answers and set(answers) <= {before[0][0], 3270}
    assert ask(warehouse, "select count(*) from fct_listing") == [(3270,)]


def count_by_command() -> int:
    question = [sys.executable, "-m", "pipeline", "query", "from fct_listing select count(*) as n", "--format", "json"]
    asked = subprocess.run(question, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)[0]["n"]
