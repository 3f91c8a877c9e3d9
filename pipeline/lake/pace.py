"""The rate limit of a host for all machines: a lock, and the time of the last response by PostgreSQL's clock."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from pipeline.core.settings import Settings
from pipeline.http.rate_limit import Pace, Turns
from pipeline.lake.lock import Locks, Session

ELAPSED = """
select extract(epoch from clock_timestamp() - answered_at)::double precision from papers_state.pace where host = %s
"""
STAMP = """
insert into papers_state.pace (host, answered_at) values (%s, clock_timestamp())
on conflict (host) do update set answered_at = excluded.answered_at
"""


class SharedPace:
    """At least `interval_seconds` between a response and the next request, and one request at a time, of all hosts.

    The clock of a host does not matter. Raises WarehouseError where PostgreSQL is gone: then nobody asks.
    """

    def __init__(
        self, locks: Locks, host: str, interval_seconds: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._locks, self._host, self._interval, self._sleep = locks, host, interval_seconds, sleep

    @contextmanager
    def turn(self) -> Generator[None]:
        """Wait for our turn. Send the request inside the block; the interval starts when the block ends."""
        with self._locks.hold(f"pace/{self._host}") as session:
            self._wait(session)
            session.run(STAMP, self._host)  # also before the request, which a process killed in between has still sent
            try:
                yield
            finally:
                session.run(STAMP, self._host)

    def _wait(self, session: Session) -> None:
        for (elapsed,) in session.run(ELAPSED, self._host):
            # At most one interval: a time in the future only means that the clock was set back.
            wait = min(self._interval - elapsed, self._interval)
            if wait > 0:
                self._sleep(wait)


def pace_of(settings: Settings) -> Callable[[str, float], Turns] | None:
    """Return what makes the rate limit of a host for all machines that share a catalog; None if there is none."""
    if settings.warehouse_catalog is None:
        return None
    locks = Locks(settings.warehouse_catalog)
    return lambda host, seconds: SharedPace(locks, host, seconds) if seconds > 0 else Pace(host, seconds)
