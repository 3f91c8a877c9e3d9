"""Untrusted text: what is removed before it is stored, and how it is quoted. Pure."""

import polars as pl

FORBIDDEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"  # by XML 1.0, which charts and feeds are written in
SPACES = r"\s\s+|[^\S ]"  # what becomes a single space; one that already is costs nothing


def squeeze(text: pl.Expr) -> pl.Expr:
    """Replace each run of white space by one space, and drop the characters that XML forbids."""
    return text.str.replace_all(SPACES, " ").str.replace_all(FORBIDDEN, "")


def printable(text: str) -> str:
    """Return untrusted text on one line, in its script; characters that do not print become escapes."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in " ".join(text.split()))


def excerpt(text: str) -> str:
    """Quote the start of untrusted text, as printable."""
    return f"'{printable(' '.join(text[:400].split())[:80])}'"
