"""Whether a service that fails is asked again in the same call. Pure, but for the clock that it is given."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict

MOST_FAILURES_IN_A_ROW = 3  # batches without a result
PAUSE = timedelta(minutes=10)
HOPELESS = timedelta(seconds=30)

Classifier = Callable[[Exchange], Verdict]


class Breaker:
    """What one call knows of a service: whether it works, and what failed last. Open: nothing more is asked.

    It opens with a verdict that says when to continue, after three failures in a row, and after half a minute in which
    nothing has worked.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.is_open = False
        self.trouble: Verdict | None = None  # of the last failure, with `until` if it opened the breaker
        self._now, self._began_at = now, now()
        self._has_worked = False
        self._failures = 0  # in a row

    def note_works(self) -> None:
        """Say that the service gave an answer of its kind, whatever it says."""
        self._has_worked = True

    def choose(self, classify: Classifier, classify_first: Classifier) -> Classifier:
        """Return what judges the next batch: the second as long as nothing has worked, and no tries after a failure."""
        if self._failures:  # the batch before has shown that a pause does not help
            return once(classify)
        return classify if self._has_worked else classify_first

    def note(self, verdict: Verdict) -> None:
        """Take in the final verdict on a batch."""
        if verdict.reason is None:
            self._failures = 0
            return
        self._failures += 1
        is_hopeless = not self._has_worked and self._now() - self._began_at > HOPELESS
        self.is_open = verdict.until is not None or is_hopeless or self._failures >= MOST_FAILURES_IN_A_ROW
        until = verdict.until or (self._now() + PAUSE if self.is_open else None)
        self.trouble = replace(verdict, until=until)


def once(classify: Classifier) -> Classifier:
    """Return what judges a request that is not repeated in this call."""
    return lambda exchange: replace(classify(exchange), tries=1)
