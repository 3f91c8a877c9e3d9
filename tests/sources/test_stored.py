"""Which days of a source are worth a look: each source by its own calendar, and one that has ended once a day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.sources.registry import OURS
from pipeline.sources.stored import Answer, has_spoken, is_settled, next_look, rested

LIVE, LIST = "joe0731/hf_paper_watch_dog", "huggingface/daily-papers"
BY_ID = {source.source_id: source for source in OURS}
ARCHIVE, FEED = BY_ID[LIVE], BY_ID[LIST]
ENDED = BY_ID["gabrielchua/daily-ai-papers"]
FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)
NOON = datetime(2026, 11, 27, 12, 45, tzinfo=UTC)
CLOSED = datetime(2026, 11, 28, 2, 30, tzinfo=UTC)  # 21:30 in New York
NIGHT = datetime(2026, 11, 28, 2, 45, tzinfo=UTC)


def test_a_page_that_came_settles_a_day_of_an_archive_and_a_failure_does_not():
    assert is_settled(ARCHIVE, FRIDAY, Answer("published", NOON), NIGHT)
    assert is_settled(ARCHIVE, FRIDAY, Answer("unreadable", NOON), NIGHT)
    assert not is_settled(ARCHIVE, FRIDAY, Answer("failed", NOON), NIGHT)
    assert not is_settled(ARCHIVE, FRIDAY, None, NOON)


@pytest.mark.parametrize(
    ("looked_at", "now", "settled"),
    [
        (NOON, NOON + timedelta(hours=2), False),  # the day goes on
        (NOON, NIGHT, False),
        (NIGHT, NIGHT + timedelta(days=3), True),
        (NIGHT, CLOSED + timedelta(days=7), False),
        (CLOSED + timedelta(days=7), CLOSED + timedelta(days=13), True),
        (CLOSED + timedelta(days=7), CLOSED + timedelta(days=14), False),
        (CLOSED + timedelta(days=14), CLOSED + timedelta(days=400), True),
    ],
)
def test_a_list_is_looked_at_after_its_day_and_one_and_two_weeks_later(looked_at, now, settled):
    assert is_settled(FEED, FRIDAY, Answer("published", looked_at), now) == settled


@pytest.mark.parametrize(
    ("days", "settled"), [(0, False), (2.2, False), (6.9, False), (8.5, False), (9.1, True), (15, False), (400, True)]
)
def test_an_empty_list_is_due_for_a_week_after_its_day_and_for_two_nights_at_each_later_look(days, settled):
    assert is_settled(FEED, FRIDAY, Answer("empty", NOON), CLOSED + timedelta(days=days)) == settled


def test_nobody_waits_for_a_source_that_has_ended_until_the_day_is_over():
    assert is_settled(ENDED, FRIDAY, None, NOON)
    assert not is_settled(ENDED, FRIDAY, None, NIGHT)
    assert has_spoken(ENDED, FRIDAY, None)
    assert not has_spoken(ENDED, date(2025, 10, 30), None)


def test_a_source_that_is_asleep_is_as_one_that_has_ended_and_an_end_that_is_known_stays():
    asleep, awake = rested([ARCHIVE, FEED], {LIVE: date(2026, 10, 1)})
    assert is_settled(asleep, FRIDAY, None, NOON) and not is_settled(asleep, FRIDAY, None, NIGHT)
    assert has_spoken(asleep, FRIDAY, None)
    assert awake == FEED
    assert rested([ENDED], {ENDED.source_id: FRIDAY}) == [ENDED]


def test_at_a_weekend_no_source_is_waited_for_and_a_first_answer_on_a_working_day_is_enough():
    assert has_spoken(FEED, SATURDAY, None)
    assert not has_spoken(FEED, FRIDAY, None)
    assert has_spoken(FEED, FRIDAY, Answer("published", NOON))
    assert not has_spoken(FEED, FRIDAY, Answer("failed", NOON))


def test_before_its_first_day_nothing_is_open():
    assert is_settled(FEED, date(2023, 5, 3), None, NOON) and has_spoken(FEED, date(2023, 5, 3), None)


@pytest.mark.parametrize("source", [ARCHIVE, FEED])
def test_on_a_new_machine_a_look_is_due_at_once_and_one_at_a_source_that_has_ended_after_the_day(source):
    assert next_look(source, {}, NOON) == NOON
    assert next_look(ENDED, {}, NOON) == datetime(2026, 11, 28, tzinfo=UTC)


def test_before_a_day_of_new_york_has_begun_its_list_is_not_due():
    before, thursday = datetime(2026, 11, 27, 1, tzinfo=UTC), date(2026, 11, 26)
    looked = {thursday: Answer("published", before)}
    assert next_look(FEED, looked, before) == datetime(2026, 11, 27, 2, 30, tzinfo=UTC)


def test_after_a_look_the_next_one_is_when_the_day_ends_or_a_list_has_settled():
    looked = {FRIDAY: Answer("published", NOON)}
    assert next_look(FEED, looked, NOON) == CLOSED
    assert next_look(ARCHIVE, looked, NOON) == datetime(2026, 11, 28, tzinfo=UTC)
    assert next_look(FEED, looked, NIGHT) == NIGHT


def test_a_day_that_failed_or_was_passed_over_is_due():
    thursday, monday = date(2026, 11, 26), date(2026, 11, 23)
    closed = datetime(2026, 11, 27, 3, tzinfo=UTC)
    published = Answer("published", closed)
    assert next_look(ARCHIVE, {FRIDAY: published, thursday: Answer("failed", closed)}, NOON) == NOON
    assert next_look(ARCHIVE, {FRIDAY: published, monday: published}, NOON) == NOON
