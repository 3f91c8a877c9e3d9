"""Readable text in place of the LaTeX that stands in titles and abstracts: `S$^2$R` is S²R. What is not known stays."""

import re

from pipeline.read.maths import Unread, accent, read_maths

# No maths is money: an amount before a sign of a range, or a dollar sign whose partner has an amount behind it.
MONEY = r"(?!\d[\d.,]*[A-Za-z]?[-–—/,;]+\$|\d[^$]*\$\d)"
MATHS = re.compile(
    rf"(?<!\\)\$\$([^$]{{1,300}}?)\$\$|(?<!\\)\${MONEY}(?=\S)([^$]{{1,200}}?)(?<=[^\s\\])\$"
    r"|\\\((.{1,200}?)\\\)|\\\[(.{1,300}?)\\\]",
    re.DOTALL,
)
STYLED = re.compile(r"\\(?:emph|text(?:bf|it|rm|sc|sf|sl|tt|normal)?|mbox|underline|url)\{([^{}]*)\}")
DECLARED = re.compile(r"\{\\(?:em|it|bf|tt|sc|rm|sl)\s+([^{}]*)\}")
SHIFTED = re.compile(r"(?<=[\w)}])([_^])\{([^{}]*)\}")
# With braces an accent is certain; without, a quotation mark behind a backslash may be no more than that.
ACCENTED = re.compile(
    r"\{\\([\"'`^~=.])\\?([A-Za-z])\}|\\([\"'`^~=.Hvcukr])\{\\?([A-Za-z])\}"
    r"|(?<=[A-Za-z])\\([\"'`^~=])([A-Za-z])|(?<![A-Za-z])\\(['`^~=])([A-Za-z])(?=[a-z])"
    r"|(?<![\w\\])\\(\")([AOUaou])(?=[a-z])(?!(?s:.*)(?:(?<!\\)\"|\\\"(?![A-Za-z{])))"
    r"|(?<=[A-Za-z])\\([Hvcukr])\s+([A-Za-z])(?=[a-z]|\b)"
)
MARKS = dict(
    zip("\"'`^~=.Hvcukr", "\u0308\u0301\u0300\u0302\u0303\u0304\u0307\u030b\u030c\u0327\u0306\u0328\u030a", strict=True)
)
LETTERS = {
    **{"ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "aa": "å", "AA": "Å"},
    **{"ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ"},
}
NAMES = "|".join(LETTERS)
LETTER = re.compile(
    rf"\{{\\({NAMES})\}}|(?<![\w:])\\({NAMES})(?:\{{\}}|\s+)(?=[a-z])|(?<=[a-z])\\({NAMES})(?:\{{\}}|\s+)"
)
TIED = re.compile(r"(?<=[A-Za-z.,)\]])~(?=[\w(\[\\$])|(?<=\w)~(?=[A-Za-z(\[\\$])")
QUOTED = re.compile(r"``([^`']+)''")
ESCAPED = re.compile(r"\\([%&_#$])")


def readable(text: str) -> str:
    """Return a text with its maths, accents, styles and escapes as plain characters; what is not known stays."""
    if not any(sign in text for sign in "\\$^_~`"):
        return text
    plain = MATHS.sub(read_found, text)
    plain = SHIFTED.sub(lambda found: maths_or(found[0]), unstyled(plain))
    plain = LETTER.sub(lambda found: LETTERS[found[1] or found[2] or found[3]], ACCENTED.sub(read_accent, plain))
    return ESCAPED.sub(r"\1", QUOTED.sub(r"“\1”", TIED.sub(" ", plain)))


def unstyled(text: str) -> str:
    """Return a text without its styles, from the innermost."""
    before = None
    while text != before:
        before, text = text, DECLARED.sub(r"\1", STYLED.sub(r"\1", text))
    return text


def read_found(found: re.Match[str]) -> str:
    inner = next(group for group in found.groups() if group is not None)
    read = maths_or(inner, found[0])
    return read.strip() if read != found[0] else read


def maths_or(maths: str, otherwise: str | None = None) -> str:
    """Return what maths says in plain characters, or how it was written."""
    try:
        return read_maths(maths)
    except Unread:
        return maths if otherwise is None else otherwise


def read_accent(found: re.Match[str]) -> str:
    mark, letter = (group for group in found.groups() if group is not None)
    return accent(letter, MARKS[mark]) or found[0]
