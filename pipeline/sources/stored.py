"""What is stored already, so that a fetch can leave it out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

SourceDay = tuple[str, date]


@dataclass(frozen=True)
class Stored:
    """Pages by git's name for them, and days whose absence is final, by source and day."""

    blobs: Mapping[SourceDay, str] = field(default_factory=dict[SourceDay, str])
    absent: frozenset[SourceDay] = frozenset()
    outcomes: Mapping[SourceDay, str] = field(default_factory=dict[SourceDay, str])

    def __contains__(self, source_day: SourceDay) -> bool:
        return source_day in self.blobs or source_day in self.absent
