"""The one definition of an arXiv id, and of its version. Pure.

https://info.arxiv.org/help/arxiv_identifier.html: four digits from 2007-04 to 2014, five since; `archive/` and seven
digits before.
"""

import re

import polars as pl

MONTH = "(?:0[1-9]|1[0-2])"
NEW_STYLE = rf"(?:07(?:0[4-9]|1[0-2])|(?:0[89]|1[0-4]){MONTH})\.[0-9]{{4}}|(?:1[5-9]|[2-9][0-9]){MONTH}\.[0-9]{{5}}"
OLD_STYLE = rf"[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{{2}})?/(?:(?:9[1-9]|0[0-6]){MONTH}|070[1-3])[0-9]{{3}}"
ID = f"{NEW_STYLE}|{OLD_STYLE}"  # without version; means the same in Python's re and in polars
# What looks like an id, whether or not there can be such a one; to be compared without case.
NEW_SHAPE = r"[0-9]{4}\.[0-9]{4,5}"
OLD_NUMBER = "/[0-9]{7}"
OLD_SHAPE = rf"[a-z-]+(?:\.[a-z]{{2}})?{OLD_NUMBER}"
SUBJECT_CLASS = re.compile(r"\.[A-Z]{2}/")

WRAPPING = re.compile(  # what people and links write around an id
    r"(?:arxiv:|https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/)?(.*?)(?:v([1-9][0-9]{0,3}))?(?:\.pdf)?",
    re.IGNORECASE,
)


def canonical_id(text: str) -> str | None:
    """Return the id that `text` names, without version: `2501.12345` or `quant-ph/0201082`; None if it names none.

    The subject class of an old id (`math.GT/0309136`) is dropped: arXiv answers without it.
    """
    return split_version(text)[0]


def canonical_ids(ids: pl.Expr) -> pl.Expr:
    """Return ids in canonical form, as canonical_id; they match ID in any case."""
    return ids.str.to_lowercase().str.replace(r"\.[a-z]{2}/", "/")


def split_version(text: str) -> tuple[str | None, int | None]:
    """Return the canonical id and the version that `text` names; each None where it names none."""
    wrapped = WRAPPING.fullmatch(text.strip())
    if wrapped is None or not re.fullmatch(ID, wrapped[1]):
        return None, None
    return SUBJECT_CLASS.sub("/", wrapped[1]), int(wrapped[2]) if wrapped[2] else None
