"""Frames and staging tables hold one contract: the same columns and types, and null where the other may be null."""

import random
from collections import defaultdict
from typing import Any

import duckdb
import polars as pl
import pytest
from spoilt import Spoiler

from pipeline.http.exchange import exchanges_frame
from pipeline.sources import registry
from pipeline.warehouse.build import load_star
from pipeline.warehouse.checks import CHECKS
from pipeline.warehouse.intake.aside import note, put_aside
from pipeline.warehouse.intake.bodies import STAGED, Frames, merge, read_exchanges
from pipeline.warehouse.raw import identify
from pipeline.warehouse.staging import EARLIEST, LATEST, insert_all, leave_out_stored

ANSWERS = 1600
COMPUTED = {
    "listing": {"listing_key", "paper_key"},
    "sighting": {"listing_key"},
    "witness": {"listing_key"},
}  # by SQL, on the way in
ELSEWHERE = {"listing": {"links"}}  # in a table of their own
# What an outcome or a status says of: these are null with some, and never with others.
IMPLIED = {
    "document": {"sha256", "outcome", "reason"},
    "page": {"reason", "blob_sha"},
    "witness": {"kind", "target", "reason"},
    "repository": {"repository_id", "full_name", "owner", "name", "method"},
    "hub_resource": {"hub_id", "hub_name"},
    "put_aside": {"exchange_id"},
}
TYPES = {
    pl.String: "VARCHAR",
    pl.Date: "DATE",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.Boolean: "BOOLEAN",
    pl.Datetime: "TIMESTAMP",
}


@pytest.fixture(scope="module")
def frames() -> Frames:
    """What answers of any kind say, and a page and a row that were put aside."""
    answers = [answer for answer in Spoiler(99).answers(ANSWERS) if EARLIEST <= answer.fetched_at < LATEST]
    exchanges = identify(exchanges_frame(answers))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "SOURCES", registry.OURS)
        return read_with_some_aside(exchanges)


def read_with_some_aside(exchanges: pl.DataFrame) -> Frames:
    page = exchanges.filter(pl.col("body").is_not_null(), service="archive").row(0, named=True)
    aside = [put_aside(page, "no"), note(None, "listing", "a/b", "no")]
    return merge([read_exchanges(exchanges.filter(pl.col("exchange_id") != page["exchange_id"])), *aside])


def sql_columns(star: duckdb.DuckDBPyConnection, table: str) -> dict[str, tuple[str, bool]]:
    """Return type and nullability of the columns of a staging table."""
    found = star.execute(
        "select column_name, data_type, is_nullable from duckdb_columns() where database_name = 'staging' "
        "and table_name = ?",
        [table],
    ).fetchall()
    return {name: (kind, nullable) for name, kind, nullable in found}


def sql_type(dtype: Any) -> str:
    if isinstance(dtype, pl.List):
        return f"{sql_type(pl.Series(dtype=dtype).explode().dtype)}[]"
    if isinstance(dtype, pl.Struct):
        return f"STRUCT({', '.join(f'{field.name} {sql_type(field.dtype)}' for field in dtype.fields)})"
    return TYPES[dtype.base_type()]


@pytest.mark.parametrize("table", STAGED)
def test_a_frame_has_the_columns_and_types_of_its_table(star: duckdb.DuckDBPyConnection, table: str) -> None:
    columns = {name: kind.replace('"', "") for name, (kind, _) in sql_columns(star, table).items()}
    frame = {name: sql_type(dtype) for name, dtype in STAGED[table].items() if name not in ELSEWHERE.get(table, ())}
    assert frame == {name: kind for name, kind in columns.items() if name not in COMPUTED.get(table, ())}


@pytest.mark.parametrize("table", STAGED)
def test_a_column_is_null_in_answers_of_any_kind_if_and_only_if_its_table_allows_it(
    star: duckdb.DuckDBPyConnection, frames: Frames, table: str
) -> None:
    seen = {name for name in STAGED[table] if frames[table][name].null_count()} - ELSEWHERE.get(table, set())
    allowed = {name for name, (_, nullable) in sql_columns(star, table).items() if nullable}
    assert seen == allowed


@pytest.mark.parametrize("seed", range(3))
def test_every_column_of_staging_that_may_be_null_may_be_null_in_the_star(
    star: duckdb.DuckDBPyConnection, frames: Frames, seed: int
) -> None:
    chance = random.Random(seed)
    sparse: dict[str, pl.DataFrame] = {}
    nulled: defaultdict[str, set[str]] = defaultdict(set)
    for table in frames:
        frame = frames[table]
        nullable = {name for name, (_, is_nullable) in sql_columns(star, table).items() if is_nullable}
        for name in sorted(nullable - IMPLIED.get(table, set())):
            kept = pl.Series([chance.random() < 0.6 for _ in range(frame.height)], dtype=pl.Boolean)
            frame = frame.with_columns(pl.when(kept).then(name).alias(name))
            nulled[table].add(name)
        sparse[table] = frame
    assert sum(map(len, nulled.values())) > 25
    insert_all(star, *leave_out_stored(star, sparse))
    load_star(star)
    broken = {name: star.execute(check.query).fetchall() for name, check in CHECKS.items() if check.is_error}
    assert {name: rows for name, rows in broken.items() if rows} == {}
