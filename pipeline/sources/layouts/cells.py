"""Split rows into cells. Pure.

Rows contain unescaped pipes. So a row is read from both ends, and the surplus cells in the middle belong to the
summary, or to the title if its link comes later. `\\|` is an escaped pipe and becomes a pipe.
"""

import polars as pl

from pipeline.sources.layouts.headers import ESCAPED_PIPE
from pipeline.sources.layouts.papers import PAPER_LINK


def split_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the cells of each row, how many more than the layout's there are (surplus), and the title's share (late).

    Columns before the summary count from the left, those after it from the right; the summary gets what is between.
    """
    bare = pl.col("text").str.strip_chars_start(" \t").str.strip_prefix("|")
    inner = pl.when("closes").then(bare.str.strip_suffix("|")).otherwise(bare)
    more = pl.col("cells").list.len().cast(pl.Int64) - pl.col("width")
    title = pl.when(pl.col("surplus") > 0).then(bare).str.extract(r"(?is)^(.*?)" + PAPER_LINK)
    late = title.str.count_matches("|", literal=True).cast(pl.Int64) - pl.col("at_title")
    title_leads = pl.col("at_link").is_null() & (pl.col("at_title") < pl.col("at_summary").fill_null(pl.col("width")))
    return (
        rows.with_columns(cells=inner.str.split("|"))
        .with_columns(surplus=more)
        .with_columns(surplus=pl.col("surplus") - count_spare(inner))
        .with_columns(late=pl.when(title_leads & late.is_between(0, pl.col("surplus"))).then(late).otherwise(0))
    )


def count_spare(inner: pl.Expr) -> pl.Expr:
    """Count blank cells after the last column. They are spare if the list of labels is in its place without them."""
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

    Null if the layout has no such column. For rows from split_rows.
    """
    more = (pl.col("surplus") - pl.col("late")).clip(lower_bound=0)
    behind = (at > pl.col("at_summary")).fill_null(value=False)
    start = at + pl.when(at > pl.col("at_title")).then("late").otherwise(0) + pl.when(behind).then(more).otherwise(0)
    taken = pl.when(at == pl.col("at_title")).then("late").when(at == pl.col("at_summary")).then(more).otherwise(0)
    text = pl.col("cells").list.slice(start, taken + 1).list.join("|")
    text = text.str.replace_all(ESCAPED_PIPE, "|", literal=True).str.strip_chars()
    return pl.when(at.is_not_null()).then(text)
