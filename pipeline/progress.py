"""Where long work says how far it is: the command line listens, and shows a bar; nobody else need."""

from collections.abc import Callable
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]  # what is being done, how much of it is done, how much there is in all

listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


class Counter:
    """How far one piece of work is; told on by `advance`, passed on to whoever listens."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0

    def advance(self, steps: int = 1) -> None:
        self.done = min(self.done + steps, self.total)
        listen = listener.get()
        if listen is not None and self.total:
            listen(self.what, self.done, self.total)
