"""gabrielchua/daily-ai-papers: pages of tables in three layouts over time, without labels and links to code."""

from datetime import date

from pipeline.sources.source import Source

SOURCE = Source(
    "gabrielchua/daily-ai-papers",
    "https://github.com/gabrielchua/daily-ai-papers",
    "MIT",
    date(2024, 9, 5),
    last_date=date(2025, 10, 30),
)
