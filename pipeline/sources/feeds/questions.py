"""What a feed is asked about a day, by the code of its source: its faults cost that source alone. Pure."""

from datetime import date
from typing import NamedTuple
from urllib.parse import urlsplit

from pipeline.core.errors import SourceError
from pipeline.core.settings import Settings
from pipeline.sources.markup.texts import printable
from pipeline.sources.plugins import is_a
from pipeline.sources.source import Feed

LONGEST_FAULT = 200  # characters of a source's own error that are shown


class Question(NamedTuple):
    """How to ask for a day."""

    url: str  # of its first page
    token: str | None


def put_question(feed: Feed, settings: Settings, day: date) -> Question:
    """Return how to ask a feed for a day. Raises SourceError if its code fails, or gives no address."""
    try:
        url = feed.ask(feed.base_url(settings), day)
        token = feed.token(settings)
        is_address = is_a(url, str) and url.isprintable() and bool(urlsplit(url).netloc)
    except (Exception, SystemExit) as error:
        fault = printable(f"{type(error).__name__}: {error}")[:LONGEST_FAULT]
        raise SourceError(f"it cannot be asked: {fault}") from error
    if not is_address:
        raise SourceError(f"it cannot be asked: its ask gives {ascii(url)[:LONGEST_FAULT]}, and no address")
    if token is not None and not is_a(token, str):
        raise SourceError(f"it cannot be asked: its token is {type(token).__name__}, and no text")
    return Question(url, token)
