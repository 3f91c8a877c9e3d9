"""Where long work says how far it is: the command line listens, and shows a bar; a run's log hears of every tenth."""

from collections.abc import Callable
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]  # what is being done, how much of it is done, how much there is in all

listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


class Counter:
    """How far one piece of work is; told on by `advance`, passed on to whoever listens, and to `tell` now and then."""

    def __init__(self, what: str, total: int, tell: Callable[[str], None] = lambda text: None) -> None:
        self.what, self.total, self.done = what, total, 0
        self._tell = tell

    def advance(self, steps: int = 1) -> None:
        before, self.done = self.done, min(self.done + steps, self.total)
        listen = listener.get()
        if listen is not None and self.total:
            listen(self.what, self.done, self.total)
        if self.total and before * 10 // self.total < self.done * 10 // self.total:
            self._tell(f"{self.what}: {self.done:,} of {self.total:,}")
