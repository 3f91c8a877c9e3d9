"""The headers of a response that are worth storing, and addresses without what may be secret in them. Pure."""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

STORED_HEADERS = frozenset(
    {"content-type", "etag", "last-modified", "retry-after", "location", "date", "link", "ratelimit", "x-error-code"}
)
STORED_PREFIXES = ("x-ratelimit-", "ratelimit-")
LONGEST_HEADER = 1000  # characters


def headers_to_store(headers: Mapping[str, str], final_url: str, url: str) -> dict[str, str]:
    """Return the headers worth storing, and `x-final-url` after a redirect."""
    stored = {
        name.lower(): ascii_text(value)
        for name, value in headers.items()
        if name.lower() in STORED_HEADERS or name.lower().startswith(STORED_PREFIXES)
    }
    if "location" in stored:
        stored["location"] = without_query(stored["location"])
    if final_url and without_query(final_url) != without_query(url):
        stored["x-final-url"] = ascii_text(without_query(final_url))
    return stored


def ascii_text(text: str) -> str:
    """Return at most LONGEST_HEADER characters, escaped to ASCII."""
    return text[:LONGEST_HEADER].encode("unicode_escape").decode("ascii")


def without_query(address: str) -> str:
    """Return an address without user, query and fragment, which may hold secrets."""
    return urlunsplit(urlsplit(without_user(address))._replace(query="", fragment=""))


def without_user(address: str) -> str:
    """Return an address without user name and password; an invalid one is not repeated."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "(not an address)"
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
