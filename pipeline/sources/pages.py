"""A source's page of a day: its address, git's name for its bytes, and its content. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipeline.core.errors import PageError
from pipeline.sources.layouts.markdown import Page, parse_pages, read_page
from pipeline.sources.layouts.sections.descriptions import SectionLayout
from pipeline.sources.layouts.sections.pages import parse_sections, read_section_page
from pipeline.sources.paths import path_of
from pipeline.sources.registry import Source
from pipeline.sources.sightings import SIGHTINGS, Look


def subject_of(source_id: str, day: date) -> str:
    """Return the subject of a page, as in Exchange.asked: `owner/name/YYYY-MM-DD`."""
    return f"{source_id}/{day:%Y-%m-%d}"


def page_url(base_url: str, source: Source, day: date) -> str:
    return f"{base_url}/{source.source_id}/{source.branch}/{path_of(source.path, day)}"


def blob_sha(body: bytes) -> str:
    """Return git's SHA-1 for a file of these bytes: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def promised_blob(headers: Mapping[str, str]) -> str | None:
    """Return the SHA that the archive's listing gave for the page, stored with the headers; None without a listing."""
    return headers.get("x-blob-sha")


def verify_page(body: bytes, promised: str | None, source: Source) -> Page:
    """Return the page of a source in these bytes.

    Raises PageError if they are not a page in its layout, or not the one that was listed.
    """
    if promised not in (None, blob_sha(body)):
        raise PageError(f"its bytes differ from the archive's listing (blob {promised})")
    if source.layout is None:
        return read_page(body, whole=promised is not None)
    return Page(read_section_page(body, source.layout, whole=promised is not None), [])


def read_rows(layout: SectionLayout | None, pages: pl.DataFrame, verified: Sequence[Page] | None = None) -> Look:
    """Return what pages (PAGES) of one layout list and show. Raises nothing.

    `verified`: the pages as verify_page gave them, in order, so that no table is looked for twice.
    """
    if layout is not None:
        return parse_sections(pages, layout)
    tables = None if verified is None else [page.tables for page in verified]
    return Look(parse_pages(pages, tables), pl.DataFrame(schema=SIGHTINGS))
