"""Stars that were taken back between two looks: of days that were told twice, and of no others."""

from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from pipeline.core import sql_files
from pipeline.read import query

FIRST = datetime(2026, 3, 4, 12)
YEAR = timedelta(days=366)
DAY = date(2026, 1, 1)


def tell(
    star: duckdb.DuckDBPyConnection,
    key: int,
    *counts: tuple[int, int],
    first: datetime = FIRST,
    apart: timedelta = YEAR,
) -> None:
    """Let a repository have stars at the first and at the newest look, on one day after the other."""
    star.execute(
        "insert into dim_repository by name select $key as repository_key, 'lab/' || $key as full_name, 'lab' as owner,"
        " $key::varchar as name, 'found' as status where $key not in (select repository_key from dim_repository)",
        {"key": key},
    )
    for place, (then, now) in enumerate(counts):
        star.execute(
            "insert into fct_repository_star_day by name select $key as repository_key, $day as star_date,"
            " $then as first_stars_kept_count, $first as first_observed_at, $now as stars_kept_count,"
            " $newest as observed_at",
            {
                "key": key,
                "day": DAY + timedelta(days=place + (first - FIRST).days),
                "then": then,
                "now": now,
                "first": first,
                "newest": first + apart,
            },
        )


def loss(star: duckdb.DuckDBPyConnection, columns: str = "*") -> list[tuple[Any, ...]]:
    return star.execute(f"select {columns} from mart_star_loss order by all").fetchall()


def ask(star: duckdb.DuckDBPyConnection, **parameters: str) -> list[tuple[Any, ...]]:
    text = sql_files.read_sql("queries", "stars_taken_back")
    return [row[:6] for row in query.run_query(star, text, parameters).fetchall()]


def test_what_stood_at_the_first_look_and_no_more_at_the_newest_was_taken_back(
    star: duckdb.DuckDBPyConnection,
) -> None:
    tell(star, 7, (10, 8), (0, 0), (30, 30))
    assert loss(star) == [(7, FIRST, FIRST + YEAR, 366.0, DAY, DAY + timedelta(days=2), 3, 40, 38, 2, 0.05)]


def test_of_days_that_were_looked_at_once_nothing_is_said(star: duckdb.DuckDBPyConnection) -> None:
    tell(star, 7, (10, 10), apart=timedelta(0))
    assert loss(star) == [] and ask(star, days="0", min_stars="1") == []


def test_days_that_were_looked_at_at_other_times_are_other_rows(star: duckdb.DuckDBPyConnection) -> None:
    tell(star, 7, (10, 8))
    tell(star, 7, (5, 4), first=FIRST + timedelta(days=7), apart=timedelta(hours=12))
    columns = "days_between_looks, day_count, stars_taken_back_count"
    assert loss(star, columns) == [(0.5, 1, 1), (366.0, 1, 2)]


def test_no_star_at_the_first_look_has_no_share_and_stars_that_came_back_count_below_zero(
    star: duckdb.DuckDBPyConnection,
) -> None:
    tell(star, 7, (0, 0))
    tell(star, 8, (10, 12))
    columns = "repository_key, stars_taken_back_count, taken_back_share"
    assert loss(star, columns) == [(7, 0, None), (8, -2, -0.2)]


def test_the_query_adds_stars_up_before_it_takes_a_share_and_leaves_out_looks_that_are_near_each_other(
    star: duckdb.DuckDBPyConnection,
) -> None:
    tell(star, 7, (10, 5))
    tell(star, 7, (90, 85), first=FIRST + timedelta(days=9))
    tell(star, 7, (50, 0), first=FIRST + timedelta(days=20), apart=timedelta(days=7))
    tell(star, 8, (300, 300))
    tell(star, 9, (9, 0))  # a share of nine stars says little
    assert ask(star) == [("lab/7", 100, 90, 10, 0.1, 0.025), ("lab/8", 300, 300, 0, 0.0, 0.025)]
    assert [row[0] for row in ask(star, days="1", min_stars="1")] == ["lab/9", "lab/7", "lab/8"]
