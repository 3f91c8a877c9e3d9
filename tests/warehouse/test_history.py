"""Incremental and full are the same: in whatever order answers arrive, the star is that of a rebuild."""

import random
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from archive_days import answer_day
from effort import tries
from empty import empty_warehouse
from expectations import expected_days, found_days, found_repositories, replaced
from histories import broken_rules, content_hashes, differences, histories, star
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st

from pipeline.http.exchange import Exchange
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.stored import read_bodies

WORLDS = 5  # histories in one warehouse: loading five costs as much as loading one
LISTING_DATE, PAPER_KEY = 2, 4  # places in a row of fct_listing
SLOW_AND_LARGE = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
]
MAKE_NO_SMALLER = [Phase.explicit, Phase.reuse, Phase.generate]  # shrinking would take an hour


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")  # that a failing history is a long text
@pytest.mark.parametrize("lot", range(tries(1, 14)))  # so that all cores have some
def test_any_order_of_arrival_gives_the_star_of_a_rebuild(lot: int):
    (with_seed(lot)(check_any_order) if settings().derandomize else check_any_order)()


@settings(max_examples=tries(4, 15), deadline=None, suppress_health_check=SLOW_AND_LARGE, phases=MAKE_NO_SMALLER)
@given(worlds=st.tuples(*map(histories, range(WORLDS))), seed=st.integers(0, 2**32 - 1))
def check_any_order(worlds: tuple[list[list[Exchange]], ...], seed: int) -> None:
    """Many warehouses of five histories each."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        lived, anew, other, merged = (
            empty_warehouse(Path(folder) / name) for name in ("lived", "anew", "other", "merged")
        )
        with lived.open(), anew.open(), other.open(), merged.open():
            runs = [shuffled(chain.from_iterable(same_time), chance) for same_time in zip(*worlds, strict=True)]
            live(lived, runs)
            assert broken_rules(lived) == {}
            copy_raw(lived, anew)
            anew.refresh()
            expected, warned = star(anew), rows_that_break(anew)
            assert differences(star(lived), expected) == {}
            assert rows_that_break(lived) == warned
            answers = shuffled(chain.from_iterable(runs), chance)
            assert_as_expected(lived, answers)
            live(other, [answers[: len(answers) // 2], answers[len(answers) // 2 :]])
            assert differences(star(other), expected) == {}
            assert rows_that_break(other) == warned
            live_apart(merged, answers, Path(folder) / "second", chance)
            assert differences(star(merged), expected) == {}


def rows_that_break(warehouse: Warehouse) -> dict[str, list[str]]:
    """The rows of each check, which have no order."""
    return {name: sorted(map(repr, rows)) for name, rows in warehouse.check().items()}


def assert_as_expected(warehouse: Warehouse, answers: list[Exchange]) -> None:
    """The star says of days and repositories what a plain reading of all answers says."""
    assert found_days(warehouse) == expected_days(answers)
    successors = replaced(answers)
    for number, (status, by) in found_repositories(warehouse).items():
        assert by == successors[number]
        assert status == "not_found" or by is None


def live_apart(warehouse: Warehouse, answers: list[Exchange], second: Path, chance: random.Random) -> None:
    """Two machines hear of different things, and of some of the same; then one gets the raw files of the other."""
    other = empty_warehouse(second)
    cuts = sorted(chance.randint(0, len(answers)) for _ in range(2))
    with other.open():
        live(other, [answers[: cuts[1]], []])
    live(warehouse, [answers[cuts[0] :]])
    copy_raw(other, warehouse)
    warehouse.refresh()


def copy_raw(source: Warehouse, target: Warehouse) -> None:
    source.raw.folder.mkdir(exist_ok=True)  # the first answer makes it, and there may be none
    shutil.copytree(source.raw.folder, target.raw.folder, dirs_exist_ok=True)


def shuffled(answers: Iterable[Exchange], chance: random.Random) -> list[Exchange]:
    listed = list(answers)
    return chance.sample(listed, len(listed))


def live(warehouse: Warehouse, runs: list[list[Exchange]]) -> None:
    """Do a run after the other: what comes is kept, the star is brought up to date, and every second run is bundled."""
    for number, answers in enumerate(runs):
        known = read_bodies(warehouse)
        for exchange in answers:
            warehouse.raw.store(exchange, known=known)
        warehouse.refresh()
        if number % 2:
            warehouse.raw.bundle()


def hashes(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    return warehouse.use(content_hashes)


@pytest.fixture
def real_days(archives: Path) -> list[list[Exchange]]:
    """Every day of the real archives as the answers of one run: its pages, and what is invented of its papers."""
    first, last = date(2025, 3, 3), date(2025, 4, 18)
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    return [list(answer_day(archives, day)) for day in days]


def load_in_order(folder: Path, days: list[list[Exchange]], runs: int) -> Warehouse:
    """Load days in the order given, in so many runs."""
    warehouse = empty_warehouse(folder)
    size = -(-len(days) // runs)
    for number in range(0, len(days), size):
        for answers in days[number : number + size]:
            warehouse.raw.store(*answers)
        warehouse.refresh()
        warehouse.raw.bundle()
    warehouse.refresh()
    return warehouse


def test_a_real_range_has_one_content_in_any_order_and_rebuilt(real_days, tmp_path):
    forwards = load_in_order(tmp_path / "forwards", real_days, 6)
    expected = hashes(forwards)
    assert expected["fct_listing"][0] > 500
    assert hashes(load_in_order(tmp_path / "backwards", real_days[::-1], 6)) == expected
    at_random = random.Random(4).sample(real_days, len(real_days))
    assert hashes(load_in_order(tmp_path / "at random", at_random, 6)) == expected
    assert hashes(load_in_order(tmp_path / "at once", real_days, 1)) == expected
    forwards.rebuild()
    assert hashes(forwards) == expected


def test_the_same_real_range_again_changes_no_row_and_publishes_nothing(real_days, tmp_path):
    warehouse = load_in_order(tmp_path, real_days, 1)
    warehouse.publish()
    before, generation = hashes(warehouse), warehouse.published.resolve()
    later = [[replace(answer, fetched_at=answer.fetched_at + timedelta(days=9)) for answer in day] for day in real_days]
    for answers in later:
        warehouse.raw.store(*answers, known=read_bodies(warehouse))
    warehouse.refresh()
    warehouse.raw.bundle()
    warehouse.load_raw()
    assert hashes(warehouse) == before
    assert warehouse.publish() is None
    assert warehouse.published.resolve() == generation


def test_a_changed_page_in_the_middle_changes_that_day_and_first_listings_only(real_days, tmp_path):
    warehouse = load_in_order(tmp_path, real_days, 1)
    before = star(warehouse)
    page = next(answer for answer in real_days[len(real_days) // 2] if answer.body)
    assert page.body
    lines = page.body.decode().splitlines(keepends=True)
    corrected = "".join(lines[:-1]).encode()  # the last paper of the page is taken back
    warehouse.raw.store(replace(page, body=corrected, fetched_at=page.fetched_at + timedelta(days=9)))
    warehouse.refresh()
    after = star(warehouse)
    day = date.fromisoformat(page.asked[0].rpartition("/")[2])
    assert [row[1] for row in set(before["fct_source_day"]) ^ set(after["fct_source_day"])] == [day, day]
    kept_keys = {row[0] for row in after["fct_listing"]}
    taken_back = [row for row in before["fct_listing"] if row[0] not in kept_keys]
    assert [row[LISTING_DATE] for row in taken_back] == [day]
    touched = set(before["fct_listing"]) ^ set(after["fct_listing"])
    assert {row[PAPER_KEY] for row in touched} == {taken_back[0][PAPER_KEY]}
    for table in ("bridge_listing_author", "bridge_listing_task", "bridge_listing_repository", "rejected_link"):
        assert {row[0] for row in set(before[table]) ^ set(after[table])} <= {taken_back[0][0]}
    assert broken_rules(warehouse) == {}
