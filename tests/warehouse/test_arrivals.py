"""What arrives late, cannot be read or took a name over shows in the star, by whichever way it came."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from effort import tries
from empty import empty_warehouse
from histories import HEADER, NOWHERE, REFUSED_HEADER, broken_rules, differences, star

from pipeline.core import sql_files
from pipeline.http.exchange import Exchange
from pipeline.sources import registry
from pipeline.sources.pages import blob_sha, subject_of
from pipeline.standin.arxiv import FEED, write_entry
from pipeline.standin.facts import Paper, Repository
from pipeline.standin.records import View, describe_for_rest
from pipeline.warehouse import staging
from pipeline.warehouse.stored import read_bodies, read_stored

SOURCE = "timlrx/daily-ai-papers"
FRIDAY, SATURDAY = date(2025, 3, 7), date(2025, 3, 8)
NOON = datetime(2025, 3, 7, 12, tzinfo=UTC)
NAME = "lab/teapot"
ROW = f"| [Tea](https://arxiv.org/abs/2503.00001) | Ada | Hot. | [] | [Link](https://github.com/{NAME}) | N/A |\n"
PAGE = HEADER + ROW
OTHER_PAGE = PAGE.replace("[Tea]", "[More tea]")
RIDDLE = f"{REFUSED_HEADER}| what | why |\n"


class Machine:
    """A warehouse to which answers come, one by one or several at once."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = empty_warehouse(folder)

    def receive(self, *answers: Exchange) -> None:
        self.warehouse.raw.store(*answers)
        self.warehouse.refresh()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.use(lambda connection: connection.execute(query).fetchall())

    def day(self) -> tuple[Any, ...]:
        """What the star says of the one day that it has: outcome, reason, why the newest page is not shown."""
        [row] = self.ask("select outcome, reason, correction_failure from fct_source_day")
        return row

    def assert_like_rebuilt(self) -> None:
        before = star(self.warehouse)
        self.warehouse.discard()
        self.warehouse.refresh()
        assert differences(before, star(self.warehouse)) == {}

    def broken(self, check: str) -> list[tuple[Any, ...]]:
        return self.warehouse.check()[check]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "warehouse")
    with machine.warehouse.open():
        yield machine


def page(text: str | bytes, hours: float, *, day: date = FRIDAY, listed: bool = False) -> Exchange:
    body = text.encode() if isinstance(text, str) else text
    headers = {"x-blob-sha": blob_sha(body)} if listed else {}
    return answer(day, hours, 200, headers, body)


def answer(
    day: date, hours: float, status: int | None, headers: dict[str, str] | None = None, body: bytes = b""
) -> Exchange:
    at, subject = NOON + timedelta(hours=hours), (subject_of(SOURCE, day),)
    return Exchange("archive", subject, 1, NOWHERE, "GET", status, headers or {}, at, body, None)


def no_page(hours: float, day: date = FRIDAY) -> Exchange:
    return answer(day, hours, 404)


def observation(days: int, number: int = 7, stars: int = 1, name: str = NAME, asked: str = NAME) -> Exchange:
    repository = Repository(
        number=number,
        full_name=name,
        created_at="2024-01-01T00:00:00Z",
        pushed_at="2025-03-01T00:00:00Z",
        stars_count=stars,
    )
    body = json.dumps(describe_for_rest(View(repository, 0, NOWHERE))).encode()
    at = NOON + timedelta(days=days)
    return Exchange("github", (asked,), 1, NOWHERE, "GET", 200, {}, at, body, None)


def test_an_observation_between_two_that_are_known_is_a_row_as_soon_as_it_arrives(machine):
    machine.receive(page(PAGE, 0))
    machine.receive(observation(1, stars=5), observation(5, stars=9))
    machine.receive(observation(3, stars=7))
    assert machine.ask("select stars_count from fct_repository_day order by date_key") == [(5,), (7,), (9,)]
    machine.assert_like_rebuilt()


def test_a_late_observation_of_a_repository_that_is_gone_is_a_row_too(machine):
    gone = replace(observation(9), status=404, body=b'{"message": "Not Found"}')
    machine.receive(page(PAGE, 0), observation(1), observation(5), gone)
    machine.receive(observation(3))
    assert len(machine.ask("from fct_repository_day")) == 3
    machine.assert_like_rebuilt()


def test_a_year_whose_only_observation_is_not_ours_any_more_has_no_days(machine):
    machine.receive(page(PAGE, 0), observation(1), observation(400))
    machine.receive(page(PAGE.replace("teapot", "kettle"), 24))  # the link is corrected
    assert machine.ask("select max(year) from dim_date") == [(2025,)]
    machine.assert_like_rebuilt()


def test_a_day_of_any_year_and_a_look_of_any_year_have_their_dates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "SOURCES", registry.OURS)
    machine = Machine(tmp_path)
    paper = {"paper": {"id": "2305.00001", "title": "Tea", "upvotes": 7}}
    subject = subject_of("huggingface/daily-papers", date(2023, 5, 4))
    looked_at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    machine.receive(page(PAGE, 0))
    body = json.dumps([paper]).encode()
    machine.receive(Exchange("feed", (subject,), 1, NOWHERE, "GET", 200, {}, looked_at, body, None))
    assert machine.ask("select min(year), max(year) from dim_date") == [(2023, 2026)]
    assert machine.broken("references_found") == []
    machine.assert_like_rebuilt()


def test_nothing_new_replaces_nothing(machine):
    machine.receive(page(PAGE, 0), observation(1))
    machine.warehouse.refresh()
    assert machine.ask("from scope") == []


def test_known_bytes_of_an_older_answer_keep_their_rows_beside_a_page_that_is_new(machine):
    machine.receive(page(PAGE, 48))
    known = read_bodies(machine.warehouse)
    machine.warehouse.raw.store(page(PAGE, 24), page(OTHER_PAGE, 24, day=SATURDAY), known=known)
    machine.warehouse.refresh()
    assert machine.ask("select title from fct_listing order by listing_date") == [("Tea",), ("More tea",)]
    machine.assert_like_rebuilt()


# Pages that cannot be read


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in time", "late"])
def test_a_page_that_cannot_be_read_is_a_failure_also_after_an_absence(machine, order):
    answers = [no_page(24), page(RIDDLE, 48)]
    for place in order:
        machine.receive(answers[place])
    outcome, reason, _ = machine.day()
    assert outcome == "failed" and "Mystery" in reason
    assert len(machine.broken("pages_readable")) == 1
    machine.assert_like_rebuilt()


def test_a_page_that_cannot_be_read_and_was_taken_back_is_an_absence(machine):
    machine.receive(page(RIDDLE, 24), no_page(48))
    assert machine.day() == ("absent", None, None)


def test_a_page_that_cannot_be_read_and_came_back_after_an_absence_is_a_failure_again(machine):
    machine.receive(page(RIDDLE, 24), no_page(48), page(RIDDLE, 72))
    assert machine.day()[0] == "failed"


def test_a_listed_page_that_cannot_be_had_is_a_failure_also_after_an_absence(machine):
    machine.receive(no_page(24), answer(FRIDAY, 48, 503, {"x-blob-sha": "0" * 40}))
    assert machine.day()[0] == "failed"


def test_no_answer_does_not_undo_an_absence(machine):
    machine.receive(no_page(24), answer(FRIDAY, 48, 503))
    assert machine.day() == ("absent", None, None)


@pytest.mark.parametrize("correction", [page(RIDDLE, 24), page(b"\xff\xfe", 24, listed=True)], ids=["layout", "bytes"])
def test_a_correction_that_cannot_be_read_keeps_the_rows_and_is_told(machine, correction):
    machine.receive(page(PAGE, 0))
    machine.receive(correction)
    outcome, reason, failure = machine.day()
    assert (outcome, reason) == ("published", None) and failure
    assert machine.ask("select title from fct_listing") == [("Tea",)]
    assert [row[5] for row in machine.broken("pages_readable")] == [failure]
    assert machine.broken("outcomes_fit_their_rows") == []
    machine.assert_like_rebuilt()


def lose(machine: Machine, answers: list[Exchange], lost: int) -> None:
    """Receive answers, each in a segment of its own, and lose one of these."""
    raw, segments = machine.warehouse.raw, list[Path | None]()
    for each in answers:
        machine.warehouse.load_raw()
        raw.store(each, known=read_bodies(machine.warehouse))
        segments.append(raw.bundle())
    (segments[lost] or raw.folder).unlink()
    machine.warehouse.discard()
    machine.warehouse.refresh()


@pytest.mark.parametrize("listed", [False, True])
def test_a_correction_whose_bytes_are_lost_is_told_and_asked_for_again(machine, listed):
    corrected = page(OTHER_PAGE, 24, listed=listed)
    again = page(OTHER_PAGE, 48, listed=listed)
    lose(machine, [page(PAGE, 0, listed=listed), corrected, again], 1)
    assert machine.ask("select title from fct_listing") == [("Tea",)]
    outcome, _, failure = machine.day()
    assert outcome == "published" and "lost" in failure
    assert [row[5] for row in machine.broken("pages_readable")] == [failure]
    stored = read_stored(machine.warehouse)
    assert (SOURCE, FRIDAY) not in stored and stored.blobs == {}
    machine.receive(page(OTHER_PAGE, 72, listed=listed))
    assert machine.ask("select title from fct_listing") == [("More tea",)] and machine.day()[2] is None
    assert (SOURCE, FRIDAY) in read_stored(machine.warehouse)
    machine.assert_like_rebuilt()


def test_a_page_whose_only_bytes_are_lost_has_failed_and_is_not_held(machine):
    lose(machine, [page(PAGE, 0), page(PAGE, 24)], 0)
    outcome, reason, _ = machine.day()
    assert outcome == "failed" and "lost" in reason
    assert machine.broken("outcomes_fit_their_rows") == []
    days = {"from_date": FRIDAY, "to_date": FRIDAY, "now": datetime(2025, 4, 1)}
    assert [row[2] for row in machine.warehouse.rows("status", "outcomes", days)] == ["failed"]


def test_a_page_that_can_be_read_again_is_all_there_is_to_tell(machine):
    machine.receive(page(PAGE, 0), page(RIDDLE, 24))
    machine.receive(page(OTHER_PAGE, 48))
    assert machine.day() == ("published", None, None)
    assert machine.ask("select title from fct_listing") == [("More tea",)]


def test_a_page_that_came_back_as_it_was_is_the_newest_again(machine):
    machine.receive(page(PAGE, 0), page(RIDDLE, 24), page(PAGE, 48))
    assert machine.day() == ("published", None, None)


def test_the_newest_page_counts_as_stored_whether_or_not_it_can_be_read(machine):
    machine.receive(page(PAGE, 0), page(RIDDLE, 24))
    stored = read_stored(machine.warehouse)
    assert stored.blobs == {(SOURCE, FRIDAY): blob_sha(RIDDLE.encode())}
    assert (SOURCE, FRIDAY) not in stored  # so that --missing asks again
    machine.receive(page(b"\xff\xfe", 48, listed=True))
    assert read_stored(machine.warehouse).blobs == {(SOURCE, FRIDAY): blob_sha(b"\xff\xfe")}


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "not listed"])
def test_bytes_that_are_put_aside_are_asked_for_once(machine, listed, monkeypatch):
    broken = page(OTHER_PAGE, 24, listed=listed)
    monkeypatch.setattr(
        staging, "read_apart", lambda rows: ({}, dict.fromkeys(rows["exchange_id"], "it ends the process"))
    )
    machine.receive(broken)
    assert read_stored(machine.warehouse).blobs == {(SOURCE, FRIDAY): blob_sha(OTHER_PAGE.encode())}


def test_bytes_that_are_not_those_of_the_listing_are_asked_for_again(machine):
    machine.receive(replace(page(OTHER_PAGE, 24), headers={"x-blob-sha": "0" * 40}))
    assert read_stored(machine.warehouse).blobs == {}
    machine.assert_like_rebuilt()


# Days


def test_a_saturday_is_not_over_in_its_first_minute(machine):
    machine.receive(no_page(12.1, SATURDAY))
    assert machine.ask("from fct_source_day") == []
    assert (SOURCE, SATURDAY) not in read_stored(machine.warehouse)
    machine.receive(no_page(36.1, SATURDAY))
    assert machine.day() == ("absent", None, None)


# Repositories


def repository(machine: Machine, number: int = 7) -> tuple[Any, ...]:
    columns = "status, replaced_by_repository_id, observed_at"
    [row] = machine.ask(f"select {columns} from dim_repository where repository_id = {number}")
    return row


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_a_repository_that_was_made_anew_under_its_name_is_gone_and_replaced(machine, order):
    answers = [page(PAGE, 0), observation(1), observation(30, number=8, stars=0)]
    for place in order:
        machine.receive(answers[place])
    assert repository(machine) == ("not_found", 8, datetime(2025, 4, 6, 12))
    assert machine.ask("from dim_repository_name anti join dim_repository using (repository_key)") == []
    assert machine.broken("references_found") == []
    assert [row[1:3] for row in machine.broken("repositories_in_place")] == [(NAME, 8)]
    machine.assert_like_rebuilt()


def test_a_replaced_repository_counts_as_a_dead_link(machine):
    machine.receive(page(PAGE, 0), observation(1), observation(30, number=8))
    [row] = machine.ask(sql_files.read_sql("queries", "dead_code_links"))
    assert row[1:5] == (1, 0, 0, 1)  # links, alive, renamed, not found


def test_a_name_that_comes_back_to_its_repository_replaces_nothing(machine):
    machine.receive(page(PAGE, 0), observation(1), observation(2, number=8), observation(3))
    assert repository(machine)[:2] == ("found", None)


def test_a_repository_that_was_renamed_before_its_name_went_to_another_is_not_replaced(machine):
    machine.receive(page(PAGE, 0), observation(1), observation(2, name="lab/kettle"), observation(3, number=8))
    assert repository(machine)[:2] == ("found", None)


# Two answers in one microsecond


def entry(title: str, status: int = 200, asked: tuple[str, ...] = ("2503.00001",)) -> Exchange:
    paper = Paper(
        arxiv_id="2503.00001",
        title=title,
        abstract="Hot.",
        authors=((f"Ada {title}", "Tea House"),),
        categories=("cs.AI",),
        version=1,
        submitted_at="2025-03-01T00:00:00Z",
        updated_at="2025-03-01T00:00:00Z",
    )
    written = write_entry(paper, 1)
    feed = FEED.format(
        id="", title="", now="2025-03-06T00:00:00Z", href='"urn:x"', size=1, total=1, start=0, entries=written
    )
    return Exchange("arxiv", asked, 2, NOWHERE, "GET", status, {}, NOON, feed.encode(), None)


def described(text: str, number: int = 7) -> Exchange:
    answer = observation(1, number)
    return replace(
        answer, body=(answer.body or b"").replace(b'"description": null', b'"description": "%s"' % text.encode())
    )


TIES = {
    "two entries of a paper": [entry("One"), entry("Two"), entry("Three")],
    "an entry and none": [entry("One"), entry("Two", asked=("2503.00002",)), replace(entry("x"), body=b"")],
    "two failures": [replace(entry("One"), status=status, body=None) for status in (500, 502, 503)],
    "two descriptions": [described("Red."), described("Blue."), described("Green.")],
    "two stars": [observation(1, stars=stars) for stars in (1, 2, 3)],
    "two repositories": [observation(1, 7), observation(1, 8), observation(1, 9)],
    "two names": [observation(1, 7), observation(1, 7, name="lab/kettle"), observation(1, 8, name="lab/kettle")],
    "found and gone": [
        observation(1),
        replace(observation(1), status=404, body=b'{"message": "Not Found"}'),
        replace(observation(1), status=500, body=b""),
    ],
}

# The first three have each pair in both orders, and each of them as the last one.
ORDERS = [(0, 1, 2), (2, 1, 0), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1)][: tries(3, 6)]


@pytest.mark.parametrize("kind", TIES)
def test_two_answers_in_one_microsecond_are_the_same_rows_in_any_order(kind: str, tmp_path: Path) -> None:
    stars: list[Any] = []
    for number, order in enumerate(ORDERS):
        machine = Machine(tmp_path / f"{number}")
        with machine.warehouse.open():
            machine.receive(page(PAGE, 0))
            for place in order:
                machine.receive(TIES[kind][place])
            assert broken_rules(machine.warehouse) == {}
            stars.append(star(machine.warehouse))
    together = Machine(tmp_path / "together")
    with together.warehouse.open():
        together.receive(page(PAGE, 0), *TIES[kind])
        assert broken_rules(together.warehouse) == {}
        for each in stars:
            assert differences(each, star(together.warehouse)) == {}


def test_a_repository_that_is_found_under_another_name_after_its_own_was_gone_is_due_as_one_that_is_there(machine):
    gone = replace(observation(3), status=404, body=b'{"message": "Not Found"}')
    alias = page(PAGE.replace(NAME, "old/teapot"), 24, day=SATURDAY)
    machine.receive(page(PAGE, 0), alias, observation(1), gone, observation(5, asked="old/teapot"))
    now = {"now": (NOON + timedelta(days=6)).replace(tzinfo=None)}
    assert machine.ask("select status from dim_repository where repository_key = 7") == [("found",)]
    assert machine.warehouse.rows("due", "repositories", now) == [(NAME, False)]
    assert machine.ask("select due_at <= timestamp '2025-03-13' from mart_next_look where service = 'github'") == [
        (True,)
    ]


def by_graphql(days: int, hidden: str | None = None) -> Exchange:
    """GitHub's description of the repository; of one field it says nothing but that it may not be told."""
    node: dict[str, Any] = {
        "databaseId": 7,
        "nameWithOwner": NAME,
        "stargazerCount": 1,
        "primaryLanguage": {"name": "Python"},
        "licenseInfo": {"spdxId": "MIT"},
        "repositoryTopics": {"nodes": [{"topic": {"name": "tea"}}]},
        "releases": {"totalCount": 1},
        "latestRelease": {"tagName": "v1", "publishedAt": "2025-03-01T00:00:00Z"},
    }
    errors = [{"type": "FORBIDDEN", "path": ["r0", hidden], "message": "no"}] if hidden else []
    answer = {"data": {"r0": node | ({hidden: None} if hidden else {})}} | ({"errors": errors} if errors else {})
    body, at = json.dumps(answer).encode(), NOON + timedelta(days=days)
    return Exchange("github", (NAME,), 1, NOWHERE, "POST", 200, {}, at, body, None)


@pytest.mark.parametrize("hidden", ["primaryLanguage", "licenseInfo", "latestRelease", "repositoryTopics"])
def test_what_an_answer_does_not_tell_of_a_repository_stays_as_it_was_told(machine, hidden):
    machine.receive(page(PAGE, 0), by_graphql(1), by_graphql(2, hidden), by_graphql(3))
    told = [("Python", "MIT", "v1", ["tea"])]
    columns = "language, license_spdx, latest_release_tag, topics"
    assert machine.ask(f"select {columns} from dim_repository_version") == told
    machine.receive(by_graphql(4, hidden))
    assert machine.ask(f"select {columns} from dim_repository where repository_key = 7") == told
    assert machine.ask(f"select {columns} from dim_repository_version") == told
    machine.assert_like_rebuilt()
