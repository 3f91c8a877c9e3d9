"""What a response says in `RateLimit` of the requests that are left. Pure.

`RateLimit: "api";r=0;t=55`: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from pipeline.http.exchange import Exchange

QUOTA_PART = re.compile(r";\s*([a-z]+)\s*=\s*([0-9]{1,9})\b")
LONGEST_WINDOW_SECONDS = 86_400  # no quota lasts longer; a larger number is a broken header
SPARE_SECONDS = 1  # after a window ends: https://github.com/huggingface/huggingface_hub, utils/_http.py


def quota_renews_at(exchange: Exchange) -> datetime | None:
    """Return from when there are requests again; None if some are left, or the response does not say."""
    waits = [seconds for left, seconds in quotas_of(exchange) if left == 0 and seconds <= LONGEST_WINDOW_SECONDS]
    return exchange.fetched_at + timedelta(seconds=max(waits) + SPARE_SECONDS) if waits else None


def least_quota(exchange: Exchange) -> tuple[int, datetime] | None:
    """Return the requests left in the quota that has fewest, and when it renews; None if the response does not say."""
    return quota_told(exchange.headers.get("ratelimit", ""), exchange.fetched_at)


def quota_told(header: str, at: datetime) -> tuple[int, datetime] | None:
    """Return what least_quota does, of a header that came at that moment."""
    told = [(left, seconds) for left, seconds in read_quotas(header) if seconds <= LONGEST_WINDOW_SECONDS]
    if not told:
        return None
    left, seconds = min(told)
    return left, at + timedelta(seconds=seconds + SPARE_SECONDS)


def quotas_of(exchange: Exchange) -> Iterator[tuple[int, int]]:
    """Yield of each quota how many requests are left, and the seconds until it renews."""
    return read_quotas(exchange.headers.get("ratelimit", ""))


def read_quotas(header: str) -> Iterator[tuple[int, int]]:
    """Yield what quotas_of does, of a header."""
    for quota in header.split(","):
        parts = {name: int(digits) for name, digits in QUOTA_PART.findall(quota)}
        if parts.keys() >= {"r", "t"}:
            yield parts["r"], parts["t"]
