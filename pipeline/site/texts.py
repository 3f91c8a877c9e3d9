"""Strangers' texts in pages, feeds and drawings: without what XML cannot hold, and none turns the text around it."""

import re

# What XML 1.0 has no place for; tab and ends of lines stay.
NOT_XML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EMBEDDINGS = "\u202a\u202b\u202d\u202e"  # end with a PDF
ISOLATES = "\u2066\u2067\u2068"  # end with a PDI
POP, POP_ISOLATE, FIRST_STRONG = "\u202c", "\u2069", "\u2068"
DIRECTIONS = re.compile(f"[{EMBEDDINGS}{ISOLATES}{POP}{POP_ISOLATE}]")


def clean(text: str) -> str:
    """Return a text without what XML cannot hold. One that changes the direction of writing does so for itself alone.

    https://www.unicode.org/reports/tr9/: an isolate ends what was begun in it.
    """
    kept = NOT_XML.sub("", text)
    return isolate(kept) if DIRECTIONS.search(kept) else kept


def isolate(text: str) -> str:
    """Return a text in an isolate of its own, with as many ends of isolates in it as beginnings."""
    depth = 0
    kept: list[str] = []
    for letter in text:
        depth += letter in ISOLATES
        if letter == POP_ISOLATE:
            if depth == 0:
                continue
            depth -= 1
        kept.append(letter)
    return FIRST_STRONG + "".join(kept) + POP_ISOLATE * (depth + 1)
