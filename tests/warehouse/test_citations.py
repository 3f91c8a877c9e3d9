"""Citations over days: asked for weekly, a row only for the day on which they were counted, and numbers by provider."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from effort import tries

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report
from pipeline.services.semantic_scholar.client import fetch_citations
from pipeline.sources import registry
from pipeline.sources.archives.clone import read_clone
from pipeline.standin import DEMO, Standin
from pipeline.standin.providers.semantic_scholar import PATH, count_citations, is_unknown
from pipeline.warehouse.folder import Warehouse

START = datetime(2025, 3, 22, 8, 0, tzinfo=UTC)
DAYS = [date(2025, 3, 17) + timedelta(days=step) for step in range(5)]


class World:
    """A warehouse of a week's pages, the stand-in, and a clock that the test moves."""

    def __init__(self, folder: Path, standin: Standin) -> None:
        self.warehouse, self.standin, self.now = Warehouse(folder), standin, START

    def list_pages(self) -> None:
        base = (DEMO / "archive").as_uri()
        pages = (read_clone(base, source, day, self.now) for source in registry.SOURCES for day in DAYS)
        self.warehouse.raw.store(*pages)
        self.warehouse.refresh()

    def due(self) -> list[str]:
        now = {"now": self.now.replace(tzinfo=None)}
        return [arxiv_id for arxiv_id, _ in self.warehouse.rows("due", "citations", now)]

    def ask(self) -> Report:
        store = self.warehouse.raw.store
        with Web(now=lambda: self.now, sleep=lambda seconds: None, monotonic=self.now.timestamp) as web:
            report = fetch_citations(web, self.standin.url, self.due(), key=None, store=store)
        self.warehouse.load_raw()
        return report

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        self.warehouse.refresh()
        return self.warehouse.use(lambda connection: connection.execute(text).fetchall())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Standin() as standin:
        world = World(tmp_path / "warehouse", standin)
        with world.warehouse.open():
            world.list_pages()
            yield world


def true_counts(world: World) -> list[tuple[str, int]]:
    ids = [row[0] for row in world.rows("select arxiv_id from dim_paper where paper_key <> -1")]
    papers = [paper for arxiv_id in ids if (paper := world.standin.facts.paper(arxiv_id)) and not is_unknown(paper)]
    return sorted((paper.arxiv_id, count_citations(paper.arxiv_id)) for paper in papers)


COUNTS = "select arxiv_id, citation_count from fct_paper_citation_day join dim_paper using (paper_key) order by all"


def test_a_second_run_at_once_asks_nothing_and_a_week_later_everything_once(world: World) -> None:
    papers = world.due()
    assert world.ask().deferred == ()
    assert world.due() == [] and world.ask().requests == 0
    world.now += timedelta(days=6, hours=23)
    assert len(world.due()) == len(papers)  # a week counts in days: a run at the same hour is never a moment too early
    world.now = START + timedelta(days=6)
    assert world.due() == []
    world.now = START + timedelta(days=7, seconds=-30)
    assert sorted(world.due()) == sorted(papers)
    assert world.ask().deferred == ()
    assert len(world.standin.asked(PATH)) == 2


def test_what_was_never_asked_for_comes_before_what_was_and_the_newest_listings_first(world: World) -> None:
    papers = world.due()
    old, world.now = papers[0], START - timedelta(days=30)
    world.warehouse.raw.store(answer(world, old, 5))
    world.warehouse.load_raw()
    world.now = START
    assert world.due() == [*papers[1:], old]


def test_counts_stand_on_the_day_on_which_they_were_seen_and_on_no_other(world: World) -> None:
    world.ask()
    first = world.rows(
        "select date_key, count(*), min(observed_at), max(observed_at) from fct_paper_citation_day group by all"
    )
    naive = START.replace(tzinfo=None)
    assert first == [(20250322, len(true_counts(world)), naive, naive)]
    world.now += timedelta(days=8)
    world.ask()
    days = world.rows("select date_key, count(*) from fct_paper_citation_day group by all order by all")
    assert days == [(20250322, first[0][1]), (20250330, first[0][1])]
    assert world.warehouse.check()["citations_on_their_day"] == []
    assert sorted(set(world.rows(COUNTS))) == true_counts(world)
    assert world.rows("select count(*) from dim_date where date_key = 20250330") == [(1,)]


def test_the_newest_count_of_a_paper_is_in_its_mart_and_null_where_nobody_knows_it(world: World) -> None:
    assert {row[0] for row in world.rows("select citation_count from mart_paper")} == {None}
    world.ask()
    paper = true_counts(world)[0][0]
    world.now += timedelta(days=1)
    world.warehouse.raw.store(answer(world, paper, 777))
    told = f"select citation_count, citations_observed_at from mart_paper where arxiv_id = '{paper}'"
    assert world.rows(told) == [(777, world.now.replace(tzinfo=None))]
    known = "select count(*) from mart_paper where citation_count is not null"
    assert world.rows(known) == [(len(true_counts(world)),)]


def test_authors_have_the_numbers_of_the_provider_in_its_order_and_are_joined_to_no_name(world: World) -> None:
    world.ask()
    paper = true_counts(world)[0][0]
    facts = world.standin.facts.paper(paper)
    assert facts is not None
    authors = f"select position, provider_author_name from paper_citation_author where paper_key = paper_key('{paper}')"
    names = [name for _, name in sorted(world.rows(authors))]
    assert [name.split(" ", 1)[-1] for name in names] == [name.split(" ", 1)[-1] for name, *_ in facts.authors]
    world.now += timedelta(days=1)
    world.warehouse.raw.store(answer(world, paper, 1, [{"authorId": "7", "name": "A. Other"}]))
    assert world.rows(authors) == [(1, "A. Other")]


def test_an_older_answer_that_arrives_later_adds_its_day_and_changes_no_newer_one(world: World) -> None:
    world.ask()
    before = world.rows(COUNTS)
    paper, world.now = before[0][0], START - timedelta(days=3)
    world.warehouse.raw.store(answer(world, paper, 1, []))
    after = world.rows(COUNTS)
    assert sorted(after) == sorted([*before, (paper, 1)])
    mine = f"select citation_count from mart_paper where arxiv_id = '{paper}'"
    assert world.rows(mine) == [(before[0][1],)]
    count = f"select count(*) from paper_citation_author where paper_key = paper_key('{paper}')"
    assert world.rows(count)[0][0] > 0


def test_a_rebuild_from_raw_has_the_same_rows(world: World) -> None:
    world.ask()
    world.now += timedelta(days=8)
    world.ask()
    tables = ("fct_paper_citation_day", "paper_citation_author")
    before = [world.rows(f"from {table} order by all") for table in tables]
    again = Warehouse(world.warehouse.folder.parent / "again")
    with again.open():
        again.raw.store(*[])
        for path in world.warehouse.raw.files():
            target = again.raw.folder / path.relative_to(world.warehouse.raw.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        again.refresh()
        after = [
            again.use(lambda connection, table=table: connection.execute(f"from {table} order by all").fetchall())
            for table in tables
        ]
    assert after == before


@pytest.mark.parametrize("seed", range(1, 1 + tries(1, 5)))
def test_a_storm_ends_with_the_data_of_a_calm_run(world: World, seed: int) -> None:
    for number, how in enumerate((429, 500, 504, "reset", "cut", "html", "empty")):
        world.standin.fail(PATH, how, share=0.05, seed=10 * seed + number)
    runs = 0
    while world.due():
        world.ask()
        runs += 1
        assert runs < 30, "the storm never ends"
    assert world.rows(COUNTS) == true_counts(world)


def answer(world: World, arxiv_id: str, count: int, authors: list[dict[str, str]] | None = None) -> Exchange:
    """A response of this moment for one paper."""
    entry = {"externalIds": {"ArXiv": arxiv_id}, "citationCount": count, "authors": authors}
    body = json.dumps([entry]).encode()
    url = world.standin.url + PATH
    return Exchange("semantic_scholar", (arxiv_id,), 1, url, "POST", 200, {}, world.now, body, None)
