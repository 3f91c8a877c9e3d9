"""Text in, frames out: what a day's page lists. Pure: knows neither HTTP nor DuckDB.

A page is a heading and pipe tables. What a column means is read from its header, so a source with other columns needs
no change here. Every row of a page ends in `listings` or in `rejected`; none is lost, none is guessed.
"""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from pipeline.core.errors import PageError
from pipeline.sources.layouts.links import LINK, NOTHING, find_paper, read_links
from pipeline.sources.layouts.tables import (
    ESCAPED_PIPE,
    LINKED,
    PAPER_LINK,
    SEPARATOR,
    cell,
    find_first,
    find_rows,
    find_tables,
    header_cells,
    is_cut,
    split_rows,
)

PAGES = pl.Schema(
    {
        "source_id": pl.String,  # owner/name of the archive
        "listing_date": pl.Date,  # the day the page stands for
        "text": pl.String,  # as read_page gives it
    }
)
LISTINGS = pl.Schema(
    {
        "source_id": pl.String,
        "listing_date": pl.Date,
        "position": pl.Int32,  # from 1, among all rows of the page, rejected ones too
        "line": pl.Int32,  # from 1: the line of the page on which the row starts
        "arxiv_id": pl.String,  # without version; cs/0112017 for the old style
        "title": pl.String,  # without link and "read more", white space squeezed; never empty
        "summary": pl.String,  # as written but for its edges; null where empty or no such column
        "authors": pl.List(pl.String),  # as listed, white space squeezed, also twice; empty where none
        "tasks": pl.List(pl.String),  # distinct, as listed, white space squeezed; empty where none
        "links": pl.List(LINK),  # GitHub column first; empty where none
        "extra": pl.String,  # JSON object: cells of the columns nobody knows; null where there are none
    }
)
REJECTED_ROWS = pl.Schema(
    {
        "source_id": pl.String,
        "listing_date": pl.Date,
        "line": pl.Int32,  # from 1: the line of the page on which the row starts
        "reason": pl.String,  # one of REASONS
        "text": pl.String,  # the whole row as written
    }
)
PAGE_READINGS = pl.Schema(
    {
        "source_id": pl.String,
        "listing_date": pl.Date,
        "heading_date": pl.Date,  # of the heading "Papers for …", null where there is none
        "row_count": pl.Int32,  # always listing_count + rejected_count
        "listing_count": pl.Int32,
        "rejected_count": pl.Int32,
        "header": pl.String,  # as met; a line for each table of the page, null where there is no table
        "unknown_columns": pl.List(pl.String),  # header cells whose meaning nobody knows
        "missing_columns": pl.List(pl.String),  # of EXPECTED, those the page lacks
    }
)
REASONS = (
    "unknown_layout",  # the table has no title column
    "repeated_header",  # the header again, among the rows
    "stray_separator",  # |---|---| among the rows
    "too_few_cells",
    "too_many_cells",  # and no summary column that could hold the surplus
    "no_arxiv_id",  # neither an arXiv nor a Hugging Face papers link in title or link cell
    "no_title",
    "duplicate_paper",  # listed higher up on the same page
)
ROLES = {  # a header cell without all but its letters, in lower case
    "title": re.compile(r"(paper)?titles?|papers?(name)?"),
    "authors": re.compile(r"(paper)?authors?(names?|list)?"),
    "summary": re.compile(r"(ai|paper|short)?summar(y|ies)|abstracts?|tldr"),
    "tasks": re.compile(
        r"(task|label|tag|topic|categor(y|ie)|classification|field)s?(task|label|tag|categor(y|ie))?s?"
    ),
    "github": re.compile(r"(github|code|repo(sitor(y|ie))?)s?(repo(sitor(y|ie))?)?s?(url|link)?s?"),
    "hugging_face": re.compile(r"(huggingface|hf)(hub|model|resource)?s?(url|link)?s?"),
    "link": re.compile(r"(paper|arxiv)?(link|url)s?|arxiv(id)?|readmore"),
}
EXPECTED = ("title", "authors", "summary", "tasks", "github", "hugging_face")

HEADING = r"(?mi)^#{1,6}[ \t]+Papers for[ \t]+([0-9]{4}-[0-9]{2}-[0-9]{2})"
READ_MORE = (
    r"(?i)(?:\s+[-\u2013\u2014]\s*|\s*\(\s*|\s*)"
    r"(?:read more(?: on)? ?:? ?\[[^\[\]]*\]|\[(?:arxiv|hugging ?face|paper|pdf|link|read more)\]) ?\(.*$"
)
LINE_BREAK = r"[ \t]*\n[ \t]*"
SPACES = r"\s\s+|[^\S ]"  # what becomes a single space; one that is there already costs nothing
QUOTE = "['\"\u2018\u2019\u201c\u201d]"

LAYOUTS = pl.Schema(
    {
        "header": pl.String,
        "width": pl.Int64,  # cells
        "unknown": pl.List(pl.Struct({"name": pl.String, "at": pl.Int64})),
        **{f"at_{role}": pl.Int64 for role in ROLES},  # from 0, null where the header has no such column
    }
)


class Parsed(NamedTuple):
    """What a batch of pages says."""

    listings: pl.DataFrame  # LISTINGS, in the order of pages and rows
    rejected: pl.DataFrame  # REJECTED_ROWS, in the order of pages and rows
    pages: pl.DataFrame  # PAGE_READINGS, one row per page, in the order of pages


def read_page(body: bytes, *, whole: bool = False) -> str:
    """Return the text of a page, in Unicode, without byte order mark. Raises PageError on a body that is no page.

    `whole`: the caller has compared the bytes with a hash, so an end that looks cut off is how the page was written.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PageError(f"not a page: not UTF-8 at byte {error.start}") from None
    if re.match(r"\s*<(?:!doctype|html|head|\?xml)", text, re.IGNORECASE):
        raise PageError(f"not a page: HTML, {excerpt(text)}")
    lines = re.split(r"\r\n?|\n", text)
    first = find_first(lines)
    if first is None:
        raise PageError(f"not a page: no table header with its separator, {excerpt(text)}")
    if not whole and is_cut(lines[first:]):
        raise PageError(f"page cut short: it ends within {excerpt(lines[-1] or lines[-2])}")
    return text


def excerpt(text: str) -> str:
    """Quote the start of a text of strangers, on one line and in ASCII."""
    return ascii(" ".join(text[:400].split())[:80])


def parse_pages(pages: pl.DataFrame) -> Parsed:
    """Read the tables of pages (PAGES, any number, also none). Raises nothing: a page without table has no rows."""
    lines, tables = find_tables(pages)
    layouts = read_headers(tables.get_column("header").unique(maintain_order=True))
    tables = tables.join(layouts, on="header", how="left", maintain_order="left")
    rows = find_rows(lines, tables).join(tables, on="table", how="left", maintain_order="left")
    rows = split_rows(rows).with_columns(cell(pl.col(f"at_{role}")).alias(role) for role in ROLES)
    pages = pages.with_row_index("page")
    rows = judge_rows(rows).join(pages.drop("text"), on="page", how="left", maintain_order="left")
    return Parsed(
        listings=shape_listings(rows.filter(pl.col("reason").is_null())),
        rejected=shape_rejected(rows.filter(pl.col("reason").is_not_null())),
        pages=count_rows(pages, tables, rows),
    )


def read_headers(headers: Iterable[str]) -> pl.DataFrame:
    """Return a row per header as LAYOUTS."""
    layouts: list[dict[str, object]] = []
    for header in headers:
        places: dict[str, int] = {}
        unknown: list[dict[str, object]] = []
        cells = header_cells(header)
        for i, name in enumerate(cells):
            letters = re.sub(r"[^a-z]", "", name.lower())
            role = next((role for role, spelling in ROLES.items() if spelling.fullmatch(letters)), None)
            if role is None or role in places:
                unknown.append({"name": name if name not in cells[:i] else f"{name} ({i + 1})", "at": i})
            else:
                places[role] = i
        known: dict[str, object] = {f"at_{role}": places.get(role) for role in ROLES}
        layouts.append({"header": header, "width": len(cells), "unknown": unknown, **known})
    return pl.DataFrame(layouts, schema=LAYOUTS)


def judge_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add arxiv_id, clean title, position on the page and, where a row is no listing, the reason."""
    cells = pl.col("title", "link")
    whole = cells.str.replace_all(LINE_BREAK, "")  # a link that is broken over lines is read as one
    again = ~pl.struct("page", "arxiv_id", "reason").is_first_distinct()
    return (
        rows.with_columns(
            title=pl.col("title").str.replace_all(SPACES, " "),
            places=pl.concat_str(whole, cells, separator="\n", ignore_nulls=True),
            position=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("page"),
        )
        .with_columns(arxiv_id=find_paper(pl.col("places")), title=clean_title(pl.col("title")))
        .with_columns(reason=pl.coalesce(pl.when(shows).then(pl.lit(fault)) for fault, shows in find_faults().items()))
        .with_columns(
            reason=pl.when(pl.col("reason").is_null() & again).then(pl.lit("duplicate_paper")).otherwise("reason")
        )
    )


def find_faults() -> dict[str, pl.Expr]:
    """Return how the reasons show on a row by itself, the one that counts most first."""
    unlinked = ~pl.col("text").str.contains(LINKED, literal=True)  # as every header is: the rest need no comparing
    squeezed = (
        pl.when(unlinked).then(text).str.replace_all(r"\s", "").str.strip_chars("|") for text in ("text", "header")
    )
    text, header = (text.str.to_lowercase() for text in squeezed)
    return {
        "unknown_layout": pl.col("at_title").is_null(),
        "repeated_header": text == header,
        "stray_separator": pl.col("text").str.contains(SEPARATOR),
        "too_few_cells": pl.col("surplus") < 0,
        "too_many_cells": pl.col("at_summary").is_null() & (pl.col("surplus") > pl.col("late")),
        "no_arxiv_id": pl.col("arxiv_id").is_null(),
        "no_title": pl.col("title") == "",
    }


def clean_title(title: pl.Expr) -> pl.Expr:
    """Take "read more" and the link's markup off a title whose white space is squeezed."""
    cut = title.str.replace(READ_MORE, "").str.strip_chars()
    whole = cut.str.extract(r"^\[(.*)\]\([^()]*[./:][^()]*\)$")
    part = cut.str.replace(r"\] ?" + PAPER_LINK + r"[^)]*\)?", "")
    part = pl.when(part != cut).then(part.str.strip_prefix("[")).otherwise(cut)
    return pl.coalesce(whole, part).str.strip_chars()


def shape_listings(rows: pl.DataFrame) -> pl.DataFrame:
    """Return accepted rows as LISTINGS."""
    rows = rows.with_row_index("row").with_columns(
        pl.col("authors", "tasks").str.replace_all(SPACES, " ").str.replace_all(r"\\(['\"])", "$1")
    )
    rows = rows.with_columns(
        summary=pl.when(pl.col("summary") != "").then("summary"),
        authors=split_names(pl.col("authors")),
        tasks=split_names(pl.col("tasks")).list.unique(maintain_order=True),
    )
    rows = rows.join(read_links(rows), on="row", how="left", maintain_order="left")
    rows = rows.join(read_extra(rows), on="row", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("authors", "tasks", "links").fill_null([]))
    return rows.match_to_schema(LISTINGS, extra_columns="ignore")


def shape_rejected(rows: pl.DataFrame) -> pl.DataFrame:
    """Return refused rows as REJECTED_ROWS."""
    rows = rows.with_columns(pl.col("text").str.replace_all(ESCAPED_PIPE, r"\|", literal=True))
    return rows.match_to_schema(REJECTED_ROWS, extra_columns="ignore")


def split_names(text: pl.Expr) -> pl.Expr:
    """Split `['A', "B"]` or `A, B`, white space squeezed, into its names; null stays null, N/A and the like are empty.

    A comma parts quoted names only next to a quote, so names may hold commas and apostrophes.
    """
    inner = text.str.replace(r"^ ?\[ ?", "").str.replace(r" ?\]? ?$", "")
    listed = text.str.contains(rf"^ ?\[ ?{QUOTE}|^ ?{QUOTE}.*{QUOTE} ?$")
    quoted = inner.str.replace_all(rf"{QUOTE} ?, ?{QUOTE}?|, ?{QUOTE}", "\n").str.strip_chars(" " + QUOTE[1:-1])
    plain = pl.when(text.str.contains(r"^ ?\[")).then(inner).otherwise(text).str.replace_all(",", "\n", literal=True)
    names = pl.when(listed).then(quoted).otherwise(plain).str.split("\n")
    names = names.list.eval(pl.element().str.strip_chars())
    return names.list.eval(pl.element().filter(~pl.element().str.contains(NOTHING)))


def read_extra(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the cells of unknown columns (row, extra) as a JSON object by header cell; rows without are absent."""
    cells = rows.explode("unknown").unnest("unknown").select("row", "name", value=cell(pl.col("at")))
    extra: dict[int, dict[str, str]] = {}
    for row, name, value in cells.iter_rows():
        extra.setdefault(row, {})[name] = value
    texts = {"row": list(extra), "extra": [json.dumps(cells, ensure_ascii=False) for cells in extra.values()]}
    return pl.DataFrame(texts, schema={"row": rows.schema["row"], "extra": pl.String})


def count_rows(pages: pl.DataFrame, tables: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return PAGE_READINGS: one row per page, in order."""
    counts = rows.group_by("page").agg(
        row_count=pl.len().cast(pl.Int32),
        listing_count=pl.col("reason").is_null().sum().cast(pl.Int32),
        rejected_count=pl.col("reason").is_not_null().sum().cast(pl.Int32),
    )
    headers = tables.group_by("page").agg(
        *(pl.col(f"at_{role}").is_not_null().any().alias(role) for role in EXPECTED),
        pl.col("header").str.replace_all(ESCAPED_PIPE, r"\|", literal=True).str.join("\n"),
        unknown_columns=pl.col("unknown").explode().struct.field("name").unique(maintain_order=True),
    )
    missing = pl.concat_list(pl.when(~pl.col(role)).then(pl.lit(role)) for role in EXPECTED).list.drop_nulls()
    return (
        pages.join(counts, on="page", how="left", maintain_order="left")
        .join(headers, on="page", how="left", maintain_order="left")
        .with_columns(
            pl.col("row_count", "listing_count", "rejected_count").fill_null(0),
            pl.col("unknown_columns").fill_null([]),
            heading_date=pl.col("text").str.extract(HEADING).str.to_date("%Y-%m-%d", strict=False),
            missing_columns=pl.when(pl.col("header").is_null()).then(pl.lit(list(EXPECTED))).otherwise(missing),
        )
        .match_to_schema(PAGE_READINGS, extra_columns="ignore")
    )
