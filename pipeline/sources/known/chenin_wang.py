"""chenin-wang/daily_huggingface_paper: section pages with summaries in Chinese."""

from datetime import date

from pipeline.sources.layouts.sections.descriptions import SUMMARIES
from pipeline.sources.layouts.sections.pages import Sections
from pipeline.sources.source import Document, GitArchive, Source

SOURCE = Source(
    "chenin-wang/daily_huggingface_paper",
    "https://github.com/chenin-wang/daily_huggingface_paper",
    "MIT",
    date(2025, 9, 22),
    GitArchive((Document("markdown", "archive/%Y/%m/%d.md", Sections(SUMMARIES)),)),
    is_default=False,
)
