"""What a repository is called on GitHub, `owner/name`: the one definition. Pure.

Two forms of an owner. What anybody can register is letters, digits and hyphens, and a link on a page must have it:
`MING_X/…` is a slip of the model that wrote the page. What GitHub itself answers may be wider, as the `jane_corp` of a
managed account (docs/services.md), and whatever GitHub calls a repository can be asked for.
"""

import re

from pipeline.core.errors import SourceError

OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")  # that anybody can register
PART = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")  # a name, or an owner as GitHub may give it; no path goes up


def is_owner(text: str) -> bool:
    """Whether a page may mean this owner."""
    return OWNER.fullmatch(text) is not None


def is_name_part(text: str) -> bool:
    """Whether this may stand on either side of the slash."""
    return PART.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether GitHub may call a repository so, and can be asked for it: `owner/name`, in ASCII."""
    owner, slash, name = text.partition("/")
    return bool(slash) and is_name_part(owner) and is_name_part(name)


def canonical_name(text: str) -> str | None:
    """Return the name in lower case, as names are compared; None for what cannot be one."""
    return text.lower() if is_name(text) else None


def check_name(name: str) -> str:
    """Return the same name. Raises SourceError for what cannot be one."""
    if not is_name(name):
        raise SourceError(f"{name[:150]!a} is not the name of a GitHub repository: expected owner/name")
    return name
