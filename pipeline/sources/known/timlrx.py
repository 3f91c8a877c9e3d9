"""timlrx/daily-ai-papers: pages of six columns, and a JSON of the same day with the papers that a filter left out."""

from datetime import date

from pipeline.sources.feeds.daily_results import DAILY_RESULTS
from pipeline.sources.layouts.markdown import PIPE_TABLES
from pipeline.sources.source import Document, GitArchive, Source

SOURCE = Source(
    "timlrx/daily-ai-papers",
    "https://github.com/timlrx/daily-ai-papers",
    "MIT",
    date(2024, 9, 27),
    GitArchive(
        (
            Document("markdown", "archive/%Y/%m/%d.md", PIPE_TABLES),
            Document("json", "daily_results/%Y/%m/%d.json", DAILY_RESULTS),
        )
    ),
    tells=("labels", "code", "models"),
    last_date=date(2025, 9, 26),
)
