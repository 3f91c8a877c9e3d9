"""Proxies of the environment: which one a request would use, none for this machine, and why one cannot be used."""

import ipaddress
import os
import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import urllib3.exceptions
from requests.utils import get_environ_proxies, select_proxy

from pipeline.http.exchange import OF_A_PROXY

SOCKS_NEEDS = "is a SOCKS proxy, which needs PySocks: `pip install PySocks`, or name an HTTP proxy"
EXAMPLE = "is no address of a proxy, like http://proxy.example.org:3128"
# The first entry that matches any error says why; the target's own address was checked before.
REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (requests.exceptions.InvalidSchema, SOCKS_NEEDS),
    (requests.exceptions.InvalidURL, EXAMPLE),
    (urllib3.exceptions.NameResolutionError, "cannot be used: its name cannot be resolved"),
    (ConnectionRefusedError, "cannot be used: it refused the connection"),
    (TimeoutError, "cannot be used: no connection in time"),
    (urllib3.exceptions.NewConnectionError, "cannot be used: no connection to it"),
)
NO_PROXY: dict[str, Any] = {"http": None, "https": None, "all": None}  # overrides the environment


def is_this_machine(url: str) -> bool:
    """Whether an address names this machine, without asking a name server."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def proxy_of(url: str) -> str | None:
    """Return the address of the proxy for a URL; None if there is none, or the URL is not valid."""
    try:
        return None if is_this_machine(url) else select_proxy(url, get_environ_proxies(url))
    except ValueError:
        return None


def secrets_of(url: str) -> Iterator[str]:
    """Yield what a request to `url` shows its proxy and nobody else may see: `user:password`, and the password."""
    try:
        parts = urlsplit(proxy_of(url) or "")
    except ValueError:
        return
    if parts.password:
        yield unquote(f"{parts.username}:{parts.password}")
        yield unquote(parts.password)


def explain_proxy(url: str, causes: Collection[BaseException]) -> str | None:
    """Return why the proxy for `url` cannot be used, with the setting that names it; None if the fault is another's."""
    proxy = proxy_of(url)
    of_the_proxy = (requests.exceptions.ProxyError, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)
    is_socks = proxy is not None and proxy.startswith("socks")
    kinds = (*of_the_proxy, urllib3.exceptions.NewConnectionError) if is_socks else of_the_proxy
    if proxy is None or not any(isinstance(cause, kinds) for cause in causes):
        return None
    for kind, why in REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return f"{OF_A_PROXY}{name_setting(proxy)} {why}"
    found = re.search(r"Tunnel connection failed: (\d{3})\b", " ".join(map(str, causes)))
    answer = f" (HTTP {found[1]})" if found else ""
    return f"{OF_A_PROXY}{name_setting(proxy)} did not let the request through{answer}"


def name_setting(proxy: str) -> str:
    """Return the variable that names a proxy."""
    names = [name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")]
    return next((name for name in sorted(names) if os.environ[name] == proxy), "this machine's settings")
