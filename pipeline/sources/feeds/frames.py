"""Entries of JSON lists as the frames that pages give: LISTINGS, REJECTED_ROWS, PAGE_READINGS. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from pipeline.sources.feeds.entries import show_entry
from pipeline.sources.layouts.links.cells import gather_links
from pipeline.sources.reading import EXPECTED, LISTINGS, PAGE_READINGS, REJECTED_ROWS, Parsed

LINKS = pl.Schema({"row": pl.UInt32, "column_name": pl.String, "url": pl.String})
CELLS = pl.Schema(
    {name: LISTINGS[name] for name in ("line", "arxiv_id", "title", "summary", "authors", "tasks", "extra")}
)
ROWS = pl.Schema({"page": pl.UInt32, "reason": pl.String, "text": pl.String, **CELLS})
COUNTS = ("row_count", "listing_count", "rejected_count")


@dataclass(frozen=True)
class Row:
    """An entry of a page: a listing, or, with a reason, a rejected row."""

    line: int  # from 1: its place on the page, and its position
    reason: str | None
    text: str | None  # as written, where it is rejected
    arxiv_id: str | None
    title: str | None
    summary: str | None = None
    authors: list[str] = field(default_factory=list[str])
    tasks: list[str] = field(default_factory=list[str])
    links: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])  # column and address
    extra: str | None = None  # a JSON object


def write_extra(values: dict[str, object]) -> str | None:
    """Return as JSON what has no column of its own; what is null or empty is left out, and null where all is."""
    said = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    return show_entry(said) if said else None


def shape_rows(
    pages: pl.DataFrame, rows: Sequence[Sequence[Row]], unknown: Sequence[list[str]], columns: Sequence[str]
) -> Parsed:
    """Return the rows of each page (PAGES) as frames.

    `unknown`: the keys of each page that nobody knows; `columns`: those of EXPECTED that the list has.
    """
    flat = [(page, row) for page, of_page in enumerate(rows) for row in of_page]
    cells = {
        "page": [page for page, _ in flat],
        **{name: [getattr(row, name) for _, row in flat] for name in (*CELLS, "reason", "text")},
    }
    frame = pl.DataFrame(cells, schema=ROWS).with_row_index("row").with_columns(position=pl.col("line"))
    links = [(at, column, url) for at, (_, row) in enumerate(flat) for column, url in row.links]
    of_row = gather_links(pl.DataFrame(links, schema=LINKS, orient="row"))
    days = pages.with_row_index("page").drop("text")
    frame = frame.join(of_row, on="row", how="left", maintain_order="left")
    frame = frame.join(days, on="page", how="left", maintain_order="left").with_columns(pl.col("links").fill_null([]))
    return Parsed(
        frame.filter(pl.col("reason").is_null()).match_to_schema(LISTINGS, extra_columns="ignore"),
        frame.filter(pl.col("reason").is_not_null()).match_to_schema(REJECTED_ROWS, extra_columns="ignore"),
        count_entries(pages, frame, unknown, [name for name in EXPECTED if name not in columns]),
    )


def count_entries(
    pages: pl.DataFrame, rows: pl.DataFrame, unknown: Sequence[list[str]], missing: list[str]
) -> pl.DataFrame:
    """Return PAGE_READINGS: one row per page, in order; a JSON list has neither heading nor header."""
    counts = rows.group_by("page").agg(
        row_count=pl.len().cast(pl.Int32),
        listing_count=pl.col("reason").is_null().sum().cast(pl.Int32),
        rejected_count=pl.col("reason").is_not_null().sum().cast(pl.Int32),
    )
    columns = {
        "heading_date": pl.lit(None, pl.Date),
        "header": pl.lit(None, pl.String),
        "unknown_columns": pl.Series(unknown, dtype=pl.List(pl.String)),
        "missing_columns": pl.lit(missing, pl.List(pl.String)),
    }
    counted = pages.with_row_index("page").join(counts, on="page", how="left", maintain_order="left")
    counted = counted.with_columns(pl.col(COUNTS).fill_null(0), **columns)
    return counted.match_to_schema(PAGE_READINGS, extra_columns="ignore")
