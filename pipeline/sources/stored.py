"""What is stored already, so that a fetch can leave it out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.sources.pages import DocumentDay


@dataclass(frozen=True)
class Stored:
    """Days with a final outcome, and pages by git's name for them, by document and day."""

    outcomes: Mapping[DocumentDay, str] = field(default_factory=dict[DocumentDay, str])
    blobs: Mapping[DocumentDay, str] = field(
        default_factory=dict[DocumentDay, str]
    )  # the newest that came, readable or not
    failed: frozenset[DocumentDay] = frozenset()  # no usable answer, or the newest page cannot be read
    looked_at: Mapping[DocumentDay, datetime] = field(default_factory=dict[DocumentDay, datetime])  # last usable answer

    def __contains__(self, document_day: DocumentDay) -> bool:
        """Whether a day need not be asked for again: its newest page can be read, or its absence is final."""
        return document_day in self.outcomes and document_day not in self.failed

    def has_page(self, document_day: DocumentDay) -> bool:
        """Whether a page of a day is stored that can be read."""
        return self.outcomes.get(document_day) in ("published", "empty")
