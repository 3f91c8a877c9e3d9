"""What may stand in a setting that is an address or a folder. Each function returns what is wrong, or None. Pure.

A fault is the rest of a message that begins with the name of the setting. Of an address that may hold a secret, it
repeats nothing.
"""

import re
from urllib.parse import SplitResult, unquote, urlsplit

SHOWN = 100  # characters of a setting that a message repeats
ASCII = re.compile(r"[\x21-\x7e]+")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# DuckDB takes a question mark in a path for the beginning of options, and a backslash for a slash.
UNUSABLE_IN_A_FOLDER = re.compile(rf"[?\\]|{UNPRINTABLE.pattern}")
HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]")
PLACE = re.compile(rf"(?:{HOST.pattern})(?::[0-9]+)?/?")
CREDENTIALS = re.compile(r"(?:[^/?#\[\]@%]|%[0-9A-Fa-f]{2})+")
HOW_TO_ENCODE = (
    "@ is written as %40, # as %23, / as %2F, ? as %3F, [ as %5B, ] as %5D, % as %25 (it is not repeated here)"
)


def shown(text: str) -> str:
    """Return a text between quotes, with escapes, and cut where it is long."""
    return repr(text[:SHOWN]) + ("…" if len(text) > SHOWN else "")


def split(text: str) -> SplitResult | None:
    """Return the parts of an address; None if it has none, or a port that there is not."""
    try:
        parts = urlsplit(text)
        return None if parts.port == 0 else parts
    except ValueError:
        return None


def find_address_fault(text: str, schemes: tuple[str, ...]) -> str | None:
    """Check the address of a service, or of a folder if `file` is among the schemes."""
    if "file" in schemes and text.startswith("file:"):
        return find_file_fault(text)
    if "@" in text:
        return "is an address with a user, not repeated here: it should be one without user and password"
    if "?" in text or "#" in text:
        return "is an address with a query or fragment, not repeated here: it should be one without them"
    if not ASCII.fullmatch(text):
        return f"is {shown(text)}: it should be a URL in ASCII, without blanks"
    parts = split(text)
    if not parts or parts.scheme not in schemes or not HOST.fullmatch(place_of(parts)):
        return f"is {shown(text)}: it should be a URL that begins with {' or '.join(f'{name}://' for name in schemes)}"
    return None


def place_of(parts: SplitResult) -> str:
    """Return the host as it is written, an IPv6 address in its brackets."""
    return f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""


def find_file_fault(text: str) -> str | None:
    parts = split(text)
    if not parts or parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        return f"is {shown(text)}: a file URL has three slashes and an absolute path, like file:///home/me/archive"
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        return f"is {shown(text)}: in a file URL it should be %3F for a question mark and %23 for a #"
    if UNPRINTABLE.search(unquote(text)):
        return f"is {shown(text)}: it should be a file URL in UTF-8, with no control character"
    return None


def find_webhook_fault(text: str) -> str | None:
    parts = split(text)
    is_address = parts and parts.scheme in ("http", "https") and ASCII.fullmatch(text)
    if not parts or not is_address or not PLACE.fullmatch(parts.netloc.rpartition("@")[2]):
        return "is no address: it should begin with https:// and have no blanks (it is not repeated here)"
    if "@" in parts.netloc:
        return "is an address with a user, which is not sent: it should be one without user and password"
    if "#" in text:
        return "has a #, and what is behind it is never sent: it should be %23 (it is not repeated here)"
    return None


def find_contact_fault(text: str) -> str | None:
    """Check who is named to every service that is asked: a password would be told to all of them."""
    _, is_url, rest = text.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user = text.removeprefix("mailto:").rpartition("@")[0]
    # A password that is not encoded may hold a mark that ends an authority: what is left before it is then no host.
    if ":" in user if not is_url else "@" in authority or ("@" in rest and not PLACE.fullmatch(authority)):
        return "has a user or password, which every service would be told, not repeated here: it should be without"
    if not ASCII.fullmatch(text):
        return f"is {shown(text)}: it should be one address (an e-mail or a URL) in ASCII, without blanks"
    return None


def find_mail_server_fault(text: str) -> str | None:
    """Check `smtps://user:password@host:port`. Where the user ends is told by the last @, so that nobody's password
    becomes a host that is looked up.
    """
    scheme, _, rest = text.partition("://")
    credentials, at, place = rest.rpartition("@")
    if not ASCII.fullmatch(text) or scheme not in ("smtp", "smtps"):
        return "is no address of a mail server: it should be like smtps://user:password@mail.example.org:465"
    if at and not CREDENTIALS.fullmatch(credentials):
        return f"has a character in its user or password that should be encoded: {HOW_TO_ENCODE}"
    if at and not ASCII.fullmatch(unquote(credentials, errors="replace")):
        return "has a blank, control or non-ASCII character in its user or password, which mail servers do not take"
    if not PLACE.fullmatch(place) or not split(text):
        text = "is no address of a mail server: it should be like smtps://user:password@mail.example.org:465"
        return f"{text}; in user and password {HOW_TO_ENCODE}"
    return None
