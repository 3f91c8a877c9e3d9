"""huggingface/daily-papers: the list that the others summarise, from the API of Hugging Face."""

from datetime import date
from urllib.parse import urlencode

from pipeline.sources.feeds.calendar import DAILY_PAPERS as CALENDAR
from pipeline.sources.feeds.daily_papers import DAILY_PAPERS
from pipeline.sources.source import Feed, Source

MOST_A_PAGE = 100  # of which the API takes no more; without it a day ends at 50


def ask(base_url: str, day: date) -> str:
    """Return the address of a day's first page."""
    asked = {"date": day.isoformat(), "limit": MOST_A_PAGE, "p": 0, "sort": "publishedAt"}
    return f"{base_url}/api/daily_papers?{urlencode(asked)}"


SOURCE = Source(
    "huggingface/daily-papers",
    "https://huggingface.co/papers",
    "NOASSERTION",
    date(2023, 5, 4),
    Feed(
        DAILY_PAPERS,
        base_url=lambda settings: settings.hf_api_url,
        ask=ask,
        token=lambda settings: settings.hf_token,
        setting="HF_TOKEN",
    ),
    tells=("code", "abstracts", "upvotes"),
    calendar=CALENDAR,
)
