"""The one definition of a GitHub repository's name, `owner/name`. Pure.

Owners have two forms. Anybody can register letters, digits and hyphens; an owner in a page's link must be of that form
(`MING_X/…` is a slip of the model that wrote the page). GitHub's own answers may go beyond it, as the managed account
`jane_corp` does (docs/services.md), and every name that GitHub gives can be requested again.
"""

import re

from pipeline.core.errors import SourceError

OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")  # as anybody can register it
PART = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")  # name, or owner as GitHub may give it; never . or ..


def is_owner(text: str) -> bool:
    """Whether this is an owner that a page may link to."""
    return OWNER.fullmatch(text) is not None


def is_name_part(text: str) -> bool:
    """Whether this may be on either side of the slash."""
    return PART.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether this may be a repository's name, and can be requested."""
    owner, slash, name = text.partition("/")
    return bool(slash) and is_name_part(owner) and is_name_part(name)


def canonical_name(text: str) -> str | None:
    """Return the name in lower case, for comparison; None if it is not a name."""
    return text.lower() if is_name(text) else None


def check_name(name: str) -> str:
    """Return the name unchanged. Raises SourceError if it is not one."""
    if not is_name(name):
        raise SourceError(f"{name[:150]!a} is not the name of a GitHub repository: expected owner/name")
    return name
