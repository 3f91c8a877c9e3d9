"""A page lists a paper once: what any format gives of it again is a reject, and every row is counted. Pure."""

import polars as pl

from pipeline.sources.reading import REJECTED_ROWS, Look

DAY = ("source_id", "listing_date")
PAPER = (*DAY, "arxiv_id")


def list_once(look: Look) -> Look:
    """Return what a format has parsed, with each paper once a day: the first row of it stays.

    Rejects are told apart by their lines: of one line, the first stays. PAGE_READINGS is
    counted anew.
    """
    parsed, is_first = look.parsed, pl.struct(PAPER).is_first_distinct()
    doubles = parsed.listings.filter(~is_first)
    rejects = doubles.with_columns(
        reason=pl.lit("duplicate_paper"), text=pl.concat_str("arxiv_id", "title", separator=" ", ignore_nulls=True)
    )
    listings = parsed.listings.filter(is_first)
    rejected = pl.concat([parsed.rejected, rejects.match_to_schema(REJECTED_ROWS, extra_columns="ignore")])
    rejected = rejected.unique((*DAY, "line"), keep="first", maintain_order=True)
    pages = count_rows(parsed.pages, listings, rejected)
    return look._replace(
        parsed=parsed._replace(listings=listings, rejected=rejected, pages=pages),
        sightings=look.sightings.filter(is_first),
    )


def count_rows(pages: pl.DataFrame, listings: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Return pages (PAGE_READINGS) with the numbers of their rows."""
    for name, rows in (("listing_count", listings), ("rejected_count", rejected)):
        counts = rows.group_by(DAY).agg(pl.len().cast(pl.Int32).alias(name))
        counted = pages.drop(name).join(counts, on=DAY, how="left", maintain_order="left")
        pages = counted.with_columns(pl.col(name).fill_null(0)).select(pages.columns)
    return pages.with_columns(row_count=pl.col("listing_count") + pl.col("rejected_count"))
