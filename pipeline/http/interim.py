"""Interim responses, such as 103 Early Hints: passed over, as RFC 9110 asks of a client that does not use them.

http.client passes over 100 alone, and takes any other for the response itself, without a body.
"""

import http.client
from functools import cache
from typing import Any

from requests.adapters import HTTPAdapter

CONTINUE, SWITCHING_PROTOCOLS = 100, 101


class FinalResponse(http.client.HTTPResponse):
    """The first response that is not an interim one. 101 is final: what follows it is not HTTP."""

    def _read_status(self) -> tuple[str, int, str]:
        base: Any = super()  # the method is private: a test guards it
        version, status, reason = base._read_status()
        is_interim = CONTINUE <= status < 200 and status != SWITCHING_PROTOCOLS
        return version, CONTINUE if is_interim else status, reason


class FinalAdapter(HTTPAdapter):
    """An adapter of requests whose connections read final responses."""

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        """Return the pool of connections for a request."""
        pool = super().get_connection_with_tls_context(*arguments, **options)
        pool.ConnectionCls = reading_final(pool.ConnectionCls)
        return pool


@cache
def reading_final(connection_class: type) -> type:
    """Return the class of connections, with FinalResponse to read what comes; itself if it does already."""
    if getattr(connection_class, "response_class", None) is FinalResponse:
        return connection_class
    return type(connection_class.__name__, (connection_class,), {"response_class": FinalResponse})
