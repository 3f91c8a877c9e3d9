"""Where a redirect may lead: to the same host or a named one, never from the internet to a private address."""

import ipaddress
import socket
from collections.abc import Collection
from urllib.parse import SplitResult, urljoin, urlsplit

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
PORTS = {"http": 80, "https": 443}


class RedirectError(Exception):
    """A redirect that is not followed; the message says why without repeating the address."""


def next_address(
    first: str, current: str, status: int, method: str, location: str, may_redirect_to: Collection[str]
) -> str:
    """Return the absolute address that `location` names. Raises RedirectError.

    `may_redirect_to` holds host names, compared exactly; the host of `first` is always allowed.
    """
    if method != "GET" and status not in (307, 308):
        raise RedirectError(f"a {method} was redirected with status {status}")
    try:
        target = split(urljoin(current, location))
        begin, here = split(first), split(current)
    except ValueError as error:
        raise RedirectError("a redirect to something that is not an address") from error
    if target.hostname != begin.hostname and target.hostname not in may_redirect_to:
        raise RedirectError("a redirect to another host")
    if here.scheme == "https" and target.scheme == "http" and not is_loopback(target):
        raise RedirectError("a redirect from https to http")
    if target.hostname != begin.hostname and is_private(target) and not is_private(begin):
        raise RedirectError("a redirect to a private address")
    return target.geturl()


def is_same_origin(one: str, other: str) -> bool:
    """Whether scheme, host and port are equal: a token goes no further."""
    return origin(split(one)) == origin(split(other))


def split(address: str) -> SplitResult:
    """Return the parts of an http(s) address. Raises ValueError for anything else, also for an invalid port."""
    parts = urlsplit(address)
    if parts.scheme not in PORTS or not parts.hostname or not address.isprintable() or " " in address:
        raise ValueError("not an http address")
    origin(parts)
    return parts


def origin(parts: SplitResult) -> tuple[str, str | None, int]:
    """Return scheme, host in lower case, and port. Raises ValueError if the port is not a number."""
    return parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme]


def is_loopback(parts: SplitResult) -> bool:
    """Whether every address of the host is this machine."""
    addresses = resolve(parts)
    return bool(addresses) and all(address.is_loopback for address in addresses)


def is_private(parts: SplitResult) -> bool:
    """Whether any address of the host is not public: private, loopback, link-local or reserved."""
    return any(not address.is_global or address.is_multicast for address in resolve(parts))


def resolve(parts: SplitResult) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return the addresses of the host; none if it does not resolve here, as behind a proxy, which then decides."""
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(parts.hostname, None)}
    except (OSError, UnicodeError):
        return set()
    addresses = {ipaddress.ip_address(text) for text in found}
    return {getattr(address, "ipv4_mapped", None) or address for address in addresses}
