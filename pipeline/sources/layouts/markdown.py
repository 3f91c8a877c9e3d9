"""Parse the pages of days into frames. Pure: knows neither HTTP nor DuckDB.

A page is a heading and pipe tables. What a column means is read from its header, so a source with other columns needs
no change here. Every row of a page ends in `listings` or in `rejected`; none is lost, none is guessed.
"""

import json
import re
from collections.abc import Sequence

import polars as pl

from pipeline.core.errors import PageError
from pipeline.sources.layouts.cells import cell, split_rows
from pipeline.sources.layouts.headers import ESCAPED_PIPE, ROLES, Layout, layout_frame
from pipeline.sources.layouts.links.cells import read_links
from pipeline.sources.layouts.names import ODD_AUTHORS, ODD_LABELS, read_authors, read_labels, split_cells
from pipeline.sources.layouts.papers import AFTER_READ_MORE, find_ids
from pipeline.sources.layouts.rows import LINKED
from pipeline.sources.layouts.tables import Table, find_tables, is_cut
from pipeline.sources.layouts.titles import clean_titles, find_title_faults
from pipeline.sources.markup.bodies import limit_lines, single
from pipeline.sources.markup.texts import excerpt, squeeze
from pipeline.sources.reading import EXPECTED, LISTINGS, PAGE_READINGS, REJECTED_ROWS, Look, Page, Parsed

REASONS = (
    "unknown_layout",  # the table has no title column, or no paper in it
    "repeated_header",  # the header again, among the rows
    "stray_separator",  # |---|---| among the rows
    "open_end",  # its end, and so what belongs to it, is ambiguous
    "too_few_cells",
    "too_many_cells",  # and no summary column that could take the surplus
    "two_papers",  # it links to two papers, and none of the links says "read more"
    "no_arxiv_id",  # neither an arXiv nor a Hugging Face papers link in title or link cell
    "broken_title",  # its link lacks an end or may not be it, the row its first line, or it is a paragraph
    "no_title",
    "duplicate_paper",  # listed higher up on the same page
)

SEPARATOR = r"^[|: \t-]*-[|: \t-]*$"  # of a line that has a pipe
HEADING = r"(?mi)^#{1,6}[ \t]+Papers for[ \t]+([0-9]{4}-[0-9]{2}-[0-9]{2})"
ROWS = pl.Schema(
    {
        "page": pl.UInt32,
        "layout": pl.UInt32,
        "line": pl.Int32,
        "text": pl.String,
        "closes": pl.Boolean,  # it ends with a pipe
        "rootless": pl.Boolean,  # it lacks the pipe that the header has in front
        "unclear": pl.Boolean,  # its end is ambiguous
        "foreign": pl.Boolean,  # of a table that lists no papers, on a page where none does
    }
)

HEADERS = pl.Schema({name: PAGE_READINGS[name] for name in ("header", "unknown_columns", "missing_columns")})


class PipeTables:
    """The format of pages whose papers stand in pipe tables."""

    def read(self, bodies: Sequence[bytes], *, whole: bool) -> Page:
        """Return the page; its tables are what was found. Raises PageError."""
        return read_page(single(bodies), whole=whole)

    def parse(self, pages: pl.DataFrame, found: Sequence[list[Table]] | None = None) -> Look:
        """Return what pages (PAGES) list. Raises nothing."""
        return Look(parse_pages(pages, found))


PIPE_TABLES = PipeTables()


def read_page(body: bytes, *, whole: bool = False) -> Page:
    """Decode a page and find its tables. Raises PageError if the body is not a page.

    `whole`: the caller has compared the bytes with a hash, so an end that looks cut off is how the page was written.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PageError(f"not a page: not UTF-8 at byte {error.start}") from None
    if re.match(r"\s*<(?:!doctype|html|head|\?xml)", text, re.IGNORECASE):
        raise PageError(f"not a page: HTML, {excerpt(text)}")
    limit_lines(text)
    tables = find_tables(text)
    if not tables:
        raise PageError(f"not a page: no table header with its separator, {excerpt(text)}")
    if not whole and is_cut(text, tables):
        raise PageError(f"page cut short: it ends within {excerpt(text.rstrip().splitlines()[-1])}")
    return Page(text, tables)


def parse_pages(pages: pl.DataFrame, found: Sequence[list[Table]] | None = None) -> Parsed:
    """Read the tables of pages (PAGES, any number, also none). Raises nothing: a page without table has no rows.

    `found`: the tables of each page, in order, if read_page has found them already.
    """
    found = [find_tables(text or "") for text in pages["text"]] if found is None else found
    tables = [papers_only(of_page) for of_page in found]
    layouts = list({id(table.layout): table.layout for page in tables for table in page}.values())
    rows = row_frame(tables, layouts).join(layout_frame(layouts), on="layout", how="left", maintain_order="left")
    rows = split_rows(rows).with_columns(cell(pl.col(f"at_{role}")).alias(role) for role in ROLES)
    rows = add_links(rows)
    pages = pages.with_row_index("page")
    rows = judge_rows(rows).join(pages.drop("text"), on="page", how="left", maintain_order="left")
    return Parsed(
        listings=shape_listings(rows.filter(pl.col("reason").is_null())),
        rejected=shape_rejected(rows.filter(pl.col("reason").is_not_null())),
        pages=count_by_page(pages, tables, rows),
    )


def papers_only(tables: list[Table]) -> list[Table]:
    """Return the tables that list papers; if none does, all of them, so that their rows are rejected."""
    return [table for table in tables if not table.is_foreign] or tables


def row_frame(tables: list[list[Table]], layouts: list[Layout]) -> pl.DataFrame:
    """Return the rows of all pages as ROWS, in order."""
    places = {id(layout): i for i, layout in enumerate(layouts)}
    foreign = {i for i, page in enumerate(tables) if page and page[0].is_foreign}  # all tables of the page, or none
    found = [(page, table, row) for page, of_page in enumerate(tables) for table in of_page for row in table.rows]
    columns = {
        "page": [page for page, _, _ in found],
        "layout": [places[id(table.layout)] for _, table, _ in found],
        "line": [row.line for _, _, row in found],
        "text": [row.text.rstrip(" \t") if row.closes else row.text for _, _, row in found],
        "closes": [row.closes for _, _, row in found],
        "rootless": [table.layout.leads and not row.leads for _, table, row in found],
        "unclear": [row.is_unclear for _, _, row in found],
        "foreign": [page in foreign for page, _, _ in found],
    }
    return pl.DataFrame(columns, schema=ROWS)


def add_links(rows: pl.DataFrame) -> pl.DataFrame:
    """Append the cells of further columns of links to the link cell, a line each."""
    more = int(rows["more_links"].list.len().max() or 0)  # pyright: ignore[reportArgumentType]
    if not more:
        return rows
    further = [cell(pl.col("more_links").list.get(i, null_on_oob=True)) for i in range(more)]
    return rows.with_columns(link=pl.concat_str("link", *further, separator="\n", ignore_nulls=True))


def judge_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add arxiv_id, clean title, position on the page and, if a row is not a listing, the reason."""
    again = ~pl.struct("page", "arxiv_id", "reason").is_first_distinct()
    position = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("page")
    rows = find_ids(rows).with_columns(title=squeeze(pl.col("title")), position=position)
    return (
        clean_titles(rows)
        .with_columns(reason=pl.coalesce(pl.when(shows).then(pl.lit(fault)) for fault, shows in find_faults().items()))
        .with_columns(
            reason=pl.when(pl.col("reason").is_null() & again).then(pl.lit("duplicate_paper")).otherwise("reason")
        )
    )


def find_faults() -> dict[str, pl.Expr]:
    """Return by reason what shows it on a row by itself, the most important first."""
    unlinked = ~pl.col("text").str.contains(LINKED, literal=True)  # as every header is; only those are compared
    squeezed = pl.when(unlinked).then(pl.col("text")).str.replace_all(r"\s", "").str.strip_chars("|")
    # A row without its first pipe may lack its first line as well, unless it starts with a whole link.
    begins = pl.col("cells").list.first().str.contains(r"^\s*[*_~`]*\[[^\]]") & ~pl.col("title").str.contains(
        AFTER_READ_MORE
    )
    titles = find_title_faults()
    return {
        "unknown_layout": pl.col("at_title").is_null() | pl.col("foreign"),
        "repeated_header": squeezed.str.to_lowercase() == pl.col("squeezed"),
        "stray_separator": pl.col("text").str.contains(SEPARATOR),
        "open_end": pl.col("unclear"),
        "too_few_cells": pl.col("surplus") < 0,
        "too_many_cells": pl.col("at_summary").is_null() & (pl.col("surplus") > pl.col("late")),
        "two_papers": pl.col("disputed"),
        "no_arxiv_id": pl.col("arxiv_id").is_null(),
        "broken_title": titles["broken_title"] | (pl.col("rootless") & ~begins),
        "no_title": titles["no_title"],
    }


def shape_listings(rows: pl.DataFrame) -> pl.DataFrame:
    """Return accepted rows as LISTINGS."""
    cells = pl.col("authors", "tasks")
    rows = rows.with_row_index("row").with_columns(squeeze(cells).str.replace_all(r"\\(['\"])", "$1"))
    rows = rows.with_columns(
        summary=pl.when(pl.col("summary") != "").then("summary"),
        authors=split_cells(rows["authors"], ODD_AUTHORS, read_authors),
        tasks=split_cells(rows["tasks"], ODD_LABELS, read_labels).list.unique(maintain_order=True),
    )
    rows = rows.join(read_links(rows), on="row", how="left", maintain_order="left")
    rows = rows.join(read_extra(rows), on="row", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("authors", "tasks", "links").fill_null([]))
    return rows.match_to_schema(LISTINGS, extra_columns="ignore")


def shape_rejected(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rejected rows as REJECTED_ROWS."""
    rows = rows.with_columns(pl.col("text").str.replace_all(ESCAPED_PIPE, r"\|", literal=True))
    return rows.match_to_schema(REJECTED_ROWS, extra_columns="ignore")


def read_extra(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the cells of unknown columns (row, extra) as a JSON object by header cell; rows without are absent."""
    with_unknown = rows.filter(pl.col("unknown").list.len() > 0)
    extra: list[str] = []
    columns = ("unknown", "cells", "surplus", "late", "at_title", "at_summary")
    for unknown, cells, surplus, late, at_title, at_summary in with_unknown.select(columns).iter_rows():
        known: dict[str, str] = {}
        for each in unknown:
            at = each["at"] + (late if at_title is not None and each["at"] > at_title else 0)
            at += max(surplus - late, 0) if at_summary is not None and each["at"] > at_summary else 0
            known[each["name"]] = cells[at].replace(ESCAPED_PIPE, "|").strip()
        extra.append(json.dumps(known, ensure_ascii=False))
    return with_unknown.select("row", extra=pl.Series(extra, dtype=pl.String))


def count_by_page(pages: pl.DataFrame, tables: list[list[Table]], rows: pl.DataFrame) -> pl.DataFrame:
    """Return PAGE_READINGS: one row per page, in order."""
    counts = rows.group_by("page").agg(
        row_count=pl.len().cast(pl.Int32),
        listing_count=pl.col("reason").is_null().sum().cast(pl.Int32),
        rejected_count=pl.col("reason").is_not_null().sum().cast(pl.Int32),
    )
    headers = pl.DataFrame([describe_headers(page) for page in tables], schema=HEADERS)
    return (
        pages.join(counts, on="page", how="left", maintain_order="left")
        .hstack(headers)
        .with_columns(
            pl.col("row_count", "listing_count", "rejected_count").fill_null(0),
            heading_date=pl.col("text").str.extract(HEADING).str.to_date("%Y-%m-%d", strict=False),
        )
        .match_to_schema(PAGE_READINGS, extra_columns="ignore")
    )


def describe_headers(tables: list[Table]) -> dict[str, object]:
    """Return the headers of a page's tables, each once, and what is unknown and missing there, as HEADERS."""
    layouts = list({table.layout.header: table.layout for table in tables}.values())
    known = {role for layout in layouts for role in layout.places}
    return {
        "header": "\n".join(layout.header.replace(ESCAPED_PIPE, r"\|") for layout in layouts) if layouts else None,
        "unknown_columns": list(dict.fromkeys(name for layout in layouts for name, _ in layout.unknown)),
        "missing_columns": [role for role in EXPECTED if role not in known],
    }
