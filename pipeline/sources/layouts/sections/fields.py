"""What stands in a section: its heading, its labelled lines, its summary. Pure.

Titles, names and addresses are as the list wrote them: it writes what Hugging Face says, without escapes, so only white
space is squeezed, and marks are taken off that enclose a whole title.
"""

import json

import polars as pl

from pipeline.services.arxiv.ids import ID, canonical_ids
from pipeline.sources.layouts.links.cells import TITLED, WRITTEN, gather_links
from pipeline.sources.layouts.links.names import NOTHING
from pipeline.sources.layouts.names import ODD_AUTHORS, read_authors, split_cells
from pipeline.sources.layouts.papers import find_ids
from pipeline.sources.layouts.sections.descriptions import SectionLayout
from pipeline.sources.layouts.sections.split import LINE, RULE, show_hidden
from pipeline.sources.layouts.titles import ONLY_ADDRESSES
from pipeline.sources.markup.texts import squeeze

FIELDS = pl.Schema(
    {
        "row": pl.UInt32,
        "label": pl.String,  # as written; null for a paragraph without one
        "role": pl.String,  # one of SectionLayout.labels; null where nobody knows the label
        "value": pl.String,
    }
)
BLANK_LINE = r"\n[ \t]*\n"
NUMBER = r"\A##[ \t]*(?:[0-9]{1,6}[.)])?[ \t]*"
LINK_END = r"\]\(\s*<?([^\s<>\[\]]*)>?(?:[ \t]+\"[^\"\n]*\")?\s*\)[ \t]*#*\s*\z"
TO_PAPER = r"\]\([^\s<>\[\]]*(?:arxiv|/papers/|[0-9]{4}\.[0-9]{4})[^\s<>\[\]]*\)"
LINKED_LINE = rf"(?s)\A(?P<heading>.*?{TO_PAPER})[ \t]*\n(?P<rest>.*)\z"
LABEL = r"\A\*\*([^*\n]{1,60}?)[ \t]*(?:[:\x{ff1a}]\*\*|\*\*[ \t]*[:\x{ff1a}])"
BULLET = r"[ \t]*[-*+][ \t]+"
PARTED = r"[ \t]*(?:[|;,\x{b7}][ \t]*)?"  # what stands between two labels of one line
PLAIN_LABEL = r"\*\*[A-Za-z][A-Za-z ]{0,58}[A-Za-z]\*\*: [^\s*+\x00-][^\n*\x00]*"
PLAIN = rf"\A\n*(?:{PLAIN_LABEL}(?: \| {PLAIN_LABEL})*\n*(?:\n\n|\z))*\z"  # of it, part_labels changes nothing
ENCLOSED = r"^(?:\*\*([^*]+)\*\*|\*([^*]+)\*|__([^_]+)__|_([^_]+)_|~~([^~]+)~~|`([^`]+)`)$"
ONE_LINK = r"\A(\[[^\[\]]*\]\(\s*[^\[\]\s]*\s*)\)\z"  # as WRITTEN, without the last bracket
BARE = r"(?i)\b(?:github\.com|huggingface\.co)/[^\s,;|()\[\]<>]+"  # an address without its scheme
SAID = ("arxiv_id", "organization", "published_at", "submitted", "upvotes")  # roles that have one value
ENCODE = json.JSONEncoder(ensure_ascii=False).encode  # one for all, since to make one costs more than to use it
LINK_TEXTS = {"github": r"(?i)^\W*(?:github|code|repo)", "hugging_face": r"(?i)^\W*(?:hugging|hf\b|model|dataset)"}


def read_sections(sections: pl.DataFrame, layout: SectionLayout) -> pl.DataFrame:
    """Add to SECTIONS `row`, title, address, summary (null where the mark of one is missing) and what is above it."""
    is_last = pl.col("line") == pl.col("line").max().over("page")
    footed = pl.col("text").str.replace(rf"(?s)\n {{0,3}}{LINE}(?:\n.*)?\z", "")
    body = end_at_rule(pl.col("text")) if layout.is_ruled else pl.when(is_last).then(footed).otherwise("text")
    address = pl.col("heading").str.extract(LINK_END)
    text = pl.col("heading").str.replace(NUMBER, "")
    linked = pl.when(text.str.starts_with("[") & pl.col("address").is_not_null()).then(
        text.str.replace(LINK_END, "").str.slice(1)
    )
    return (
        sections.with_row_index("row")
        .with_columns(split_at(body, f"(?m){layout.summary_mark}", "above", "summary"))
        .with_columns(split_at(pl.col("above"), BLANK_LINE, "heading", "paragraphs"))
        .with_columns(pl.col("summary").str.strip_chars(), pl.col("heading").str.strip_chars_end())
        .pipe(part_headings)
        .with_columns(address=address)
        .with_columns(
            title=squeeze(show_hidden(pl.coalesce(linked, text.str.replace(r"[ \t]+#+\z", "")))).str.strip_chars()
        )
        .with_columns(title=bare_titles())
        .drop("above", "heading")
    )


def part_headings(sections: pl.DataFrame) -> pl.DataFrame:
    """Move to the paragraphs what stands below a heading that ends with its link, without a blank line between."""
    heading = sections["heading"]
    joined = heading.str.contains("\n", literal=True) & (
        ~heading.str.contains(LINK_END) | heading.str.contains(rf"{TO_PAPER}[ \t]*\n[ \t]*\*\*")
    )
    if not joined.any():
        return sections
    both = pl.when(joined).then(pl.col("heading").str.extract_groups(LINKED_LINE))
    rest = both.struct.field("rest")
    return sections.with_columns(
        heading=pl.coalesce(both.struct.field("heading"), "heading"),
        paragraphs=pl.coalesce(pl.concat_str(rest, pl.lit("\n\n"), pl.col("paragraphs").fill_null("")), "paragraphs"),
    )


def split_at(text: pl.Expr, mark: str, before: str, behind: str) -> pl.Expr:
    """Return as two columns what stands before the first match of a pattern, and behind it; null without a match."""
    parts = text.str.replace(mark, "\0m").str.splitn("\0m", 2)
    return parts.struct.rename_fields([before, behind]).struct.unnest()


def end_at_rule(text: pl.Expr) -> pl.Expr:
    """Cut a section off at the rule that ends it; what stands behind the last one is not of the section."""
    ended = text.str.replace(rf"{RULE}\s*\z", "")
    footed = pl.when(ended == text).then(text).str.extract(rf"(?s)\A(.*){RULE}\n")
    return pl.coalesce(footed, ended)


def bare_titles() -> pl.Expr:
    """Return titles without the marks that enclose them; null for what is no title, such as a link cut in two."""
    title = pl.col("title")
    is_broken = title.str.contains(r"\]\(") | (pl.col("address").is_null() & title.str.contains(r"[\[\]<>]|://"))
    is_broken &= ~title.str.contains(ONLY_ADDRESSES)
    return pl.when(~is_broken).then(title.str.replace(ENCLOSED, "$1$2$3$4$5$6"))


def read_fields(sections: pl.DataFrame, layout: SectionLayout) -> pl.DataFrame:
    """Return the labelled lines between heading and summary, and paragraphs without a label, as FIELDS, in order.

    A value goes on up to a blank line or the next label; items of a list below a label are its value.
    """
    is_plain = sections["paragraphs"].str.contains(PLAIN)
    fields = read_plain(sections.filter(is_plain))
    if not is_plain.all():
        fields = pl.concat([fields, read_marked(sections.filter(~is_plain), layout)]).sort("row", maintain_order=True)
    roles = pl.col("label").str.to_lowercase().replace_strict(dict(layout.labels), default=None, return_dtype=pl.String)
    return fields.with_columns(role=roles).match_to_schema(FIELDS)


def read_plain(sections: pl.DataFrame) -> pl.DataFrame:
    """Return row, label and value of sections that are PLAIN, as read_marked does, at a fifth of its cost."""
    parts = pl.col("paragraphs").str.replace_all(" | **", "\n\n**", literal=True).str.split("\n\n")
    parts = split_parts(sections, parts).with_columns(pl.col("part").str.splitn("**: ", 2).struct.unnest())
    return parts.select("row", label=pl.col("field_0").str.slice(2), value="field_1")


def read_marked(sections: pl.DataFrame, layout: SectionLayout) -> pl.DataFrame:
    """Return row, label and value, however the labels are marked and parted."""
    parts = part_labels(pl.col("paragraphs"), layout).str.replace_all(BLANK_LINE, "\0/").str.split("\0/")
    label, value = pl.col("part").str.extract(LABEL), show_hidden(pl.col("part").str.replace(LABEL, ""))
    return split_parts(sections, parts).select("row", label=label, value=value).with_columns(value=listed_value())


def split_parts(sections: pl.DataFrame, parts: pl.Expr) -> pl.DataFrame:
    """Return row and part of what is split into parts, trimmed and without empty ones."""
    split = sections.select("row", part=parts).explode("part").with_columns(pl.col("part").str.strip_chars())
    return split.filter(pl.col("part") != "")


def listed_value() -> pl.Expr:
    """Return the value of a label, trimmed; of a list below it, its items with semicolons between them."""
    value = pl.col("value").str.strip_chars()
    is_list = pl.col("label").is_not_null() & value.str.contains(rf"\A{BULLET}")
    items = value.str.replace(rf"\A{BULLET}", "").str.replace_all(rf"\n{BULLET}", ";\n")
    return pl.when(is_list).then(items).otherwise(value)


def part_labels(text: pl.Expr, layout: SectionLayout) -> pl.Expr:
    """Write each label as `**label**:` at the beginning of a paragraph, without a bullet, and lists below one to it."""
    known = "|".join(layout.labels) or r"[^\s\S]"
    marked = r"(\*\*[^*\n]{1,60}(?:[:\x{ff1a}]\*\*|\*\*[ \t]*[:\x{ff1a}]))"
    within = rf"(?i){PARTED}(\*\*(?:{known})[ \t]*(?:[:\x{{ff1a}}]\*\*|\*\*[ \t]*[:\x{{ff1a}}]))"
    plain = rf"(?mi)^(?:{BULLET})?[ \t]*(?:__)?({known})(?:__)?[ \t]*[:\x{{ff1a}}](?:__)?"
    return (
        text.str.replace_all(plain, "\n\n**$1**:")
        .str.replace_all(rf"(?m)^(?:{BULLET})?[ \t]*{marked}", "\n\n$1")
        .str.replace_all(within, "\n\n$1")
        .str.replace_all(rf"[ \t]\|[ \t]{marked}", "\n\n$1")
        .str.replace_all(rf"(?m)^{marked}[ \t]*\n(?:[ \t]*\n)+({BULLET}\S)", "$1\n$2")
    )


def merge_said(fields: pl.DataFrame) -> pl.DataFrame:
    """Return row, role and value of what is said in FIELDS, once a section and role: several values, a line each."""
    said = fields.filter(pl.col("role").is_in(SAID) & (pl.col("value") != "")).select("row", "role", "value")
    if said.select("row", "role").is_unique().all():
        return said
    values = pl.col("value").unique(maintain_order=True).str.join("\n")
    return said.group_by("row", "role", maintain_order=True).agg(values)


def read_section_authors(fields: pl.DataFrame) -> pl.DataFrame:
    """Return `row` and its authors, of all lines that list some, each read as a table's cell is."""
    lines = fields.filter(role="authors").with_columns(squeeze(pl.col("value")).str.strip_chars())
    names = lines.select("row", authors=split_cells(lines["value"], ODD_AUTHORS, read_authors))
    return names.explode("authors").drop_nulls("authors").group_by("row", maintain_order=True).agg("authors")


def gather_fields(fields: pl.DataFrame) -> pl.DataFrame:
    """Return a row per section that has FIELDS: row, ids, authors, upvotes_count and extra, a JSON object."""
    unknown = pl.struct("label", "value").filter(pl.col("role").is_null())
    said = {role: pl.col("value").filter(pl.col("role") == role).first() for role in SAID}
    of_section = fields.group_by("row", maintain_order=True).agg(unknown=unknown)
    for part in (merge_said(fields).group_by("row").agg(**said), read_section_authors(fields)):
        of_section = of_section.join(part, on="row", how="left", maintain_order="left")
    extra = [write_extra(*values) for values in of_section.select(*SAID[1:], "unknown").iter_rows()]
    return of_section.select("row", "authors", ids="arxiv_id", extra=pl.Series(extra, dtype=pl.String))


def write_extra(
    organization: str | None,
    published: str | None,
    submitted: str | None,
    upvotes: str | None,
    unknown: list[dict[str, str | None]],
) -> str | None:
    """Return as JSON what has no column of its own; text without a label is there as `text`; null where nothing is."""
    day, _, name = (submitted or "").partition(" by ")
    extra = {"organization": organization, "published_at": published, "submitted_at": day, "submitted_by": name}
    extra["upvotes_then"] = upvotes
    for each in unknown:
        label = each["label"] or "text"
        extra[label] = f"{extra[label]}\n{each['value']}" if label in extra else each["value"]
    said = {label: value for label, value in extra.items() if value}
    return ENCODE(said) if said else None


def read_section_links(fields: pl.DataFrame) -> pl.DataFrame:
    """Take links `[text](address)` and bare addresses out of FIELDS, whatever stands between them.

    What is no address, alone in a line of links, is one that names nothing. Returns `row` and `links` as read_links.
    """
    parts = fields.filter(role="links").select("row", part=pl.col("value").str.split(" | ")).explode("part")
    parts = parts.with_columns(pl.col("part").str.strip_chars()).filter(~pl.col("part").str.contains(NOTHING))
    links = find_written(parts.with_columns(one=pl.col("part").str.extract(ONE_LINK)))
    linked = pl.col("part").str.extract_groups(r"(?s)\A\[(?P<named>[^\[\]]*)\]\s?\(\s*(?P<url>.*?)\s*\z")
    links = links.with_columns(linked.struct.unnest())
    url = pl.coalesce("url", "part").str.replace(TITLED, "$1").str.strip_prefix("<").str.strip_suffix(">")
    named = pl.coalesce(
        pl.when(pl.col("named").str.contains(spelling)).then(pl.lit(column)) for column, spelling in LINK_TEXTS.items()
    )
    links = links.select("row", column_name=named.fill_null("project_page"), url=url)
    return gather_links(links.filter(pl.col("url") != ""))


def find_written(parts: pl.DataFrame) -> pl.DataFrame:
    """Return `row` and `part`, one for each link in parts (row, part, one: the part if it is one link), in order."""
    if parts["one"].null_count() == 0:
        return parts.select("row", part="one")
    part = pl.when(pl.col("one").is_null()).then("part")
    written = pl.concat_list(part.str.extract_all(WRITTEN), part.str.replace_all(WRITTEN, " ").str.extract_all(BARE))
    found = pl.when(pl.col("one").is_null() & (written.list.len() > 0)).then(written)
    return parts.select("row", part=found.otherwise(pl.concat_list(pl.coalesce("one", "part")))).explode("part")


def find_papers_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to rows (address, ids) the arXiv id, null where there is none, and whether two are named that differ."""
    cells = rows.select(title=pl.format("[]({})", "address"), link="ids", ids="ids")
    found = find_ids(cells)
    text = canonical_ids(pl.col("ids").str.extract(rf"\[((?-u:{ID}))(?:v[0-9]+)?\]"))
    disputed = pl.col("disputed") | (text != pl.col("arxiv_id")).fill_null(value=False)
    return rows.hstack(found.select("arxiv_id", disputed=disputed))
