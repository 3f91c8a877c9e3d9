"""What a person reads after a run: of each source a sentence, and since when it is silent."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from answers import fall_silent

from pipeline.commands.job import Outcome
from pipeline.commands.run_summary import summarise, tell_silences, tell_warnings
from pipeline.core.settings import read_settings
from pipeline.read.query import named_query
from pipeline.sources import registry
from pipeline.warehouse.checks import CHECKS, sentence_of
from pipeline.warehouse.reports import read_warnings, save_warnings

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


def test_one_of_a_kind_is_told_in_the_singular():
    metadata = {
        "documents": {"requests": 1, "not asked": [], "ways that failed": []},
        "listings": {"listings": 1, "rejected rows": 1, "sources": {}},
        "arxiv_papers": {"answered": 1, "due": 1, "requests": 1, "deferred": 0},
    }
    assert list(summarise(Outcome("run", metadata=metadata), read_settings())) == [
        "pages: 1 request; the days asked for have 1 listing, 1 rejected row",
        "arXiv: 1 of 1 due answered in 1 request",
    ]


def test_days_that_were_not_asked_for_are_told():
    told = "lab/pots: 2026-11-03 has settled, and is not asked again"
    documents = {**OUTCOME.metadata["documents"], "not asked": [told]}
    asked = Outcome("run", metadata={**OUTCOME.metadata, "documents": documents})
    assert list(summarise(asked, read_settings()))[-1] == f"  {told}"


def test_a_backfill_of_days_long_past_says_nothing_of_today(demo_warehouse: Path):
    for today in (date(2025, 3, 21), NOW.date()):
        assert tell_silences(read_settings(), today, NOW) == {}
    fall_silent(demo_warehouse, NOW.date() - timedelta(days=1))
    assert tell_silences(read_settings(), date(2025, 3, 21), NOW) == {}
    assert len(tell_silences(read_settings(), NOW.date(), NOW)) == 2


def warn(day: int, **rows: int) -> list[str]:
    """Return what the run of a day says that finds so many rows by each check."""
    private = read_settings().warehouse_dir / "private"
    private.mkdir(parents=True, exist_ok=True)
    began = NOW + timedelta(days=day)
    found = {name: [("Pottery", date(2025, 3, 3), 1)] * rows.get(name, 0) for name in ("labels_known", "titles_agree")}
    save_warnings(private, found, began + timedelta(minutes=1))
    return list(tell_warnings(read_settings(), began))


def test_a_warning_is_a_sentence_once_then_folded_and_its_end_is_told():
    assert warn(0, labels_known=2) == [
        "warning: labels_known: 2 rows are against the rule: Every label belongs to a group of the vocabulary. "
        "Such as Pottery, 2025-03-03, 1; `papers query labels_known` lists them"
    ]
    folded = "warnings as before: labels_known since 2026-11-26 ({}); `papers status` says what they are"
    assert warn(1, labels_known=2) == [folded.format(2)]
    new, old = warn(2, labels_known=30, titles_agree=1)
    assert new.startswith("warning: titles_agree: 1 row is against the rule: ") and old == folded.format(30)
    assert warn(3, titles_agree=1)[1] == "no longer a warning: labels_known"
    assert warn(4) == ["no longer a warning: titles_agree"]
    assert warn(5) == []
    assert warn(6, labels_known=1)[0].startswith("warning: labels_known: 1 row")


def test_what_ended_is_forgotten_after_a_week():
    warn(0, labels_known=1)
    warn(1)
    private = read_settings().warehouse_dir / "private"
    assert list(read_warnings(private)[1]) == ["labels_known"]
    warn(9)
    assert read_warnings(private) == ({}, {})


def test_every_warning_names_a_command_that_lists_its_rows():
    for name, check in CHECKS.items():
        if not check.is_error:
            command = "`papers status --json`" if named_query(name) is None else f"`papers query {name}`"
            assert f"{command} lists them" in sentence_of(name, 2, [("x",)])
