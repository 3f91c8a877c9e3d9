"""Untrusted text: what is removed before it is stored, and how it is quoted. Pure."""

import re
import unicodedata

import polars as pl

FORBIDDEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"  # by XML 1.0, which charts and feeds are written in
SPACES = r"\s\s+|[^\S ]"  # what becomes a single space; one that already is costs nothing
INVISIBLE = re.compile("[\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
JOINER = re.compile(  # beside Latin letters, where no script needs it
    "(?<=[\u0000-\u024f])[\u200c\u200d]+|(?<![\u200c\u200d])[\u200c\u200d]++(?=[\u0000-\u024f]|$)|^[\u200c\u200d]+"
)
LONGEST_NAME = 300  # characters; time to normalise grows with the square of it


def squeeze(text: pl.Expr) -> pl.Expr:
    """Replace each run of white space by one space, and drop the characters that XML forbids."""
    return text.str.replace_all(SPACES, " ").str.replace_all(FORBIDDEN, "")


def normalise(name: str) -> str:
    """Return a name in NFC without invisible marks; joiners stay where a script needs them.

    One that is too long for a name is returned unchanged.
    """
    if name.isascii() or len(name) > LONGEST_NAME:
        return name
    return JOINER.sub("", INVISIBLE.sub("", unicodedata.normalize("NFC", name)))


def printable(text: str) -> str:
    """Return untrusted text on one line, in its script; characters that do not print become escapes."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in " ".join(text.split()))


def excerpt(text: str) -> str:
    """Quote the start of untrusted text, as printable."""
    return f"'{printable(' '.join(text[:400].split())[:80])}'"
