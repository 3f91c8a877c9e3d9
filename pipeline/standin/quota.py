"""Rate limits: requests in a window of time, reported in the headers of every response as each service does."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)  # GitHub's


class Quota:
    """One count of requests or points; a new window begins with the first request after the last one."""

    def __init__(self, resource: str, limit: int, now: Callable[[], datetime], window: timedelta = WINDOW) -> None:
        self.resource = resource
        self.limit = limit
        self.window = window
        self.used = 0
        self._now = now
        self._resets_at = now() + window

    @property
    def left(self) -> int:
        return self.limit - self.used

    @property
    def resets_at(self) -> datetime:
        return self._resets_at.replace(microsecond=0)

    def allow(self, requests: int) -> None:
        """Leave so many, in a window that begins now; the limit grows if it is smaller."""
        self.limit = max(self.limit, requests)
        self.used = self.limit - requests
        self._resets_at = self._now() + self.window

    def renew(self) -> None:
        """Begin another window if this one has ended."""
        if self._now() >= self.resets_at:
            self.allow(self.limit)

    def spend(self, cost: int = 1) -> bool:
        """Take what a request costs; if less is left, take nothing and return False."""
        if cost > self.left:
            return False
        self.used += cost
        return True

    def headers(self) -> dict[str, str]:
        """Return GitHub's headers."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(int(self.resets_at.timestamp())),
            "X-RateLimit-Resource": self.resource,
        }

    def draft_headers(self) -> dict[str, str]:
        """Return the headers of the IETF's draft, which Hugging Face sends.

        https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
        """
        seconds = max(math.ceil((self._resets_at - self._now()).total_seconds()), 0)
        window = int(self.window.total_seconds())
        return {
            "RateLimit": f'"{self.resource}";r={max(self.left, 0)};t={seconds}',
            "RateLimit-Policy": f'"fixed window";"{self.resource}";q={self.limit};w={window}',
        }

    def resource_limits(self) -> dict[str, int]:
        return {
            "limit": self.limit,
            "used": self.used,
            "remaining": self.left,
            "reset": int(self.resets_at.timestamp()),
        }
