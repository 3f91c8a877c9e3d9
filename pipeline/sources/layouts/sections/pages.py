"""Section pages: text in, frames out. Pure: knows neither HTTP nor DuckDB.

A page has a heading for each paper, in one of the layouts of `descriptions`. Every section ends in `listings` or in
`rejected`; none is lost, none is guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.core.errors import PageError
from pipeline.core.wording import amount_of
from pipeline.sources.layouts.sections.descriptions import SectionLayout
from pipeline.sources.layouts.sections.fields import (
    find_papers_of,
    gather_fields,
    read_fields,
    read_section_links,
    read_sections,
)
from pipeline.sources.layouts.sections.split import (
    find_sections,
    has_summary,
    is_cut,
    prepare_page,
    prepare_pages,
    show_hidden,
    split_sections,
    stated_total,
)
from pipeline.sources.layouts.titles import find_title_faults
from pipeline.sources.markup.bodies import decode_page, limit_lines, single
from pipeline.sources.markup.texts import excerpt
from pipeline.sources.reading import EXPECTED, LISTINGS, PAGE_READINGS, REJECTED_ROWS, Look, Page, Parsed

REASONS = (
    "unknown_layout",  # it has something else where the summary or a labelled line should be
    "two_papers",  # its heading and its id name two papers
    "no_arxiv_id",
    "broken_title",  # its link lacks its beginning or its end, or it is a paragraph
    "no_title",
    "duplicate_paper",  # listed higher up on the same page
)
HEADINGS_SHOWN = 3
PAGE_HEADING = r"(?m)^#[ \t][^\n]*?([0-9]{4}-[0-9]{2}-[0-9]{2})"
ANY_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]*(\S[^\n]*)", re.MULTILINE)
EMPTY_HEADING = r"\A\s*#[ \t][^\n]*?[0-9]{4}-[0-9]{2}-[0-9]{2}[ \t]*$"
NO_WORDS = re.compile(r"[\s*_-]*")  # blank lines and rules
NAMES_PAPER = re.compile(r"arxiv|/papers/|\b[0-9]{4}\.[0-9]{4,5}\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sections:
    """The format of pages with a section for each paper, in one layout."""

    layout: SectionLayout

    def read(self, bodies: Sequence[bytes], *, whole: bool) -> Page:
        """Return the page. Raises PageError."""
        return Page(read_section_page(single(bodies), self.layout, whole=whole))

    def parse(self, pages: pl.DataFrame, found: Sequence[None] | None = None) -> Look:
        """Return what pages (PAGES) list. Raises nothing."""
        return Look(parse_sections(pages, self.layout))


def read_section_page(body: bytes, layout: SectionLayout, *, whole: bool = False) -> str:
    """Return the text of a page. Raises PageError on a body that is no page of this layout, or ends too early.

    `whole`: the caller has compared the bytes with a hash, so an end that looks cut off is how the page was written.
    All the same, a page is refused that has fewer or more papers than it says, or that lacks the rule behind its last
    section: what stands there may be of the abstract or not.
    """
    text = decode_page(body)
    limit_lines(text)
    prepared = prepare_page(text, layout)
    sections = find_sections(prepared, layout)
    is_known = any(map(NAMES_PAPER.search, sections)) if sections else is_empty_day(prepared, layout)
    if not is_known:
        raise PageError(f"not a page: no section of a paper, {describe_headings(prepared)}")
    if sections and not layout.labels and not any(has_summary(section, layout) for section in sections):
        raise PageError(f"not a page: no section has a summary, {describe_headings(prepared)}: {excerpt(sections[0])}")
    stated = stated_total(prepared, layout)
    if stated is not None and len(sections) != stated:
        what = "page cut short" if len(sections) < stated else "unsure which sections are papers"
        raise PageError(
            f"{what}: it says that it has {amount_of(stated, 'paper')}, and has {amount_of(len(sections), 'section')}"
        )
    if (layout.is_ruled or not whole) and is_cut(prepared, sections, layout):
        raise PageError(f"page cut short: it ends within {excerpt(prepared.rstrip().splitlines()[-1])}")
    return text


def is_empty_day(text: str, layout: SectionLayout) -> bool:
    """Whether a page has a day's heading, says that it has no papers if its layout says how many, and nothing else.

    What else there is may be an error, or papers in another layout.
    """
    if re.search(EMPTY_HEADING, text, re.MULTILINE) is None or (layout.total and stated_total(text, layout) != 0):
        return False
    expected = (EMPTY_HEADING, layout.source, layout.total)
    for pattern in filter(None, expected):
        text = re.sub(pattern, "", text, count=1, flags=re.MULTILINE)
    return NO_WORDS.fullmatch(text) is not None


def describe_headings(text: str) -> str:
    headings = [match[1] for match in ANY_HEADING.finditer(text)][:HEADINGS_SHOWN]
    shown = " and ".join(excerpt(heading) for heading in headings)
    return f"its first headings are {shown}" if headings else f"no heading, {excerpt(text)}"


def parse_sections(pages: pl.DataFrame, layout: SectionLayout) -> Parsed:
    """Read the sections of pages (PAGES, any number, also none). Raises nothing: a page may have none, and no rows."""
    sections = read_sections(split_sections(prepare_pages(pages["text"], layout), layout), layout)
    fields = read_fields(sections, layout)
    rows = sections.join(gather_fields(fields), on="row", how="left", maintain_order="left")
    rows = judge_sections(find_papers_of(rows), fields, layout)
    rows = rows.join(read_section_links(fields), on="row", how="left", maintain_order="left")
    rows = rows.join(pages.with_row_index("page").drop("text"), on="page", how="left", maintain_order="left")
    listed = rows.filter(pl.col("reason").is_null())
    return Parsed(
        listings=shape_listings(listed),
        rejected=shape_rejected(rows.filter(pl.col("reason").is_not_null())),
        pages=count_sections(pages, rows, fields, layout),
    )


def unread_of(layout: SectionLayout) -> str:
    """Return the pattern of text without a label that seems to be a labelled line, written in another way."""
    known = "|".join(layout.labels)
    return rf"(?mi)^(?:[^\pL\n<]|<[^<>\n]*>)*(?:{known})\b[^\pL\n]|\]\(|https?:" if known else r"[^\s\S]"


def judge_sections(rows: pl.DataFrame, fields: pl.DataFrame, layout: SectionLayout) -> pl.DataFrame:
    """Add the position on the page and, where a section is no listing, the reason."""
    again = ~pl.struct("page", "arxiv_id", "reason").is_first_distinct() & pl.col("reason").is_null()
    unlabelled = fields.filter(pl.col("label").is_null())
    prose = unlabelled["row"] if layout.labels else fields["row"]
    unread = unlabelled.filter(pl.col("value").str.contains(unread_of(layout)))["row"]
    faults = {
        "unknown_layout": pl.col("summary").is_null() & pl.col("row").is_in(prose.implode()),
        "two_papers": pl.col("disputed"),
        "no_arxiv_id": pl.col("arxiv_id").is_null(),
        **find_title_faults(),
    }
    reason = [pl.when(shows).then(pl.lit(fault)) for fault, shows in faults.items()]
    reason.append(pl.when(pl.col("row").is_in(unread.implode())).then(pl.lit("unknown_layout")))
    return rows.with_columns(
        position=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("page"),
        reason=pl.coalesce(reason),
    ).with_columns(reason=pl.when(again).then(pl.lit("duplicate_paper")).otherwise("reason"))


def shape_listings(rows: pl.DataFrame) -> pl.DataFrame:
    """Return accepted sections as LISTINGS."""
    return rows.with_columns(
        pl.col("authors", "links").fill_null([]),
        summary=show_hidden(pl.when(pl.col("summary") != "").then("summary")),
        tasks=pl.lit([], dtype=pl.List(pl.String)),
    ).match_to_schema(LISTINGS, extra_columns="ignore")


def shape_rejected(rows: pl.DataFrame) -> pl.DataFrame:
    """Return refused sections as REJECTED_ROWS."""
    return rows.with_columns(show_hidden(pl.col("text"))).match_to_schema(REJECTED_ROWS, extra_columns="ignore")


def count_sections(
    pages: pl.DataFrame, rows: pl.DataFrame, fields: pl.DataFrame, layout: SectionLayout
) -> pl.DataFrame:
    """Return PAGE_READINGS: one row per page, in order; its header is its first headings, a line each."""
    counts = rows.group_by("page").agg(
        row_count=pl.len().cast(pl.Int32),
        listing_count=pl.col("reason").is_null().sum().cast(pl.Int32),
        rejected_count=pl.col("reason").is_not_null().sum().cast(pl.Int32),
        header=pl.col("text").str.extract(r"\A([^\n]*)").head(HEADINGS_SHOWN).str.join("\n"),
    )
    unknown = fields.filter(pl.col("role").is_null() & pl.col("label").is_not_null()).join(
        rows.select("row", "page"), on="row"
    )
    unknown = unknown.group_by("page").agg(unknown_columns=pl.col("label").unique(maintain_order=True))
    return (
        pages.with_row_index("page")
        .join(counts, on="page", how="left", maintain_order="left")
        .join(unknown, on="page", how="left", maintain_order="left")
        .with_columns(
            pl.col("row_count", "listing_count", "rejected_count").fill_null(0),
            pl.col("unknown_columns").fill_null([]),
            heading_date=pl.col("text").str.extract(PAGE_HEADING).str.to_date("%Y-%m-%d", strict=False),
            missing_columns=pl.lit(missing_columns(layout), dtype=pl.List(pl.String)),
        )
        .match_to_schema(PAGE_READINGS, extra_columns="ignore")
    )


def missing_columns(layout: SectionLayout) -> list[str]:
    """Return those of EXPECTED that a layout lacks."""
    roles = {"title", "summary", *layout.labels.values()}
    if "links" in roles:
        roles.add("github")
    return [role for role in EXPECTED if role not in roles]
