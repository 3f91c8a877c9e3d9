"""Subjects in batches: whole ones first, then parts of those that left something open. Pure."""

from collections import deque
from collections.abc import Sequence
from itertools import chain

MOST_HALVED_IN_A_ROW = 3
REFUSED_BEFORE_SMALLER = 2  # one alone may hold a single subject that is too much

Batch = tuple[str, ...]


class Batches:
    """What is still to be requested: `size` at a time, in the order given.

    Parts of a batch come last, the largest first, so that a bad subject holds up no other. After three batches in a row
    that brought nothing, the smallest comes next: it tells a bad subject from a service that is down.
    """

    def __init__(self, subjects: Sequence[str], size: int) -> None:
        self._whole = deque(cut(subjects, size))
        self._parts: list[Batch] = []
        self._fruitless_in_a_row = 0
        self._refused_in_a_row = 0

    def __len__(self) -> int:
        return len(self._whole) + len(self._parts)

    def take(self) -> tuple[Batch, bool]:
        """Return the next batch, and whether it is a part of an earlier one. Raises ValueError if none is left."""
        is_stuck = self._fruitless_in_a_row >= MOST_HALVED_IN_A_ROW
        if self._whole and not (is_stuck and self._parts):
            return self._whole.popleft(), False
        part = (min if is_stuck else max)(self._parts, key=len)
        self._parts.remove(part)
        return part, True

    def halve(self, batch: Sequence[str], left: Sequence[str]) -> None:
        """Put back what a batch left open, at most half of the batch at a time."""
        self._fruitless_in_a_row += len(left) == len(batch)
        self._parts += cut(left, max(1, len(batch) // 2))

    def note_progress(self) -> None:
        """Say that the last batch brought something."""
        self._fruitless_in_a_row = 0

    def note_size(self, batch: Sequence[str], *, is_too_large: bool) -> None:
        """Say whether a whole batch was too large for the service: after two in a row, what is left is cut smaller."""
        self._refused_in_a_row = self._refused_in_a_row + 1 if is_too_large else 0
        if self._refused_in_a_row == REFUSED_BEFORE_SMALLER:
            self._refused_in_a_row = 0
            left = chain.from_iterable([*self._whole, *self._parts])
            self._whole, self._parts = deque(cut(list(left), max(1, len(batch) // 2))), []


def cut(subjects: Sequence[str], size: int) -> list[Batch]:
    """Return the subjects in order, `size` at a time."""
    return [tuple(subjects[start : start + size]) for start in range(0, len(subjects), size)]
