"""What starts runs by itself: the right days, once, and nobody is asked or told twice."""

import json
import smtplib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from answers import fall_silent

from pipeline.core.settings import read_settings
from pipeline.defs import planning
from pipeline.defs.news import alerts
from pipeline.defs.schedules import daily_schedule
from pipeline.defs.sensors import archive_sensor, leftovers_sensor
from pipeline.http.client import Web
from pipeline.http.exchange import Report
from pipeline.read.status.silence import Spoken
from pipeline.sources import registry
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.sources.source import Source
from pipeline.sources.stored import Answer
from pipeline.standin import DEMO, Standin
from pipeline.warehouse import lock
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.reports import save_report
from pipeline.warehouse.stored import read_stored

SOURCE = "timlrx/daily-ai-papers"
OTHER = "gabrielchua/daily-ai-papers"
FRIDAY = date(2025, 3, 21)
NOON = datetime(2025, 3, 21, 12, 45, tzinfo=UTC)
BOTH = {SOURCE: Answer("published", NOON), OTHER: Answer("absent", NOON)}
LIST, ENDED = registry.OURS[2], registry.OURS[0]


def tick(at: datetime) -> Any:
    with dg.DagsterInstance.ephemeral() as instance:
        return daily_schedule(dg.build_schedule_context(instance=instance, scheduled_execution_time=at))


def look(sensor: Any, cursor: str | None = None) -> Any:
    """Evaluate a sensor as the daemon does; the instance is a fresh one, without a run."""
    with dg.DagsterInstance.ephemeral() as instance:
        return sensor(dg.build_sensor_context(instance=instance, cursor=cursor))


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Any:
    with Standin() as standin:
        standin.allow(5000)
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        yield standin


# The schedule


def test_a_tick_at_noon_asks_for_today_and_one_at_night_for_yesterday() -> None:
    noon, night = tick(NOON), tick(datetime(2025, 3, 22, 2, 45, tzinfo=UTC))
    assert (noon.partition_key, night.partition_key) == ("2025-03-21", "2025-03-21")
    assert noon.run_key != night.run_key
    assert noon.run_config == {"ops": {"documents": {"config": {"only_missing": True}}}}


@pytest.mark.parametrize("source", registry.OURS, ids=lambda source: source.source_id)
@pytest.mark.parametrize("day", [date(2026, 7, 1), date(2026, 11, 1), date(2026, 11, 2), date(2027, 1, 2)])
def test_the_tick_at_night_comes_when_the_day_has_ended_for_every_source(source: Source, day: date) -> None:
    at = datetime.combine(day + timedelta(days=1), time(2, 45), UTC)
    assert planning.day_of_tick(at) == day and source.is_over(day, at)
    assert f"{at.minute} {at.hour} * * *" in daily_schedule.cron_schedule


def test_the_second_look_of_a_day_is_left_out_once_every_source_has_spoken(demo_warehouse: Path) -> None:
    assert demo_warehouse.exists()
    skipped = tick(datetime(2025, 3, 21, 14, 45, tzinfo=UTC))
    assert isinstance(skipped, dg.SkipReason) and "2025-03-21" in str(skipped.skip_message)
    asked = tick(datetime(2025, 3, 24, 14, 45, tzinfo=UTC))
    assert asked.tags["dagster/asset_partition_range_start"] == "2025-03-22"  # the weekend was never asked for
    assert asked.tags["dagster/asset_partition_range_end"] == "2025-03-24"


@pytest.mark.parametrize(
    ("outcomes", "first"),
    [
        ({}, FRIDAY),  # a first run is not a backfill
        ({date(2025, 3, 20): BOTH}, FRIDAY),
        ({date(2025, 3, 17): BOTH, date(2025, 3, 20): BOTH}, date(2025, 3, 18)),
        ({date(2025, 3, 19): {**BOTH, SOURCE: Answer("failed", NOON)}, date(2025, 3, 20): BOTH}, date(2025, 3, 19)),
        ({date(2025, 3, 19): {SOURCE: Answer("published", NOON)}, date(2025, 3, 20): BOTH}, date(2025, 3, 19)),
        # It stays so.
        ({date(2025, 3, 19): {**BOTH, SOURCE: Answer("unreadable", NOON)}, date(2025, 3, 20): BOTH}, FRIDAY),
    ],
)
def test_what_the_week_has_left_open_is_asked_for_along_with_the_day(outcomes: Any, first: date) -> None:
    assert planning.days_to_ask(FRIDAY, outcomes, registry.SOURCES, NOON) == (first, FRIDAY)


@pytest.mark.parametrize("outcome", ["published", "empty"])
def test_a_list_is_asked_for_again_a_week_and_two_weeks_after_each_day_and_not_in_between(outcome: str) -> None:
    """Forty days of ticks, each of which sees what the ones before have seen: of an empty list its first look alone."""
    outcomes: dict[date, dict[str, Answer]] = {}
    looks: dict[date, list[date]] = {}
    looked_at: dict[date, datetime] = {}
    for step in range(40):
        day = FRIDAY + timedelta(days=step)
        night = datetime.combine(day + timedelta(days=1), time(2, 45), UTC)
        first, last = planning.days_to_ask(day, outcomes, [LIST], night)
        asked = [first + timedelta(days=back) for back in range((last - first).days + 1)]
        for each in asked:  # as a run does: sources/fetch.py, is_wanted
            if LIST.calendar.is_due(each, looked_at.get(each), night):
                looked_at[each] = night
                looks.setdefault(each, []).append(day)
                if outcome == "published" or each not in outcomes:
                    outcomes[each] = {LIST.source_id: Answer(outcome, night)}
    settled = [FRIDAY + timedelta(days=step) for step in range(40 - 14)]
    assert {each: [(day - each).days for day in looks[each]] for each in settled} == {
        day: [0, 7, 14] for day in settled
    }
    known, later = {each: outcomes[each] for each in settled}, NOON + timedelta(days=70)
    assert planning.days_to_ask(later.date(), known, [LIST], later)[0] == later.date()


NIGHT = datetime(2025, 11, 24, 2, 45, tzinfo=UTC)  # of Sunday, the 23rd
SUNDAY = date(2025, 11, 23)


def history(first: date, last: date, **of_days: str) -> dict[date, dict[str, Answer]]:
    """Every day of a range with a page of SOURCE, but for those given by their last digits, `d0310="failed"`."""
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    told = {day: of_days.get(f"d{day:%m%d}", "published") for day in days}
    return {day: {SOURCE: Answer(outcome, NOON)} for day, outcome in told.items() if outcome != "not asked"}


def older(day: date, outcomes: dict[date, dict[str, Answer]], at: datetime = NIGHT) -> list[date]:
    return planning.older_days(day, outcomes, registry.SOURCES, at)


def test_days_that_were_never_asked_for_are_asked_for_in_the_next_night_however_old_they_are() -> None:
    known = history(date(2025, 3, 1), SUNDAY, d0310="not asked", d0701="not asked")
    assert older(SUNDAY, known) == [date(2025, 3, 10), date(2025, 7, 1)]
    assert older(SUNDAY, known, NOON) == []
    assert planning.days_to_ask(SUNDAY, known, registry.SOURCES, NIGHT) == (date(2025, 3, 10), SUNDAY)


def test_a_first_run_and_a_new_source_are_no_backfill() -> None:
    assert older(SUNDAY, {}) == []
    assert older(SUNDAY, history(SUNDAY, SUNDAY)) == []


def test_a_long_outage_of_the_machine_is_made_up_for_in_some_nights_newest_days_first() -> None:
    known = history(date(2024, 11, 1), date(2024, 11, 10)) | history(SUNDAY, SUNDAY)
    nights = 0
    while asked := older(SUNDAY, known):
        assert len(asked) <= planning.MOST_OLDER_DAYS
        known |= {day: {SOURCE: Answer("absent", NIGHT)} for day in asked}
        nights += 1
    assert nights == 4 and len(known) == (SUNDAY - date(2024, 11, 1)).days + 1 - 7


def test_days_that_failed_are_asked_for_again_with_longer_and_longer_pauses() -> None:
    known = history(date(2025, 3, 1), date(2026, 6, 1), d0310="failed")
    looks = [
        (day - date(2025, 3, 10)).days
        for day in (date(2025, 3, 10) + timedelta(days=step) for step in range(8, 240))
        if older(day, known, datetime.combine(day + timedelta(days=1), time(2, 45), UTC))
    ]
    assert [later - earlier for earlier, later in pairwise(looks[:11])] == [7] * 10  # weekly for a quarter
    assert all(later - earlier in (28, 35) for earlier, later in pairwise(looks[11:]))
    assert len(looks) == 11 + 5


def test_what_an_ended_source_was_not_asked_for_since_its_end_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    end(monkeypatch, date(2025, 3, 14))
    known = history(date(2025, 3, 1), date(2025, 3, 5))
    assert older(SUNDAY, known)[-1] == date(2025, 3, 14)


def test_a_source_that_has_ended_is_left_alone_until_the_day_is_over() -> None:
    today, ended = date(2026, 11, 27), [ENDED]
    noon, night = datetime(2026, 11, 27, 14, 45, tzinfo=UTC), datetime(2026, 11, 28, 2, 45, tzinfo=UTC)
    assert planning.have_spoken(today, {}, ended)
    assert planning.is_final(today, {}, ended, noon)
    assert not planning.is_final(today, {}, ended, night)


# The archives


@pytest.fixture
def awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's last page is of March 2025: let nobody take its sources for silent."""
    monkeypatch.setattr(planning, "read_spoken", lambda *given: Spoken({}, {}, ()))


def test_an_archive_that_is_silent_for_longer_than_ever_is_listed_once_a_day(
    demo_warehouse: Path, standin: Standin
) -> None:
    fall_silent(demo_warehouse, datetime.now(UTC).date() - timedelta(days=1))
    first = look(archive_sensor)
    assert len(standin.asked()) == 2
    second = look(archive_sensor, first.cursor)
    assert "has ended or is silent, and was listed today" in second.skip_message and len(standin.asked()) == 2
    yesterday = {name: {"listed_on": "2026-11-26"} for name in json.loads(first.cursor)}
    look(archive_sensor, json.dumps(yesterday))
    assert len(standin.asked()) == 4


def test_where_nobody_is_awake_the_schedule_runs_once_a_day(demo_warehouse: Path) -> None:
    day = date(2025, 6, 20)  # a Friday, three months after the last page
    fall_silent(demo_warehouse, day - timedelta(days=1))
    hours = [(day, time(12, 45)), (day, time(14, 45)), (day + timedelta(days=1), time(2, 45))]
    ticks = [tick(datetime.combine(on, at, UTC)) for on, at in hours]
    assert [isinstance(found, dg.SkipReason) for found in ticks] == [True, True, False]


def test_days_of_a_silence_for_which_nobody_asked_are_asked_for_in_the_next_night(demo_warehouse: Path) -> None:
    fall_silent(demo_warehouse, date(2025, 4, 10))
    asked = tick(datetime(2025, 5, 3, 2, 45, tzinfo=UTC))
    assert asked.tags["dagster/asset_partition_range_start"] == "2025-04-11"


def test_an_archive_for_which_nobody_asked_since_a_backfill_is_awake(demo_warehouse: Path) -> None:
    sources = planning.read_sources(demo_warehouse / "papers.duckdb", registry.SOURCES, date(2026, 11, 27))
    assert sources == list(registry.SOURCES)


@pytest.mark.usefixtures("awake")
def test_days_that_are_new_are_asked_for_once_and_held_ones_are_not(demo_warehouse: Path, standin: Standin) -> None:
    assert demo_warehouse.exists()
    nothing = look(archive_sensor)
    assert nothing.run_requests in (None, []) and nothing.skip_reason.skip_message == "no page is new or changed"
    standin.archive.folders.insert(0, DEMO / "corrections")
    pages = sorted(path.stem for path in (DEMO / "corrections").rglob("*.md"))
    found = look(archive_sensor, nothing.cursor)
    assert len(found.run_requests) == 1
    assert found.run_requests[0].partition_key.endswith(pages[0])
    assert look(archive_sensor, found.cursor).run_requests[0].run_key == found.run_requests[0].run_key


@pytest.mark.parametrize("text", ["| Mystery | Riddle |\n|---|---|\n| what | why |\n", "\xff"])
def test_a_page_that_cannot_be_read_is_asked_for_once_and_its_day_says_so(
    demo_warehouse: Path, standin: Standin, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "corrected" / SOURCE / "main" / "archive" / f"{FRIDAY:%Y/%m/%d}.md"
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode("latin-1"))
    standin.archive.folders.insert(0, tmp_path / "corrected")
    [request] = look(archive_sensor).run_requests
    assert request.partition_key == FRIDAY.isoformat()
    warehouse = Warehouse(demo_warehouse)
    week = [FRIDAY - timedelta(days=back) for back in range(7)]
    with Web() as web:  # by the listing, as a run over a range does
        fetch_documents(Fetching(read_settings(), web, read_stored(warehouse), warehouse.raw.store), week)
    warehouse.refresh()
    assert look(archive_sensor).skip_reason.skip_message == "no page is new or changed"
    assert [row[1] for row in warehouse.check()["pages_readable"]] == [FRIDAY]
    file.write_bytes(text.encode("latin-1") + b"\n")
    assert len(look(archive_sensor).run_requests) == 1


def test_an_empty_warehouse_gets_the_whole_archive_in_a_handful_of_runs(standin: Standin) -> None:
    found = look(archive_sensor)
    ends = [
        (request.tags["dagster/asset_partition_range_start"], request.tags["dagster/asset_partition_range_end"])
        for request in found.run_requests
        if request.partition_key is None
    ]
    assert 1 <= len(found.run_requests) <= planning.MOST_RUNS
    assert min(first for first, _ in ends) == "2025-02-24"
    assert len(standin.asked()) == 2  # one listing of each archive


@pytest.mark.usefixtures("awake")
def test_the_etag_is_kept_only_while_all_that_it_stands_for_is_held(
    demo_warehouse: Path, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demo_warehouse.exists()
    standin.github.token = "token"
    standin.allow(5000, "token")
    monkeypatch.setenv("GITHUB_TOKEN", "token")
    first = look(archive_sensor)
    assert set(json.loads(first.cursor)) == {SOURCE, OTHER}
    look(archive_sensor, first.cursor)
    assert [request.status for request in standin.asked()] == [200, 200, 304, 304]
    standin.archive.folders.insert(0, DEMO / "corrections")
    changed = look(archive_sensor, first.cursor)
    assert changed.run_requests and len(json.loads(changed.cursor)) == 1


@pytest.mark.usefixtures("awake")
def test_an_archive_that_has_ended_is_listed_once_a_day_until_it_has_something_new(
    demo_warehouse: Path, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demo_warehouse.exists()
    end(monkeypatch, FRIDAY)
    first = look(archive_sensor)
    second = look(archive_sensor, first.cursor)
    assert [SOURCE in request.path for request in standin.asked()] == [False, True, False]
    yesterday = json.loads(second.cursor) | {SOURCE: {"listed_on": "2025-03-22"}}
    standin.archive.folders.insert(0, DEMO / "corrections")  # of that source
    spoke = look(archive_sensor, json.dumps(yesterday))
    assert spoke.run_requests and SOURCE not in json.loads(spoke.cursor)
    standin.requests.clear()
    look(archive_sensor, spoke.cursor)
    assert len(standin.asked()) == 2


def test_where_every_archive_has_ended_a_second_look_of_the_day_asks_nothing(
    demo_warehouse: Path, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demo_warehouse.exists()
    end(monkeypatch, FRIDAY)
    end(monkeypatch, FRIDAY, OTHER)
    first = look(archive_sensor)
    standin.requests.clear()
    assert "was listed today" in look(archive_sensor, first.cursor).skip_message
    assert standin.asked() == []


def test_nothing_is_listed_while_a_run_writes(standin: Standin, tmp_path: Path) -> None:
    with lock.hold(tmp_path / "warehouse", "a run"):
        skipped = look(archive_sensor)
    assert "is being written by" in skipped.skip_message
    assert standin.asked() == []


def test_a_service_that_is_down_ends_a_look_without_a_wait(standin: Standin) -> None:
    standin.fail("/repos/", 503)
    skipped = look(archive_sensor)
    assert "GitHub gave no usable response" in skipped.skip_message


def test_ranges_bridge_the_smallest_gaps() -> None:
    days = [FRIDAY + timedelta(days=step) for step in (0, 1, 4, 5, 30, 31, 60)]
    cut = [(FRIDAY, days[1]), (days[2], days[3]), (days[4], days[5]), (days[6], days[6])]
    assert planning.ranges(days) == cut
    assert planning.ranges(days, most=3) == [(FRIDAY, days[3]), *cut[2:]]
    assert planning.ranges(days, most=1) == [(FRIDAY, days[6])]
    assert planning.ranges([]) == []


def test_only_pages_whose_bytes_differ_are_changed() -> None:
    blobs = {FRIDAY: "new", date(2025, 3, 20): "same", date(2020, 1, 1): "before its first day"}
    listed = {SOURCE: {(SOURCE, day): blob for day, blob in blobs.items()}}
    held = {(SOURCE, FRIDAY): "old", (SOURCE, date(2025, 3, 20)): "same"}
    assert planning.changed_days(listed, held) == {FRIDAY: [(SOURCE, FRIDAY)]}


# Leftovers


NOW = datetime(2025, 3, 21, 12, tzinfo=UTC)


def report(deferred: int, until: datetime | None, at: datetime = NOW) -> dict[str, Any]:
    until_text = until.isoformat() if until else None
    return {"at": at.isoformat(), "deferred": deferred, "reason": "the quota is used up", "until": until_text}


def test_leftovers_wait_until_the_time_that_the_service_named() -> None:
    later = NOW + timedelta(minutes=40)
    assert planning.next_round({"github": report(5, later)}, 5, NOW)[0] == later
    assert planning.next_round({"github": report(5, None)}, 5, NOW)[0] == NOW + planning.PAUSE
    both = {"github": report(5, later), "arxiv": report(1, NOW)}
    assert planning.next_round(both, 5, NOW) == (
        NOW,
        "arxiv: 1 were deferred at 2025-03-21T12:00:00+00:00: the quota is used up",
    )


def test_nothing_that_waits_is_no_reason_for_a_run() -> None:
    assert planning.next_round({"github": report(0, None)}, 0, NOW) == (None, "nothing waits for an answer")
    assert planning.next_round({}, 7, NOW) == (NOW, "7 wait for a first answer")
    assert planning.next_round({"github": report(0, None)}, 7, NOW)[0] is None  # asked for, and not due again yet


def test_leftovers_are_asked_for_at_most_once_an_hour(demo_warehouse: Path) -> None:
    private = demo_warehouse / "private"
    assert isinstance(look(leftovers_sensor), dg.SkipReason)
    put_off = Report(1, 0, ("a/b",), "the quota is used up", datetime.now(UTC) - timedelta(seconds=1))
    save_report(private, "github", put_off, datetime.now(UTC) - timedelta(hours=1))
    first, second = look(leftovers_sensor), look(leftovers_sensor)
    assert first.run_key == second.run_key or first.run_key < second.run_key  # the hour may have turned
    later = Report(1, 0, ("a/b",), "the quota is used up", datetime.now(UTC) + timedelta(minutes=30))
    save_report(private, "github", later, datetime.now(UTC))
    assert "to go on at" in str(look(leftovers_sensor).skip_message)


# Channels


def end(monkeypatch: pytest.MonkeyPatch, last: date, ended: str = SOURCE) -> None:
    """Make it known that a source has ended."""
    sources = [replace(source, last_date=last) if source.source_id == ended else source for source in registry.SOURCES]
    monkeypatch.setattr(registry, "SOURCES", tuple(sources))


def test_a_webhook_that_fails_is_tried_again_and_its_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_URL", "http://127.0.0.1:9/secret")
    faults = alerts.send_alert(read_settings(), "subject", "text")
    assert "refused" in str(faults["the webhook"]) and "secret" not in str(faults)


def test_a_mail_goes_to_the_address_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(smtplib.SMTP, "connect", lambda self, host, port, *rest: (220, b"hello"))
    monkeypatch.setattr(smtplib.SMTP, "ehlo", lambda self: (250, b""))
    monkeypatch.setattr(smtplib.SMTP, "quit", lambda self: (221, b""))
    monkeypatch.setattr(smtplib.SMTP, "docmd", lambda self, *words: (221, b""))
    monkeypatch.setattr(smtplib.SMTP, "send_message", lambda self, message: sent.append(message))
    monkeypatch.setenv("SMTP_URL", "smtp://mail.example.org")
    monkeypatch.setenv("ALERT_EMAIL", "me@example.org")
    assert alerts.send_alert(read_settings(), "A run\nfailed", "why") == {"the mail": None}
    assert (sent[0]["To"], sent[0]["Subject"], sent[0].get_content()) == ("me@example.org", "A run failed", "why\n")


def test_a_look_needs_no_published_file(tmp_path: Path) -> None:
    assert not Warehouse(tmp_path / "warehouse").published.exists()
    assert isinstance(look(leftovers_sensor), dg.SkipReason)
