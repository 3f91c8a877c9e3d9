"""What a response for a list of papers says beside the list: what follows, what is refused, what is left. Pure."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from pipeline.core.errors import SourceError
from pipeline.http.exchange import Exchange
from pipeline.http.headers import LONGEST_HEADER
from pipeline.http.redirect import is_same_origin
from pipeline.sources.markup.texts import excerpt

LINK = re.compile(r"<([^<>]*)>([^<]*)")  # https://www.rfc-editor.org/rfc/rfc8288#section-3
RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
NOT_YET = re.compile(
    r"must be less than or equal to\W{0,6}(\d{4}-\d\d-\d\d)"
)  # a number is no day, but a wrong parameter
QUOTA_PART = re.compile(r";\s*([a-z]+)\s*=\s*([0-9]{1,9})\b")
LONGEST_REFUSAL_BYTES = 65_536
LONGEST_WINDOW_SECONDS = 86_400  # no quota lasts longer; a larger number is a broken header
SPARE_SECONDS = 1  # after a window ends: https://github.com/huggingface/huggingface_hub, utils/_http.py


def next_target(exchange: Exchange) -> str | None:
    """Return where the page that follows stands, as written; None after the last page.

    Raises SourceError for a header that was too long to be stored as a whole.
    """
    written = exchange.headers.get("link", "")
    if len(written) >= LONGEST_HEADER:
        raise SourceError(f"{exchange.url}: the header Link is too long")
    for target, parameters in LINK.findall(written):
        relation = RELATION.search(parameters)
        if relation and "next" in (relation[1] or relation[2] or "").lower().split():
            return target
    return None


def next_page(exchange: Exchange, first_url: str) -> str | None:
    """Return the address of the page that follows; None after the last page.

    Raises SourceError for one that is of another place or another day than the first page: a token would go there, and
    papers of one day would count for another.
    """
    target = next_target(exchange)
    if target is None:
        return None
    try:
        address = urldefrag(urljoin(exchange.url, target)).url
        is_ours = is_same_origin(first_url, address) and is_same_list(first_url, address)
    except ValueError:
        is_ours, address = False, ""
    if not is_ours:
        raise SourceError(f"{exchange.url}: the next page is said to be elsewhere, {excerpt(target)}")
    return address


def is_same_list(first: str, other: str) -> bool:
    """Whether two addresses name one path and one day; without a user, whose password would be sent."""
    one, two = urlsplit(first), urlsplit(other)
    days = [parse_qs(parts.query, keep_blank_values=True).get("date") for parts in (one, two)]
    return one.path == two.path and days[0] == days[1] and "@" not in two.netloc


def is_not_yet(exchange: Exchange) -> bool:
    """Whether a list is refused because its day has not begun: it is none that the service takes, and is not long past.

    The day is the `date` of the address; where it has none, the service is believed.
    """
    found = NOT_YET.search(read_refusal(exchange)) if exchange.status == 400 else None
    days = parse_qs(urlsplit(exchange.url).query).get("date")
    if found is None or not days:
        return found is not None
    yesterday = exchange.fetched_at.date() - timedelta(days=1)
    return days[0] > found[1] and days[0] >= yesterday.isoformat()


def describe_refusal(exchange: Exchange) -> str:
    """Return what the service says, quoted after a colon; nothing if it says nothing."""
    said = read_refusal(exchange)
    return f": {excerpt(said)}" if said.strip() else ""


def read_refusal(exchange: Exchange) -> str:
    """Return the text of a refusal: its `error` if it is JSON that has one, else the body."""
    text = (exchange.body or b"")[:LONGEST_REFUSAL_BYTES].decode("utf-8", "replace")
    try:
        loaded: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    error = cast("dict[str, object]", loaded).get("error") if isinstance(loaded, dict) else None
    return error if isinstance(error, str) else text


def quota_renews_at(exchange: Exchange) -> datetime | None:
    """Return from when there are requests again; None if some are left, or the response does not say.

    `RateLimit: "api";r=0;t=55`: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    """
    waits = [seconds for left, seconds in quotas_of(exchange) if left == 0 and seconds <= LONGEST_WINDOW_SECONDS]
    return exchange.fetched_at + timedelta(seconds=max(waits) + SPARE_SECONDS) if waits else None


def quotas_of(exchange: Exchange) -> Iterator[tuple[int, int]]:
    """Yield of each quota how many requests are left, and the seconds until it renews."""
    for quota in exchange.headers.get("ratelimit", "").split(","):
        parts = {name: int(digits) for name, digits in QUOTA_PART.findall(quota)}
        if parts.keys() >= {"r", "t"}:
            yield parts["r"], parts["t"]
