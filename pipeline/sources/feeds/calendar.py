"""When a day of Hugging Face's Daily Papers is over, and on which days papers are expected. Pure.

Its own client (https://github.com/huggingface/hf-mcp-server) takes the date of New York, a day on from 21:30. It takes
no papers at weekends: https://github.com/huggingface/huggingface_hub/pull/2745. Until May 2026 its days were those of
UTC, which end earlier.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
CLOSING_TIME = time(21, 30)
SETTLES = (timedelta(days=7), timedelta(days=14))  # after a day: a third of its papers come later than the day itself


def closes(day: date) -> datetime:
    """Return the moment, in UTC, from which nothing is listed on a day any more, but for what is added later."""
    return datetime.combine(day, CLOSING_TIME, NEW_YORK).astimezone(UTC)


def is_expected(day: date) -> bool:
    """Whether papers are expected on a day: from Monday to Friday."""
    return day.isoweekday() <= 5
