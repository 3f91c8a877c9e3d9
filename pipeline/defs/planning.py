"""Plan what to run next: missed days, new or changed pages, deferred enrichment."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from pipeline.core import sql_files
from pipeline.core.errors import OutdatedError, PipelineError, SettingError, TokenError, WarehouseError
from pipeline.core.settings import Settings, read_usable_settings
from pipeline.lake.place import Place, find_published
from pipeline.read.query import open_published
from pipeline.read.status.silence import read_spoken
from pipeline.sources import registry
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.sources.pages import DocumentDay
from pipeline.sources.registry import choose_sources
from pipeline.sources.source import Source
from pipeline.sources.stored import CATCH_UP_DAYS, FINAL_OUTCOMES, Answer, has_spoken, is_settled, rested

MOST_RUNS = 5  # that one tick of the archive sensor may start
MOST_OLDER_DAYS = 100  # open days from before the last week that one night asks for
NIGHT_ENDS_HOUR = 6  # UTC
SUNDAY, QUARTER = 7, timedelta(days=90)
PAUSE = timedelta(hours=1)  # before deferred subjects are asked for again, if the service named no time

Outcomes = Mapping[date, Mapping[str, Answer]]  # by day, then by source


def read_published(file: Place, question: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of a query of sql/status/ on the published file; none if nothing is published yet, or what is
    was built by another version of the code: the next run builds it anew, and must not wait for itself.
    """
    if not file.exists():
        return []
    with suppress(OutdatedError), open_published(file) as connection:
        return connection.execute(sql_files.read_sql("status", question), dict(parameters or {}) or None).fetchall()
    return []


def read_outcomes(file: Place, first: date, last: date, now: datetime) -> Outcomes:
    """Return the published outcomes of a range, by day and source; a day that was never asked for has no entry.

    `now`: what came later is no look at a day.
    """
    asked = {"from_date": first, "to_date": last, "now": now.replace(tzinfo=None)}
    outcomes: dict[date, dict[str, Answer]] = {}
    for day, source_id, outcome, looked_at in read_published(file, "outcomes", asked):
        outcomes.setdefault(day, {})[source_id] = Answer(outcome, looked_at.replace(tzinfo=UTC))
    return outcomes


def read_sources(published: Place, sources: Sequence[Source], today: date) -> list[Source]:
    """Return the sources, those that are asleep as if they had ended: a look a day."""
    return rested(sources, find_asleep(published, sources, today))


def find_asleep(published: Place, sources: Sequence[Source], today: date) -> dict[str, date]:
    """Return since when sources are silent for longer than ever before; a file that cannot be read says nothing."""
    try:
        silences = read_spoken(published, sources, today).find_silences(today)
    except WarehouseError:
        return {}
    return {name: silence.since for name, silence in silences.items() if not silence.has_ended}


def find_unawaited(sources: Sequence[Source], today: date) -> set[str]:
    """Return the sources of which nothing is awaited now, besides those that have ended: asleep, or not chosen."""
    settings = read_usable_settings()[0]
    try:
        chosen = {source.source_id for source in choose_sources(settings.sources)}
    except SettingError:  # papers doctor names it, and no run starts
        chosen = {source.source_id for source in sources}
    asleep = find_known_asleep(settings, sources, today)
    return {source.source_id for source in sources if source.source_id not in chosen} | asleep.keys()


def find_known_asleep(settings: Settings, sources: Sequence[Source], today: date) -> dict[str, date]:
    """Do the same on what readers read; a store that cannot be reached says nothing either."""
    try:
        return find_asleep(find_published(settings), sources, today)
    except PipelineError:
        return {}


def day_of_tick(at: datetime) -> date:
    """Return the day that a tick of the schedule is for: before 06:00 UTC, the day before."""
    return (at.astimezone(UTC) - timedelta(hours=6)).date()


def first_to_read(day: date, sources: Sequence[Source]) -> date:
    """Return the earliest day that a tick for `day` may ask for."""
    return min((source.first_date for source in sources), default=day)


def days_to_ask(
    day: date, outcomes: Outcomes, sources: Sequence[Source], now: datetime, chosen: Sequence[Source] | None = None
) -> tuple[date, date]:
    """Return the range to ask for: the day, and what is open before it.

    That is what a failure or an outage of the machine left open in the week before, days whose list is due for another
    look, and at night what is open of older days.

    chosen: the same sources without the ends of those that are asleep, whose older days are no less unknown.
    """
    week = [day - timedelta(days=back) for back in range(CATCH_UP_DAYS, 0, -1)]
    known = [earlier for earlier in week if earlier in outcomes]
    missed = [earlier for earlier in week if known and earlier >= known[0]]
    looked_at = {
        earlier: [source for source in sources if source.source_id in found and source.calendar.settles]
        for earlier, found in outcomes.items()
    }
    open_days = [earlier for earlier in missed if not is_final(earlier, outcomes, sources, now)]
    open_days += [earlier for earlier, lists in looked_at.items() if not is_final(earlier, outcomes, lists, now)]
    return min([*open_days, *older_days(day, outcomes, sources if chosen is None else chosen, now), day]), day


def older_days(day: date, outcomes: Outcomes, sources: Sequence[Source], now: datetime) -> list[date]:
    """Return the days before the last week that are open and worth a look in this night, in order, the newest ones.

    Those are days that a source was never asked for since the first that it was, and with ever longer pauses those that
    failed. Of one that has ended, nothing after its end.
    """
    if now.astimezone(UTC).hour >= NIGHT_ENDS_HOUR:
        return []
    found: set[date] = set()
    for source in sources:
        asked = {each: answers[source.source_id] for each, answers in outcomes.items() if source.source_id in answers}
        last = min(day - timedelta(days=CATCH_UP_DAYS + 1), source.last_date or day)
        first = max(min(asked, default=day), source.first_date)
        for each in (first + timedelta(days=step) for step in range((last - first).days + 1)):
            is_open = each not in asked or asked[each].outcome not in FINAL_OUTCOMES
            if is_open and (each not in asked or is_night_for(each, day)):
                found.add(each)
    return sorted(found)[-MOST_OLDER_DAYS:]


def is_night_for(failed: date, day: date) -> bool:
    """Whether a day that failed is asked for again in the night after `day`: on Sundays, and after a quarter on the
    first of a month. All in one night, since a run is over a range.
    """
    is_sunday = day.isoweekday() == SUNDAY
    return is_sunday and (day - failed < QUARTER or day.day <= 7)


def is_final(day: date, outcomes: Outcomes, sources: Sequence[Source], now: datetime) -> bool:
    """Whether no source needs a look at a day by now: each has answered since it was last due. A failure is none."""
    found = outcomes.get(day, {})
    return all(is_settled(source, day, found.get(source.source_id), now) for source in sources)


def have_spoken(day: date, outcomes: Outcomes, sources: Sequence[Source]) -> bool:
    """Whether every source from which papers are awaited on a day has answered."""
    found = outcomes.get(day, {})
    return all(has_spoken(source, day, found.get(source.source_id)) for source in sources)


def changed_days(
    listed: Mapping[str, Mapping[DocumentDay, str]], stored: Mapping[DocumentDay, str | None]
) -> dict[date, list[DocumentDay]]:
    """Return the days, each with its documents, whose listed blob differs from the stored one."""
    changed: dict[date, list[DocumentDay]] = {}
    for source in registry.SOURCES:
        for (document_id, day), blob in listed.get(source.source_id, {}).items():
            if day >= source.first_date and stored.get((document_id, day)) != blob:
                changed.setdefault(day, []).append((document_id, day))
    return dict(sorted(changed.items()))


def ranges(days: Iterable[date], most: int = MOST_RUNS) -> list[tuple[date, date]]:
    """Return at most `most` ranges that cover the days, oldest first, bridging the smallest gaps.

    A stored, unchanged day within a range costs no request.
    """
    ordered = sorted(set(days))
    gaps = [(later - earlier, earlier, later) for earlier, later in pairwise(ordered)]
    wide = sorted((gap for gap in gaps if gap[0] > timedelta(days=1)), reverse=True)[: most - 1]
    cuts = sorted((earlier, later) for _, earlier, later in wide)
    firsts = [*ordered[:1], *(later for _, later in cuts)]
    lasts = [*(earlier for earlier, _ in cuts), *ordered[-1:]]
    return list(zip(firsts, lasts, strict=True))


def next_round(reports: Mapping[str, Any], waiting: int, now: datetime) -> tuple[datetime | None, str]:
    """Return when enrichment should go on, and why; None if nothing is pending.

    reports: the last report of each service (warehouse/reports.py); waiting: the number of subjects without an answer.
    """
    deferred = {service: report for service, report in reports.items() if report["deferred"]}
    if not deferred and waiting and reports:
        return None, f"{waiting:,} wait for a first answer, and were asked for by the last run: none is due"
    if not deferred:
        return (now, f"{waiting:,} wait for a first answer") if waiting else (None, "nothing waits for an answer")
    times = {service: resume_at(report) for service, report in deferred.items()}
    service = min(times, key=times.__getitem__)
    report = deferred[service]
    return times[service], f"{service}: {report['deferred']:,} were deferred at {report['at']}: {report['reason']}"


def resume_at(report: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(report["until"]) if report["until"] else datetime.fromisoformat(report["at"]) + PAUSE


def ask_for_days(fetching: Fetching, days: Sequence[date]) -> list[str]:
    """Request the days; without the token if GitHub refuses it, since pages need none. Return what was refused."""
    refusals: list[str] = []
    settings = fetching.settings
    asleep = find_asleep(find_published(settings), choose_sources(settings.sources), fetching.web.now().date())
    fetching.asleep = asleep
    try:
        fetch_documents(fetching, days)
    except TokenError as error:
        refusals.append(str(error))
        fetching.settings = fetching.settings.model_copy(update={"github_token": None})
        fetch_documents(fetching, days)
    return [*refusals, *fetching.refusals]
