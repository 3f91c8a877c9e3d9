"""A day by the calendar of each source: a list may grow until its day ends, and nobody waits for what has ended."""

from datetime import UTC, date, datetime

from pipeline.defs.day_summary import (
    count_days,
    describe_documents,
    describe_listings,
    describe_range,
    describe_unasked,
)
from pipeline.sources.registry import OURS
from pipeline.sources.stored import Stored

LIST, ENDED, LIVE = "huggingface/daily-papers", "gabrielchua/daily-ai-papers", "joe0731/hf_paper_watch_dog"
SOURCES = [source for source in OURS if source.source_id in (LIST, ENDED, LIVE)]
FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)
NOON, NIGHT = datetime(2026, 11, 27, 12, 45, tzinfo=UTC), datetime(2026, 11, 28, 2, 45, tzinfo=UTC)


def row(source_id: str, day: date, outcome: str = "published", listings: int = 23) -> dict[str, object]:
    known = {"source_id": source_id, "listing_date": day, "outcome": outcome, "listing_count": listings}
    return known | {"rejected_count": 0, "sha256": None, "reason": None, "correction_failure": None}


def test_days_that_failed_are_counted_by_source():
    assert count_days({(FRIDAY, LIVE)}) == "1 day"
    assert count_days({(FRIDAY, LIVE), (SATURDAY, LIVE)}) == "2 days"
    assert count_days({(FRIDAY, LIVE), (FRIDAY, f"{LIVE}/json")}) == "1 day"  # two documents of a day
    assert count_days({(day, source) for day in (FRIDAY, SATURDAY) for source in (LIVE, LIST)}) == "4 days of 2 sources"


def test_a_list_may_grow_until_its_day_ends_in_new_york():
    then = describe_listings(SOURCES, FRIDAY, [row(LIST, FRIDAY)], NOON)
    assert then[LIST] == "published: 23 listings, 0 rejected rows; more may come until 2026-11-28 02:30 UTC"
    assert describe_listings(SOURCES, FRIDAY, [row(LIST, FRIDAY)], NIGHT)[LIST].endswith("0 rejected rows")


def test_a_day_with_one_paper_and_one_rejected_row_says_so_in_the_singular():
    one = row(LIVE, FRIDAY, listings=1) | {"rejected_count": 1}
    assert describe_listings(SOURCES, FRIDAY, [one], NIGHT)[LIVE] == "published: 1 listing, 1 rejected row"


def test_a_day_that_has_not_begun_in_new_york_says_when_it_does():
    early = datetime(2026, 11, 27, 1, tzinfo=UTC)
    said = describe_listings(SOURCES, FRIDAY, [], early)[LIST]
    assert said == "not there yet: the day has not begun: by its clock it begins at 2026-11-27 02:30 UTC"


def test_at_noon_a_source_that_has_ended_is_not_waited_for_and_a_living_one_is():
    said = describe_listings(SOURCES, FRIDAY, [], NOON)
    assert said[ENDED].startswith("not there yet: not asked: its last page is from 2025-10-30")
    assert said[LIVE] == "not there yet: no page yet; it may still come until midnight UTC"


def test_on_a_saturday_no_page_is_expected():
    said = describe_listings(SOURCES, SATURDAY, [], datetime(2026, 11, 28, 12, tzinfo=UTC))
    assert said[LIVE].startswith("not there yet: none expected on a Saturday")


def test_a_stored_day_of_a_list_says_when_it_is_due_again():
    looked = Stored({(LIST, FRIDAY): "published"}, looked_at={(LIST, FRIDAY): NIGHT})
    said = describe_documents(SOURCES, FRIDAY, {}, looked, NIGHT)[LIST]
    assert said == "not asked: already published, and due for another look from 2026-12-05 02:30 UTC"
    settled = Stored({(LIST, FRIDAY): "published"}, looked_at={(LIST, FRIDAY): datetime(2026, 12, 12, 3, tzinfo=UTC)})
    assert describe_documents(SOURCES, FRIDAY, {}, settled, NIGHT)[LIST].endswith("settled since")


def test_days_of_a_list_that_are_held_and_not_due_are_told_in_a_sentence():
    ended, settled = NIGHT, datetime(2026, 12, 12, 3, tzinfo=UTC)

    def told(now: datetime, **looks: datetime) -> list[str]:
        days = [date.fromisoformat(name.removeprefix("d").replace("_", "-")) for name in looks]
        held = Stored(
            {(LIST, day): "published" for day in days},
            looked_at=dict(zip([(LIST, day) for day in days], looks.values(), strict=True)),
        )
        return describe_unasked(SOURCES, [*days, date(2026, 11, 30)], held, now)

    later = datetime(2026, 12, 14, tzinfo=UTC)
    assert told(later, d2026_11_27=settled) == [f"{LIST}: 2026-11-27 has settled, and is not asked again"]
    assert told(later, d2026_11_26=settled, d2026_11_27=settled) == [
        f"{LIST}: 2 days have settled, and are not asked again"
    ]
    assert told(ended, d2026_11_27=ended) == [
        f"{LIST}: 2026-11-27 is not due for another look before 2026-12-05 02:30 UTC"
    ]
    assert told(NIGHT, d2026_11_26=ended, d2026_11_27=ended) == [
        f"{LIST}: 2 days are not due for another look before 2026-12-04 02:30 UTC"
    ]
    assert told(datetime(2026, 12, 6, tzinfo=UTC), d2026_11_27=ended) == []  # it is due
    assert told(NOON) == []


def test_a_day_that_failed_is_none_that_is_held():
    failed = Stored(
        {(LIST, FRIDAY): "published"}, failed=frozenset([(LIST, FRIDAY)]), looked_at={(LIST, FRIDAY): NIGHT}
    )
    assert describe_unasked(SOURCES, [FRIDAY], failed, NIGHT) == []


def test_a_run_over_a_day_says_of_each_source_what_happened_and_over_a_range_counts_days():
    told = describe_range(SOURCES, [FRIDAY], {FRIDAY: [row(LIST, FRIDAY)]}, NOON)
    assert list(told) == [source.source_id for source in SOURCES]
    assert told[LIST].startswith("23 listings")
    days = [date(2026, 11, 26), FRIDAY, SATURDAY]
    rows = {day: [row(LIST, day), row(LIVE, day, "absent", 0)] for day in days[:2]}
    told = describe_range(SOURCES, days, rows, NIGHT)
    assert told[LIST] == "46 listings; days: 2 with papers, 1 not there yet"
    assert told[LIVE] == "0 listings; days: 1 not there yet, 2 without a page"
    assert told[ENDED] == "0 listings; days: 1 not there yet, 2 not asked"
    assert (
        describe_range(SOURCES, [date(2023, 5, 3)], {}, NIGHT)[LIST] == "not asked: its first page is from 2023-05-04"
    )
