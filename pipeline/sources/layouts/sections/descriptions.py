"""How each list writes its sections. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class SectionLayout:
    """A list whose page has a heading `## 1. [title](link to the paper)` for each paper.

    Patterns mean the same in Python's re and in polars; with `(?m)` set.
    """

    summary_mark: str  # what the summary begins behind
    labels: Mapping[str, str] = field(default_factory=dict[str, str])  # of lines `**label**: value`: their roles
    total: str | None = None  # what says, above the sections, how many there are
    source: str | None = None  # what stands between a page's heading and that
    is_ruled: bool = False  # `---` between blank lines ends each section


WATCH_DOG = SectionLayout(  # joe0731/hf_paper_watch_dog
    summary_mark=r"^###[ \t]+(?i:abstract)[ \t]*$",
    labels={
        "arxiv id": "arxiv_id",
        "organization": "organization",
        "authors": "authors",
        "published": "published_at",
        "submitted": "submitted",
        "upvotes": "upvotes",
        "links": "links",
    },
    source=r"^>[ \t]*source:[^\n]*$",
    total=r"^Total papers:[ \t]*([0-9]{1,6})[ \t]*$",
    is_ruled=True,
)
SUMMARIES = SectionLayout(  # chenin-wang/daily_huggingface_paper
    summary_mark=r"^(?:(?i:summary)[ \t]*[:\uff1a]|\*\*(?i:summary)(?:[:\uff1a]\*\*|\*\*[ \t]*[:\uff1a]))"
)
