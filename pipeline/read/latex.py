"""Readable text in place of the little LaTeX that stands in titles: `S$^2$R` is S²R."""

import re
import unicodedata

# A dollar sign that is money has no partner, or a space before its partner.
MATHS = re.compile(r"\$(?=\S)([^$]{1,80}?)(?<=[^\s\\])\$")
FONT = re.compile(r"\\(?:text|math)?(?:bf|it|rm|sf|tt|cal|bb|frak|scr|text|normal|emph|boldsymbol|operatorname)\b")
RAISED = re.compile(r"\^(?:\{([^{}]*)\}|(\w))")
LOWERED = re.compile(r"_(?:\{([^{}]*)\}|(\w))")
SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
SIGNS = {
    "times": "×",
    "cdot": "·",
    "to": "→",
    "rightarrow": "→",
    "infty": "∞",
    "pm": "±",
    "ell": "ℓ",
    "nabla": "∇",
    "circ": "°",
}
# Outside of maths, where only what has its braces or its letter is certain.
STYLED = re.compile(r"\\(?:emph|text(?:bf|it|rm|sc|sf|sl|tt|normal)?|mbox)\{([^{}]*)\}")
SHIFTED = re.compile(r"(?<=\w)([_^])\{([^{}]*)\}")
ACCENTED = re.compile(r"(?<=[A-Za-z])\\(?:([\"'`^~])\{?([A-Za-z])\}?|([Hvcu])\{([A-Za-z])\})")
ACCENTS = dict(zip("\"'`^~Hvcu", "\u0308\u0301\u0300\u0302\u0303\u030b\u030c\u0327\u0306", strict=True))
ESCAPED = re.compile(r"\\([%&_#$])")
NAMED = re.compile(r"\\([A-Za-z]+) ?")


def readable(text: str) -> str:
    """Return a text with its maths, accents, styles and escapes as plain characters; what is not known stays."""
    plain = MATHS.sub(lambda found: read_maths(found[1]), text)
    plain = SHIFTED.sub(lambda found: read_maths(found[0]), STYLED.sub(r"\1", plain))
    return ESCAPED.sub(r"\1", ACCENTED.sub(read_accent, plain))


def read_accent(found: re.Match[str]) -> str:
    mark, letter = (found[1] or found[3], found[2] or found[4])
    return unicodedata.normalize("NFC", letter + ACCENTS[mark])


def read_maths(maths: str) -> str:
    plain = NAMED.sub(lambda found: SIGNS.get(found[1]) or greek(found[1]) or found[0], FONT.sub("", maths))
    plain = RAISED.sub(lambda found: shift(found, "^", SUPERSCRIPTS), plain)
    plain = LOWERED.sub(lambda found: shift(found, "_", SUBSCRIPTS), plain)
    return re.sub(r"[{}]", "", plain)


def greek(name: str) -> str | None:
    """Return the letter of a name like `alpha` or `Omega`; None for another name."""
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return None


def shift(found: re.Match[str], sign: str, letters: dict[int, int]) -> str:
    """Return a raised or lowered text in such letters, or with its sign where there are none for it."""
    text = found[1] or found[2] or ""
    return text.translate(letters) if all(ord(letter) in letters for letter in text) else sign + text
