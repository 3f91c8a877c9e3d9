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

from pipeline.defs.assets.sources import awaited_day, is_behind, key_of, policy_of, read_told, source_specs, tell_news
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
    assert policy_of(anything) is None and awaited_day(anything, at(24, 7)) is None


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (at(24, 5, 59), date(2026, 11, 20)),
        (at(24, 6), MONDAY),  # on Tuesday morning, Monday should be there
        (at(28, 6), date(2026, 11, 27)),
        (at(30, 12), date(2026, 11, 27)),  # nothing is awaited over a weekend
    ],
)
def test_the_day_that_should_be_there_is_the_last_whose_deadline_is_over(now, day):
    assert awaited_day(Calendar(), now) == awaited_day(DAILY_PAPERS, now) == day


def test_a_source_is_behind_that_should_have_a_newer_day_and_none_that_has_ended():
    assert not is_behind(LISTS, MONDAY, at(24, 9))
    assert not is_behind(LISTS, date(2026, 11, 20), at(24, 3)), "Monday may still come"
    assert is_behind(LISTS, date(2026, 11, 20), at(24, 9))
    assert not is_behind(gabrielchua.SOURCE, date(2025, 10, 30), at(24, 9)), "of one that has ended, all is in the past"


def freshness(instance: dg.DagsterInstance) -> FreshnessState:
    """What the daemon finds of the lists."""
    node: Any = SimpleNamespace(
        key=key_of(LISTS.source_id), freshness_policy_or_from_metadata=policy_of(LISTS.calendar)
    )
    context = LoadingContextForTest(instance)
    return asyncio.run(CronFreshnessPolicyEvaluator().evaluate_freshness(context, node))


def test_a_source_that_is_behind_is_late_from_the_first_time_it_is_told():
    with dg.DagsterInstance.ephemeral() as instance:
        assert freshness(instance) is FreshnessState.UNKNOWN
        news = dg.AssetMaterialization(key_of(LISTS.source_id), metadata={"newest day": "2025-03-21"})
        assert list(tell_news(instance, [(news, LISTS.calendar.closes(date(2025, 3, 21)))])) == []
        assert freshness(instance) is FreshnessState.FAIL
        assert read_told(instance, [LISTS]) == {LISTS.source_id: date(2025, 3, 21)}
        for event in tell_news(instance, [(news, None)]):
            instance.report_runless_asset_event(event)
        assert freshness(instance) is FreshnessState.PASS


def test_what_was_told_is_read_from_the_history():
    with dg.DagsterInstance.ephemeral() as instance:
        assert read_told(instance, [LISTS]) == {}
        for day in ("2026-11-20", "2026-11-23"):
            event = dg.AssetMaterialization(key_of(LISTS.source_id), metadata={"newest day": day})
            instance.report_runless_asset_event(event)
        assert read_told(instance, [LISTS, joe0731.SOURCE]) == {LISTS.source_id: MONDAY}
