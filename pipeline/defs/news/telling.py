"""Tell people what is wrong, once, and when it is over: failed runs, failed days, silent sources, wrong settings.

The command line calls `tell` when a run is over, and a sensor does every minute, for runs of the UI and for those that
were killed. Both go by the history and by the same outbox, so that each run is told of once, by whoever comes first.
"""

import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from pipeline.core import sql_files
from pipeline.core.errors import PipelineError, SettingError, WarehouseError
from pipeline.core.settings import Settings, read_usable_settings
from pipeline.core.terminal import one_line
from pipeline.core.wording import amount_of
from pipeline.defs.news import alerts, outbox
from pipeline.defs.news.outbox import Outbox, Trouble
from pipeline.defs.news.run_end import RunEnd, read_run_end, shape_of
from pipeline.lake.place import Place, find_published
from pipeline.read.query import open_published
from pipeline.read.status.silence import Spoken, read_spoken
from pipeline.sources.registry import choose_sources
from pipeline.sources.source import Source

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)  # runs that ended before are no news
MOST_TROUBLES = 5  # in one message
LENGTH = 500  # characters of what is told of one trouble
OVER = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS]


@dataclass
class News:
    """What is new since people were told last, with where to look."""

    begun: list[Trouble] = field(default_factory=list[Trouble])
    ended: list[Trouble] = field(default_factory=list[Trouble])
    where: list[str] = field(default_factory=list[str])

    def add(self, begun: list[Trouble], ended: list[Trouble]) -> None:
        """Add what a comparison found."""
        self.begun += begun
        self.ended += ended


def tell(
    instance: dg.DagsterInstance | None, now: datetime | None = None, *, fault: str | None = None, is_sure: bool = True
) -> list[str]:
    """Tell what is new, and send again what waits. Return what went wrong in sending; nothing if nobody is to be told.

    Without an instance, only `fault`, why no run could start. With `is_sure`, raises WarehouseError if it cannot be
    remembered who was told what; else it is sent all the same, and may be told again.
    """
    at = now or datetime.now(UTC)
    settings, wrong = read_usable_settings()
    fault = fault or wrong or find_source_fault(settings)
    if not alerts.channels(settings):
        return []
    private = settings.warehouse_dir / "private"
    try:
        with outbox.opened(private) as box:
            note_everything(box, instance, settings, fault, at)
            outbox.save(private, box)
            faults = box.send(settings, at)
            with suppress(WarehouseError):  # it was saved a moment ago: at worst, what was sent is sent again
                outbox.save(private, box)
            return faults
    except WarehouseError:
        if is_sure:
            raise
    box = Outbox()
    note_everything(box, instance, settings, fault, at)
    return box.send(settings, at)


def find_source_fault(settings: Settings) -> str | None:
    try:
        choose_sources(settings.sources)
    except SettingError as error:
        return str(error)
    return None


def note_everything(
    box: Outbox, instance: dg.DagsterInstance | None, settings: Settings, fault: str | None, now: datetime
) -> None:
    """Compare what is wrong by now with what people know, and put what is new into the outbox."""
    news = News()
    news.add(*box.compare("settings", {"settings": wrong_settings(fault)} if fault else {}, now))
    ended = list(unseen_runs(box, instance, now)) if instance else []
    for end in ended:
        news.add(*box.compare("run", run_troubles(end), now, is_whole=end.has_published))
        news.where += where_to_look(end, settings)
    if fault is None and ended:
        note_published(box, news, settings, now)
    add_messages(box, news, settings, now)


def note_published(box: Outbox, news: News, settings: Settings, now: datetime) -> None:
    """Compare what the published file says of failed days and silent sources; one that cannot be read says nothing."""
    sources = choose_sources(settings.sources)
    try:
        published = find_published(settings)
        if not published.exists():
            return
        days = failed_days(published, sources)
        silences = tell_silence(read_spoken(published, sources, now.date()), now.date())
    except PipelineError as error:
        log.warning("%s", error)
        return
    news.add(*box.compare("days", days, now))
    news.add(*box.compare("silence", silences, now))


def unseen_runs(box: Outbox, instance: dg.DagsterInstance, now: datetime) -> Iterator[RunEnd]:
    """Yield the runs that ended and were not looked at yet, in the order of their ends, and note them.

    Of a history that was never looked at, only the last one is news.
    """
    filters = dg.RunsFilter(statuses=OVER, updated_after=now - LOOK_BACK)
    records = list(instance.get_run_records(filters))
    unseen = sorted((r for r in records if r.dagster_run.run_id not in box.runs), key=lambda r: r.end_time or 0)
    is_first = not box.runs
    for record in unseen:
        box.runs[record.dagster_run.run_id] = outbox.write_moment(now)
    forgotten = outbox.write_moment(now - 2 * LOOK_BACK)
    box.runs = {run_id: at for run_id, at in box.runs.items() if at > forgotten}
    for record in unseen[-1:] if is_first else unseen:
        yield read_run_end(instance, record.dagster_run)


def run_troubles(end: RunEnd) -> dict[str, Trouble]:
    """Return why a run failed, by what stays the same while it lasts."""
    return {
        shape_of(reason): Trouble(f"{end.job} failed", f"{end.job}{f' of {end.days}' if end.days else ''}: {reason}")
        for reason in end.failures
    }


def wrong_settings(fault: str) -> Trouble:
    return Trouble("No run can start", f"{fault}. `papers doctor` looks again.")


def failed_days(published: Place, sources: Sequence[Source]) -> dict[str, Trouble]:
    """Return the days that failed of the sources given, by source and way of failing."""
    with open_published(published) as connection:
        rows = connection.execute(sql_files.read_sql("status", "failed_days")).fetchall()
    chosen = {source.source_id for source in sources}
    return {
        f"{source_id} {'unreadable' if is_unreadable else 'failed'}": tell_days(source_id, is_unreadable, *rest)
        for source_id, is_unreadable, *rest in rows
        if source_id in chosen
    }


def tell_days(source_id: str, is_unreadable: bool, count: int, first: date, last: date, reason: str) -> Trouble:
    days = f"{amount_of(count, 'day')} ({first if count == 1 else f'{first} to {last}'})"
    if is_unreadable:
        remedy = "To ask again brings the same bytes: its source has to correct the page"
        return Trouble(f"A page of {source_id} cannot be read", f"{source_id}: {days}: {reason}. {remedy}.")
    again = f"`papers backfill --from {first} --to {last} --missing`"
    remedy = f"The schedule asks again by itself; or do so with {again}"
    return Trouble(f"Days of {source_id} failed", f"{source_id}: {days} failed: {reason}. {remedy}.")


def tell_silence(spoken: Spoken, today: date) -> dict[str, Trouble]:
    """Return what is worth an alert, by a key that stays the same while nothing changes."""
    silences = {name: silence for name, silence in spoken.find_silences(today).items() if not silence.has_ended}
    told = {
        f"{name} {silence.since}": Trouble(f"{name} is silent", f"{name}: {silence.sentence}")
        for name, silence in silences.items()
    }
    returns = spoken.find_returns()
    return told | {f"{name} again": Trouble(f"{name} speaks again", f"{name} {text}") for name, text in returns.items()}


def where_to_look(end: RunEnd, settings: Settings) -> list[str]:
    """Return where the UI shows a run that failed."""
    return [f"run: {settings.ui_url}/runs/{end.run_id}"] if end.has_failed else []


def add_messages(box: Outbox, news: News, settings: Settings, now: datetime) -> None:
    """Add one message about all that is new, and one about all that is over."""
    host = socket.gethostname()
    footer = [*news.where[-1:], f"host: {host}, {settings.warehouse_dir}"]
    if news.begun:
        box.add(settings, f"{heading(news.begun)} on {host}", body_of(news.begun, footer), now)
    if news.ended:
        box.add(settings, f"Recovered on {host}: {heading(news.ended)}", body_of(news.ended, footer[-1:]), now)


def heading(troubles: list[Trouble]) -> str:
    more = len(troubles) - 1
    return f"{troubles[0].subject}{f' (and {more} more)' if more else ''}"


def body_of(troubles: list[Trouble], footer: list[str]) -> str:
    """Return what is told of each, cut, so that all of it fits into a post with its footer."""
    length = LENGTH if len(troubles) <= 2 else LENGTH // 2
    told = [one_line(trouble.text)[:length] for trouble in troubles[:MOST_TROUBLES]]
    more = [f"and {len(troubles) - MOST_TROUBLES} more"] if len(troubles) > MOST_TROUBLES else []
    return "\n".join([*told, *more, *footer])


def describe(faults: Sequence[str]) -> str:
    """Return in a sentence what went wrong in sending."""
    return f"people could not be told ({'; '.join(faults)}): what waits is sent again by the next run or tick"
