"""Enrichment over days: asked for when due and not before, put off without loss, and history that is honest."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from effort import tries

from pipeline.commands.job import run_days
from pipeline.http.client import Web
from pipeline.http.exchange import Report
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.github.client import fetch_repositories
from pipeline.sources import registry
from pipeline.sources.archives.clone import read_clone
from pipeline.standin import DEMO, Repository, Standin
from pipeline.warehouse.folder import Warehouse

START = datetime(2025, 3, 22, 8, 0, tzinfo=UTC)
SUGGESTED = 2  # repositories that only the addresses of project pages name
DAYS = (date(2025, 2, 24), date(2025, 3, 21))


class World:
    """A warehouse of the demo's pages, stand-in services, and a clock that the test moves."""

    def __init__(self, folder: Path, standin: Standin, clock: list[datetime]) -> None:
        self.warehouse = Warehouse(folder)
        self.load: Callable[[], object] = self.warehouse.refresh  # after each round of questions
        self.standin = standin
        self.clock = clock
        self.web = Web(
            now=lambda: self.clock[0], sleep=lambda seconds: None, monotonic=lambda: self.clock[0].timestamp()
        )

    def list_pages(self, first: date, last: date) -> None:
        days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
        base = (DEMO / "archive").as_uri()
        asked = [(source, day) for source in registry.SOURCES for day in days]
        self.warehouse.raw.store(*(read_clone(base, source, day, self.clock[0]) for source, day in asked))
        self.warehouse.refresh()

    def list_all_pages(self) -> None:
        """Begin with the pages of all days, asked for at START: loaded once, and copied."""
        shutil.copytree(all_pages(), self.warehouse.folder)

    def due(self, what: str) -> list[str]:
        return [row[0] for row in self.warehouse.rows("due", what, {"now": self.clock[0].replace(tzinfo=None)})]

    def ask_github(self, token: str | None = None) -> Report:
        names = self.due("repositories")
        with self.web:
            report = fetch_repositories(self.web, self.standin.url, names, token=token, store=self.warehouse.raw.store)
        self.load()
        return report

    def ask_for_one(self, name: str) -> None:
        store = self.warehouse.raw.store
        fetch_repositories(self.web, self.standin.url, [name], token="stand-in-token", store=store)

    def ask_arxiv(self) -> Report:
        control_id = next((row[0] for row in self.warehouse.rows("due", "control_id")), None)
        url = self.standin.environment["ARXIV_API_URL"]
        store = self.warehouse.raw.store
        with self.web:
            report = fetch_papers(
                self.web, url, self.due("papers"), interval_seconds=0, store=store, control_id=control_id
            )
        self.load()
        return report

    def wait(self, **time: float) -> None:
        self.clock[0] += timedelta(**time)

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return self.warehouse.use(lambda connection: connection.execute(text).fetchall())

    def star(self, tables: Sequence[str]) -> dict[str, list[str]]:
        """Return the rows of tables without the times of observation, which a storm may delay."""
        times = {"observed_at", "seen_at", "last_answer_at", "valid_from", "valid_to"}
        return {
            table: sorted(
                map(
                    str,
                    self.rows(f"select columns(lambda c: c not in {tuple(times)}) from {table}"),
                )
            )
            for table in tables
        }


@cache
def all_pages() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pages-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with Standin() as standin:
        World(folder, standin, [START]).list_pages(*DAYS)
    return folder


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = [START]
    with Standin(now=lambda: clock[0], token="stand-in-token") as standin:
        world = World(tmp_path / "warehouse", standin, clock)
        with world.warehouse.open():
            yield world


def test_a_quota_that_runs_out_leaves_the_rest_pending_and_each_is_asked_once_before_any_twice(world: World) -> None:
    world.list_all_pages()
    names = world.due("repositories")
    assert len(names) == 84 + SUGGESTED
    world.standin.allow(60, "anonymous")
    first = world.ask_github()
    assert first.deferred and first.reason and first.until is not None and first.until > START
    known = world.rows("select count(*) from dim_repository where status <> 'pending' and repository_key <> -1")[0][0]
    assert 50 <= known < 60 and len(world.rows("select 1 from fct_listing")) == 196  # listings were not held up
    world.wait(hours=1, seconds=5)
    second = world.ask_github()
    assert not second.deferred
    asked = [request.path for request in world.standin.asked("/repos/")]
    assert sorted(asked) == sorted(f"/repos/{name}" for name in names)  # each once, none twice
    assert world.due("repositories") == []
    assert world.ask_github().requests == 0


def test_answers_of_a_clock_that_was_years_ahead_are_asked_for_again_and_do_not_count(world: World) -> None:
    world.list_pages(*DAYS)
    world.standin.allow(5000, "anonymous")
    for clock in (START, START + timedelta(days=4000)):
        world.clock[0] = clock
        world.standin.allow(5000, "anonymous")
        world.ask_arxiv()
        world.ask_github()
    world.wait(days=400)
    wanted = {what: set(world.due(what)) for what in ("papers", "repositories")}  # all of them, by their newest names
    world.clock[0] = START + timedelta(minutes=1)
    assert {what: world.due(what) for what in wanted} == {"papers": [], "repositories": []}  # answered at START
    world.clock[0] = START - timedelta(days=1)
    assert {what: set(world.due(what)) for what in wanted} == wanted  # all answers are of a time to come
    world.standin.allow(5000, "anonymous")
    world.ask_arxiv()
    world.ask_github()
    assert {what: world.due(what) for what in wanted} == {"papers": [], "repositories": []}
    world.wait(days=5)
    assert world.due("papers") and world.due("repositories")  # as ever


def test_the_first_to_be_asked_for_are_new_and_of_the_newest_listing(world: World) -> None:
    world.list_pages(date(2025, 2, 24), date(2025, 3, 7))
    world.standin.allow(20, "anonymous")
    world.ask_github()
    world.list_pages(date(2025, 3, 10), date(2025, 3, 21))
    world.wait(days=1)
    due = world.due("repositories")
    flags = [
        row[1] for row in world.warehouse.rows("due", "repositories", {"now": world.clock[0].replace(tzinfo=None)})
    ]
    assert flags == sorted(flags, reverse=True) and False in flags  # never answered before refreshes
    listed = dict(
        world.rows(
            "select full_name, max(listing_date)"
            " from dim_repository join bridge_listing_repository using (repository_key)"
            " join fct_listing using (listing_key) group by all"
        )
    )
    new = [listed[name] for name, flag in zip(due, flags, strict=True) if flag and name in listed]
    assert new == sorted(new, reverse=True)


def test_repositories_that_never_get_an_answer_hold_up_no_others(world: World) -> None:
    world.list_all_pages()
    world.standin.allow(5000, "anonymous")
    odd = world.due("repositories")[:4]
    for name in odd:
        world.standin.fail(f"/repos/{name}", 500)
    assert world.ask_github().answered == 0  # three in a row, and GitHub seems to be down
    world.wait(minutes=20)
    world.ask_github()
    assert set(world.due("repositories")) <= set(odd)  # but what is known by another name


def test_repositories_are_observed_daily_while_young_then_less_often_and_gone_ones_monthly(world: World) -> None:
    world.list_all_pages()
    world.ask_github("stand-in-token")
    found = world.rows("select count(*) from dim_repository where status = 'found'")[0][0]
    assert world.due("repositories") == []
    world.wait(days=1)
    assert len(world.due("repositories")) == found
    world.ask_github("stand-in-token")
    world.wait(days=29)
    gone = world.rows(
        "select count(*) from dim_repository_name where is_linked and last_answer in ('not_found', 'blocked')"
    )[0][0]
    assert gone > 0 and len(world.due("repositories")) == found + gone + SUGGESTED
    world.wait(days=60)
    world.ask_github("stand-in-token")
    world.wait(days=6)
    assert world.due("repositories") == []
    world.wait(days=1)
    assert len(world.due("repositories")) == found


def test_stars_stand_on_the_day_of_the_observation_the_last_of_a_day_counts(world: World) -> None:
    world.list_all_pages()
    world.ask_github("stand-in-token")
    world.wait(days=1)
    world.standin.github.drift_days = 1
    world.ask_github("stand-in-token")
    days = world.rows("select date_key, count(*), sum(stars_count) from fct_repository_day group by all order by all")
    assert [day for day, *_ in days] == [20250322, 20250323]  # and on no day of a page
    assert days[0][1] == days[1][1] and days[1][2] > days[0][2]
    world.ask_for_one("fictive-vision/inkblot")
    world.wait(hours=3)
    world.standin.facts.put(
        "fictive-vision/inkblot", replace(known(world, "fictive-vision/inkblot"), stars_count=99_999, stars_a_day=0)
    )
    world.ask_for_one("fictive-vision/inkblot")
    world.warehouse.refresh()
    assert world.rows("select date_key, stars_count from fct_repository_day where stars_count = 99999") == [
        (20250323, 99_999)
    ]
    assert world.rows("select count(*) from fct_repository_day where date_key = 20250323") == [(days[1][1],)]


def known(world: World, name: str) -> Repository:
    found = world.standin.facts.repository(name)
    assert found is not None
    return found


def test_a_change_of_its_description_is_a_version_and_a_change_of_its_stars_is_not(world: World) -> None:
    world.list_all_pages()
    world.ask_github("stand-in-token")
    world.wait(days=1)
    old = known(world, "fictive-vision/inkblot")
    world.standin.facts.put(
        "fictive-vision/inkblot", replace(old, description="Invented for the demo: another one", is_archived=True)
    )
    world.ask_github("stand-in-token")
    versions = world.rows(
        f"select description, is_archived, valid_from, valid_to, is_current from dim_repository_version"
        f" where repository_key = {old.number} order by valid_from"
    )
    assert [(row[1], row[4]) for row in versions] == [(False, False), (True, True)]
    assert versions[0][3] == versions[1][2] and versions[1][3] is None
    others = world.rows(
        "select max(n) from (select count(*) as n from dim_repository_version"
        f" where repository_key <> {old.number} group by repository_key)"
    )
    assert others == [(1,)]


def test_code_with_a_release_is_what_graphql_told_of(world: World) -> None:
    world.list_all_pages()
    asked = ("queries", "released_code", {"alive_days": 90})
    world.standin.allow(5000)
    world.ask_github(None)
    assert world.warehouse.rows(*asked) == []
    world.wait(days=1)
    world.ask_github("stand-in-token")
    found = {row[0]: row[1:] for row in world.warehouse.rows(*asked)}
    assert len(found) == world.rows("select count(*) from dim_repository where status = 'found'")[0][0] > 0
    for name, (parent, tag, _, commit, is_alive, papers, _) in found.items():
        facts = known(world, name)
        pushed = datetime.fromisoformat(facts.pushed_at)
        assert (parent, tag) == (None, f"v0.{facts.releases_count}" if facts.releases_count else None)
        assert commit == pushed.date() and is_alive == ((world.clock[0].date() - commit).days <= 90)
        assert papers >= 1


def test_details_that_graphql_told_stay_when_rest_answers_later(world: World) -> None:
    world.list_all_pages()
    world.standin.allow(5000)
    told = (
        "select repository_key, latest_release_tag, last_commit_at, readme_bytes, details_seen_at from dim_repository"
    )
    spoken = "select count(*), sum(weight)::integer from bridge_repository_language"
    world.ask_github("stand-in-token")
    before, languages = world.rows(f"{told} order by all"), world.rows(spoken)
    versions = world.rows("select count(*) from dim_repository_version")
    assert any(row[1] for row in before) and languages[0][0] > languages[0][1] > 0
    world.wait(days=1)
    world.ask_github(None)
    assert world.rows("select count(distinct method) from fct_repository_day") == [(2,)]
    assert (world.rows(f"{told} order by all"), world.rows(spoken)) == (before, languages)
    assert world.rows("select count(*) from dim_repository_version") == versions
    assert world.rows(
        "select count(*) from fct_repository_day where (method = 'rest') <> (releases_count is null)"
    ) == [(0,)]


@pytest.mark.parametrize("token", [None, "stand-in-token"], ids=["rest", "graphql"])
@pytest.mark.parametrize("present", ["jane_corp/pot", "a.b/pot", "a" * 60 + "/pot"])
def test_whatever_name_github_gives_a_repository_can_be_asked_for_the_next_day(
    world: World, present: str, token: str | None
) -> None:
    world.list_all_pages()
    world.standin.allow(5000)
    world.ask_github(token)
    old = known(world, "fictive-vision/inkblot")
    renamed = replace(old, full_name=present, former_names=("fictive-vision/inkblot",))
    for name in ("fictive-vision/inkblot", present):
        world.standin.facts.put(name, renamed)
    world.wait(days=1)
    world.ask_github(token)
    world.wait(days=1)
    report = world.ask_github(token)
    assert report.deferred == () and report.answered > 0
    assert world.rows(f"select full_name, status from dim_repository where repository_key = {old.number}") == [
        (present, "found")
    ]
    assert world.due("repositories") == []


def test_a_renamed_repository_stays_one_and_a_name_that_means_another_number_is_another(world: World) -> None:
    world.list_all_pages()
    world.ask_github("stand-in-token")
    old = known(world, "fictive-vision/inkblot")
    world.wait(days=1)
    renamed = replace(old, full_name="fictive-vision/inkblot-two", former_names=("fictive-vision/inkblot",))
    for name in ("fictive-vision/inkblot", "fictive-vision/inkblot-two"):
        world.standin.facts.put(name, renamed)
    world.ask_github("stand-in-token")
    assert world.rows(f"select full_name, status from dim_repository where repository_key = {old.number}") == [
        ("fictive-vision/inkblot-two", "found")
    ]
    assert sorted(
        world.rows(f"select repository_name from dim_repository_name where repository_key = {old.number}")
    ) == [
        ("fictive-vision/inkblot",),
        ("fictive-vision/inkblot-two",),
    ]
    world.wait(days=1)
    assert "fictive-vision/inkblot-two" in world.due("repositories")
    assert "fictive-vision/inkblot" not in world.due("repositories")  # asked for once, under its present name

    # Somebody else takes the old name: listings from before keep what they meant.
    world.standin.facts.put("fictive-vision/inkblot-two", replace(renamed, former_names=()))
    world.standin.facts.put(
        "fictive-vision/inkblot", replace(old, number=old.number + 1_000_000, full_name="fictive-vision/inkblot")
    )
    world.ask_for_one("fictive-vision/inkblot")
    world.warehouse.refresh()
    periods = world.rows(
        "select repository_key, valid_to is null from dim_repository_name"
        " where repository_name = 'fictive-vision/inkblot' order by valid_from"
    )
    assert (old.number, False) in periods
    linked = world.rows(
        "select distinct repository_key from bridge_listing_repository join dim_repository using (repository_key)"
        " where full_name ilike 'fictive-vision/inkblot%'"
    )
    assert linked == [(old.number,)]


def test_papers_are_asked_for_again_soon_after_their_listing_and_rarely_later(world: World) -> None:
    world.list_all_pages()
    report = world.ask_arxiv()
    assert not report.deferred and world.due("papers") == []
    statuses = dict(world.rows("select status, count(*) from dim_paper where paper_key <> -1 group by all"))
    assert statuses == {"found": 94, "not_found": 2}
    world.wait(days=4)
    young = world.due("papers")
    assert young and len(young) < 96
    world.ask_arxiv()
    world.wait(days=3, hours=1)
    assert world.due("papers") and world.ask_arxiv().deferred == ()
    world.wait(days=400)
    assert len(world.due("papers")) == 96


Rewrite = Callable[[str], str]
PRIMARY = "arxiv:primary_category"


def without(*elements: str) -> Rewrite:
    names = "|".join(elements)
    return partial(re.sub, rf"<({names})\b[^>]*(/>|>.*?</({names})>)", "")


def with_primary(category: str) -> Rewrite:
    return partial(re.sub, f'{PRIMARY} term="[^"]*"', f'{PRIMARY} term="{category}"')


# What an entry of arXiv may lack, and which of its columns are then null.
LACKING: dict[str, tuple[Rewrite, set[str]]] = {
    "no primary category": (without(PRIMARY), {"primary_category"}),
    "a primary category of others": (with_primary("35Q30"), {"primary_category"}),
    "a primary category that is not listed": (with_primary("q-bio.NC"), set()),
    "no category at all": (without(PRIMARY, "category"), {"primary_category"}),
    "no version": (partial(re.sub, r"(?<=\d)v\d+(?=</id>)", ""), {"version"}),
    "no abstract": (without("summary"), {"abstract"}),
    "no author": (without("author"), set()),
}


@pytest.mark.parametrize("what", LACKING)
def test_a_paper_whose_entry_lacks_something_is_found_and_published(world: World, what: str) -> None:
    arxiv_id = "2502.90007"
    rewrite, nulls = LACKING[what]
    world.standin.arxiv.rewritten[arxiv_id] = rewrite
    world.list_all_pages()
    assert world.ask_arxiv().deferred == ()
    columns = ("version", "abstract", "primary_category")
    (row,) = world.rows(f"select status, {', '.join(columns)} from dim_paper where arxiv_id = '{arxiv_id}'")
    assert row[0] == "found"
    assert {column for column, value in zip(columns, row[1:], strict=True) if value is None} == nulls
    primary = world.rows(
        "select distinct is_primary from bridge_paper_category join dim_paper using (paper_key)"
        f" where arxiv_id = '{arxiv_id}'"
    )
    assert ((True,) in primary) == ("categor" not in what)
    assert world.warehouse.publish()


@pytest.mark.parametrize("element", ["title", "published", "updated"])
def test_a_paper_without_title_or_date_stays_pending_and_the_rest_is_published(world: World, element: str) -> None:
    arxiv_id = "2502.90007"
    world.standin.arxiv.rewritten[arxiv_id] = without(element)
    world.list_all_pages()
    report = world.ask_arxiv()
    assert (report.deferred, report.reason) == (
        (arxiv_id,),
        "arXiv: entries that are unreadable, or missing with nothing to prove it",
    )
    assert world.rows(f"select status from dim_paper where arxiv_id = '{arxiv_id}'") == [("pending",)]
    assert world.warehouse.publish()


def test_a_paper_that_fails_by_itself_is_asked_for_last(world: World) -> None:
    bad = "2502.90007"
    world.list_all_pages()
    assert world.due("papers")[-1] != bad
    world.standin.arxiv.rewritten[bad] = lambda entry: entry.replace("<title>", "<title>\f")
    world.ask_arxiv()
    world.wait(days=400)
    assert len(world.due("papers")) == 96 and world.due("papers")[-1] == bad
    world.standin.arxiv.rewritten.clear()
    assert world.ask_arxiv().deferred == ()


def test_papers_of_a_response_that_nobody_could_read_stay_in_their_order(world: World) -> None:
    world.list_all_pages()
    before = world.due("papers")
    world.standin.fail("/api/query", "html")
    assert world.ask_arxiv().answered == 0
    assert world.due("papers") == before


def test_an_id_unknown_to_arxiv_is_settled_even_when_only_such_ids_are_due(world: World) -> None:
    world.list_all_pages()
    world.ask_arxiv()
    world.wait(days=8)
    unknown = {
        row[0] for row in world.rows("select arxiv_id from dim_paper where status = 'not_found' and paper_key <> -1")
    }
    assert unknown <= set(world.due("papers"))
    assert world.ask_arxiv().deferred == ()
    assert not unknown & set(world.due("papers"))


@pytest.mark.parametrize("token", [None, "stand-in-token"])
@pytest.mark.parametrize("seed", range(1, 1 + tries(1, 3)))
def test_a_storm_ends_with_the_data_of_a_calm_run(world: World, tmp_path: Path, token: str | None, seed: int) -> None:
    tables = ("dim_paper", "dim_author", "dim_category", "bridge_paper_author", "bridge_paper_category")
    tables += ("dim_repository", "bridge_listing_repository", "dim_repository_name")
    world.standin.allow(5000, "anonymous")
    calm = World(tmp_path / "calm", world.standin, world.clock)
    calm.list_all_pages()
    calm.ask_arxiv()
    calm.ask_github(token)

    needed = len(world.standin.requests)

    for number, how in enumerate((429, 500, 502, 503, "reset", "cut", "html")):
        lot = 10 * seed + number
        world.standin.fail("/repos/", how, share=0.05, seed=lot)
        world.standin.fail("/graphql", how, share=0.2, seed=lot)  # two queries are all it takes when it is calm
        world.standin.fail("/api/query", how, share=0.2, seed=lot)
    world.standin.fail("/api/query", "empty", share=0.15, seed=seed)
    world.list_all_pages()
    world.load = world.warehouse.load_raw  # what is due hangs on staging alone
    runs = 0
    while world.due("papers") or world.due("repositories"):
        world.ask_arxiv()
        world.ask_github(token)
        runs += 1
        assert runs < 60, "the storm never ends"
    world.warehouse.refresh()
    assert len(world.standin.requests) - needed > needed  # it did storm
    assert world.star(tables) == calm.star(tables)


def test_services_that_are_down_never_hold_up_the_listings_nor_fail_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_BASE_URL", (DEMO / "archive").as_uri())
    outcome = run_days(*DAYS)
    assert outcome.failures == ()
    assert (
        outcome.metadata["arxiv_papers"]["deferred"] == 96
        and outcome.metadata["github_repositories"]["deferred"] == 84 + SUGGESTED
    )
    assert outcome.metadata["fct_listing"]["dagster/row_count"] == 196


@pytest.mark.parametrize("days", [(DAYS[0], DAYS[0]), DAYS], ids=["a day", "a range"])
def test_a_wrong_token_fails_the_run_after_everything_that_needs_none_is_published(
    days: tuple[date, date], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Standin(token="the-right-one") as standin:
        for name, value in {**standin.environment, "GITHUB_TOKEN": "the-wrong-one"}.items():
            monkeypatch.setenv(name, value)
        outcome = run_days(*days)
        (failure,) = outcome.failures
        assert failure.startswith("GitHub refused GITHUB_TOKEN (401)")
        assert "the-wrong-one" not in str(outcome) and "Traceback" not in failure
        assert len(standin.asked("/graphql")) == 1
    assert outcome.metadata["listings"]["listings"] > 0
    assert outcome.metadata["arxiv_papers"]["deferred"] == 0
    github = outcome.metadata["github_repositories"]
    assert (github["answered"], github["deferred"]) == (0, github["due"])
    assert outcome.metadata["published_warehouse"]["size bytes"] > 0
    assert (tmp_path / "warehouse" / "papers.duckdb").exists()


def test_the_repositories_with_most_stars_are_observed_weekly_however_old_their_listings(world: World) -> None:
    world.list_all_pages()
    world.ask_github("stand-in-token")
    world.wait(days=400)
    world.standin.allow(5000, "graphql")
    world.ask_github("stand-in-token")
    world.wait(days=7)
    found = "select lower(full_name) from dim_repository where status = 'found'"
    assert set(world.due("repositories")) == {name for (name,) in world.rows(found)}  # fewer than 500
    world.warehouse.use(lambda use: use.execute("update staging.repository set stars_count = null"))
    assert world.due("repositories") == []
    world.wait(days=23)
    assert world.due("repositories")
