"""The views for people: each on the demo, on a demo looked at a second time, and on warehouses made for one thing."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from demo_world import RELEASES, TIMLRX, World
from empty import empty_warehouse

from pipeline.core import sql_files
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.read import query
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.github.client import fetch_repositories
from pipeline.sources.clone import read_clone
from pipeline.sources.registry import find_source
from pipeline.standin import DEMO, Standin
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.tables import TABLES

GAP_DAYS = 3
CORRECTED_DAY = date(2025, 3, 19)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def published(demo_template: Path) -> Path:
    return demo_template / "papers.duckdb"


@pytest.fixture(scope="module")
def second_look(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo three days later: some repositories observed again, one gone by then, and a page that was corrected."""
    folder = tmp_path_factory.mktemp("second") / "warehouse"
    shutil.copytree(demo_template, folder, symlinks=True)
    warehouse = Warehouse(folder)
    later = newest_answer(folder / "papers.duckdb").replace(tzinfo=UTC) + timedelta(days=GAP_DAYS)
    exchanges: list[Exchange] = []
    with Standin() as standin:
        standin.github.drift_days = GAP_DAYS
        standin.facts.put("fictive-nlp/tea-leaves", None)
        names = [
            "fictive-vision/eclipse-eval",
            "fictive-nlp/margin-notes",
            "fictive-lab/teapot",
            "fictive-nlp/tea-leaves",
        ]
        with Web(now=lambda: later, sleep=lambda seconds: None) as web:
            report = fetch_repositories(web, standin.url, names, token=None, store=exchanges.append)
    assert report.answered == len(names)
    correction = read_clone((DEMO / "corrections").as_uri(), find_source(TIMLRX), CORRECTED_DAY, later)
    warehouse.raw.store(*exchanges, correction)
    warehouse.refresh()
    warehouse.publish()
    yield folder / "papers.duckdb"


@pytest.fixture(scope="module")
def odd_papers(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with what it lacks: papers of one author, one revised before its listing, a day of one source alone."""
    folder = tmp_path_factory.mktemp("odd") / "warehouse"
    shutil.copytree(demo_template, folder, symlinks=True)
    warehouse = Warehouse(folder)
    later = newest_answer(folder / "papers.duckdb").replace(tzinfo=UTC) + timedelta(days=GAP_DAYS)
    exchanges: list[Exchange] = []
    with Standin() as standin:
        for arxiv_id, changed in (
            ("2502.90007", {"authors": (("Solo Invented",),)}),
            (
                "2502.90008",
                {"version": 2, "updated_at": "2025-02-24T23:59:59Z", "authors": (("Solo Invented",),)},
            ),
        ):
            paper = standin.facts.paper(arxiv_id)
            assert paper is not None
            standin.facts.put_paper(arxiv_id, replace(paper, **changed))
        ids = ["2502.90007", "2502.90008"]
        url = standin.environment["ARXIV_API_URL"]
        with Web(now=lambda: later, sleep=lambda seconds: None) as web:
            assert fetch_papers(web, url, ids, interval_seconds=0, store=exchanges.append).answered == len(ids)
    page = read_clone((DEMO / "archive").as_uri(), find_source(TIMLRX), date(2025, 3, 21), later)
    assert page.body is not None
    body = re.sub(
        rb"arxiv\.org/abs/2503\.90", b"arxiv.org/abs/2503.98", page.body.replace(b"2025-03-21", b"2025-03-22")
    )
    warehouse.raw.store(*exchanges, replace(page, asked=(f"{TIMLRX}/2025-03-22",), body=body, headers={}))
    warehouse.refresh()
    warehouse.publish()
    return folder / "papers.duckdb"


def newest_answer(published: Path) -> datetime:
    return ask(published, "select max(attempted_at) as at from enrichment_attempt")[0]["at"]


def ask(published: Path, text: str, **parameters: str) -> Rows:
    with query.open_published(published) as connection:
        relation = query.run_query(connection, text, parameters)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_every_mart_says_its_grain_in_its_comment(published: Path):
    views = ask(published, "select view_name, comment from duckdb_views() where not internal order by view_name")
    assert [view["view_name"] for view in views] == sql_files.names("marts")
    assert all(view["comment"].startswith("Grain: one row per ") for view in views)


def test_there_is_one_wide_row_a_paper(published: Path, world: World):
    rows = {row["arxiv_id"]: row for row in ask(published, "from mart_paper")}
    assert set(rows) == set(world.papers)
    for arxiv_id, paper in world.papers.items():
        row = rows[arxiv_id]
        assert row["title"] == paper.title
        assert row["sources"] == paper.sources
        assert row["listing_count"] == len(paper.listings)
        assert row["has_labels"] == (paper.labels != ("(unknown)",) if paper.can_tell else None)
        assert (row["tasks"] is None) == (not paper.can_tell)
        assert set(row["tasks"] or ()) == set(paper.labels) - {"(unknown)"}
        assert row["authors"] == list(paper.authors)
        assert row["has_arxiv_authors"] == (paper.facts is not None)
        assert row["has_code"] == (bool(paper.repositories) if paper.can_tell else None)
        assert row["summary"] == paper.summary
        found = {name: world.repository(name) for name in paper.repositories}
        assert {one["full_name"]: one["stars_count"] for one in row["repositories"] or ()} == {
            world.full_name(name): repository and repository.stars_count for name, repository in found.items()
        }
        assert {one["resource_id"] for one in row["hub_resources"] or ()} == {name for _, name in paper.hub_resources}
        kinds = {kind for kind, _ in paper.hub_resources}
        assert row["has_models"] == (bool(kinds & set(RELEASES)) if paper.can_tell else None)


def test_stars_stand_at_the_time_of_their_observation(published: Path):
    rows = ask(published, "select stars_observed_at, first_listed_date from mart_paper where stars_count is not null")
    assert rows
    assert all(row["stars_observed_at"].year > row["first_listed_date"].year for row in rows)


def test_task_weights_of_a_week_sum_to_its_papers(published: Path, world: World):
    weeks = ask(published, "select week_start, sum(paper_weight) as papers from mart_task_week group by all")
    expected = Counter(paper.label_day - timedelta(days=paper.label_day.weekday()) for paper in world.papers.values())
    assert {row["week_start"]: round(row["papers"], 6) for row in weeks} == expected


def test_repositories_of_a_paper_and_labels_of_a_paper_weigh_one(published: Path):
    for mart in ("mart_code", "mart_label"):
        weights = ask(published, f"select sum(weight) as weight from {mart} group by paper_key")
        assert [row["weight"] for row in weights] == pytest.approx([1] * len(weights))


def test_coverage_has_every_day_of_every_source_since_its_first(published: Path, world: World):
    rows = ask(published, "from mart_coverage")
    last = newest_answer(published).date()
    firsts = {row["source_id"]: row["first_date"] for row in ask(published, "from dim_source where source_key <> -1")}
    days = {
        (source, first + timedelta(days=n)) for source, first in firsts.items() for n in range((last - first).days + 1)
    }
    assert {(row["source_id"], row["date"]) for row in rows} == days
    assert len(rows) == len(days)
    outcomes = Counter(row["outcome"] for row in rows)
    assert outcomes["published"] + outcomes["empty"] == len(world.pages)
    assert outcomes["published"] + outcomes["empty"] + outcomes["absent"] == 2 * 26
    assert outcomes["not asked"] == len(days) - 2 * 26


def test_nothing_waits_once_everything_was_answered(published: Path):
    assert ask(published, "from mart_enrichment_backlog") == []


def test_backlog_says_what_was_not_asked_and_what_came_of_asking(tmp_path: Path):
    warehouse = empty_warehouse(tmp_path / "warehouse")
    page = read_clone((DEMO / "archive").as_uri(), find_source(TIMLRX), CORRECTED_DAY, datetime(2025, 4, 1, tzinfo=UTC))
    warehouse.raw.store(page)
    warehouse.refresh()
    name = warehouse.use(
        lambda c: c.execute("select min(full_name) from dim_repository where repository_key <> -1").fetchall()
    )
    refused = Exchange(
        service="github",
        asked=(name[0][0],),
        round=1,
        url=f"http://127.0.0.1:9/repos/{name[0][0]}",
        method="GET",
        status=500,
        headers={},
        fetched_at=datetime(2025, 4, 1, 1, tzinfo=UTC),
        body=b"",
        error=None,
    )
    warehouse.raw.store(refused)
    warehouse.refresh()
    warehouse.publish()
    rows = ask(warehouse.published, "from mart_enrichment_backlog")
    assert {(row["reason"], row["attempt_count"]) for row in rows if row["service"] == "arxiv"} == {("not asked", 0)}
    tried = {row["subject_id"]: (row["reason"], row["last_http_status"]) for row in rows if row["attempt_count"]}
    assert tried == {name[0][0]: ("failed", 500)}
    enrichment = ask(warehouse.published, sql_files.read_sql("queries", "enrichment"))
    assert {(row["status"], row["reason"]) for row in enrichment} == {("pending", "not asked"), ("pending", "failed")}


def test_every_query_and_mart_runs_on_a_warehouse_with_nothing_in_it(tmp_path: Path):
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.refresh()
    warehouse.publish()
    for mart in sql_files.names("marts"):
        assert ask(warehouse.published, f"from {mart}") == []
    for name in sql_files.names("queries"):
        assert ask(warehouse.published, sql_files.read_sql("queries", name)) == [], name


def test_rising_repositories_gain_stars_between_observations_and_not_in_the_days_between(
    second_look: Path, world: World
):
    rows = {row["full_name"]: row for row in ask(second_look, "from mart_repository_rising")}
    assert set(rows) == {"fictive-vision/eclipse-eval", "fictive-nlp/marginalia", "fictive-lab/Teapot"}
    for name, row in rows.items():
        repository = world.repository(name)
        assert repository is not None
        assert row["elapsed_days"] == pytest.approx(GAP_DAYS, abs=0.1)
        assert row["from_stars_count"] == repository.stars_count
        assert row["stars_gained"] == repository.stars_a_day * GAP_DAYS
        assert row["stars_gained_per_day"] == pytest.approx(repository.stars_a_day, rel=0.1)


def test_stars_gained_compares_the_observations_of_the_time_asked_for(second_look: Path):
    rows = ask(second_look, sql_files.read_sql("queries", "stars_gained"))
    gained = [(row["full_name"], row["stars_gained"], row["elapsed_days"]) for row in rows]
    assert [round(row[2]) for row in gained] == [GAP_DAYS] * 3
    assert [row[0] for row in gained] == ["fictive-vision/eclipse-eval", "fictive-nlp/marginalia", "fictive-lab/Teapot"]
    assert gained[2][1] == 0
    first_day = str(rows[0]["from_at"].date())
    assert ask(second_look, sql_files.read_sql("queries", "stars_gained"), to=first_day) == []


def test_changes_since_yesterday_are_the_second_look_alone(second_look: Path):
    rows = ask(second_look, sql_files.read_sql("queries", "changes"))
    assert [(row["change"], row["subject"]) for row in rows if row["change"] != "paper enriched"] == [
        ("page corrected", f"{TIMLRX} {CORRECTED_DAY}"),
        ("repository gone", "fictive-nlp/tea-leaves"),
    ]
    assert [row for row in rows if row["change"] == "paper enriched"] == []


def test_the_author_of_a_paper_alone_is_its_first_and_not_its_last(odd_papers: Path):
    rows = ask(odd_papers, sql_files.read_sql("queries", "first_and_last_authors"))
    alone = [row for row in rows if row["author_name"] == "Solo Invented"]
    assert [(row["papers_as_first"], row["papers_as_last"]) for row in alone] == [(2, 0)]


def test_a_version_of_the_day_of_listing_is_no_later_one(odd_papers: Path, published: Path):
    later = sql_files.read_sql("queries", "later_versions")
    assert "2502.90008" not in {row["arxiv_id"] for row in ask(odd_papers, later)}
    assert ask(odd_papers, "select version from dim_paper where arxiv_id = '2502.90008'") == [{"version": 2}]


def test_a_day_that_one_source_alone_covers_says_nothing_of_the_other(odd_papers: Path, published: Path):
    alone = sql_files.read_sql("queries", "listed_by_one_source")
    listed = ask(odd_papers, "select count(*) as listings from fct_listing where listing_date = '2025-03-22'")
    assert listed[0]["listings"] > 0
    assert ask(odd_papers, alone) == ask(published, alone)


def test_papers_that_arxiv_has_not_answered_for_stay_in_the_weeks_of_categories(odd_papers: Path):
    rows = ask(odd_papers, sql_files.read_sql("queries", "categories_by_week"))
    papers = ask(odd_papers, "select count(*) as papers from mart_paper")[0]["papers"]
    assert sum(row["papers"] for row in rows) == papers
    pending = ask(odd_papers, "select count(*) as papers from dim_paper where status = 'pending'")[0]["papers"]
    assert pending > 0
    assert sum(row["papers"] for row in rows if row["category_code"] == "(unknown)") >= pending


def test_runs_of_two_days_are_told_apart(second_look: Path):
    rows = ask(second_look, sql_files.read_sql("queries", "runs"))
    newest = max(row["date"] for row in rows)
    assert {row["service"]: row["subject_count"] for row in rows if row["date"] == newest} == {
        "archive": 1,
        "github": 4,
    }
    assert {row["date"] for row in rows} == {newest, newest - timedelta(days=GAP_DAYS)}


def test_a_correction_is_found_by_its_new_words_only_as_after_a_rebuild(second_look: Path, tmp_path: Path):
    shutil.copytree(second_look.parent / "raw", tmp_path / "warehouse" / "raw")
    again = Warehouse(tmp_path / "warehouse")
    again.refresh()
    again.publish()
    for table in ("search_term", "search_document", "fct_source_day"):
        text = f"from {table} order by all"
        assert ask(second_look, text) == ask(again.published, text)


def test_only_papers_of_the_corrected_page_get_other_words(second_look: Path, published: Path):
    keys = "select paper_key, text_key from search_document"
    before = {row["paper_key"]: row["text_key"] for row in ask(published, keys)}
    after = {row["paper_key"]: row["text_key"] for row in ask(second_look, keys)}
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    page = {"day": str(CORRECTED_DAY)}
    listed = "select distinct paper_key from fct_listing where listing_date = $day::date"
    on_page = {row["paper_key"] for file in (published, second_look) for row in ask(file, listed, **page)}
    assert changed
    assert changed < on_page


def test_search_tables_are_loaded_after_what_they_read():
    assert TABLES.index("search_term") > max(TABLES.index("dim_paper"), TABLES.index("fct_listing"))
    assert TABLES.index("search_document") > TABLES.index("search_term")


def test_one_paper_is_found_with_a_version_and_as_json(published: Path, world: World):
    rows = ask(published, sql_files.read_sql("queries", "one_paper"), arxiv_id="2502.90007v2")
    assert [row["arxiv_id"] for row in rows] == ["2502.90007"]
    assert len(rows[0]["listings"]) == len(world.papers["2502.90007"].listings)
    assert json.loads(json.dumps(rows, default=str))


def test_a_day_or_month_can_be_chosen(published: Path, world: World):
    day = date(2025, 3, 6)
    rows = ask(published, sql_files.read_sql("queries", "digest"), date=str(day))
    assert {row["arxiv_id"] for row in rows} == {one.arxiv_id for one in world.listings if one.day == day}
    labels = ask(published, sql_files.read_sql("queries", "new_labels"), month="2025-02")
    assert {row["first_listed_date"].month for row in labels} == {2}
