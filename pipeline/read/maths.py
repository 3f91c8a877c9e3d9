"""The maths of LaTeX as one line of plain characters: `x^{2} \\le \\frac{a}{b}` is x² ≤ a/b."""

import re
import unicodedata
from collections.abc import Sequence

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
SHIFTED = set("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ₀₁₂₃₄₅₆₇₈₉")
RAISED_ALREADY = set("∘′*†‡")
FONT = re.compile(
    r"(?:text|math)?(?:bf|it|rm|sf|tt|sc|cal|bb|frak|scr|text|normal|emph|boldsymbol|operatorname|mbox|bm)"
)
SIGNS = {
    **{"times": "×", "cdot": "·", "pm": "±", "mp": "∓", "div": "÷", "ast": "*", "star": "⋆", "oplus": "⊕"},
    **{"to": "→", "rightarrow": "→", "leftarrow": "←", "leftrightarrow": "↔", "Rightarrow": "⇒", "mapsto": "↦"},
    **{"uparrow": "↑", "downarrow": "↓", "longrightarrow": "→", "implies": "⇒", "iff": "⇔", "otimes": "⊗"},
    **{"le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥", "ne": "≠", "neq": "≠"},
    **{"lt": "<", "gt": ">", "ll": "≪", "gg": "≫", "sim": "∼", "simeq": "≃", "approx": "≈", "equiv": "≡"},
    **{"propto": "∝", "cong": "≅", "in": "∈", "notin": "∉", "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩"},
    **{"mid": "|", "setminus": "∖", "circ": "∘", "prime": "′", "dagger": "†", "perp": "⊥", "parallel": "∥"},
    **{"infty": "∞", "ell": "ℓ", "nabla": "∇", "partial": "∂", "forall": "∀", "exists": "∃", "emptyset": "∅"},
    **{"sum": "∑", "prod": "∏", "int": "∫", "ldots": "…", "dots": "…", "cdots": "⋯", "hbar": "ℏ", "top": "⊤"},
    **{"langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "checkmark": "✓"},
    **{"varepsilon": "ε", "varphi": "φ", "vartheta": "ϑ", "bullet": "•", "triangle": "△", "square": "□"},
    **{"quad": " ", "qquad": " ", "backslash": "\\", "lbrace": "{", "rbrace": "}", "vert": "|", "Vert": "‖"},
    **{",": " ", ";": " ", ":": " ", " ": " ", "!": "", "|": "‖", "\\": " "},
    **{sign: sign for sign in "{}%&_#$"},
    **{name: "" for name in ("left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "limits")},
}
FUNCTIONS = {
    *("log", "ln", "exp", "sin", "cos", "tan", "tanh", "max", "min", "arg", "argmax", "argmin", "sup", "inf"),
    *("lim", "det", "dim", "ker", "Pr", "deg", "gcd", "mod", "bmod"),
}
ACCENTS = {
    **{"tilde": "\u0303", "widetilde": "\u0303", "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304"},
    **{"overline": "\u0304", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c"},
    **{"acute": "\u0301", "grave": "\u0300", "breve": "\u0306", "mathring": "\u030a"},
}
MOST_SIGNS = 80  # of what may stand within each other: reading goes as deep
ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}


class Unread(Exception):
    """There is something that one line of characters cannot say, or that is not known."""


class Unknown(Unread):
    """There is a command that is not known."""


def read_maths(maths: str) -> str:
    """Return maths as plain characters. Raises Unread where that would say less than what is written."""
    if sum(maths.count(sign) for sign in "{^_\\") > MOST_SIGNS:
        raise Unread
    tokens: list[str] = TOKEN.findall(maths)[::-1]
    read = ""
    while tokens:
        if is_next(tokens, "}"):
            raise Unread
        read = add(read, tokens)
    return re.sub(r"\s+", " ", read)


def add(read: str, tokens: list[str]) -> str:
    """Return what was read with the next of the tokens, which stand last first."""
    if is_next(tokens, "{"):
        return read + argument(tokens)
    part = tokens.pop()
    if part in ("^", "_"):
        return read + apart(shift(argument(tokens), part), tokens)
    if part.startswith("\\") and len(part) > 1:
        return add_command(read, part[1:], tokens)
    return read + {"'": "′", "~": " "}.get(part, part)


def add_command(read: str, name: str, tokens: list[str]) -> str:
    sign = SIGNS.get(name)
    if (name in ("left", "right") and is_next(tokens, ".")) or (name.endswith("frac") and read[-1:].isalnum()):
        raise Unread  # a bracket that is not there; a number before a fraction
    had_space = skip_space(tokens) if name.isalpha() else False
    if name in FUNCTIONS:
        before = " " if read[-1:].isalnum() else ""
        return f"{read}{before}{name}{' ' if next_is_word(tokens) else ''}"
    if sign is not None:
        is_between = had_space and read[-1:].isspace() and not sign.isalpha()
        return f"{read}{sign}{' ' if is_between else ''}"
    if letter := greek(name):
        return read + letter
    return read + call(name, tokens)


def call(name: str, tokens: list[str]) -> str:
    """Return what a command makes of its arguments. Raises Unread for one that is not known."""
    if name in ("frac", "tfrac", "dfrac"):
        return apart(f"{enclosed(argument(tokens))}/{enclosed(argument(tokens))}", tokens)
    if name == "sqrt":
        degree = option(tokens)
        if degree not in ROOTS:
            raise Unread
        return apart(ROOTS[degree] + enclosed(argument(tokens)), tokens)
    if name in ACCENTS:
        if not (accented := accent(argument(tokens), ACCENTS[name])):
            raise Unread
        return accented
    if FONT.fullmatch(name) and not is_next(tokens, "*"):
        return argument(tokens) if is_next(tokens, "{") else ""
    raise Unknown


def apart(read: str, tokens: Sequence[str]) -> str:
    """Return what was read. Raises Unread if a letter behind it would look like a part of it, as in x^{a}b."""
    if tokens and read[-1:].isalnum() and read[-1] not in SHIFTED and (tokens[-1].isalnum() or tokens[-1] == "{"):
        raise Unread
    return read


def skip_space(tokens: list[str]) -> bool:
    """Drop white space, and return whether there was any."""
    had_space = bool(tokens) and tokens[-1].isspace()
    if had_space:
        tokens.pop()
    return had_space


def next_is_word(tokens: Sequence[str]) -> bool:
    return bool(tokens) and (
        tokens[-1].isalnum() or tokens[-1] == "{" or (len(tokens[-1]) > 2 and tokens[-1].startswith("\\"))
    )


def argument(tokens: list[str]) -> str:
    """Read the next group in braces, or the next token, off the tokens."""
    skip_space(tokens)
    if not tokens or is_next(tokens, "}"):
        raise Unread
    if not is_next(tokens, "{"):
        return add("", tokens)
    tokens.pop()
    read = ""
    while tokens and not is_next(tokens, "}"):
        read = add(read, tokens)
    if not tokens:
        raise Unread
    tokens.pop()
    return read


def is_next(tokens: Sequence[str], part: str) -> bool:
    return bool(tokens) and tokens[-1] == part


def option(tokens: list[str]) -> str:
    """Read an option in brackets off the tokens; empty if there is none."""
    if not is_next(tokens, "["):
        return ""
    if "]" not in tokens:
        raise Unread
    tokens.pop()
    read = ""
    while not is_next(tokens, "]"):
        read += tokens.pop()
    tokens.pop()
    return read


def enclosed(text: str) -> str:
    """Return a text in parentheses, unless it is one word or number."""
    return text if re.fullmatch(r"[\w.∞⁰¹²³⁴-⁹₀-₉\u0300-\u036f]+", text) else f"({text})"


def shift(text: str, sign: str) -> str:
    """Return a raised or lowered text in such letters, or with its sign where there are none for it."""
    letters = SUPERSCRIPTS if sign == "^" else SUBSCRIPTS
    if all(ord(letter) in letters for letter in text):
        return text.translate(letters)
    if sign == "^" and set(text) <= RAISED_ALREADY:
        return text.replace("∘", "°")
    return f"{sign}{text}" if re.fullmatch(r"[^\W_]+|\W|\([^()]*\)", text) else f"{sign}({text})"


def accent(letter: str, mark: str) -> str | None:
    """Return a letter with a mark above or below it; None for more or less than a letter."""
    return unicodedata.normalize("NFC", letter + mark) if len(letter) == 1 else None


def greek(name: str) -> str | None:
    """Return the letter of a name like `alpha` or `Omega`; None for another name."""
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return None
