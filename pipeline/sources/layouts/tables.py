"""Pipe tables: pages in, rows and cells out. Pure: knows a title, a summary, labels and a paper's link, and no more.

Rows wrap over lines and hold pipes that nobody escaped: a row is read from both of its ends, and the surplus in the
middle belongs to the summary, or to a title whose link comes later. `\\|` is an escaped pipe and becomes a pipe.
"""

from itertools import pairwise

import polars as pl

SEPARATOR = r"^[|: \t-]*-[|: \t-]*$"  # of a line that has a pipe
LINKED = "]("  # no header holds a link: a row above a stray separator is no header
PAPER_LINK = (
    r"\(\s*<?(?:(?:https?:)?//)?(?:www\.|export\.)?(?:arxiv\.org/(?:abs|pdf|html)|(?:huggingface|hf)\.co/papers)/"
)
ROW = r"^[ \t]*\|"
BLANK_LINE = r"^[ \t]*(?:\n|$)"
TO_BLANK_LINE = r"(?s)^(.*?)(?:\n[ \t]*(?:\n.*)?)?$"
ESCAPED_PIPE = "\0"


def find_first(lines: list[str]) -> int | None:
    """Return the index of the first header that has its separator below; null where there is none."""
    pairs = enumerate(pairwise(lines))
    return next((i for i, (line, below) in pairs if is_separator(below) and is_header(line)), None)


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


def find_tables(pages: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lines below headers (as split_lines, and table), and the tables (table, page, header), in order."""
    separated = pl.col("separates").shift(-1, fill_value=False) & (pl.col("page") == pl.col("page").shift(-1))
    may_head = (pl.col("pipes") > 0) & ~pl.col("separates") & ~pl.col("text").str.contains(LINKED, literal=True)
    lines = split_lines(pages).with_columns(heads=may_head & separated)
    lines = lines.with_columns(table=pl.col("heads").cum_sum())
    tables = lines.filter("heads").select("table", "page", header="text")
    below = lines.filter(~pl.col("heads") & ~pl.col("heads").shift(1, fill_value=False)).drop("heads")
    return below.join(tables, on=["table", "page"], how="semi", maintain_order="left"), tables


def split_lines(pages: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of pages, in order: page, line, text, pipes, separates.

    From here to `cell` an escaped pipe is one NUL, so that every pipe left is one between cells; a NUL of the page's
    own becomes U+FFFD before.
    """
    text = pl.col("text").fill_null("").str.replace_all("\r\n?", "\n").str.replace_all("\0", "\ufffd", literal=True)
    return (
        pages.select(text=text.str.replace_all(r"\|", ESCAPED_PIPE, literal=True).str.split("\n"))
        .with_row_index("page")
        .with_columns(line=pl.int_ranges(1, pl.col("text").list.len() + 1, dtype=pl.Int32))
        .explode("text", "line")
        .with_columns(pipes=pl.col("text").str.count_matches("|", literal=True).cast(pl.Int64))
        .with_columns(separates=pl.col("text").str.contains(SEPARATOR) & (pl.col("pipes") > 0))
    )


def find_rows(lines: pl.DataFrame, tables: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of all tables, in order: table, line, text, closes; text after the row's end is cut off.

    `tables` has header, width and the place of the summary, at_summary.
    """
    wide = tables.select("table", "header", "width", "at_summary")
    pieces = find_pieces(lines.join(wide, on="table", how="left", maintain_order="left"))
    rows = join_pieces(pieces) if pieces.get_column("follows").any() else pieces
    kept = pl.when("closes").then(pl.lit("")).otherwise(pl.col("rest").str.extract(TO_BLANK_LINE))
    return rows.select("table", "line", pl.col("text").str.strip_suffix(pl.col("rest")) + kept, "closes")


def find_pieces(lines: pl.DataFrame) -> pl.DataFrame:
    """Cut tables where rows seem to begin; `rest` is the text behind the last pipe, `follows`: the row above is open.

    A line that begins with a pipe begins a row, and so does one that lacks only that pipe. The lines after it are the
    row's, too, up to where the row is closed or, if it never is, to a blank line after its last pipe.
    """
    ends = pl.col("text").str.strip_chars_end(" \t").str.ends_with("|") | pl.col("separates")
    is_first = pl.col("table").ne_missing(pl.col("table").shift(1))
    after_end = ends.shift(1) | is_first | ~pl.col("header").str.contains(ROW)
    bare = (pl.col("pipes") >= pl.max_horizontal(pl.col("width") - 1, 1)) & after_end
    kept = pl.col("starts", "line", "at_summary", "width").first()
    follows = pl.col("table").eq(pl.col("table").shift(1)) & ~pl.col("closes").shift(1)
    return (
        lines.with_columns(starts=pl.col("text").str.contains(ROW) | bare)
        .with_columns(piece=pl.col("starts").cum_sum())
        .group_by("table", "piece", maintain_order=True)
        .agg(kept, pl.col("pipes").sum(), pl.col("text").str.join("\n"))
        .filter("starts")
        .with_columns(rest=pl.col("text").str.split("|").list.last())
        .with_columns(closes=pl.col("rest").str.contains(BLANK_LINE))
        .with_columns(follows=follows.fill_null(value=False))
    )


def join_pieces(pieces: pl.DataFrame) -> pl.DataFrame:
    """Return the pieces as rows (table, line, text, rest, closes): a piece may go on with the open row above it.

    It does if that row has its link, and this piece has none and fits in before the end of the summary or of the row.
    And it does if it brings the link that a title before it has opened.
    """
    short = (pl.col("before") < pl.col("width")) | (pl.col("cells") < pl.col("width"))
    in_summary = (short & (pl.col("before") <= pl.col("at_summary") + 1)).fill_null(value=False)
    fits = in_summary | (pl.col("before") + pl.col("cells") <= pl.col("width"))
    goes_on = ~pl.col("linked") & (pl.col("was_linked") | pl.col("was_opens")) & fits
    closes_title = pl.col("brings") & pl.col("linked") & pl.col("was_opens") & ~pl.col("was_linked")
    return (
        mark_links(pieces)
        .with_columns(row=(~(pl.col("follows") & (goes_on | closes_title))).cum_sum())
        .group_by("row", maintain_order=True)
        .agg(pl.col("table", "line").first(), pl.col("text").str.join("\n"), pl.col("rest", "closes").last())
    )


def mark_links(pieces: pl.DataFrame) -> pl.DataFrame:
    """Add what each piece holds of its paper's link, what those above it in an open row do (was_), and both's cells."""
    begin = pl.col("text").str.strip_chars_start(" \t|")
    return pieces.with_columns(
        run=(~pl.col("follows")).cum_sum(),
        cells=pl.col("pipes") - pl.col("closes").cast(pl.Int64),
        linked=pl.col("text").str.contains(PAPER_LINK),
        opens=begin.str.starts_with("[") & ~pl.col("text").str.contains(LINKED, literal=True),
        brings=begin.str.contains(r"^[^\[|]*\][ \t\n]*\("),
    ).with_columns(
        pl.col("linked", "opens").cum_max().over("run").shift(1, fill_value=False).name.prefix("was_"),
        before=pl.col("cells").shift(1),
    )


def split_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the cells of each row, how many more than the layout's there are (surplus), and the title's share (late).

    Columns before the summary count from the left, those behind it from the right; the summary has what is between.
    """
    bare = pl.col("text").str.strip_chars_start(" \t").str.strip_prefix("|")
    inner = pl.when("closes").then(bare.str.strip_suffix("|")).otherwise(bare)
    more = pl.col("cells").list.len().cast(pl.Int64) - pl.col("width")
    title = pl.when(pl.col("surplus") > 0).then(bare).str.extract(r"(?s)^(.*?)" + PAPER_LINK)
    late = title.str.count_matches("|", literal=True).cast(pl.Int64) - pl.col("at_title")
    title_leads = pl.col("at_link").is_null() & (pl.col("at_title") < pl.col("at_summary").fill_null(pl.col("width")))
    return (
        rows.with_columns(cells=inner.str.split("|"))
        .with_columns(surplus=more)
        .with_columns(surplus=pl.col("surplus") - count_spare(inner))
        .with_columns(late=pl.when(title_leads & late.is_between(0, pl.col("surplus"))).then(late).otherwise(0))
    )


def count_spare(inner: pl.Expr) -> pl.Expr:
    """Count the blank cells behind the last column, which only a label list in its place tells from blank columns."""
    blank = pl.when(pl.col("surplus") > 0).then(inner).str.extract(r"((?:\|[ \t]*)+)$")
    spare = pl.min_horizontal(blank.str.count_matches("|", literal=True).cast(pl.Int64), "surplus")
    labels = pl.col("at_tasks") + pl.col("surplus")
    here, there = (
        pl.col("cells").list.get(at, null_on_oob=True).str.strip_chars_start(" \t").str.starts_with("[")
        for at in (labels, labels - spare)
    )
    return pl.when(there & ~here & (pl.col("at_tasks") > pl.col("at_summary"))).then(spare).otherwise(0)


def cell(at: pl.Expr) -> pl.Expr:
    """Return the cell of a column with the surplus it takes, trimmed and its escaped pipes unescaped.

    Null where the layout has no such column; for rows as split_rows.
    """
    more = (pl.col("surplus") - pl.col("late")).clip(lower_bound=0)
    behind = (at > pl.col("at_summary")).fill_null(value=False)
    start = at + pl.when(at > pl.col("at_title")).then("late").otherwise(0) + pl.when(behind).then(more).otherwise(0)
    taken = pl.when(at == pl.col("at_title")).then("late").when(at == pl.col("at_summary")).then(more).otherwise(0)
    text = pl.col("cells").list.slice(start, taken + 1).list.join("|")
    text = text.str.replace_all(ESCAPED_PIPE, "|", literal=True).str.strip_chars()
    return pl.when(at.is_not_null()).then(text)
