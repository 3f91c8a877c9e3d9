"""Which paper a cell links to: arXiv's own pages, mirrors, and sites with a page per arXiv paper. Pure."""

import polars as pl

from pipeline.services.arxiv.ids import ID, canonical_ids

LINE_BREAK = r"[ \t]*\n[ \t]*"
SCHEME = r"(?:(?:https?:)?//)?"
# A page below one of these is a paper's if its id comes next: `arxiv.org/abs/`, `doi.org/10.48550/arXiv.`
ARXIV_PAGES = (
    r"(?:(?:[a-z0-9-]+\.)*arxiv\.org(?::80|:443)?"
    r"/+(?:abs|pdf|html|format|src|e-print|ps|dvi|ftp/arxiv/papers/[0-9]{4})(?:/|%2f)+(?:arxiv:)?"
    r"|(?:(?:www|dx)\.)?(?:doi\.org/+)?(?:doi:)?10\.48550(?:/|%2f)+arxiv\."
    r"|(?:www\.)?alphaxiv\.org/+(?:[a-z]{2}/+)?(?:abs|pdf|html|overview)/+"
    r"|(?:www\.)?ar5iv\.org/+(?:(?:abs|pdf|html)/+)?"
    r"|(?:www\.)?arxiv-vanity\.com/+papers/+"
    r"|xxx\.lanl\.gov/+(?:abs|pdf)/+"
    r"|(?:www\.)?scirate\.com/+arxiv/+"
    r"|(?:www\.)?papers\.cool/+arxiv/+)"
)
HUB_PAGES = r"(?:www\.)?(?:huggingface\.co|hf\.co)/+papers/+(?:arxiv:)?"
BEFORE = (
    r"(?:^|href=|[\s(<>\[{|\"'`*~;,，；（【「])"  # what precedes an address, so that an archived copy of a page is none
)
ARXIV = rf"(?i){BEFORE}{SCHEME}{ARXIV_PAGES}\s*"
HUB_PAPER = rf"(?i){BEFORE}{SCHEME}{HUB_PAGES}\s*"
PAPER_LINK = rf"\(\s*<?{SCHEME}(?:{ARXIV_PAGES}|{HUB_PAGES})"  # compare without case
# Without Unicode, so that (?i) takes no Kelvin sign for a k.
ARXIV_ID = rf"((?-u:{ID}))(?:v[0-9]+)?(?:\.pdf)?(?:[^0-9A-Za-z_]|$)"
BARE_ID = rf"(?im)^\W*(?:arxiv\W*)?{ARXIV_ID}\W*(?:\[[a-z.-]+\])?\W*$"  # the whole of a link cell
NAMED_ID = rf"(?i)\barxiv:\s?{ARXIV_ID}"
AFTER_READ_MORE = r"(?is)\bread more\b(.*)$"  # the link after it names the paper of the row
# Every link to a paper contains one or more of these.
PAPER_HINTS = r"(?i)arxiv\.|alphaxiv|ar5iv|lanl\.gov|arxiv-vanity|arxiv/|/papers/|arxiv:\s?[0-9]"
ENDS = r"[\s,;()<>|]"


def find_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to rows (title, link) the arXiv id, null if there is none, and whether it is disputed: two are named.

    A link in the title takes precedence over one in a link column, and one after "read more" over all others.
    """
    in_title, in_link = join_lines(pl.col("title")), join_lines(pl.col("link"))
    ids = [*linked_ids(in_title), *linked_ids(in_link), bare_id(in_link)]
    count = pl.sum_horizontal(pl.col(name).str.count_matches(PAPER_HINTS).fill_null(0) for name in ("title", "link"))
    rows = rows.with_columns(one.alias(f"id_{i}") for i, one in enumerate(ids)).with_columns(places=count)
    found = [pl.col(f"id_{i}") for i in range(len(ids))]
    agree = pl.all_horizontal((one == pl.coalesce(found)).fill_null(value=True) for one in found)
    several = pl.col("places") > pl.sum_horizontal(one.is_not_null() for one in found)
    rows = rows.with_columns(arxiv_id=pl.coalesce(found), disputed=~agree | several).drop(f"id_{i}" for i in range(5))
    return resolve_disputes(rows) if rows["disputed"].any() else rows


def resolve_disputes(rows: pl.DataFrame) -> pl.DataFrame:
    """Compare all links of the rows that seem to name two papers."""
    title, link = pl.col("title"), join_lines(pl.col("link"))
    named = rows.filter("disputed").select(
        marked=find_papers(join_lines(title.str.extract(AFTER_READ_MORE))),
        in_title=find_papers(join_lines(title)),
        in_link=find_papers(link),
        bare=bare_id(link),
    )
    chosen = [choose(*ids) for ids in named.iter_rows()]
    places = rows["disputed"].arg_true()
    return rows.with_columns(
        arxiv_id=rows["arxiv_id"].scatter(places, pl.Series([one for one, _ in chosen], dtype=pl.String)),
        disputed=rows["disputed"].scatter(places, pl.Series([disputed for _, disputed in chosen], dtype=pl.Boolean)),
    )


def choose(marked: list[str], in_title: list[str], in_link: list[str], bare: str | None) -> tuple[str | None, bool]:
    """Return the paper of a row, and whether its links leave that open."""
    in_link = in_link or ([bare] if bare else [])
    if len(marked) == 1:
        return marked[0], False
    first = marked or in_title or in_link
    disputed = len(first) > 1 or bool(first and in_link and first[0] not in in_link)
    return next(iter(first), None), disputed


def join_lines(text: pl.Expr) -> pl.Expr:
    """Put a cell without its line breaks before the cell itself, so that a link broken over lines is found too."""
    return pl.concat_str(text.str.replace_all(LINE_BREAK, ""), text, separator="\n")


def linked_ids(text: pl.Expr) -> list[pl.Expr]:
    """Return the ids of the first link to arXiv and of the first to a Hugging Face paper page; null without."""
    return [canonical_ids(text.str.extract(host + ARXIV_ID)) for host in (ARXIV, HUB_PAPER)]


def bare_id(cell: pl.Expr) -> pl.Expr:
    """Return the id in a link cell that is not part of a link; null if there is none."""
    return canonical_ids(pl.coalesce(cell.str.extract(BARE_ID), cell.str.extract(NAMED_ID)))


def find_papers(text: pl.Expr) -> pl.Expr:
    """Return the distinct arXiv ids of all links to papers, in order; empty for null."""
    parted = text.str.replace_all(ENDS, "$0 $0")  # so that one mark can end an address and precede the next
    found = parted.str.extract_all(f"(?i)(?:{ARXIV}|{HUB_PAPER}){ARXIV_ID}")
    ids = found.list.eval(pl.coalesce(linked_ids(pl.element())))
    return ids.list.drop_nulls().list.unique(maintain_order=True).fill_null([])
