"""A page into its sections. Pure, and linear in the page's length.

A section begins with a heading of the second level below which a paper's labels stand, or that has a number or a link
to a paper where a section may begin. Any other such heading is text of the section above it, unless that has ended.
"""

import re
from itertools import pairwise

import polars as pl

from pipeline.sources.layouts.sections.descriptions import SectionLayout
from pipeline.sources.markup.blocks import visible_lines

SECTIONS = pl.Schema(
    {
        "page": pl.UInt32,  # its place among those given
        "line": pl.Int32,  # from 1: the heading's
        "text": pl.String,  # the heading included, the rule that ends it as well
    }
)
HIDDEN = "\0h"  # stands before each line of fenced code from prepare_page to show_hidden
PARTED = "\0p"  # stands before each heading for a moment
LINKED = r"\A##[^\n]*\["
TO_PAPER = r"(?i)\A##(?:[^\n]|\n[^\n])*?(?:arxiv|/papers/|[0-9]{4}\.[0-9]{4})"
NUMBERED = r"\A##[ \t]*[0-9]{1,6}[.)]"
LINE = r"(?:-(?:[ \t]*-){2,}|\*(?:[ \t]*\*){2,}|_(?:[ \t]*_){2,})[ \t]*"
RULE = rf"\n[ \t]*\n {{0,3}}{LINE}"
INDENTED = re.compile(r"^ {1,3}(?=##[ \t]*(?:[0-9]{1,6}[.)]|\[))", re.MULTILINE)
UNDERLINED = re.compile(r"^ {0,3}([0-9]{1,6}[.)][ \t]*\[[^\n]*\))[ \t]*\n {0,3}-+[ \t]*$", re.MULTILINE)
UNDERLINE = r"\)[ \t]*\n {0,3}-"
ODD = ("\r", "\0", " ##", "<!--", "```", "~~~")  # what prepare_page has something to do for, and UNDERLINE


def prepare_pages(texts: pl.Series, layout: SectionLayout) -> pl.Series:
    """Return the text of each page as prepare_page does; of a page without text, an empty one."""
    text = pl.col("text")
    is_odd = pl.any_horizontal(text.str.contains(UNDERLINE), *(text.str.contains(mark, literal=True) for mark in ODD))
    frame = texts.alias("text").fill_null("").to_frame().with_columns(is_odd=is_odd)
    prepared = [prepare_page(page, layout) for page in frame.filter("is_odd")["text"]]
    return frame["text"].scatter(frame["is_odd"].arg_true(), pl.Series(prepared, dtype=pl.String))


def prepare_page(text: str, layout: SectionLayout) -> str:
    """Return the text with plain line breaks and headings, without comments, and with each line of fenced code marked.

    Where a page says how many papers it has, and has so many only if fences are text, they are.
    """
    if not any(mark in text for mark in ODD) and not re.search(UNDERLINE, text):
        return text
    for written, read in (("\r\n", "\n"), ("\r", "\n"), ("\0", "\ufffd")):
        text = text.replace(written, read)
    text = UNDERLINED.sub(r"## \1\n", INDENTED.sub("", text))
    lines = zip(text.split("\n"), visible_lines(text), strict=True)
    hidden = "\n".join(HIDDEN + written if shown is None else shown for written, shown in lines)
    stated = stated_total(text, layout)
    return text if count_headings(text) == stated != count_headings(hidden) else hidden


def count_headings(text: str) -> int:
    return len(re.findall(r"^##(?!#)", text, re.MULTILINE))


def stated_total(text: str, layout: SectionLayout) -> int | None:
    """Return how many papers a page says it has, above its sections; null where it does not say."""
    above = f"\n{text}".partition("\n##")[0]
    found = re.search(rf"(?m){layout.total}", above) if layout.total else None
    return int(found[1]) if found else None


def show_hidden(text: pl.Expr) -> pl.Expr:
    """Take the marks of prepare_page off."""
    return text.str.replace_all(HIDDEN, "", literal=True)


def find_sections(text: str, layout: SectionLayout) -> list[str]:
    """Return each section of a prepared page up to the next heading, as split_sections finds them."""
    pieces = re.split(r"^(?=##(?!#))", f"\n{text}", flags=re.MULTILINE)
    return [piece for above, piece in pairwise(pieces) if is_section(above, piece, layout)]


def is_section(above: str, piece: str, layout: SectionLayout) -> bool:
    """Whether a piece that begins with a heading is a section, by what stands above it."""
    if re.search(labels_of(layout), piece):
        return True
    may_begin = not layout.is_ruled or re.search(rf"{RULE}\s*\Z", above) is not None
    is_linked = re.match(LINKED, piece) and re.match(TO_PAPER, piece)
    return may_begin and bool(is_linked or re.match(NUMBERED, piece))


def split_sections(texts: pl.Series, layout: SectionLayout) -> pl.DataFrame:
    """Return the sections of prepared pages as SECTIONS, in order."""
    marked = pl.concat_str(pl.lit("\n"), "text").str.replace_all("\n##", f"\n{PARTED}##", literal=True)
    parts = marked.str.replace_all(f"{PARTED}###", "###", literal=True).str.split(PARTED)
    pieces = texts.to_frame("text").with_row_index("page").with_columns(text=parts).explode("text")
    lines = pl.col("text").str.count_matches("\n", literal=True).cum_sum().shift(1).over("page").cast(pl.Int32)
    pieces = mark_sections(pieces.with_columns(line=lines), layout)
    if not (pieces["is_section"] | pieces["line"].is_null()).all():
        pieces = join_pieces(pieces)
    return pieces.filter("is_section").match_to_schema(SECTIONS, extra_columns="ignore")


def mark_sections(pieces: pl.DataFrame, layout: SectionLayout) -> pl.DataFrame:
    """Add to pieces whether a section may begin with them, and whether one does, as is_section."""
    text = pl.col("text")
    ended = text.str.contains(rf"{RULE}\s*\z").shift(1, fill_value=False)
    begins = text.str.contains(NUMBERED) | (text.str.contains(LINKED) & text.str.contains(TO_PAPER))
    found = text.str.contains(labels_of(layout)) | (pl.col("may_begin") & begins)
    return pieces.with_columns(may_begin=ended if layout.is_ruled else pl.lit(value=True)).with_columns(
        is_section=pl.col("line").is_not_null() & found
    )


def join_pieces(pieces: pl.DataFrame) -> pl.DataFrame:
    """Join pieces that are no sections to what is not ended above them."""
    starts = pl.col("is_section") | pl.col("line").is_null() | pl.col("may_begin")
    whole = pieces.with_columns(piece=starts.cum_sum()).group_by("piece", maintain_order=True)
    return whole.agg(pl.col("page", "line", "is_section").first(), pl.col("text").str.join(""))


def labels_of(layout: SectionLayout) -> str:
    """Return the pattern of what only a section has below its heading."""
    names = "|".join(layout.labels)
    labels = rf"|^\*\*(?:{names})(?:\*\*:|:\*\*)" if names else ""
    return rf"(?mi){layout.summary_mark}{labels}"


def is_cut(text: str, sections: list[str], layout: SectionLayout) -> bool:
    """Tell whether a prepared page, given with its sections, seems to end too early."""
    if not sections:
        return False
    if layout.is_ruled:
        last = text[text.rindex(sections[-1]) :]
        return re.search(rf"{RULE}(?:\n|\Z)", last) is None
    return not text.endswith("\n") or re.search(rf"(?m){layout.summary_mark}", sections[-1]) is None
