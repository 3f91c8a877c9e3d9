"""A moment that strangers wrote, as ISO 8601 has it. Pure."""

import re
from datetime import UTC, datetime, timedelta

LEAP_SECOND = re.compile(r"(T\d\d:\d\d):60")
END_OF_DAY = "T24:00:00"


def read_moment(text: str) -> datetime:
    """Return a moment in UTC. Raises ValueError or OverflowError, also for one without an offset.

    Python knows neither a leap second, which becomes the second before it, nor the end of a day in each version.
    """
    written = LEAP_SECOND.sub(r"\1:59", text.replace(END_OF_DAY, "T00:00:00"))
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment.astimezone(UTC) + timedelta(days=END_OF_DAY in text)
