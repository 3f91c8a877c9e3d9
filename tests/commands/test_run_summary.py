"""What a person reads after a run: of each source a sentence, and since when it is silent."""

from datetime import UTC, date, datetime
from pathlib import Path

from pipeline.commands.job import Outcome
from pipeline.commands.run_summary import summarise, tell_silences
from pipeline.core.settings import read_settings
from pipeline.sources import registry

ENDED = "gabrielchua/daily-ai-papers"
NOW = datetime(2026, 11, 26, 13, tzinfo=UTC)
OUTCOME = Outcome(
    "run",
    metadata={
        "documents": {"requests": 3, "not asked": [], "ways that failed": []},
        "listings": {"listings": 23, "rejected rows": 0, "sources": {"lab/pots": "23 listings", ENDED: "no page"}},
    },
)


def test_each_source_has_a_line_with_its_silence(monkeypatch):
    monkeypatch.setattr(registry, "SOURCES", registry.OURS)
    settings = read_settings()
    silences = tell_silences(settings, NOW.date(), NOW)
    assert list(summarise(OUTCOME, settings, silences)) == [
        "pages: 3 requests; the days asked for have 23 listings, 0 rejected rows",
        "  lab/pots: 23 listings",
        f"  {ENDED}: no page; silent since 2025-10-30 (392 days): it has ended",
    ]


def test_days_that_were_not_asked_for_are_told():
    told = "lab/pots: 2026-11-03 has settled, and is not asked again"
    documents = {**OUTCOME.metadata["documents"], "not asked": [told]}
    asked = Outcome("run", metadata={**OUTCOME.metadata, "documents": documents})
    assert list(summarise(asked, read_settings()))[-1] == f"  {told}"


def test_a_backfill_of_days_long_past_says_nothing_of_today(demo_warehouse: Path):
    assert demo_warehouse.exists()
    assert tell_silences(read_settings(), date(2025, 3, 21), NOW) == {}
    assert len(tell_silences(read_settings(), NOW.date(), NOW)) == 2
