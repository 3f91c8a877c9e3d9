"""What it means to read a day: a format takes bodies in, and gives frames out. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

import polars as pl

from pipeline.sources.layouts.links.cells import LINK

PAGES = pl.Schema(
    {
        "source_id": pl.String,  # owner/name of the archive
        "listing_date": pl.Date,  # the day of the page
        "text": pl.String,  # as Page.text
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
        "summary": pl.String,  # trimmed, otherwise as written; null if empty or without such a column
        "authors": pl.List(pl.String),  # as listed, white space squeezed, duplicates included; empty if none
        "tasks": pl.List(pl.String),  # distinct, as listed, white space squeezed; empty if none
        "links": pl.List(LINK),  # GitHub column first; empty if none
        "extra": pl.String,  # JSON object: the cells of unknown columns; null if there are none
    }
)
REJECTED_ROWS = pl.Schema(
    {
        "source_id": pl.String,
        "listing_date": pl.Date,
        "line": pl.Int32,  # from 1: the line of the page on which the row starts
        "reason": pl.String,  # one of REASONS
        "text": pl.String,  # the whole row as read: HTML comments left out, `[text][1]` written with its address
    }
)
PAGE_READINGS = pl.Schema(
    {
        "source_id": pl.String,
        "listing_date": pl.Date,
        "heading_date": pl.Date,  # of the heading "Papers for …", null if there is none
        "row_count": pl.Int32,  # always listing_count + rejected_count
        "listing_count": pl.Int32,
        "rejected_count": pl.Int32,
        "header": pl.String,  # as written, a line for each header of a table of papers; null without a table
        "unknown_columns": pl.List(pl.String),  # header cells of unknown meaning
        "missing_columns": pl.List(pl.String),  # of EXPECTED, those the page lacks
    }
)
EXPECTED = ("title", "authors", "summary", "tasks", "github", "hugging_face")
SIGHTINGS = pl.Schema(
    {
        "source_id": pl.String,
        "listing_date": pl.Date,
        "arxiv_id": pl.String,  # of a listing; rejected rows are not seen
        "position": pl.Int32,  # from 1, in the order shown, rejected rows included; it moves with the upvotes
        "upvotes_count": pl.Int32,  # null where not shown
        "comments_count": pl.Int32,  # null where not shown
        "stars_count": pl.Int64,  # GitHub's, as the list knew them; null where not shown
        "extra": pl.String,  # a JSON object of what has no column and may come later; null where there is none
    }
)
WITNESSES = pl.Schema(
    {
        "source_id": pl.String,
        "listing_date": pl.Date,
        "arxiv_id": pl.String,  # of a listing
        "url": pl.String,  # as written
        "kind": pl.String,  # repository; null where the address names none
        "target": pl.String,  # owner/name, case as written; null where the address names none
        "reason": pl.String,  # as links.names.REASONS, why it names none; null where it does
    }
)


class Page(NamedTuple):
    """A day that can be read."""

    text: str  # in Unicode, without byte order mark
    found: Any = None  # what its format has found in it already, so that parse need not look again
    identity: str | None = None  # what makes it another page if it changes; None: its bytes
    stated: tuple[date, ...] = ()  # the days that its papers say they are of, one for each that says it


class Parsed(NamedTuple):
    """The content of a batch of pages."""

    listings: pl.DataFrame  # LISTINGS, in the order of pages and rows
    rejected: pl.DataFrame  # REJECTED_ROWS, in the order of pages and rows
    pages: pl.DataFrame  # PAGE_READINGS, one row per page, in the order of pages


class Look(NamedTuple):
    """What a batch of pages says: what is listed, and what else they show of it."""

    parsed: Parsed
    sightings: pl.DataFrame = pl.DataFrame(schema=SIGHTINGS)  # what moves after the day, as shown at that moment
    witnesses: pl.DataFrame = pl.DataFrame(schema=WITNESSES)  # repositories that another than the list names


class Format(Protocol):
    """How the answers for a day are written. Both steps are pure, and must not take time that grows faster than size.

    A source of your own may bring one; those that there are stand in layouts/ and feeds/.
    """

    def read(self, bodies: Sequence[bytes], *, whole: bool) -> Page:
        """Return the day in these bodies: one for a file, or the pages of one answer in their order.

        `whole`: the bytes are those of a file whose hash is known, so an end that looks cut off is how it was written.
        Raises PageError, with words for a person, if the bodies are anything else.
        """
        ...

    def parse(self, pages: pl.DataFrame, found: Sequence[Any] | None = None) -> Look:
        """Return what pages (PAGES, any number, also none) say; every row is a listing or a reject.

        `found`: Page.found of each, in order. One call has no day twice. Raises nothing.
        """
        ...
