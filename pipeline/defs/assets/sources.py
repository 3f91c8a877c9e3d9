"""One asset a source, outside of all jobs: the publish tells of it, and its freshness policy says by when it should."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventType, StepMaterializationData
from dagster._core.instance.utils import RUNLESS_JOB_NAME, RUNLESS_RUN_ID

from pipeline.defs.assets.owners import OWNERS
from pipeline.sources.calendar import Calendar
from pipeline.sources.source import Feed, Source
from pipeline.warehouse.folder import Warehouse

DEADLINE_HOUR = 6  # UTC, behind the run of the night that follows the end of a day
WINTER, SUMMER = date(2025, 1, 6), date(2025, 7, 7)  # Mondays: a clock may be another in summer
A_DAY = timedelta(days=1)
NEWEST = "newest day"  # the metadata by which the publish knows what it told last


def key_of(source_id: str) -> dg.AssetKey:
    return dg.AssetKey(["source", *source_id.split("/")])


def source_specs(sources: Sequence[Source], resting: Collection[str]) -> Iterator[dg.AssetSpec]:
    """Yield an asset for each source. Those that have ended, or are named as resting, are awaited by nobody."""
    for source in sources:
        is_awaited = source.last_date is None and source.source_id not in resting
        yield dg.AssetSpec(
            key_of(source.source_id),
            deps=["published_warehouse"],
            description=describe(source, is_awaited=is_awaited),
            group_name="sources",
            kinds={"huggingface" if isinstance(source.place, Feed) else "github"},
            owners=OWNERS,
            metadata={"dagster/uri": source.url},
            freshness_policy=policy_of(source.calendar) if is_awaited else None,
        )


def describe(source: Source, *, is_awaited: bool) -> str:
    told = f"Grain: one source, {source.source_id}. Told by the publish when a newer day than before has papers."
    if is_awaited:
        return f"{told} Fresh: the newest day that its calendar awaits is there at 06:00 UTC after it ended."
    return f"{told} It has ended, sleeps or is not chosen: nothing is awaited."


def policy_of(calendar: Calendar) -> dg.FreshnessPolicy | None:
    """Return by when something new should be told of a source; None if it lists papers on no certain day."""
    if not calendar.weekdays:
        return None
    lag = lag_of(calendar)
    days = sorted({(weekday + lag) % 7 for weekday in calendar.weekdays})  # cron: Sunday is 0
    deadline = f"0 {DEADLINE_HOUR} * * {','.join(map(str, days))}"
    return dg.FreshnessPolicy.cron(deadline, lower_bound_delta=A_DAY, timezone="UTC")


def lag_of(calendar: Calendar) -> int:
    """Return how many days after a day, at the hour of the deadline, that day should be there."""
    week = [monday + step * A_DAY for monday in (WINTER, SUMMER) for step in range(7)]
    hour = timedelta(hours=DEADLINE_HOUR)
    return max(((calendar.closes(day) - hour).date() - day).days + 1 for day in week)


def told_at(calendar: Calendar, day: date, now: datetime) -> datetime:
    """Return as of when a day is told: now, but not after its end, and not before its policy counts it.

    The policy counts what is told in the 24 hours before a deadline, and from then on. Told later than it ended, a
    day would also count for the next one; told earlier, for none.
    """
    counts = datetime.combine(day, time(DEADLINE_HOUR), UTC) + (lag_of(calendar) - 1) * A_DAY
    return max(min(now, calendar.closes(day)), counts)


def find_news(
    warehouse: Warehouse, instance: dg.DagsterInstance, sources: Sequence[Source], now: datetime
) -> Iterator[tuple[dg.AssetMaterialization, datetime]]:
    """Yield what is new of each source by the star, since the history was told last, and as of when.

    The policy looks at when something was told, and an old day that is filled in today makes nothing fresh.
    """
    newest = {source_id: rest for source_id, *rest in warehouse.rows("status", "newest_days")}
    told = read_told(instance, sources)
    for source in sources:
        day, listings = newest.get(source.source_id, (None, 0))
        if day is not None and day > told.get(source.source_id, date.min):
            news = dg.AssetMaterialization(
                key_of(source.source_id),
                description=f"papers of {day:%A, %Y-%m-%d}",
                metadata={NEWEST: day.isoformat(), "papers": listings, "days behind": (now.date() - day).days},
            )
            yield news, told_at(source.calendar, day, now)


def tell_news(
    instance: dg.DagsterInstance, news: Iterable[tuple[dg.AssetMaterialization, datetime]], now: datetime
) -> Iterator[dg.AssetMaterialization]:
    """Yield what is told as of now, for the run to tell; tell the history the rest, as of no run."""
    kind = DagsterEventType.ASSET_MATERIALIZATION.value
    for event, at in news:
        if at == now:
            yield event
        else:
            told = DagsterEvent(kind, RUNLESS_JOB_NAME, event_specific_data=StepMaterializationData(event))
            instance.report_dagster_event(told, RUNLESS_RUN_ID, timestamp=at.timestamp())


def read_told(instance: dg.DagsterInstance, sources: Sequence[Source]) -> dict[str, date]:
    """Return by source the newest day that the history knows."""
    events = instance.get_latest_materialization_events([key_of(source.source_id) for source in sources])
    told: dict[str, date] = {}
    for key, entry in events.items():
        found: Any = entry and entry.asset_materialization and entry.asset_materialization.metadata.get(NEWEST)
        if found:
            told["/".join(key.path[1:])] = date.fromisoformat(found.value)
    return told
