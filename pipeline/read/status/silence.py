"""Which sources are silent, and since when, by the published file: for all who tell of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.core import sql_files
from pipeline.core.wording import amount_of
from pipeline.lake.place import Place
from pipeline.read.query import Connection, open_published
from pipeline.sources.source import Source


@dataclass(frozen=True)
class Silence:
    """A source that has ended, or has been silent for longer than ever before."""

    source_id: str
    since: date  # of its last papers
    days: int  # that were answered, and today
    longest_days: int | None  # its longest silence before; None if it is known to have ended
    total_days: int = 0  # since then, also those that failed or for which nobody asked

    @property
    def has_ended(self) -> bool:
        return self.longest_days is None

    @property
    def sentence(self) -> str:
        """Return `silent since 2025-10-30 (392 days)`, and what is known of it."""
        known = "it has ended"
        if self.longest_days is not None:
            known = f"its longest silence before was {amount_of(self.longest_days, 'day')}"
        length = amount_of(self.days, "day")
        if self.days < self.total_days:
            length = f"on {self.days:,} of {amount_of(self.total_days, 'day')}, the others are unknown"
        return f"silent since {self.since} ({length}): {known}"


@dataclass(frozen=True)
class Spoken:
    """What the published file says of the days on which sources spoke."""

    ended: Mapping[str, date]  # by source, of its last papers if it is known to have ended
    last: Mapping[str, date]  # by source, the newest day with papers
    silent: Sequence[tuple[str, date, int, int]]  # rows of sql/status/silent.sql

    def find_silences(self, today: date) -> dict[str, Silence]:
        """Return the silent sources by id, in order. One that spoke after its end is judged like any other."""
        silences = {
            source_id: Silence(source_id, since, days, longest_days, (today - since).days)
            for source_id, since, days, longest_days in self.silent
        }
        for source_id, ended in self.ended.items():
            if source_id not in self.find_returns() and today > ended:
                silences[source_id] = Silence(source_id, ended, (today - ended).days, None)
        return dict(sorted(silences.items()))

    def find_returns(self) -> dict[str, str]:
        """Return a sentence for each source that had ended and speaks again, by id."""
        return {
            source_id: f"speaks again: it has papers of {self.last[source_id]}, though it had ended on {ended}"
            for source_id, ended in self.ended.items()
            if source_id in self.last and self.last[source_id] > ended
        }


def read_spoken(published: Place, sources: Iterable[Source], today: date) -> Spoken:
    """Return what is known of these sources on a day; without a published file, which of them have ended."""
    wanted = {source.source_id: source for source in sources}
    ended = {source_id: source.last_date for source_id, source in wanted.items() if source.last_date}
    if not published.exists():
        return Spoken(ended, {}, ())
    with open_published(published) as connection:
        return ask_spoken(connection, today, wanted)


def ask_spoken(connection: Connection, today: date, wanted: Iterable[str] | None = None) -> Spoken:
    """Return the same from an open file; without `wanted`, of all sources that were ever asked."""
    rows = ask(connection, "sources", today)
    asked = {row["source_id"] for row in rows if row["last_asked_date"]}
    chosen = asked if wanted is None else set(wanted)
    ended = {row["source_id"]: row["ended_date"] for row in rows if row["ended_date"] and row["source_id"] in chosen}
    last = {row["source_id"]: row["last_page_date"] for row in rows if row["last_page_date"]}
    silent = [tuple(row.values()) for row in ask(connection, "silent", today) if row["source_id"] in chosen]
    return Spoken(ended, last, [(row[0], row[1], row[2], row[3]) for row in silent])


def ask(connection: Connection, name: str, today: date) -> list[dict[str, Any]]:
    relation = connection.sql(sql_files.read_sql("status", name), params={"today": today})
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def read_silences(connection: Connection, today: date, sources: Sequence[Source]) -> dict[str, str]:
    """Return a sentence for each source that is silent, or had ended and speaks again, by id."""
    spoken = ask_spoken(connection, today, [source.source_id for source in sources])
    silences = {source_id: silence.sentence for source_id, silence in spoken.find_silences(today).items()}
    return silences | spoken.find_returns()
