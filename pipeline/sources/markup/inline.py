"""Markdown and HTML within a cell: its links, its images, its tags and marks, read by structure. Pure, linear."""

import re
from collections.abc import Callable
from html import unescape
from typing import NamedTuple

TAG_NAMES = (
    "a|abbr|b|big|br|center|code|del|details|div|em|font|i|ins|kbd|li|mark|ol|p|s|samp|small|span|strike|strong|sub"
    "|summary|sup|tt|u|ul|var|wbr"
)
ATTRIBUTES = r"(?:\s+[a-zA-Z_:-]+(?:\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))?)*\s*/?"
TAG = re.compile(rf"</?(?:{TAG_NAMES}){ATTRIBUTES}>", re.IGNORECASE)
BREAK = re.compile(rf"<(?:br|/?p|/?div|/?li){ATTRIBUTES}>", re.IGNORECASE)
ANCHOR = re.compile(
    r"<a\s(?>[^<>]*?href\s*=\s*)(?>\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))[^<>]*>((?:(?!</?a\b).)*)(?:</a\s*>|$)",
    re.IGNORECASE | re.DOTALL,
)
PICTURE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
BACK_TICKS = re.compile("`+")
TOKEN = re.compile(r"\\.|(`+)|(!?\[)|(\])", re.DOTALL)
DESTINATION = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
SPACED_DESTINATION = re.compile(r" \(\s*<?(?:(?:https?:)?//|www\.)", re.IGNORECASE)
LIKE_ADDRESS = re.compile(r"[./:#]")
MARKS = ("**", "__", "~~", "*", "_", "``", "`", "==")
PAIRED = re.compile(r"(\*\*|~~)(?=\S)((?:(?!\1).)*\S)\1")


class Link(NamedTuple):
    """A link or image of a text, and where in the text it stands."""

    start: int
    end: int
    text: str  # may be empty
    url: str  # with a title behind it, as written
    is_image: bool


def find_links(text: str) -> tuple[list[Link], bool]:
    """Return the outermost links and images, in order, and whether one lacks its beginning: `text](address)`.

    Brackets within brackets and in code are text.
    """
    found: list[Link] = []
    opened: list[re.Match[str]] = []
    codes = ends_of_code(text)
    at, is_broken = 0, False
    while token := TOKEN.search(text, at):
        at = token.end()
        if token[1]:
            at = codes.get(token.start(1), at)
        elif token[2]:
            opened.append(token)
        elif token[3] and (target := match_destination(text, at)):
            at = target.end()
            if opened:
                begin = opened.pop()
                add_link(found, text, begin, token, target)
            else:
                is_broken = True
        elif token[3] and opened:
            opened.pop()
    return found, is_broken


def replace_links(text: str, write: Callable[[Link], str]) -> str:
    """Replace the outermost links and images of a text."""
    written: list[str] = []
    at = 0
    for link in find_links(text)[0]:
        written += [text[at : link.start], write(link)]
        at = link.end
    return "".join([*written, text[at:]])


def add_link(found: list[Link], text: str, begin: re.Match[str], end: re.Match[str], target: re.Match[str]) -> None:
    """Add a link, and drop the links and images within its text."""
    while found and found[-1].start > begin.start():
        found.pop()
    label = text[begin.end() : end.start()]
    found.append(Link(begin.start(), target.end(), label, target[1].strip(), begin[2] == "!["))


def match_destination(text: str, at: int) -> re.Match[str] | None:
    """Match the address after a closing bracket; one after a space must be absolute."""
    if SPACED_DESTINATION.match(text, at):
        at += 1
    target = DESTINATION.match(text, at)
    return target if target and LIKE_ADDRESS.search(target[1]) else None


def ends_of_code(text: str) -> dict[int, int]:
    """Return where each code in back-ticks ends, by where a run of back-ticks begins that has a partner."""
    later: dict[int, int] = {}
    ends: dict[int, int] = {}
    for run in reversed([*BACK_TICKS.finditer(text)] if "`" in text else []):
        length = run.end() - run.start()
        if length in later:
            ends[run.start()] = later[length]
        later[length] = run.end()
    return ends


def link_anchors(text: str) -> str:
    """Rewrite HTML links as markdown links, and remove HTML images."""
    if "<" not in text:
        return text
    text = PICTURE.sub("", text)
    return ANCHOR.sub(lambda tag: f"[{tag[4]}]({unescape(tag[1] or tag[2] or tag[3] or '')})", text)


def strip_tags(text: str) -> str:
    """Remove the inline tags of HTML; a break becomes a space, and `<think>` is text."""
    return TAG.sub("", BREAK.sub(" ", text)) if "<" in text else text


def strip_marks(text: str) -> str:
    """Remove marks of bold, italic, struck and code around a whole text, and of bold and struck within it."""
    text = PAIRED.sub(r"\2", text) if "**" in text or "~~" in text else text
    while mark := next((mark for mark in MARKS if encloses(mark, text)), None):
        text = text[len(mark) : -len(mark)].strip()
    return text


def encloses(mark: str, text: str) -> bool:
    inner = text[len(mark) : -len(mark)]
    return text.startswith(mark) and text.endswith(mark) and bool(inner.strip(mark[0])) and mark not in inner
