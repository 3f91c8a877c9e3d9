"""Words of messages: how many there are of something, and names near one that is not known. Pure."""

import difflib
from collections.abc import Collection

NAMED = 3
FEW = 8  # names that are all shown where none is near


def near_names(wanted: str, known: Collection[str]) -> list[str]:
    """Return the names that look like the one wanted or have it as a part, in any case; at most three, best first."""
    spelled = {name.lower(): name for name in known}
    close = difflib.get_close_matches(wanted.lower(), spelled, NAMED)
    having = [name for name in spelled if wanted.lower() in name]
    return [spelled[name] for name in dict.fromkeys([*close, *having])][:NAMED]


def suggest(wanted: str, known: Collection[str]) -> str:
    """Return a question that names what is near, or all that there are if they are few; empty without either."""
    if near := near_names(wanted, known):
        return f"did you mean {' or '.join(near)}?"
    return f"there are {', '.join(known)}" if 0 < len(known) <= FEW else ""


def amount_of(count: int, noun: str, plural: str | None = None) -> str:
    """Return `1 row`, `0 rows` or `1,234 rows`. Without a plural the noun takes an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
