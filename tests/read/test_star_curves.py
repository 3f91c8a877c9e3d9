"""Curves of stars since a listing: only where every day is told, never a zero for what is not known."""

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

LISTED = date(2026, 3, 4)


def tell(
    star: duckdb.DuckDBPyConnection, first: int, last: int, created: int = -400, without: int | None = None
) -> None:
    """Let one repository have 3 stars a day before its listing and 10 from then on, on the days that are told."""
    at = LISTED + timedelta(days=created)
    star.execute(
        "insert into dim_repository by name select 7 as repository_key, 'a/b' as full_name, 'a' as owner, 'b' as name,"
        " 'found' as status, ? as first_listed_date, ? as created_at",
        [LISTED, at],
    )
    for place in range(first, last + 1):
        if place != without:
            stars, at = 3 if place < 0 else 10, LISTED + timedelta(days=last + 1)
            row = [7, LISTED + timedelta(days=place), stars, at, stars, at]
            star.execute("insert into fct_repository_star_day values (?, ?, ?, ?, ?, ?)", row)


def effect(star: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    counts = "columns('stars_kept_(7|30|90)_.*'), last_told_date"
    return star.execute(f"select {counts} from mart_listing_effect").fetchall()


def curve(star: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    columns = "days_since_listing, stars_kept_count, stars_kept_since_count"
    return star.execute(f"select {columns} from mart_star_curve order by star_date").fetchall()


def test_a_whole_history_has_the_days_before_and_after_and_stars_a_day(star: duckdb.DuckDBPyConnection) -> None:
    tell(star, -60, 120)
    assert effect(star) == [(21, 70, 300, 900, LISTED + timedelta(days=89))]
    rates = "select columns('per_day') from mart_listing_effect"
    assert star.execute(rates).fetchall() == [(3.0, 10.0, 10.0)]
    told = curve(star)
    assert [row[0] for row in told] == list(range(-30, 90))
    assert told[29] == (-1, 3, None) and told[30] == (0, 10, 10) and told[-1] == (89, 10, 900)


def test_what_is_not_over_is_null_and_the_curve_ends_with_the_last_day_told(star: duckdb.DuckDBPyConnection) -> None:
    tell(star, -30, 28)
    assert effect(star) == [(21, 70, None, None, LISTED + timedelta(days=28))]
    assert curve(star)[-1] == (28, 10, 290)


@pytest.mark.parametrize("without", [-29, -1, 0, 45])
def test_a_day_that_is_not_told_leaves_no_curve(star: duckdb.DuckDBPyConnection, without: int) -> None:
    tell(star, -30, 120, without=without)
    assert effect(star) == curve(star) == []


@pytest.mark.parametrize(("first", "last"), [(-20, 120), (1, 120), (-30, -1)])
def test_a_history_that_does_not_reach_around_the_listing_leaves_no_curve(
    star: duckdb.DuckDBPyConnection, first: int, last: int
) -> None:
    tell(star, first, last)
    assert effect(star) == curve(star) == []


def test_a_repository_younger_than_a_week_has_no_week_before(star: duckdb.DuckDBPyConnection) -> None:
    tell(star, -8, 120, created=-6)  # GitHub begins with the Sunday of the week in which it was created
    assert effect(star)[0][:2] == (None, 70)
    assert star.execute("select stars_kept_per_day_before from mart_listing_effect").fetchall() == [(None,)]
