"""What is stored already, and which days are worth a look in view of it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pipeline.sources.pages import DocumentDay
from pipeline.sources.source import Feed, Source

CATCH_UP_DAYS = 7  # after a longer outage, a person should start a backfill
# Also of a page that cannot be read: only the source can mend it, and then the archive sensor sees another page.
FINAL_OUTCOMES = {"published", "empty", "absent", "unreadable"}
# Of a list without a paper, a look that found it so again stands in raw/ alone, and not in what is published. So after
# the week in which it ended it is due for two nights, and not until a look is seen: else every weekend would be in the
# range of every run for ever.
UNSEEN = timedelta(days=2)


@dataclass(frozen=True)
class Stored:
    """Days with a final outcome, and pages by git's name for them, by document and day."""

    outcomes: Mapping[DocumentDay, str] = field(default_factory=dict[DocumentDay, str])
    blobs: Mapping[DocumentDay, str] = field(
        default_factory=dict[DocumentDay, str]
    )  # the newest that came, readable or not
    failed: frozenset[DocumentDay] = frozenset()  # no usable answer, or the newest page cannot be read
    looked_at: Mapping[DocumentDay, datetime] = field(default_factory=dict[DocumentDay, datetime])  # last usable answer
    reasons: Mapping[DocumentDay, str] = field(
        default_factory=dict[DocumentDay, str]
    )  # why one failed, if that is known
    shown: Mapping[DocumentDay, str] = field(default_factory=dict[DocumentDay, str])  # hash of the page that is shown

    def __contains__(self, document_day: DocumentDay) -> bool:
        """Whether a day need not be asked for again: its newest page can be read, or its absence is final."""
        return document_day in self.outcomes and document_day not in self.failed

    def has_page(self, document_day: DocumentDay) -> bool:
        """Whether a page of a day is stored that can be read."""
        return self.outcomes.get(document_day) in ("published", "empty")


class Answer(NamedTuple):
    """What is known of a source's day."""

    outcome: str  # published | empty | absent | failed | unreadable
    looked_at: datetime  # the last look that is known of, with a zone


def has_ended(source: Source, day: date) -> bool:
    """Whether a source had ended before a day: it is asked once the day is over, in case that it speaks again."""
    return source.last_date is not None and day > source.last_date


def rested(sources: Sequence[Source], silent_since: Mapping[str, date]) -> list[Source]:
    """Return the sources, those that are silent for longer than ever before as if they had ended: a look a day.

    silent_since: by source, the day of its last papers.
    """
    return [
        replace(source, last_date=silent_since[source.source_id])
        if source.source_id in silent_since and source.last_date is None
        else source
        for source in sources
    ]


def has_begun(source: Source, day: date, now: datetime) -> bool:
    """Whether a day has begun by the source's clock: the day before has ended."""
    return source.is_over(day - timedelta(days=1), now)


def has_spoken(source: Source, day: date, answer: Answer | None) -> bool:
    """Whether nothing new is awaited of a source today: it has answered, has ended, or lists nothing on such days."""
    is_final = answer is not None and answer.outcome in FINAL_OUTCOMES
    return is_final or day < source.first_date or has_ended(source, day) or not source.calendar.is_expected(day)


def is_settled(source: Source, day: date, answer: Answer | None, now: datetime) -> bool:
    """Whether a day needs no look by now: its outcome is final, and of a feed was seen since a look was last due.

    Of a source that has ended, no day is waited for before it is over.
    """
    if day < source.first_date:
        return True
    if answer is None or answer.outcome not in FINAL_OUTCOMES:
        return has_ended(source, day) and not source.is_over(day, now)
    is_long_over = now - source.calendar.closes(day) >= timedelta(days=CATCH_UP_DAYS)
    patience = UNSEEN if answer.outcome == "empty" and is_long_over else timedelta.max
    return not isinstance(source.place, Feed) or not source.calendar.is_due(
        day, answer.looked_at, now, patience=patience
    )


def memory_of(source: Source) -> timedelta:
    """Return how old a day can be that is still looked at again."""
    return max(source.calendar.settles, default=timedelta()) + timedelta(days=CATCH_UP_DAYS)


def next_look(source: Source, answers: Mapping[date, Answer], now: datetime) -> datetime:
    """Return when a look at a source may next bring something: `now` if one is due already."""
    today = now.date()
    begun = [day for day in (today, today - timedelta(days=1)) if has_begun(source, day, now)]
    if not has_spoken(source, begun[0], answers.get(begun[0])):
        return now
    week = {today - timedelta(days=back) for back in range(1, CATCH_UP_DAYS + 1)}
    first = min(week & answers.keys(), default=today)
    known = {day for day in {*week, *answers} if first <= day or day in answers}
    past = [day for day in known if source.is_over(day, now)]
    if any(not is_settled(source, day, answers.get(day), now) for day in past):
        return now
    return min(moment for moment in moments(source, {*known, today, today + timedelta(days=1)}) if moment > now)


def moments(source: Source, days: set[date]) -> Iterator[datetime]:
    """Yield when a look at these days is due: when they end, and of a feed later, when their lists have settled."""
    for day in days:
        closing = source.calendar.closes(day)
        yield closing
        if isinstance(source.place, Feed):
            yield from (closing + after for after in source.calendar.settles)
