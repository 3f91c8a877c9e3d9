"""Why hosts may write at the same time: locks, and what happens without them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from archive_days import answer_day
from hosts import Lake, fingerprints, finish, work

from pipeline.core.errors import WarehouseError
from pipeline.http.exchange import Exchange
from pipeline.lake.catalog import connect_lake, find_tagged
from pipeline.sources.pages import subject_of
from pipeline.warehouse.folder import Warehouse

DAY = date(2025, 3, 13)
SOURCE = "timlrx/daily-ai-papers"
ROWS = 100
PAGE = "\n".join(
    [
        "## Papers for 2025-03-13",
        "| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |",
        "|---|---|---|---|---|---|",
        *(
            f"| [Paper {n}](https://arxiv.org/abs/2503.{n:05}) | A. Nobody | One. | ['Other'] | N/A | N/A |"
            for n in range(1, ROWS + 1)
        ),
    ]
)


def answer(second: int) -> Exchange:
    at = datetime(2025, 3, 14, 0, 0, second, tzinfo=UTC)
    subject = (subject_of(SOURCE, DAY),)
    return Exchange("archive", subject, 1, "http://127.0.0.1:9", "GET", 200, {}, at, PAGE.encode(), None)


@pytest.mark.parametrize(("what", "is_locked"), [("crowd", True), ("crowd-without-lock", False)])
def test_the_same_new_day_of_four_writers_is_there_once_and_without_the_lock_it_is_not(
    what: str, is_locked: bool, lake: Lake, tmp_path: Path
) -> None:
    warehouse = lake.warehouse()
    warehouse.refresh()
    for second in range(4):  # each host has fetched the same page for itself
        warehouse.raw.store(answer(second))
    (tmp_path / "met").mkdir()
    names = [path.as_posix() for path in warehouse.raw.files()]
    for host in [work(lake.host(), what, str(tmp_path / "met"), name) for name in names]:
        finish(host)
    listings = lake.ask("select count(*), count(distinct listing_key) from staging.listing")[0]
    assert listings[1] == ROWS
    if is_locked:
        assert listings[0] == ROWS
        warehouse.refresh()
        assert warehouse.use(fingerprints)["fct_listing"][0] == ROWS
    else:
        assert listings[0] > ROWS


def test_two_loaders_at_once_load_the_star_of_one(lake: Lake, archives: Path, tmp_path: Path) -> None:
    days = [list(answer_day(archives, DAY + timedelta(days=n))) for n in range(12)]
    alone, store = Warehouse(tmp_path / "alone"), lake.warehouse().raw
    for day in days:
        alone.raw.store(*day)
        store.store(*day)
    alone.refresh()
    for host in [work(lake.host(), "load") for _ in range(3)]:
        finish(host)
    assert lake.ask("select count(*) from staging.raw_file") == [(len(days),)]
    assert lake.warehouse().use(fingerprints) == alone.use(fingerprints)


def test_hosts_ask_at_one_pace_whatever_their_clocks_say(lake: Lake) -> None:
    lake.warehouse().use(lambda connection: None)
    for host in (hosts := [work(lake.host(), "pace", "3") for _ in range(3)]):
        host.wait(120)
    moments = sorted(float(line) for host in hosts for line in finish(host).split())
    assert len(moments) == 9
    assert min(after - before for before, after in pairwise(moments)) >= 0.5


def test_a_lake_of_other_code_is_left_alone_until_somebody_rebuilds_it(lake: Lake) -> None:
    warehouse = lake.warehouse()
    warehouse.raw.store(answer(0))
    warehouse.refresh()
    warehouse.publish()
    readers = warehouse.use(find_tagged)
    lake.tell("update papers_state.built set fingerprint = 'another'")
    with pytest.raises(WarehouseError, match="built by another version"):
        lake.warehouse().load_raw()
    rebuilding = lake.warehouse()
    rebuilding.rebuild()
    assert rebuilding.use(fingerprints)["fct_listing"][0] == ROWS
    assert readers is not None and (rebuilding.use(find_tagged) or 0) > readers
    # Who reads the version of before still does.
    with connect_lake(warehouse.catalog, warehouse.store.url, lake.folder / "spill", readers) as reader:
        assert fingerprints(reader)["fct_listing"][0] == ROWS
