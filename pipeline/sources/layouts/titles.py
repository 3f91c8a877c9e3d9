"""The title in a title cell: the text of the link to the paper, or the text beside the links. Pure."""

import re
from collections.abc import Iterable

import polars as pl

from pipeline.services.arxiv.ids import NEW_SHAPE, OLD_SHAPE
from pipeline.sources.markup.escapes import resolve_escapes
from pipeline.sources.markup.inline import Link, find_links, link_anchors, replace_links, strip_marks, strip_tags
from pipeline.sources.markup.texts import squeeze

LONGEST = 2_000  # characters of a title cell, its links included
READ_MORE = (
    r"(?i)(?:\s+[-\u2013\u2014]\s*|\s*\(\s*|\s*)"
    r"(?:read more(?: on)? ?:? ?\[[^\[\]]*\]|\[{1,2}(?:arxiv|hugging ?face|paper|pdf|link|read more)\]) ?\(.*$"
)
NUMBER = r"(?:\(?[0-9]{1,3}[.)]|#[0-9]{1,3}[.:)]?)\s+"
PICTOGRAPH = (
    "(?:[\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]|:[a-z0-9_+-]{2,40}:)"
)
LINK_WORDS = (  # the text of a link that only says where it leads
    "(?:(?:read|view|see|open|get|download|full|our|official|original) (?:(?:the|it|on|in) )?)?"
    "(?:arxiv|papers?|pdf|doi|preprint|publication|article)(?: (?:pdf|link|page|abs|preprint|paper))?"
    "|hugging ?face|hf|alphaxiv|openreview|html|(?:technical )?report|v[0-9]{1,3}"
    "|abs(?:tract)?|links?|url|(?:click )?here|view|download|source|ref(?:erence)?|read more(?: on)?|full text"
    "|project(?: page)?|(?:home ?)?page|website|site"
    "|\u8bba\u6587(?:\u94fe\u63a5|\u5730\u5740)?|\u8ad6\u6587|\u94fe\u63a5|\u539f\u6587|\ub17c\ubb38|\u30ea\u30f3\u30af"
    "|code(?: link)?|github|repo(?:sitory)?|demo|video|blog|slides|poster|models?|datasets?|weights|tweet|twitter"
)
PAPER_ID = rf"(?:arxiv\W*)?(?:{NEW_SHAPE}|{OLD_SHAPE})(?:v[0-9]+)?(?:\W*\[[a-z.-]+\])?"
PAPER_HOST = r"(?:https?:)?//|(?:[a-z0-9-]+\.)*(?:arxiv\.org|alphaxiv\.org|ar5iv\.org|huggingface\.co|hf\.co|doi\.org)/"
ODD = (
    rf"\]\s?\(|\].*\[|[<~]|\*\*|__|^[*_`=]|[*_`=]$|!\[|//|^{NUMBER}|^{PICTOGRAPH}|{PICTOGRAPH}$|^\[[^\]]*$"
    rf"|(?i:^\W*(?:arxiv\W*)?{NEW_SHAPE})"
    rf"|(?i)^\W*(?:{LINK_WORDS}|{PAPER_ID}|(?:{PAPER_HOST})\S*)\W*$"
)
ONLY_ADDRESSES = rf"(?i)^\W*(?:{PAPER_HOST})\S*(?:\s+(?:{PAPER_HOST})\S*)*\W*$"
NOTHING = r"^[\s\pC]*$"
ONLY_LINK_WORDS = re.compile(rf"\W*(?:{LINK_WORDS}|{PAPER_ID}|(?:{PAPER_HOST})\S*)\W*", re.IGNORECASE)
ADDRESS = re.compile(r"<?(?:https?://|(?:www\.)?arxiv\.org/)[^\s<>()]*>?", re.IGNORECASE)
EMPTY_PAIR = re.compile(r"\([^\w()]*(?:(?:or|and)[^\w()]*)*\)|\[[^\w\[\]]*\]")
EDGES = " \t-\u2013\u2014:|\u00b7\u2022,;/"
BEGINNING = re.compile(rf"(?:{PICTOGRAPH}|\s)+|{NUMBER}")
ENDING = re.compile(rf"(?:{PICTOGRAPH}|\s)+$")
NAMED_PARAGRAPH = re.compile(r"\*\*((?:(?!\*\*).)+)\*\*\s*[-\u2013\u2014:]\s+(.*)")
LONGEST_SUBTITLE = 200  # characters
FEW_WORDS, MANY_WORDS = 2, 4  # of the text of a link, and of the text before it that is then likely to be the title
LONGEST_TITLE = 400  # characters; arXiv's are shorter
ROUNDS = 5  # nested marks that are removed
END = 100  # characters at the end that are searched for pictographs
REFERENCE = re.compile(r"\[([^\[\]]+)\] ?\[[^\[\]]*\]")  # a link whose address is elsewhere
READ_ON = re.compile(READ_MORE)
LEFT_OVER = re.compile(r"\]\(|arxiv\.org/|huggingface\.co/papers|hf\.co/papers", re.IGNORECASE)


def find_title_faults() -> dict[str, pl.Expr]:
    """Return by reason what shows that a row's title is none, the more important first. An address is no title.

    Null is a title that cannot be taken apart.
    """
    title = pl.col("title")
    return {
        "broken_title": (title.str.len_chars() > LONGEST_TITLE).fill_null(value=True),
        "no_title": title.str.contains(rf"{NOTHING}|{ONLY_ADDRESSES}"),
    }


def judge_titles(titles: Iterable[str | None]) -> list[str | None]:
    """Return for each title the reason why it is none, as find_title_faults; null for one that is a title."""
    frame = pl.Series("title", titles, dtype=pl.String).to_frame()
    faults = (pl.when(shows).then(pl.lit(fault)) for fault, shows in find_title_faults().items())
    return frame.select(pl.coalesce(faults)).to_series().to_list()


def clean_titles(rows: pl.DataFrame) -> pl.DataFrame:
    """Replace each title cell by its title, escapes resolved and white space squeezed; empty if there is none.

    An address is no title. Null if a cell cannot be parsed, for example if the beginning of its link is missing.
    """
    rows = bare_titles(rows)
    is_escaped = pl.col("title").str.contains(r"[\\&]") & (pl.col("title").str.len_chars() <= LONGEST)
    escaped = rows.select(is_escaped.fill_null(value=False)).to_series()
    if not escaped.any():
        return rows
    resolved = pl.Series(map(resolve_escapes, rows.filter(escaped)["title"]), dtype=pl.String)
    titles = rows["title"].scatter(escaped.arg_true(), resolved)
    return rows.with_columns(titles).with_columns(squeeze(pl.col("title")).str.strip_chars())


def bare_titles(rows: pl.DataFrame) -> pl.DataFrame:
    """Replace each title cell by its title as clean_titles does, but with its escapes."""
    title = pl.col("title")
    cut = title.str.replace(READ_MORE, "").str.strip_chars()
    whole = title.str.strip_chars().str.extract(r"^\[(.*)\]\([^()]*[./:][^()]*\)$")
    rows = rows.with_columns(plain=pl.coalesce(whole, cut).str.strip_chars())
    odd = rows.select(pl.col("plain").str.contains(ODD).fill_null(value=False)).to_series()
    if not odd.any():
        return rows.drop("title").rename({"plain": "title"})
    read = [read_title(*cells) for cells in rows.filter(odd).select("title", "arxiv_id").iter_rows()]
    places = odd.arg_true()
    plain = rows["plain"].scatter(places, pl.Series(read, dtype=pl.String))
    return rows.with_columns(title=plain).drop("plain")


def read_title(cell: str, arxiv_id: str | None) -> str | None:
    """Return the title of a cell as clean_titles does; `arxiv_id` is the paper of the row."""
    if len(cell) > LONGEST:
        return None
    text = link_anchors(cell)
    links, is_broken = find_links(text)
    if is_broken:
        return None
    number = (arxiv_id or "").rpartition("/")[2]
    named = [link for link in links if not link.is_image and number and number in link.url and says_title(link.text)]
    if named and is_outdone(plain_text(named[0].text), plain_text(text[: named[0].start])):
        return None
    if named:
        return strip_number(plain_text(named[0].text), number)
    title = strip_number(beside_links(text), number)
    is_broken = LEFT_OVER.search(title) or title.count("[") > title.count("]") or len(title) > LONGEST_TITLE
    return None if is_broken else title


def is_outdone(linked: str, before: str) -> bool:
    """Whether a word or two are linked behind a whole sentence, so that either may be the title."""
    return len(linked.split()) <= FEW_WORDS and len(before.split()) >= MANY_WORDS


def strip_number(title: str, number: str) -> str:
    """Remove the arXiv number of the row's own paper from the beginning of a title, as arXiv's pages have it."""
    if not number or number not in title[:END]:
        return title
    return (
        re.sub(
            rf"^\W*(?:arxiv\W*)?{re.escape(number)}(?:v[0-9]+)?(?![0-9])\W*", "", title, count=1, flags=re.IGNORECASE
        )
        or title
    )


def says_title(text: str) -> bool:
    """Whether the text of a link says more than where it leads."""
    plain = plain_text(text)
    return any(map(str.isalnum, plain)) and not ONLY_LINK_WORDS.fullmatch(plain)


def plain_text(text: str) -> str:
    """Return markdown as plain text: links as their text, without images, tags and marks around it."""
    return strip_marks(" ".join(strip_tags(replace_links(text, link_text)).split()))


def link_text(link: Link) -> str:
    """Return the text of a link; nothing for an image."""
    return "" if link.is_image else plain_text(link.text)


def link_title(link: Link) -> str:
    """Return the text of a link that says more than where it leads; nothing for others and images."""
    return link_text(link) if says_title(link.text) else ""


def beside_links(text: str) -> str:
    """Return the text beside the links of a cell, without numbers and pictographs at its ends."""
    cut = READ_ON.sub("", text)
    text = cut if cut.strip() else text
    bare = ADDRESS.sub("", replace_links(text, link_title))
    bare = EMPTY_PAIR.sub("", bare) if bare != text else bare
    text = " ".join(strip_tags(REFERENCE.sub(r"\1", bare)).split())
    if (named := NAMED_PARAGRAPH.fullmatch(strip_decoration(text))) and reads_on(named[2]):
        text = named[1]
    for _ in range(ROUNDS):
        text = strip_marks(strip_decoration(text).strip(EDGES))
    return text if text.strip("*_~`= ") else ""


def reads_on(text: str) -> bool:
    """Whether what follows a name in bold is a sentence about it, and not the rest of the title."""
    return len(text) > LONGEST_SUBTITLE or text.rstrip().endswith(".")


def strip_decoration(text: str) -> str:
    """Remove numbers and pictographs from the ends of a text."""
    start = beginning.end() if (beginning := BEGINNING.match(text)) else 0
    text = text[start:]
    return text[:-END] + ENDING.sub("", text[-END:])
