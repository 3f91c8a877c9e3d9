"""Readable text in place of the LaTeX that stands in titles and abstracts: `S$^2$R` is S²R. What is not known stays."""

import re

from pipeline.read.maths import Unknown, Unread, accent, read_maths

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
LONGEST = 10_000  # signs: longer texts would take seconds to read, and are no title or abstract
HOLE = "\ue000"  # of private use: where a formula stays
ESCAPED = re.compile(r"\\([%&_#$])")


def readable(text: str) -> str:
    """Return a text with its maths, accents, styles and escapes as plain characters; what is not known stays.

    So does a text that is longer than an abstract can be.
    """
    if not any(sign in text for sign in "\\$^_~`") or len(text) > LONGEST or HOLE in text:
        return text
    left: list[str] = []  # formulas that stay as they are written

    def read(found: re.Match[str]) -> str:
        if (plain := read_found(found)) is not None:
            return plain
        left.append(found[0])
        return HOLE

    plain = reread(MATHS.sub(read, text)).split(HOLE)
    return "".join(part for pair in zip(plain, [*left, ""], strict=True) for part in pair)


def reread(plain: str) -> str:
    """Return a text without maths with the rest as plain characters."""
    plain = SHIFTED.sub(lambda found: maths_or(found[0]), unstyled(plain))
    plain = LETTER.sub(lambda found: LETTERS[found[1] or found[2] or found[3]], ACCENTED.sub(read_accent, plain))
    return ESCAPED.sub(r"\1", QUOTED.sub(r"“\1”", TIED.sub(" ", plain)))


def unstyled(text: str) -> str:
    """Return a text without its styles, from the innermost."""
    before = None
    while text != before:
        before, text = text, DECLARED.sub(r"\1", STYLED.sub(r"\1", text))
    return text


def read_found(found: re.Match[str]) -> str | None:
    """Return a formula as plain characters; None if it says something that these cannot, or is none."""
    inner = next(group for group in found.groups() if group is not None)
    is_in_a_word = found.string[found.start() - 1 : found.start()].isalnum()
    if is_in_a_word and not re.search(r"[\\^_{}=<>]", inner):  # 2$/hour and 5$/day, array\[0\]
        return None
    try:
        return read_maths(inner).strip()
    except Unknown:
        return inner if re.fullmatch(r"\\[A-Za-z]+", inner) else None  # a name of the authors' own, alone
    except Unread:
        return None


def maths_or(maths: str) -> str:
    """Return what maths says in plain characters, or how it was written."""
    try:
        return read_maths(maths)
    except Unread:
        return maths


def read_accent(found: re.Match[str]) -> str:
    mark, letter = (group for group in found.groups() if group is not None)
    return accent(letter, MARKS[mark]) or found[0]
