"""What is stored already, so that a fetch can leave it out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

SourceDay = tuple[str, date]


@dataclass(frozen=True)
class Stored:
    """Days with a final outcome, and pages by git's name for them, by source and day."""

    outcomes: Mapping[SourceDay, str] = field(default_factory=dict[SourceDay, str])
    blobs: Mapping[SourceDay, str] = field(
        default_factory=dict[SourceDay, str]
    )  # the newest that came, readable or not
    failed: frozenset[SourceDay] = frozenset()  # no usable answer, or the newest page cannot be read

    def __contains__(self, source_day: SourceDay) -> bool:
        """Whether a day need not be asked for again: its newest page can be read, or its absence is final."""
        return source_day in self.outcomes and source_day not in self.failed

    def has_page(self, source_day: SourceDay) -> bool:
        """Whether a page of a day is stored that can be read."""
        return self.outcomes.get(source_day) in ("published", "empty")
