"""Each source has an asset, which is fresh by the source's own calendar."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState
from dagster._core.definitions.freshness_evaluator import CronFreshnessPolicyEvaluator
from dagster._core.loader import LoadingContextForTest
from dagster._core.test_utils import freeze_time

from pipeline.defs.assets.sources import key_of, policy_of, read_told, source_specs, tell_news, told_at
from pipeline.sources.calendar import Calendar
from pipeline.sources.feeds.calendar import DAILY_PAPERS
from pipeline.sources.known import gabrielchua, hugging_face, joe0731

LISTS = hugging_face.SOURCE
MONDAY = date(2026, 11, 23)


def specs(*resting: str) -> dict[str, dg.AssetSpec]:
    found = source_specs([gabrielchua.SOURCE, LISTS, joe0731.SOURCE], resting)
    return {"/".join(spec.key.path[1:]): spec for spec in found}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_living_source_has_a_policy_and_one_that_ended_or_sleeps_has_none():
    found = specs("joe0731/hf_paper_watch_dog")
    assert found["huggingface/daily-papers"].freshness_policy is not None
    assert found["gabrielchua/daily-ai-papers"].freshness_policy is None
    assert found["joe0731/hf_paper_watch_dog"].freshness_policy is None
    assert "nothing is awaited" in (found["joe0731/hf_paper_watch_dog"].description or "")


@pytest.mark.parametrize(
    ("calendar", "cron"),
    [
        (Calendar(), "0 6 * * 2,3,4,5,6"),
        (DAILY_PAPERS, "0 6 * * 2,3,4,5,6"),  # its days end at 21:30 in New York, which is 02:30 UTC in winter
        (Calendar(weekdays=frozenset([6, 7])), "0 6 * * 0,1"),
        (Calendar(closing=timedelta(hours=31)), "0 6 * * 0,3,4,5,6"),  # a day ends at 07:00 UTC of the next
        (Calendar(ZoneInfo("Asia/Tokyo"), timedelta(hours=12), frozenset([3])), "0 6 * * 3"),  # 03:00 UTC
    ],
)
def test_the_deadline_follows_the_weekdays_and_the_end_of_their_days(calendar, cron):
    assert policy_of(calendar) == dg.FreshnessPolicy.cron(cron, timedelta(days=1), "UTC")


def test_a_source_without_certain_days_is_awaited_on_none():
    anything = Calendar(weekdays=frozenset())
    assert policy_of(anything) is None
    assert told_at(anything, MONDAY, at(24, 7)) == at(24, 0)


def freshness(instance: dg.DagsterInstance, calendar: Calendar = LISTS.calendar) -> FreshnessState:
    """What the daemon finds of the lists."""
    node: Any = SimpleNamespace(key=key_of(LISTS.source_id), freshness_policy_or_from_metadata=policy_of(calendar))
    context = LoadingContextForTest(instance)
    return asyncio.run(CronFreshnessPolicyEvaluator().evaluate_freshness(context, node))


def test_a_source_that_is_behind_is_late_from_the_first_time_it_is_told():
    with dg.DagsterInstance.ephemeral() as instance:
        assert freshness(instance) is FreshnessState.UNKNOWN
        tell(instance, date(2025, 3, 21), LISTS.calendar, now=datetime.now(UTC))
        assert freshness(instance) is FreshnessState.FAIL
        assert read_told(instance, [LISTS]) == {LISTS.source_id: date(2025, 3, 21)}


def tell(instance: dg.DagsterInstance, day: date, calendar: Calendar, now: datetime) -> None:
    news = dg.AssetMaterialization(key_of(LISTS.source_id), metadata={"newest day": day.isoformat()})
    at = told_at(calendar, day, now)
    with freeze_time(now):
        for event in tell_news(instance, [(news, at)], now):
            instance.report_runless_asset_event(event)


EARLY = Calendar(closing=timedelta(hours=29, minutes=59))  # a day ends at 05:59 UTC, a minute before it is awaited
NEXT = Calendar(closing=timedelta(hours=30))  # a day ends at 06:00 UTC, and is awaited a day later


@pytest.mark.parametrize(
    ("calendar", "told", "awaited"),
    [
        (Calendar(), at(23, 1), at(24, 6)),  # before the hour at which the day before was awaited
        (Calendar(), at(23, 13), at(24, 6)),
        (Calendar(), at(24, 3), at(24, 6)),
        (Calendar(), at(24, 10), at(24, 6)),  # late
        (DAILY_PAPERS, at(23, 5, 30), at(24, 6)),
        (DAILY_PAPERS, at(24, 2, 45), at(24, 6)),
        (DAILY_PAPERS, at(24, 12), at(24, 6)),
        (EARLY, at(24, 5, 59), at(24, 6)),
        (EARLY, at(24, 20), at(24, 6)),
        (NEXT, at(24, 5), at(25, 6)),
        (NEXT, at(24, 7), at(25, 6)),
        (NEXT, at(25, 9), at(25, 6)),
    ],
)
def test_a_day_makes_a_source_fresh_until_the_next_is_awaited_whenever_it_is_told(calendar, told, awaited):
    with dg.DagsterInstance.ephemeral() as instance:
        tell(instance, MONDAY, calendar, told)
        states: list[FreshnessState] = []
        for moment in (max(told, awaited), awaited + timedelta(hours=23, minutes=59), awaited + timedelta(days=1)):
            with freeze_time(moment):
                states.append(freshness(instance, calendar))
    assert states == [FreshnessState.PASS, FreshnessState.PASS, FreshnessState.FAIL]


def test_what_was_told_is_read_from_the_history():
    with dg.DagsterInstance.ephemeral() as instance:
        assert read_told(instance, [LISTS]) == {}
        for day in ("2026-11-20", "2026-11-23"):
            event = dg.AssetMaterialization(key_of(LISTS.source_id), metadata={"newest day": day})
            instance.report_runless_asset_event(event)
        assert read_told(instance, [LISTS, joe0731.SOURCE]) == {LISTS.source_id: MONDAY}
