"""Why a page as a whole is refused, in words for a person. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.sources.markup.texts import excerpt, printable

PAGE = ("document_id", "listing_date")
COLUMNS_NAMED = 12
HEADERS_NAMED = 3
HEADER_LENGTH = 300  # characters


def explain_refusals(pages: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Add to PAGE_READINGS `refusal`: why the page is refused; null if it is not.

    Both frames have document_id for source_id, and may have further columns. A page is refused if more of
    its rows were rejected (REJECTED_ROWS) than read, or if no table lists papers.
    """
    refused = pages.filter(
        (pl.col("rejected_count") > pl.col("listing_count"))
        | ((pl.col("row_count") == 0) & pl.col("missing_columns").list.contains("title"))
    )
    counts = rejected.group_by(*PAGE, "reason").len().sort("len", "reason", descending=[True, False])
    reasons = {(row[0], row[1]): row[2] for row in counts.group_by(PAGE).agg(pl.struct("len", "reason")).iter_rows()}
    texts = [
        describe_refusal(page, reasons.get((page["document_id"], page["listing_date"]), []))
        for page in refused.iter_rows(named=True)
    ]
    refusals = refused.select(*PAGE, refusal=pl.Series(texts, dtype=pl.String))
    return pages.join(refusals, on=PAGE, how="left", maintain_order="left")


def describe_refusal(page: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]]) -> str:
    """Say how many rows were rejected and for which reasons, which columns are unknown, and what the headers are."""
    names: list[str] = page["unknown_columns"]
    columns = ", ".join(excerpt(name) for name in names[:COLUMNS_NAMED])
    more = f" and {len(names) - COLUMNS_NAMED} more" if len(names) > COLUMNS_NAMED else ""
    counts = ", ".join(f"{each['len']} {each['reason']}" for each in reasons)
    headers = str(page["header"] or "").split("\n")[:HEADERS_NAMED]
    parts = [
        f"{page['rejected_count']} of {page['row_count']} rows cannot be read: {counts}"
        if reasons
        else "no table of papers",
        f"unknown columns: {columns}{more}" if names else "",
        describe_headers(headers),
    ]
    return "; ".join(part for part in parts if part)


def describe_headers(headers: Sequence[str]) -> str:
    """Say what stands above the rows: the header of a table, or the first headings of sections; nothing in JSON."""
    shown = [printable(header[:HEADER_LENGTH]) for header in headers if header]
    if not shown:
        return ""
    what = "its first headings are" if shown[0].startswith("#") else "the table's header is"
    return f"{what}: {' and '.join(shown)}"
