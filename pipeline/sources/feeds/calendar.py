"""The calendar of Hugging Face's Daily Papers.

Its own client (https://github.com/huggingface/hf-mcp-server) takes the date of New York, a day on from 21:30. It takes
no papers at weekends: https://github.com/huggingface/huggingface_hub/pull/2745. Until May 2026 its days were those of
UTC, which end earlier. A third of a day's papers come later than the day itself, most of them within two weeks.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from pipeline.sources.calendar import Calendar

DAILY_PAPERS = Calendar(
    ZoneInfo("America/New_York"),
    closing=timedelta(hours=21, minutes=30),
    settles=(timedelta(days=7), timedelta(days=14)),
)
