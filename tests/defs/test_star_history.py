"""Star history over days: the months around a listing first, then the rest, each page once, and the days as told."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pages_of_rows import SIX, row

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_of
from pipeline.services.github.client import fetch_repositories
from pipeline.services.github.star_pages import fetch_star_history
from pipeline.sources import registry
from pipeline.sources.archives.clone import read_clone
from pipeline.sources.pages import page_url, subject_of
from pipeline.sources.registry import find_source
from pipeline.standin import DEMO, Repository, Response, Standin
from pipeline.standin.records import View, describe_for_rest
from pipeline.warehouse.folder import Warehouse

TOKEN = "stand-in-token"
START = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)  # a Wednesday
DAYS = (date(2025, 2, 24), date(2025, 3, 21))


class World:
    """A warehouse of the demo's pages and repositories, asked for at START, and a clock that the test moves."""

    def __init__(self, folder: Path, at: datetime = START) -> None:
        self.warehouse = Warehouse(folder)
        self.clock = at
        self.standin = Standin(now=lambda: self.clock, token=TOKEN)
        self.web = Web(now=lambda: self.clock, sleep=lambda seconds: None, monotonic=lambda: self.clock.timestamp())

    def list_pages(self) -> None:
        days = [DAYS[0] + timedelta(days=step) for step in range((DAYS[1] - DAYS[0]).days + 1)]
        base = (DEMO / "archive").as_uri()
        asked = [(source, day) for source in registry.SOURCES for day in days]
        self.warehouse.raw.store(*(read_clone(base, source, day, self.clock) for source, day in asked))
        self.warehouse.refresh()

    def ask_repositories(self) -> None:
        names = [row[0] for row in self.warehouse.rows("due", "repositories", {"now": self.naive})]
        with self.web:
            fetch_repositories(self.web, self.standin.url, names, token=TOKEN, store=self.warehouse.raw.store)
        self.warehouse.refresh()

    @property
    def naive(self) -> datetime:
        return self.clock.replace(tzinfo=None)

    def due(self) -> list[tuple[str, bool, bool]]:
        return [row[:3] for row in self.warehouse.rows("due", "star_history", {"now": self.naive})]

    def ask(self, token: str | None = TOKEN) -> Report:
        due = self.due()
        subjects, idle = [row[0] for row in due], [row[0] for row in due if row[2]]
        with self.web:
            store = self.warehouse.raw.store
            report = fetch_star_history(self.web, self.standin.url, subjects, token=token, store=store, idle=idle)
        self.warehouse.refresh()
        return report

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return self.warehouse.use(lambda connection: connection.execute(text).fetchall())

    def stars(self) -> list[tuple[Any, ...]]:
        return self.rows("select repository_key, star_date, stars_kept_count from fct_repository_star_day order by all")

    def asked(self) -> list[str]:
        return [request.path for request in self.standin.asked("/repositories/")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "warehouse")
    with world.standin, world.warehouse.open():
        world.list_pages()
        world.ask_repositories()
        yield world


def test_the_months_around_a_first_listing_come_first_then_all_else_and_a_second_run_asks_nothing(
    world: World,
) -> None:
    due = world.due()
    flags = [idle for _, _, idle in due]
    assert flags == sorted(flags) and True in flags and False in flags
    repositories = world.rows("select count(*) from dim_repository where status = 'found'")[0][0]
    windows = flags.count(False)
    assert repositories <= windows <= 2 * repositories
    report = world.ask()
    assert report.requests == len(due) and not report.deferred
    assert world.due() == []
    world.clock += timedelta(hours=3)
    assert world.ask().requests == 0


def test_every_day_since_the_beginning_has_its_stars_and_one_without_any_has_zero(world: World) -> None:
    world.ask()
    whole = world.rows("""
        select repository_key, count(*), max(star_date) - min(star_date) + 1, max(star_date),
            bool_or(stars_kept_count = 0)
        from fct_repository_star_day
        group by all
    """)
    assert len(whole) > 50
    assert all(count == span for _, count, span, _, _ in whole)
    assert {last for *_, last, _ in whole} == {date(2026, 6, 2)}  # yesterday in Los Angeles: 01:00 of the third
    assert any(has_zero for *_, has_zero in whole)
    differing = world.rows("""
        select repository_key from fct_repository_star_day
        join mart_newest_star using (repository_key)
        group by repository_key, stars_count
        having sum(stars_kept_count) <> stars_count
    """)
    assert differing == []


def test_the_first_page_comes_again_weekly_and_an_old_one_only_after_a_year(world: World) -> None:
    world.ask()
    before = len(world.asked())
    world.clock += timedelta(days=6)
    assert world.due() == []
    world.clock += timedelta(days=1)
    repositories = world.rows("select count(distinct repository_id) from staging.star_week")[0][0]
    assert world.ask().requests == repositories
    assert {path.rsplit("=", 1)[1] for path in world.asked()[before:]} == {"1"}
    assert world.rows("select max(star_date) from fct_repository_star_day") == [(date(2026, 6, 9),)]
    world.clock += timedelta(days=360)
    assert any(not subject.endswith("/1") for subject, _, _ in world.due())


def test_stars_that_were_taken_back_change_the_day_on_which_they_were_given(world: World) -> None:
    world.ask()
    number, day = world.rows(
        "select repository_key, star_date from fct_repository_star_day"
        " where stars_kept_count > 0 order by star_date desc, repository_key limit 1"
    )[0]
    known = world.standin.facts.numbered(number)
    assert known is not None
    before = dict((row[1], row[2]) for row in world.stars() if row[0] == number)
    halved = Repository(**{**vars(known), "stars_count": known.stars_count // 2})
    world.standin.facts.put(known.full_name, halved)
    world.clock += timedelta(days=400)
    while world.ask().requests:
        world.clock += timedelta(days=1)
    after = dict((row[1], row[2]) for row in world.stars() if row[0] == number)
    assert sum(before.values()) == known.stars_count and sum(after.values()) == known.stars_count // 2
    assert set(before) <= set(after) and day in after


def take_back(world: World, share: int) -> int:
    """Let the repository with most stars keep one of `share`, and return its number."""
    number = world.rows(
        "select repository_key from fct_repository_day order by stars_count desc, repository_key limit 1"
    )[0][0]
    known = world.standin.facts.numbered(number)
    assert known is not None
    fewer = Repository(**{**vars(known), "stars_count": known.stars_count // share})
    world.standin.facts.put(known.full_name, fewer)
    return number


LOSS = """
    select first_stars_kept_count, stars_kept_count, stars_taken_back_count, day_count, days_between_looks
    from mart_star_loss where repository_key = {} order by all
"""


def test_a_second_look_tells_the_stars_that_were_taken_back_and_no_look_in_between_does(world: World) -> None:
    world.ask()
    assert world.rows("select count(*) from mart_star_loss") == [(0,)]  # one look: unknown, and no zero
    number = take_back(world, share=2)
    before = {row[1]: row[2] for row in world.stars() if row[0] == number}
    world.clock += timedelta(days=7)
    world.ask()
    number = take_back(world, share=2)
    world.clock += timedelta(days=393)
    while world.ask().requests:
        world.clock += timedelta(days=1)
    after = {row[1]: row[2] for row in world.stars() if row[0] == number}
    twice = [row for row in world.rows(LOSS.format(number)) if row[4] >= 399]
    kept = sum(after[day] for day in before)
    assert sum(row[3] for row in twice) == len(before)
    assert sum(row[0] for row in twice) == sum(before.values()) > 4
    assert sum(row[1] for row in twice) == kept < sum(before.values())
    assert sum(row[2] for row in twice) == sum(before.values()) - kept
    assert world.warehouse.check()["star_days_are_over"] == []


def test_the_first_look_at_a_day_is_the_first_after_it_was_over(world: World) -> None:
    world.standin.github.drift_days = 1  # a star of today goes to the day after, as the stand-in has it
    world.ask()
    for _ in range(2):
        world.clock += timedelta(days=7)
        world.ask()
    first = world.rows("""
        select distinct star_date, first_observed_at::date, observed_at::date from fct_repository_star_day
        where star_date between '2026-06-02' and '2026-06-10' order by all
    """)
    assert [row[0] for row in first] == [date(2026, 6, 2) + timedelta(days=step) for step in range(9)]
    # 3 June was going on at the first look, so that it was told on the tenth; 10 June likewise on the seventeenth
    assert [row[1].day for row in first] == [3] + [10] * 7 + [17]
    assert {row[2] for row in first} == {date(2026, 6, 17)}


def test_both_looks_are_the_same_in_whatever_order_the_answers_arrive(world: World, tmp_path: Path) -> None:
    world.ask()
    for _ in range(2):
        take_back(world, share=2)
        world.clock += timedelta(days=7)
        world.ask()
    everything = "from fct_repository_star_day order by all"
    told = world.rows(everything)
    assert world.rows("select count(*) > 0 from mart_star_loss where stars_taken_back_count > 0") == [(True,)]
    exchanges = [each for path in world.warehouse.raw.files() for each in exchanges_of(world.warehouse.raw.read(path))]
    random.Random(1).shuffle(exchanges)
    other = World(tmp_path / "other", world.clock)
    with other.warehouse.open():
        for part in range(4):
            other.warehouse.raw.store(*exchanges[part::4])
            other.warehouse.refresh()
        assert other.rows(everything) == told


def test_a_page_that_cannot_be_used_is_named_and_asked_for_again_after_a_day(world: World) -> None:
    subject = world.due()[0][0]
    number = subject.split("/")[0]
    world.standin.fail(f"/repositories/{number}/", Response(200, b'[{"week": 1}]'), times=1)
    world.ask()
    assert [row[:2] for row in world.warehouse.check()["nothing_put_aside"]] == [("star_week", subject)]
    assert subject not in [row[0] for row in world.due()]
    world.clock += timedelta(days=1)
    assert subject in [row[0] for row in world.due()]
    world.ask()
    assert world.due() == []


@pytest.mark.parametrize("answer", [502, 410, Response(200, b'[{"week": 1}]')])
def test_pages_that_never_get_an_answer_hold_up_no_others(world: World, answer: int | Response) -> None:
    odd = {subject.split("/")[0] for subject in [row[0] for row in world.due()][:3]}
    for number in odd:
        world.standin.fail(f"/repositories/{number}/", answer)
    assert world.ask().answered == 0  # three in a row, and GitHub seems to be down
    for _ in range(2):
        world.clock += timedelta(days=1)
        world.ask()
    told = world.rows("select distinct repository_id::varchar from staging.star_week")
    repositories = world.rows("select count(*) from dim_repository where status = 'found'")[0][0]
    assert len(told) == repositories - len(odd)


def test_what_is_gone_is_asked_for_once_a_month(world: World) -> None:
    number = world.due()[0][0].split("/")[0]
    gone = Response(404, b'{"message": "Not Found"}', {"Content-Type": "application/json"})
    world.standin.fail(f"/repositories/{number}/", gone)
    world.ask()
    assert sum(path.startswith(f"/repositories/{number}/") for path in world.asked()) == 1
    world.clock += timedelta(days=29)
    assert not [row for row in world.due() if row[0].startswith(f"{number}/")]
    world.clock += timedelta(days=1)
    assert [row for row in world.due() if row[0].startswith(f"{number}/")]


def test_without_a_token_it_is_a_trickle_that_leaves_half_of_the_quota(world: World) -> None:
    report = world.ask(token=None)
    assert report.requests == 30 and report.deferred
    world.clock += timedelta(hours=1, seconds=5)
    assert world.ask(token=None).requests == 30
    subjects = [path.split("/")[2] + path.rsplit("=", 1)[1] for path in world.asked()]
    assert len(subjects) == len(set(subjects)) == 60


def test_a_storm_ends_as_calm_does(world: World, tmp_path: Path) -> None:
    world.standin.fail("/repositories/", 503, share=0.1, seed=1)
    world.standin.fail("/repositories/", "cut", share=0.1, seed=2)
    world.standin.fail("/repositories/", Response(200, b"[]{"), share=0.1, seed=3)
    for _ in range(5):
        world.ask()
        world.clock += timedelta(minutes=20)
    world.standin.calm()
    world.clock += timedelta(days=1)
    world.ask()
    assert world.due() == []
    calm = World(tmp_path / "calm")
    with calm.standin, calm.warehouse.open():
        calm.list_pages()
        calm.ask_repositories()
        calm.ask()
        told = set(calm.stars())
        assert told and told <= set(world.stars())
    later = {row for row in world.stars() if row[1] <= date(2026, 6, 2)}
    assert later == told


@pytest.mark.parametrize(
    ("at", "last"),
    [
        (datetime(2026, 3, 8, 7, 59, tzinfo=UTC), date(2026, 3, 6)),  # clocks go forward at ten o'clock UTC
        (datetime(2026, 3, 8, 8, 11, tzinfo=UTC), date(2026, 3, 7)),
        (datetime(2026, 3, 9, 6, 59, tzinfo=UTC), date(2026, 3, 7)),
        (datetime(2026, 3, 9, 7, 11, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 11, 1, 6, 59, tzinfo=UTC), date(2026, 10, 30)),  # and back at nine
        (datetime(2026, 11, 1, 7, 11, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 11, 2, 7, 59, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 11, 2, 8, 11, tzinfo=UTC), date(2026, 11, 1)),
    ],
)
def test_no_day_is_told_before_it_is_over_in_los_angeles(tmp_path: Path, at: datetime, last: date) -> None:
    world = World(tmp_path / "warehouse", at)
    with world.standin, world.warehouse.open():
        world.list_pages()
        world.ask_repositories()
        world.standin.github.drift_days = 1  # stars of today
        world.ask()
        assert world.rows("select max(star_date) from fct_repository_star_day") == [(last,)]
        assert world.warehouse.check()["star_days_are_over"] == []


def test_the_order_of_arrival_does_not_matter(world: World, tmp_path: Path) -> None:
    world.ask()
    world.clock += timedelta(days=7)
    world.ask()
    told = world.rows("from fct_repository_star_day order by all")
    files = [world.warehouse.raw.read(path) for path in world.warehouse.raw.files()]
    random.Random(1).shuffle(files)
    world.warehouse.discard()
    world.warehouse.refresh()
    assert world.rows("from fct_repository_star_day order by all") == told


def test_a_curve_that_is_not_what_was_counted_is_named(world: World) -> None:
    world.ask()
    assert world.warehouse.check()["star_curve_agrees"] == []
    number = world.rows("select repository_key from fct_repository_day order by stars_count desc limit 1")[0][0]
    world.rows(f"update fct_repository_day set stars_count = stars_count * 2 where repository_key = {number}")
    assert [row[0] for row in world.warehouse.check()["star_curve_agrees"]] == [number]


def test_a_curve_without_its_newest_page_is_not_compared(world: World) -> None:
    older = [row[0] for row in world.due() if not row[0].endswith("/1")]
    with world.web:
        fetch_star_history(world.web, world.standin.url, older, token=TOKEN, store=world.warehouse.raw.store)
    world.warehouse.refresh()
    assert world.rows("select bool_or(is_oldest) from staging.star_week") == [(True,)]
    assert world.warehouse.check()["star_curve_agrees"] == []


@pytest.mark.parametrize(("minutes", "flagged"), [(0, 1), (30, 0)])
def test_stars_that_came_between_two_answers_do_not_count_against_a_curve(
    world: World, minutes: int, flagged: int
) -> None:
    world.clock += timedelta(minutes=minutes)
    world.ask()
    number = world.rows("select repository_key from fct_repository_day order by stars_count desc limit 1")[0][0]
    for day in (3, 2):  # Tuesday, which is yesterday in Los Angeles; Monday
        world.rows(
            f"update staging.star_week set days = list_transform(days, lambda stars, place: stars +"
            f" case when place = {day} then 500 else 0 end)"
            f" where repository_id = {number} and week = date '2026-05-31'"
        )
        assert len(world.warehouse.check()["star_curve_agrees"]) == flagged
        flagged = 1


KETTLE = Repository(77, "acme/kettle", "2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 500)
KETTLE_LISTED = datetime(2026, 11, 2, tzinfo=UTC)
ASKED, TODAY = datetime(2026, 11, 10, 12, tzinfo=UTC), datetime(2026, 11, 28)
SUNDAY, WHOLE = date(2026, 11, 8), 30


def list_kettle() -> list[Exchange]:
    text = SIX + row(1, github="[Link](https://github.com/acme/kettle)")
    source = find_source("timlrx/daily-ai-papers")
    subject, address = subject_of(source.source_id, KETTLE_LISTED.date()), "http://127.0.0.1:9"
    described = describe_for_rest(View(KETTLE, 0, address))
    body = json.dumps(described).encode()
    return [
        Exchange("archive", (subject,), 1, address, "GET", 200, {}, KETTLE_LISTED, text.encode(), None),
        Exchange("github", ("acme/kettle",), 1, address, "GET", 200, {}, KETTLE_LISTED, body, None),
    ]


def told_weeks(count: int, *, page: int = 1, days: int = 0) -> Exchange:
    """An answer for the repository 77, so many days after ASKED, with the newest weeks of a page."""
    at = ASKED + timedelta(days=days, minutes=page)
    newest = SUNDAY + timedelta(weeks=days // 7 - WHOLE * (page - 1))
    weeks = [
        {
            "week": int(datetime.combine(newest - timedelta(weeks=back), time(), UTC).timestamp()),
            "total": 7,
            "days": [1] * 7,
        }
        for back in range(count)
    ]
    body = json.dumps(weeks).encode()
    return Exchange("star_history", (f"77/{page}",), 1, "http://127.0.0.1:9", "GET", 200, {}, at, body, None)


def due_pages(folder: Path, *answers: Exchange, days: int = 0) -> list[str]:
    warehouse = Warehouse(folder)
    with warehouse.open():
        warehouse.raw.store(*list_kettle(), *answers)
        warehouse.refresh()
        now = {"now": TODAY + timedelta(days=days)}
        return [subject for subject, *_ in warehouse.rows("due", "star_history", now)]


OLDER = [f"77/{page}" for page in range(2, 8)]


@pytest.mark.parametrize("short", [0, 3])
def test_one_short_or_empty_page_ends_no_history_of_a_repository_that_is_older(tmp_path: Path, short: int) -> None:
    first, again = told_weeks(WHOLE), told_weeks(WHOLE, days=14)
    assert due_pages(tmp_path / "cut", told_weeks(3), again) == OLDER
    cut = told_weeks(short, page=2)
    assert due_pages(tmp_path / "older", first, cut, again) == OLDER[1:]
    assert due_pages(tmp_path / "later", first, cut, days=30) == ["77/1", *OLDER]  # again, but not daily
    assert due_pages(tmp_path / "both", first, cut, told_weeks(WHOLE, page=3), again) == OLDER[2:]


def list_many(world: World, count: int) -> None:
    """Let pages of a year list repositories, each created a month before and first listed 61 to 113 weeks ago."""
    texts: dict[date, str] = {}
    for number in range(count):
        day = world.clock.date() - timedelta(weeks=113) + timedelta(days=number * 52 * 7 // count)
        name, created = f"lab-{number}/tool", datetime.combine(day - timedelta(days=30), time(), UTC)
        world.standin.facts.put(
            name, Repository(9_000_000 + number, name, created.isoformat(), created.isoformat(), 90)
        )
        texts[day] = texts.get(day, SIX) + row(number, github=f"[Link](https://github.com/{name})")
    source = find_source("timlrx/daily-ai-papers")
    for day, text in texts.items():
        asked, url = (subject_of(source.source_id, day),), page_url("http://127.0.0.1:9", source, day)
        page = Exchange("archive", asked, 1, url, "GET", 200, {}, world.clock, text.encode(), None)
        world.warehouse.raw.store(page)
    world.warehouse.refresh()


def test_1300_repositories_take_one_and_a_half_requests_each_and_a_second_run_none(
    tmp_path: Path, record_property: Any
) -> None:
    world = World(tmp_path / "warehouse", datetime(2026, 11, 26, 12, tzinfo=UTC))
    with world.standin, world.warehouse.open():
        list_many(world, 1300)
        world.ask_repositories()
        due = world.due()
        windows = sum(not is_idle for _, _, is_idle in due)
        record_property("requests for the months around 1,300 listings", windows)
        assert windows <= 1.1 * 1998 * 1300 / 1327
        report = world.ask()
        assert windows <= report.requests <= windows + 500
        assert set(report.deferred) <= {subject for subject, _, is_idle in due if is_idle}  # for half of the quota
        assert world.due() == [] and world.ask().requests == 0
        whole = "select count(*), count(stars_kept_90_after_count) from mart_listing_effect"
        assert world.rows(whole) == [(1300, 1300)]
