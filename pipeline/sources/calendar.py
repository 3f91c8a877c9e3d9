"""When a day of a source is over, and on which days it is expected to list papers. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

WORKING_DAYS = frozenset(range(1, 6))  # ISO: Monday is 1


@dataclass(frozen=True)
class Calendar:
    """The days of a source. Those of most are days of UTC: until one has ended, its page may still come."""

    zone: tzinfo = UTC
    closing: timedelta = timedelta(days=1)  # after a day's midnight, by the clocks of the zone
    weekdays: frozenset[int] = WORKING_DAYS  # on which papers are expected; they may come on others
    settles: tuple[timedelta, ...] = ()  # after a day: when it is worth another look

    def closes(self, day: date) -> datetime:
        """Return the moment, in UTC, from which a day is over: what is not there then is absent."""
        return (datetime.combine(day, time()) + self.closing).replace(tzinfo=self.zone).astimezone(UTC)

    def is_over(self, day: date, at: datetime) -> bool:
        """Whether a day has ended."""
        return at >= self.closes(day)

    def is_due(
        self, day: date, looked_at: datetime | None, now: datetime, *, patience: timedelta = timedelta.max
    ) -> bool:
        """Whether a day is worth a look: it has not ended, or something was due since the last one.

        patience: how long that stays so, where later looks may not be known.
        """
        closing = self.closes(day)
        moments = [closing, *(closing + after for after in self.settles)]
        passed = [moment for moment in moments if moment <= now and now - moment < patience]
        return now < closing or looked_at is None or any(looked_at < moment for moment in passed)

    def is_expected(self, day: date) -> bool:
        """Whether papers are expected on a day."""
        return day.isoweekday() in self.weekdays

    def describe_closing(self, day: date) -> str:
        """Return when a day ends, for a person: `midnight UTC`."""
        closing = self.closes(day)
        return "midnight UTC" if closing.time() == time() else f"{closing:%Y-%m-%d %H:%M} UTC"


DAYS_OF_UTC = Calendar()
