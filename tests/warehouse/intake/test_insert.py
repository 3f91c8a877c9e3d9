"""Rows that SQL refuses are put aside with the reason; all others are stored."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from duckdb import DuckDBPyConnection
from empty import empty_warehouse
from histories import broken_rules
from pages_of_rows import SIX, row

from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.sources.pages import page_url, subject_of
from pipeline.sources.registry import find_source
from pipeline.standin.arxiv import FEED, write_entry
from pipeline.standin.facts import Paper
from pipeline.warehouse import staging
from pipeline.warehouse.build import load_star
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake.bodies import Frames, read_exchanges
from pipeline.warehouse.raw import identify

SOURCE = "timlrx/daily-ai-papers"
AT = datetime(2025, 4, 1, 12, tzinfo=UTC)
IDS = [f"3105.{number:05}" for number in range(1, 6)]


@pytest.fixture
def frames() -> Frames:
    """Two pages, and the answer for the five papers on them."""
    entries = "".join(
        write_entry(
            Paper(name, "T", "A", (("Ada",),), ("cs.AI",), 1, "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"), 1
        )
        for name in IDS
    )
    feed = FEED.format(id="", title="", now="", href='"urn:x"', size=1, total=1, start=0, entries=entries)
    url = f"{page_url('http://127.0.0.1:9', find_source(SOURCE), date(2025, 3, 3))}"
    pages = [
        Exchange("archive", (subject_of(SOURCE, date(2025, 3, day)),), 1, url, "GET", 200, {}, AT, text.encode(), None)
        for day, text in ((3, SIX + row(1) + row(2)), (4, SIX + row(3) + row(4) + row(5)))
    ]
    papers = Exchange("arxiv", tuple(IDS), 1, "http://127.0.0.1:9/api", "GET", 200, {}, AT, feed.encode(), None)
    return read_exchanges(identify(exchanges_frame([*pages, papers])))


def store(folder: Path, frames: Frames) -> Warehouse:
    warehouse = empty_warehouse(folder)

    def work(connection: DuckDBPyConnection) -> None:
        staging.store(connection, frames)
        load_star(connection)

    warehouse.use(work)
    return warehouse


def spoil(frame: pl.DataFrame, place: int, column: str) -> pl.DataFrame:
    is_here = pl.int_range(pl.len()) == place
    return frame.with_columns(pl.when(~is_here).then(column).alias(column))


def ask(warehouse: Warehouse, text: str) -> list[tuple[object, ...]]:
    return warehouse.use(lambda connection: connection.execute(text).fetchall())


def test_a_row_that_a_table_refuses_costs_itself(tmp_path: Path, frames: Frames) -> None:
    warehouse = store(tmp_path, frames | {"paper": spoil(frames["paper"], 3, "title")})
    assert ask(warehouse, "select arxiv_id from staging.paper order by all") == [
        (IDS[0],),
        (IDS[1],),
        (IDS[2],),
        (IDS[4],),
    ]
    assert ask(warehouse, "select part, subject, reason from staging.put_aside") == [
        ("paper", IDS[3], "Constraint Error: NOT NULL constraint failed: paper.title")
    ]
    assert ask(warehouse, "select arxiv_id from dim_paper where status = 'pending'") == [(IDS[3],)]
    assert broken_rules(warehouse) == {}


@pytest.mark.parametrize(("table", "column"), [("listing", "title"), ("listing", "authors"), ("page", "row_count")])
def test_a_page_with_a_row_that_a_table_refuses_has_failed_as_a_whole(
    tmp_path: Path, frames: Frames, table: str, column: str
) -> None:
    place = 1 if table == "page" else 3
    warehouse = store(tmp_path, frames | {table: spoil(frames[table], place, column)})
    found = ask(warehouse, "select listing_date, outcome, listing_count, reason from fct_source_day order by all")
    assert [day[:3] for day in found] == [(date(2025, 3, 3), "published", 2), (date(2025, 3, 4), "failed", 0)]
    assert f"NOT NULL constraint failed: {table}.{column}" in str(found[1][3])
    assert ask(warehouse, "select part, subject from staging.put_aside") == [(table, f"{SOURCE}/2025-03-04")]
    assert ask(warehouse, "select count(*) from staging.listing") == [(2,)]
    assert broken_rules(warehouse) == {}


def test_several_rows_of_several_tables_cost_themselves(tmp_path: Path, frames: Frames) -> None:
    paper = spoil(spoil(frames["paper"], 0, "title"), 4, "authors")
    warehouse = store(tmp_path, frames | {"paper": paper, "attempt": spoil(frames["attempt"], 2, "outcome")})
    assert ask(warehouse, "select part, subject from staging.put_aside order by all") == [
        ("attempt", IDS[2]),
        ("paper", IDS[0]),
        ("paper", IDS[4]),
    ]
    assert ask(warehouse, "select count(*) from staging.attempt") == [(4,)]
    assert broken_rules(warehouse) == {}
