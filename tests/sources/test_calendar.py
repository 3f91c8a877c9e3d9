"""When a day of a source is over."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from pipeline.sources.calendar import DAYS_OF_UTC
from pipeline.sources.feeds.calendar import DAILY_PAPERS


@pytest.mark.parametrize(
    ("day", "closing"),
    [
        (date(2026, 7, 1), datetime(2026, 7, 2, 1, 30, tzinfo=UTC)),
        (date(2026, 1, 14), datetime(2026, 1, 15, 2, 30, tzinfo=UTC)),
        (date(2026, 3, 7), datetime(2026, 3, 8, 2, 30, tzinfo=UTC)),  # the evening before clocks go forward
        (date(2026, 3, 8), datetime(2026, 3, 9, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 31), datetime(2026, 11, 1, 1, 30, tzinfo=UTC)),  # the evening before clocks go back
        (date(2026, 11, 1), datetime(2026, 11, 2, 2, 30, tzinfo=UTC)),
        (date(2023, 5, 4), datetime(2023, 5, 5, 1, 30, tzinfo=UTC)),
    ],
)
def test_day_closes_at_half_past_nine_in_new_york(day: date, closing: datetime):
    assert DAILY_PAPERS.closes(day) == closing
    assert DAILY_PAPERS.closes(day).tzinfo is UTC


def test_days_close_one_after_the_other():
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(400)]
    closings = [DAILY_PAPERS.closes(day) for day in days]
    assert {later - earlier for earlier, later in pairwise(closings)} == {
        timedelta(hours=hours) for hours in (23, 24, 25)
    }


def test_papers_are_expected_from_monday_to_friday():
    assert [DAILY_PAPERS.is_expected(date(2026, 11, day)) for day in range(23, 30)] == [True] * 5 + [False] * 2


def test_days_settle_after_one_and_two_weeks():
    assert [settled.days for settled in DAILY_PAPERS.settles] == [7, 14]


def test_a_day_of_utc_is_over_at_its_midnight_also_at_weekends():
    friday, saturday = date(2026, 11, 27), date(2026, 11, 28)
    assert not DAYS_OF_UTC.is_over(saturday, datetime(2026, 11, 28, 23, 59, 59, tzinfo=UTC))
    assert DAYS_OF_UTC.is_over(saturday, datetime(2026, 11, 29, tzinfo=UTC))
    assert (DAYS_OF_UTC.is_expected(friday), DAYS_OF_UTC.is_expected(saturday)) == (True, False)


def test_when_a_day_ends_is_told_to_people():
    assert DAYS_OF_UTC.describe_closing(date(2026, 11, 27)) == "midnight UTC"
    assert DAILY_PAPERS.describe_closing(date(2026, 11, 27)) == "2026-11-28 02:30 UTC"
