"""Split a cell of authors or labels into names, however the list is written. Pure.

Most cells are plain lists, which polars splits all at once; each of the rest is split by itself.
"""

import re
from collections.abc import Callable, Sequence
from typing import cast

import polars as pl

from pipeline.core.json_text import load_json
from pipeline.services.spelling import normalise
from pipeline.sources.layouts.links.names import NOTHING, says_nothing
from pipeline.sources.markup.escapes import resolve_entities
from pipeline.sources.markup.inline import BREAK, link_anchors, replace_links, strip_marks, strip_tags

QUOTE = "['\"\u2018\u2019\u201c\u201d]"
ODD_LABELS = r"[^ -~]|[;<>*`{}()|\\!~_]|\]\(|\] ?,? ?\[|['\"] ['\"]|^ ?[^\['\" ][^\[]*\["
ODD_AUTHORS = ODD_LABELS + r"|[&^$#@+]|(?i-u:\b(?:and|et|others|more)\b)"
PARTS = "[,;\uff0c\uff1b\u3001]"
QUOTED = re.compile(rf"^ ?\[ ?{QUOTE}|^ ?{QUOTE}.*{QUOTE} ?$")
BETWEEN_QUOTES = re.compile(
    rf"{QUOTE} ?\] ?{PARTS}? ?\[ ?{QUOTE}|{QUOTE} {QUOTE}|{QUOTE} ?{PARTS} ?{QUOTE}?|{PARTS} ?{QUOTE}"
)
COLLECTION = re.compile(
    r"^ ?(?:(?:frozen)?set|list|tuple)?(?:\(([\[{(].*[\]})]|)\)|\((?=[\"'])(.*)\)|\{(.*)\}) ?$", re.I
)
FOOTNOTE = re.compile(
    r"<sup\b[^<>]*>[^<>]*</sup\s*>|\$\s*\^[^$]*\$|\^\{[^{}]*\}|\^[0-9,*\u2020\u2021]+\^?"
    r"|[\u00b9\u00b2\u00b3\u2070-\u209c\u2020\u2021\u00a7\u00b6\u2217]+(?:,[\u00b9\u00b2\u00b3\u2070-\u209c\u2020\u2021]+)*",
    re.IGNORECASE,
)
MAIL = r"(?:mailto:)?([^\s<>@,;()\[\]{}'\"]{1,64}@[a-zA-Z0-9.-]{1,255})"
MAIL_OF_NAME = re.compile(
    rf"(?<=[^\s,;\u00b7\u2022|])(?<! and)(?<!&)(?:[ \t]+[:<(\[{{]*|[:<(\[{{]+) ?{MAIL}[>)\]}}]*", re.IGNORECASE
)
LONE_MAIL = re.compile(rf"<{MAIL}>", re.IGNORECASE)
STARS = re.compile(r"\\?\*+")
END = 60  # characters at the end that are searched for `et al.`
AND_MORE = re.compile(
    r"[\s,;(\[]*(?:\b(?:and|&) )?(?:\bet\.? ?al(?:ii|ia)?\b\.?(?: ?[(,]? ?(?:19|20)[0-9]{2}\)?)?"
    r"|\b(?:and|&) (?:[0-9]+ )?(?:others|more)\b(?: authors?)?|\+ ?[0-9]+(?: (?:more|others?|authors?))*|\u2026|\.\.\.)"
    r"[\s.,;)\]]*$",
    re.IGNORECASE,
)
GROUP = re.compile(r"\b(?:team|group|labs?|institute|universit\w+|centers?|centres?|department|academy|school)\b", re.I)
AND = re.compile(r",? (?:and|&) ", re.IGNORECASE)
SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)


def split_names(text: pl.Expr) -> pl.Expr:
    """Split `['A', "B"]` or `A, B`, white space squeezed, into its names; null stays null, N/A and the like are empty.

    A comma separates quoted names only next to a quote, so names may contain commas and apostrophes.
    """
    inner = text.str.replace(r"^ ?\[ ?", "").str.replace(r" ?\]? ?$", "")
    listed = text.str.contains(rf"^ ?\[ ?{QUOTE}|^ ?{QUOTE}.*{QUOTE} ?$")
    quoted = inner.str.replace_all(rf"{QUOTE} ?, ?{QUOTE}?|, ?{QUOTE}", "\n").str.strip_chars(" " + QUOTE[1:-1])
    plain = pl.when(text.str.contains(r"^ ?\[")).then(inner).otherwise(text).str.replace_all(",", "\n", literal=True)
    names = pl.when(listed).then(quoted).otherwise(plain).str.split("\n")
    names = names.list.eval(pl.element().str.strip_chars())
    return names.list.eval(pl.element().filter(~pl.element().str.contains(NOTHING)))


def split_cells(cells: pl.Series, odd: str, read: Callable[[str], list[str]]) -> pl.Series:
    """Return the names of each cell, white space squeezed: `read` splits the odd ones, which match `odd`."""
    frame = cells.to_frame("cell").with_columns(odd=pl.col("cell").str.contains(odd).fill_null(value=False))
    names = frame.select(split_names(pl.col("cell"))).to_series()
    if not frame["odd"].any():
        return names
    cells = frame.filter("odd")["cell"].unique(maintain_order=True)
    by_cell = pl.DataFrame(
        {"cell": cells, "names": pl.Series([read(cell) for cell in cells], dtype=pl.List(pl.String))}
    )
    joined = frame.with_columns(plain=names).join(by_cell, on="cell", how="left", maintain_order="left")
    return joined.select(pl.coalesce("names", "plain")).to_series()


def read_authors(cell: str) -> list[str]:
    """Return the authors of a cell in order, duplicates included; names that differ only in their encoding are one.

    A mail address is no part of a name, and stands for an author only where there is no other name.
    """
    cell = resolve_entities(cell)
    if QUOTED.search(cell):
        names = split_quoted(drop_mail(cell))
    else:
        names = split_authors(drop_mail(unfold(FOOTNOTE.sub("", cell))))
    return merge_encodings([" ".join(name.split()) for name in names if not says_nothing(name)])


def read_listed_authors(items: Sequence[str]) -> list[str]:
    """Return the authors of a list of texts, as read_authors does; an item that is `Family, Given` is one name."""
    names: list[str] = []
    for item in items:
        of_item = read_authors(item)
        is_one = "," in item and is_inverted(item) and not AND.search(item)
        names += [", ".join(of_item)] if is_one and of_item else of_item
    return merge_encodings(names)


def drop_mail(text: str) -> str:
    """Remove the mail addresses behind names, and the brackets around those that stand alone."""
    return LONE_MAIL.sub(r"\1", MAIL_OF_NAME.sub("", text)) if "@" in text else text


def merge_encodings(names: list[str]) -> list[str]:
    """Normalise names, and drop other encodings of an earlier name."""
    first: dict[str, str] = {}
    normalised = [(normalise(name).strip(), name) for name in names]
    return [normal for normal, written in normalised if normal and first.setdefault(normal, written) == written]


def split_authors(text: str) -> list[str]:
    """Split at semicolons and breaks, else at commas; in both cases at `and`. `Family, Given` stays together."""
    text = drop_and_more(STARS.sub("", text)).strip()
    text = text.removeprefix("[").removesuffix("]") if text.startswith("[") else text
    parts = [part for line in re.split("[;\uff1b\n]|\\s[\u00b7\u2022|]\\s", text) for part in split_and(line)]
    parts = [drop_and_more(part).strip(" ,") for part in parts]
    parts = [part for part in parts if part]
    if len(parts) > 1 and all(is_inverted(part) for part in parts) and any("," in part for part in parts):
        return parts
    return [name.strip() for part in parts for name in re.split("[,\uff0c\u3001]", part)]


def drop_and_more(text: str) -> str:
    """Remove `et al.` and the like from the end."""
    return text[:-END] + AND_MORE.sub("", text[-END:])


def split_and(text: str) -> list[str]:
    """Split at `and` and `&`, but not within the name of a group."""
    return [text] if GROUP.search(text) and "," not in text else AND.split(re.sub(r"^(?:and|&) ", "", text.strip()))


def is_inverted(part: str) -> bool:
    """Whether a part reads as `Family, Given`, or has no comma at all."""
    names = [name.strip() for name in re.split("[,\uff0c]", part)]
    if len(names) == 3 and SUFFIX.fullmatch(names[2]):
        names.pop()
    return len(names) == 1 or (len(names) == 2 and (" " not in names[0] or " " not in names[1]))


def read_labels(cell: str) -> list[str]:
    """Return the labels of a cell in order: of a list, tuple or set, between back-ticks, or with separators."""
    cell = resolve_entities(cell)
    if (inner := COLLECTION.fullmatch(cell)) is not None:
        cell = "[" + next((group for group in inner.groups() if group is not None), "").strip("[](){} ") + "]"
    if (loaded := load_list(cell)) is not None:
        names = loaded
    elif QUOTED.search(cell):
        names = split_quoted(cell)
    else:
        text = re.sub("` +`", "`,`", unfold(cell, keep_pictures=True)).strip()
        text = text.removeprefix("[").removesuffix("]") if text.startswith("[") else text
        names = [strip_marks(name.strip()) for name in re.split(f"{PARTS}|\n", text)]
    return [" ".join(name.split()) for name in map(normalise, names) if not says_nothing(name)]


def load_list(cell: str) -> list[str] | None:
    """Return the texts of a JSON list with escapes; null for any other text."""
    if "\\u" not in cell:
        return None
    try:
        loaded = load_json(cell)
    except ValueError:
        return None
    items = cast("list[object]", loaded) if isinstance(loaded, list) else [None]
    return [item for item in items if isinstance(item, str)] if all(isinstance(item, str) for item in items) else None


def split_quoted(cell: str) -> list[str]:
    """Split a list of quoted names; a separator counts only beside a quote."""
    inner = re.sub(r" ?\]? ?$", "", re.sub(r"^ ?\[ ?", "", cell))
    return [name.strip(" " + QUOTE[1:-1]) for name in BETWEEN_QUOTES.sub("\n", inner).split("\n")]


def unfold(cell: str, *, keep_pictures: bool = False) -> str:
    """Replace each break by a new line, and each link by its text; pictures go, or leave the text they have."""
    text = link_anchors(BREAK.sub("\n", cell))
    return strip_tags(replace_links(text, lambda link: "" if link.is_image and not keep_pictures else link.text))
