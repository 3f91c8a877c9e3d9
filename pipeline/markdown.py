"""Text in, frames out: what a day's page lists. Pure: knows neither HTTP nor DuckDB.

A page is a heading and a pipe table. What a column means is read from the table's header, so a source with other
columns needs no change here. Rows wrap over lines and hold pipes that nobody escaped: a row is read from both of its
ends, and the surplus in the middle belongs to the summary, or to a title whose link comes later. `\\|` is an escaped
pipe and becomes a pipe. Every row of a page ends in `listings` or in `rejected`; none is lost, none is guessed.
"""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from pipeline.errors import PageError
from pipeline.links import LINK, NOTHING, read_links

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

SEPARATOR = r"^[|: \t-]*-[|: \t-]*$"  # of a line that has a pipe
LINKED = "]("  # no header holds a link: a row above a stray separator is no header
HEADING = r"(?mi)^#{1,6}[ \t]+Papers for[ \t]+([0-9]{4}-[0-9]{2}-[0-9]{2})"
# https://info.arxiv.org/help/arxiv_identifier.html: four digits to 2014, five from 2015, archive/7 digits to 2007
ARXIV_ID = (
    r"((?:07(?:0[4-9]|1[0-2])|(?:0[89]|1[0-4])(?:0[1-9]|1[0-2]))\.[0-9]{4}"
    r"|(?:1[5-9]|[2-9][0-9])(?:0[1-9]|1[0-2])\.[0-9]{5}"
    r"|[a-z][a-z-]{1,12}(?:\.[a-z]{2})?/[0-9]{7})(?:v[0-9]+)?(?:\.pdf)?(?:[^0-9A-Za-z_]|$)"
)
ARXIV = r"(?i)(?:^|[\s(<])(?:(?:https?:)?//)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/"
HUB_PAPER = r"(?i)(?:^|[\s(<])(?:(?:https?:)?//)?(?:www\.)?(?:huggingface\.co|hf\.co)/papers/"
PAPER_LINK = (
    r"\(\s*<?(?:(?:https?:)?//)?(?:www\.|export\.)?(?:arxiv\.org/(?:abs|pdf|html)|(?:huggingface|hf)\.co/papers)/"
)
READ_MORE = (
    r"(?i)(?:\s+[-\u2013\u2014]\s*|\s*\(\s*|\s*)"
    r"(?:read more(?: on)? ?:? ?\[[^\[\]]*\]|\[(?:arxiv|hugging ?face|paper|pdf|link|read more)\]) ?\(.*$"
)
LINE_BREAK = r"[ \t]*\n[ \t]*"
ROW = r"^[ \t]*\|"
BLANK_LINE = r"^[ \t]*(?:\n|$)"
TO_BLANK_LINE = r"(?s)^(.*?)(?:\n[ \t]*(?:\n.*)?)?$"
ESCAPED_PIPE = "\0"
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
    first = next((i for i in range(1, len(lines)) if is_separator(lines[i]) and is_header(lines[i - 1])), None)
    if first is None:
        raise PageError(f"not a page: no table header with its separator, {excerpt(text)}")
    if not whole and is_cut(lines[first - 1 :]):
        raise PageError(f"page cut short: it ends within {excerpt(lines[-1] or lines[-2])}")
    return text


def excerpt(text: str) -> str:
    """Quote the start of a text of strangers, on one line and in ASCII."""
    return ascii(" ".join(text[:400].split())[:80])


def is_separator(line: str) -> bool:
    return "|" in line and "-" in line and not line.strip("|: \t-")


def is_header(line: str) -> bool:
    return "|" in line and LINKED not in line and not is_separator(line)


def is_cut(lines: list[str]) -> bool:
    """Tell whether a table (header first) ends within a row; text after a row that is closed is not its business."""
    width = len(header_cells(lines[0]))
    start = max(i for i, line in enumerate(lines) if i == 1 or line.lstrip(" \t").startswith("|"))
    if start == 1:  # no row: the separator itself may be cut
        return len(lines) == 2 and lines[1].count("|") < lines[0].count("|")
    cells, _, after = "\n".join(lines[start:]).replace(r"\|", "").rpartition("|")
    closes = not after.partition("\n")[0].strip()
    return not closes or (cells.count("|") < width and lines[-1] != "")


def header_cells(header: str) -> list[str]:
    """Return the cells of a header line, white space squeezed."""
    inner = header.replace(r"\|", ESCAPED_PIPE).strip().removeprefix("|").removesuffix("|")
    return [" ".join(cell.replace(ESCAPED_PIPE, "|").split()) for cell in inner.split("|")]


def parse_pages(pages: pl.DataFrame) -> Parsed:
    """Read the tables of pages (PAGES, any number, also none). Raises nothing: a page without table has no rows."""
    lines, tables = find_tables(pages)
    layouts = read_headers(tables.get_column("header").unique(maintain_order=True))
    tables = tables.join(layouts, on="header", how="left", maintain_order="left")
    rows = judge_rows(read_rows(find_rows(lines, tables).join(tables, on="table", how="left", maintain_order="left")))
    named = pages.with_row_index("page").drop("text")
    return Parsed(
        listings=shape_listings(rows.filter(pl.col("reason").is_null()), named),
        rejected=shape_rejected(rows.filter(pl.col("reason").is_not_null()), named),
        pages=count_rows(pages.with_row_index("page"), tables, rows),
    )


def find_tables(pages: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lines below the headers (table, line, text), and the tables (table, page, header), in order.

    From here to `cell` an escaped pipe is one NUL, so that every pipe left is one between cells; a NUL of the page's
    own becomes U+FFFD before.
    """
    text = pl.col("text").fill_null("").str.replace_all("\r\n?", "\n").str.replace_all("\0", "\ufffd", literal=True)
    lines = (
        pages.select(
            pl.int_range(pl.len(), dtype=pl.UInt32).alias("page"),
            text.str.replace_all(r"\|", ESCAPED_PIPE, literal=True).str.split("\n"),
        )
        .with_columns(line=pl.int_ranges(1, pl.col("text").list.len() + 1, dtype=pl.Int32))
        .explode("text", "line")
        .with_columns(pipes=pl.col("text").str.count_matches("|", literal=True).cast(pl.Int64))
        .with_columns(separates=pl.col("text").str.contains(SEPARATOR) & (pl.col("pipes") > 0))
    )
    separated = pl.col("separates").shift(-1, fill_value=False) & (pl.col("page") == pl.col("page").shift(-1))
    may_head = (pl.col("pipes") > 0) & ~pl.col("separates") & ~pl.col("text").str.contains(LINKED, literal=True)
    lines = lines.with_columns(heads=may_head & separated).with_columns(table=pl.col("heads").cum_sum())
    tables = lines.filter("heads").select("table", "page", header="text")
    below = lines.filter(~pl.col("heads") & ~pl.col("heads").shift(1, fill_value=False))
    below = below.join(tables.select("table", "page"), on=["table", "page"], how="semi", maintain_order="left")
    return below.select("table", "line", "text", "pipes", "separates"), tables


def read_headers(headers: Iterable[str]) -> pl.DataFrame:
    """Return a row per header as LAYOUTS."""
    layouts: list[dict[str, object]] = []
    for header in headers:
        places: dict[str, int] = {}
        unknown: list[dict[str, object]] = []
        cells = header_cells(header)
        for i, cell in enumerate(cells):
            letters = re.sub(r"[^a-z]", "", cell.lower())
            role = next((role for role, spelling in ROLES.items() if spelling.fullmatch(letters)), None)
            if role is None or role in places:
                unknown.append({"name": cell if cell not in cells[:i] else f"{cell} ({i + 1})", "at": i})
            else:
                places[role] = i
        known: dict[str, object] = {f"at_{role}": places.get(role) for role in ROLES}
        layouts.append({"header": header, "width": len(cells), "unknown": unknown, **known})
    return pl.DataFrame(layouts, schema=LAYOUTS)


def find_rows(lines: pl.DataFrame, tables: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of all tables, in order: table, line, text, closes; text after the row's end is cut off.

    A line that begins with a pipe begins a row, and so does one that lacks only that pipe. The lines after it are the
    row's, too, up to where the row is closed or, if it never is, to a blank line after its last pipe.
    """
    wide = lines.join(tables.select("table", "header", "at_summary", "width"), on="table", maintain_order="left")
    ends = pl.col("text").str.strip_chars_end(" \t").str.ends_with("|") | pl.col("separates")
    is_first = pl.col("table").ne_missing(pl.col("table").shift(1))
    after_end = ends.shift(1) | is_first | ~pl.col("header").str.contains(ROW)
    bare = (pl.col("pipes") >= pl.max_horizontal(pl.col("width") - 1, 1)) & after_end
    pieces = (
        wide.with_columns(starts=pl.col("text").str.contains(ROW) | bare)
        .with_columns(piece=pl.col("starts").cum_sum())
        .group_by("table", "piece", maintain_order=True)
        .agg(
            pl.col("starts", "line", "at_summary", "width").first(),
            pl.col("pipes").sum(),
            pl.col("text").str.join("\n"),
        )
        .filter("starts")
        .with_columns(rest=pl.col("text").str.split("|").list.last())
        .with_columns(closes=pl.col("rest").str.contains(BLANK_LINE))
    )
    rows = join_pieces(pieces)
    kept = pl.when("closes").then(pl.lit("")).otherwise(pl.col("rest").str.extract(TO_BLANK_LINE))
    return rows.select("table", "line", pl.col("text").str.strip_suffix(pl.col("rest")) + kept, "closes")


def join_pieces(pieces: pl.DataFrame) -> pl.DataFrame:
    """Return the pieces as rows (table, line, text, rest, closes): a piece may go on with the open row before it.

    It does if that row has its link, and this piece has none and fits in before the end of the summary or of the row.
    And it does if it brings the link that a title before it has opened.
    """
    same = pl.col("table").eq(pl.col("table").shift(1)).fill_null(value=False)
    pieces = pieces.with_columns(follows=same & ~pl.col("closes").shift(1, fill_value=True))
    if not pieces.get_column("follows").any():
        return pieces
    begin = pl.col("text").str.strip_chars_start(" \t|")
    pieces = pieces.with_columns(
        run=(~pl.col("follows")).cum_sum(),
        cells=pl.col("pipes") - pl.col("closes").cast(pl.Int64),
        linked=pl.col("text").str.contains(PAPER_LINK),
        opens=begin.str.starts_with("[") & ~pl.col("text").str.contains(LINKED, literal=True),
        brings=begin.str.contains(r"^[^\[|]*\][ \t\n]*\("),
    ).with_columns(
        pl.col("linked", "opens").cum_max().over("run").shift(1, fill_value=False).name.prefix("was_"),
        before=pl.col("cells").shift(1),
    )
    short = (pl.col("before") < pl.col("width")) | (pl.col("cells") < pl.col("width"))
    in_summary = (short & (pl.col("before") <= pl.col("at_summary") + 1)).fill_null(value=False)
    fits = in_summary | (pl.col("before") + pl.col("cells") <= pl.col("width"))
    goes_on = ~pl.col("linked") & (pl.col("was_linked") | pl.col("was_opens")) & fits
    closes_title = pl.col("brings") & pl.col("linked") & pl.col("was_opens") & ~pl.col("was_linked")
    return (
        pieces.with_columns(row=(~(pl.col("follows") & (goes_on | closes_title))).cum_sum())
        .group_by("row", maintain_order=True)
        .agg(pl.col("table", "line").first(), pl.col("text").str.join("\n"), pl.col("rest", "closes").last())
    )


def read_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the cells of each row by their role, null where the layout has none, and what does not fit the layout.

    Columns before the summary count from the left, those behind it from the right; the summary has what is between.
    """
    bare = pl.col("text").str.strip_chars_start(" \t").str.strip_prefix("|")
    inner = pl.when("closes").then(bare.str.strip_suffix("|")).otherwise(bare)
    rows = rows.with_columns(cells=inner.str.split("|"))
    rows = rows.with_columns(surplus=pl.col("cells").list.len().cast(pl.Int64) - pl.col("width"))
    rows = rows.with_columns(surplus=pl.col("surplus") - count_spare(inner))
    left = pl.when(pl.col("surplus") > 0).then(bare).str.extract(r"(?s)^(.*?)" + PAPER_LINK)
    rows = rows.with_columns(late=left.str.count_matches("|", literal=True).cast(pl.Int64) - pl.col("at_title"))
    title_leads = pl.col("at_link").is_null() & (pl.col("at_title") < pl.col("at_summary").fill_null(pl.col("width")))
    fits = title_leads & pl.col("late").is_between(0, pl.col("surplus"))
    rows = rows.with_columns(late=pl.when(fits).then("late").otherwise(0))
    return rows.with_columns(cell(pl.col(f"at_{role}")).alias(role) for role in ROLES)


def count_spare(inner: pl.Expr) -> pl.Expr:
    """Count the blank cells behind the last column, which only a label list in its place tells from blank columns."""
    blank = (
        pl.when(pl.col("surplus") > 0).then(inner).str.extract(r"((?:\|[ \t]*)+)$").str.count_matches("|", literal=True)
    )
    spare = pl.min_horizontal(blank.cast(pl.Int64), "surplus")
    labels = pl.col("at_tasks") + pl.col("surplus")
    here, there = (
        pl.col("cells").list.get(at, null_on_oob=True).str.strip_chars_start(" \t").str.starts_with("[")
        for at in (labels, labels - spare)
    )
    return pl.when(there & ~here & (pl.col("at_tasks") > pl.col("at_summary"))).then(spare).otherwise(0)


def cell(at: pl.Expr) -> pl.Expr:
    """Return the cell of a column with the surplus it takes, trimmed and its escaped pipes unescaped."""
    more = (pl.col("surplus") - pl.col("late")).clip(lower_bound=0)
    behind = (at > pl.col("at_summary")).fill_null(value=False)
    start = at + pl.when(at > pl.col("at_title")).then("late").otherwise(0) + pl.when(behind).then(more).otherwise(0)
    taken = pl.when(at == pl.col("at_title")).then("late").when(at == pl.col("at_summary")).then(more).otherwise(0)
    text = pl.col("cells").list.slice(start, taken + 1).list.join("|")
    text = text.str.replace_all(ESCAPED_PIPE, "|", literal=True).str.strip_chars()
    return pl.when(at.is_not_null()).then(text)


def judge_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add arxiv_id, clean title, position on the page and, where a row is no listing, the reason."""
    links = [place.str.extract(host + ARXIV_ID) for host in (ARXIV, HUB_PAPER) for place in link_places()]
    unlinked = pl.when(~pl.col("text").str.contains(LINKED, literal=True)).then("text")
    rows = rows.with_columns(
        arxiv_id=pl.coalesce(links).str.to_lowercase().str.replace(r"\.[a-z]{2}/", "/"),
        title=clean_title(pl.col("title")),
        position=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("page"),
        is_header=bare_letters(unlinked) == bare_letters(pl.col("header")),
    )
    reason = (
        pl.when(pl.col("at_title").is_null())
        .then(pl.lit("unknown_layout"))
        .when(pl.col("is_header"))
        .then(pl.lit("repeated_header"))
        .when(pl.col("text").str.contains(SEPARATOR))
        .then(pl.lit("stray_separator"))
        .when(pl.col("surplus") < 0)
        .then(pl.lit("too_few_cells"))
        .when(pl.col("at_summary").is_null() & (pl.col("surplus") > pl.col("late")))
        .then(pl.lit("too_many_cells"))
        .when(pl.col("arxiv_id").is_null())
        .then(pl.lit("no_arxiv_id"))
        .when(pl.col("title") == "")
        .then(pl.lit("no_title"))
    )
    rows = rows.with_columns(reason=reason)
    again = ~pl.struct("page", "arxiv_id", "reason").is_first_distinct()
    return rows.with_columns(
        reason=pl.when(pl.col("reason").is_null() & again).then(pl.lit("duplicate_paper")).otherwise("reason")
    )


def link_places() -> list[pl.Expr]:
    """Return where a row's own link may stand, best first; a link that is broken over lines is read as one."""
    cells = [pl.col("title"), pl.col("link")]
    return [*(cell.str.replace_all(LINE_BREAK, "") for cell in cells), *cells]


def bare_letters(text: pl.Expr) -> pl.Expr:
    """Return a header without white space, outer pipes and case."""
    return text.str.replace_all(r"\s", "").str.strip_chars("|").str.to_lowercase()


def clean_title(title: pl.Expr) -> pl.Expr:
    """Take "read more" and the link's markup off a title."""
    cut = title.str.replace_all(r"\s+", " ").str.replace(READ_MORE, "").str.strip_chars()
    whole = cut.str.extract(r"^\[(.*)\]\([^()]*[./:][^()]*\)$")
    part = cut.str.replace(r"\] ?" + PAPER_LINK + r"[^)]*\)?", "")
    part = pl.when(part != cut).then(part.str.strip_prefix("[")).otherwise(cut)
    return pl.coalesce(whole, part).str.strip_chars()


def shape_listings(rows: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Return accepted rows as LISTINGS."""
    rows = rows.with_row_index("row").with_columns(
        summary=pl.when(pl.col("summary") != "").then("summary"),
        authors=split_names(pl.col("authors")),
        tasks=split_names(pl.col("tasks")).list.unique(maintain_order=True),
    )
    rows = rows.join(read_links(rows), on="row", how="left", maintain_order="left")
    rows = rows.join(read_extra(rows), on="row", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("authors", "tasks", "links").fill_null([]))
    return select_of_pages(rows, pages).match_to_schema(LISTINGS, extra_columns="ignore")


def shape_rejected(rows: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Return refused rows as REJECTED_ROWS."""
    rows = rows.with_columns(pl.col("text").str.replace_all(ESCAPED_PIPE, r"\|", literal=True))
    return select_of_pages(rows, pages).match_to_schema(REJECTED_ROWS, extra_columns="ignore")


def split_names(column: pl.Expr) -> pl.Expr:
    """Split `['A', "B"]` or `A, B` into its names; null where the cell is, empty for N/A and the like.

    A comma parts quoted names only next to a quote, so names may hold commas and apostrophes.
    """
    text = column.str.replace_all(r"\s+", " ").str.replace_all(r"\\(['\"])", "$1")
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


def select_of_pages(rows: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Add source_id and listing_date of each row's page."""
    return rows.join(pages, on="page", how="left", maintain_order="left")


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
