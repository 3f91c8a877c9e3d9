"""The links of cells, named, as frames. Pure."""

import polars as pl

from pipeline.sources.layouts.links.meant import find_meant
from pipeline.sources.layouts.links.names import NOTHING, WRAPPING, is_guess, name_link

LINK_NAMES = pl.Schema(
    {
        "url": pl.String,  # as written
        "column_name": pl.String,  # github, hugging_face or project_page: as what it is listed
        "kind": pl.String,  # one of KINDS; null if it names nothing
        "target": pl.String,  # owner/name, org/slug, the account or the site; case as written; null if it names nothing
        "is_kind_guessed": pl.Boolean,  # as is_guess says; null if it names nothing
        "reason": pl.String,  # one of REASONS; null if it names something
        "meant": pl.String,  # the address that may be meant where a letter is wrong, or the host missing; null for most
    }
)
LINK = pl.Struct(
    {
        "column_name": pl.String,  # github, hugging_face or project_page: as what it is listed
        "position": pl.Int32,  # from 1, over all columns of the row, the GitHub column first
        "url": pl.String,  # as written, line breaks included
        "kind": pl.String,  # one of KINDS; null if it names nothing
        "target": pl.String,  # as in LINK_NAMES
        "is_kind_guessed": pl.Boolean,  # as is_guess says; null if it names nothing
        "reason": pl.String,  # one of REASONS; null if it names something
        "meant": pl.String,  # as in LINK_NAMES
    }
)

# [text](address), or a bare address up to a mark that ends it in a list, a sentence or markup of any script
WRITTEN = (
    r"\[[^\[\]]*\]\s?\(([^()]*(?:\([^()]*\)[^()]*)*)"
    r"|https?://[^\s,;()\[\]<>\"'`*|\x{3001}\x{3002}\x{300c}\x{300d}\x{3010}\x{3011}\x{ff01}\x{ff08}\x{ff09}\x{ff0c}\x{ff1b}\x{ff5c}]+"
)
# An address without its scheme, beside others that have one
BARE = (
    r"(?i)(?:^|[\s,;(])(?:(?:www\.)?(?:github\.com|huggingface\.co|hf\.co)/|git@github\.com:)"
    r"[^\s,;()\[\]<>\"'`*|\x{3001}\x{3002}\x{ff08}\x{ff09}\x{ff0c}\x{ff1b}\x{ff5c}]+"
)
HTML_LINK = r"(?is)<a\s[^<>]*?href\s*=\s*[\"']?([^\"'\s<>]+)[\"']?[^<>]*>.*?(?:</a\s*>|$)"
STRUCK = r"(^|[\s,;(])(?:~~|_{1,3})(https?://[^\s,;]*?[^\s,;~_])(?:~~|_{1,3})([\s,;)]|$)"
MARKED = r"(?i)<a\s|~~|_https?:"  # cells without it have none of the two above
PARTED = r"(?i)[;\x{3001}\x{ff0c}\x{ff1b}]|<br\s*/?>|\s(?:and|&|\|)\s"  # what separates bare names, besides commas
HOMES = {"github": "https://github.com/", "hugging_face": "https://huggingface.co/"}
TITLED = r"(?s)^<?([^\s<>]+)>?\s+(?:\".*\"|'.*')$"


def read_links(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the links in two columns, github and hugging_face, whose cells are null if a layout has no such column.

    The frame has `row`, as given, and `links`, a list of LINK; rows without a link are absent. A cell that says N/A has
    none, and one with neither markup nor https:// has one for each of its parts between commas.
    """
    cells = rows.unpivot(["github", "hugging_face"], index="row", variable_name="column_name", value_name="cell")
    cells = cells.filter(~pl.col("cell").str.contains(NOTHING)).sort("row", maintain_order=True)
    if cells["cell"].str.contains(MARKED).any():
        marked = pl.col("cell").str.replace_all(HTML_LINK, "[]($1)").str.replace_all(STRUCK, "$1$2$3")
        cells = cells.with_columns(cell=marked)
    written = find_written(cells)
    bare = pl.when(written.list.len() == 0).then("cell").str.replace_all(PARTED, ",").str.split(",")
    bare = bare.list.eval(pl.element().filter(~pl.element().str.contains(NOTHING)).str.strip_chars("[]()*" + WRAPPING))
    url = pl.coalesce(pl.col("url").str.extract(WRITTEN), "url").str.strip_chars()
    links = (
        cells.select("row", "column_name", url=pl.coalesce(bare, written))
        .explode("url")
        .with_columns(url=url.str.replace(TITLED, "$1").str.strip_prefix("<").str.strip_suffix(">"))
    )
    return gather_links(links, find_beside(cells))


def find_written(cells: pl.DataFrame) -> pl.Expr:
    """Return the links of a cell that are markup or whole addresses; behind them, bare ones that stand beside these."""
    cell = pl.col("cell")
    written = cell.str.extract_all(WRITTEN)
    if not cells["cell"].str.contains(BARE).any():
        return written
    beside = pl.when(written.list.len() > 0).then(cell.str.replace_all(WRITTEN, " ")).str.extract_all(BARE)
    return written.list.concat(beside.list.eval(pl.element().str.strip_chars_start(" \t\n,;(")).fill_null([]))


def find_beside(cells: pl.DataFrame) -> pl.DataFrame:
    """Return, named as LINK_NAMES, what stands beside an address and would name something if it stood alone.

    A name without a host is rejected there: it may be a further repository, or a remark like `PyTorch/JAX`. The label
    of an address is none.
    """
    cells = cells.with_columns(rest=pl.col("cell").str.replace_all(WRITTEN, ","))
    cells = cells.filter(pl.col("rest").str.contains("/") & (pl.col("rest") != pl.col("cell")))
    rest = pl.col("rest").str.replace_all(BARE, ",").str.replace_all(PARTED, ",")
    parts = cells.with_columns(url=rest.str.split(",")).explode("url")
    parts = parts.with_columns(pl.col("url").str.strip_chars("[]()*:\uff08\uff09" + WRAPPING))
    addresses = pl.col("cell").str.extract_all(f"{WRITTEN}|{BARE}").list.join(" ").str.to_lowercase()
    is_label = addresses.str.contains("/" + pl.col("url").str.to_lowercase(), literal=True)
    parts = parts.filter(~is_label & ~pl.col("url").str.contains(NOTHING)).unique(maintain_order=True)
    named = parts.join(name_links(parts), on=["url", "column_name"], how="left", maintain_order="left")
    named = named.filter(pl.col("kind").is_not_null())
    doubted = ~pl.col("url").str.contains(r"^[^/]*\.")
    return named.with_columns(
        *(pl.when(~doubted).then(name).alias(name) for name in ("kind", "target", "is_kind_guessed")),
        reason=pl.when(doubted).then(pl.lit("no_host")),
        meant=pl.when(doubted).then(pl.col("column_name").replace_strict(HOMES) + pl.col("url")),
    ).select("row", *LINK_NAMES)


def gather_links(links: pl.DataFrame, beside: pl.DataFrame | None = None) -> pl.DataFrame:
    """Name links (row, column_name, url) in their order; `beside` has further ones. Returns as read_links."""
    links = links.join(name_links(links), on=["url", "column_name"], how="left", maintain_order="left")
    if beside is not None and not beside.is_empty():
        links = pl.concat([links, beside], how="diagonal").sort("row", "column_name", maintain_order=True)
    links = links.with_columns(position=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("row"))
    return links.group_by("row", maintain_order=True).agg(links=pl.struct(list(LINK.to_schema())))


def name_links(links: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct (url, column_name) of a frame as LINK_NAMES: one row per pair, in order met, to be joined."""
    pairs = links.select("url", "column_name").unique(maintain_order=True)
    named = [(url, column, name_link(url, column)) for url, column in pairs.iter_rows()]
    rows = [
        (url, column, link.kind, link.target, is_guess(url, link), link.reason, find_meant(url, column, link))
        for url, column, link in named
    ]
    return pl.DataFrame(rows, schema=LINK_NAMES, orient="row").match_to_schema(LINK_NAMES)
