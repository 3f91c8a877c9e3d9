"""Report the progress of long work: to the command line as a bar or as lines, and each tenth to the run's history."""

import logging
from collections.abc import Callable
from contextvars import ContextVar

logger = logging.getLogger(__name__)

Listener = Callable[[str, int, int], None]  # what is being done, how much of it is done, and the total

listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


class Counter:
    """Counts one piece of work; `advance` reports to the listener, and each tenth to `log`."""

    def __init__(self, what: str, total: int, log: Callable[[str], None] = lambda text: None) -> None:
        self.what, self.total, self.done = what, total, 0
        self._log = log

    def advance(self, steps: int = 1) -> None:
        before, self.done = self.done, min(self.done + steps, self.total)
        listen = listener.get()
        if listen is not None and self.total:
            listen(self.what, self.done, self.total)
        if self.total and before * 10 // self.total < self.done * 10 // self.total:
            text = f"{self.what}: {self.done:,} of {self.total:,}"
            logger.info("%s", text)
            self._log(text)
