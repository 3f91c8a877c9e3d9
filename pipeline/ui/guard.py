"""Which requests reach Dagster's webserver: those of its own pages, and of programs that are no browser.

Dagster's webserver obeys whoever asks. Any page in the browser could ask it by an image, a form, a script or a
WebSocket, and so could a page whose name is made to lead to this machine. The guard is an ASGI application around
Dagster's, in the same process: there is no other port to go to. It compares what a browser says of a request and a page
cannot forge: `Host`, `Origin` and `Sec-Fetch-*` (https://www.w3.org/TR/fetch-metadata/).
"""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
GRAPHQL = "/graphql"
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
# A page of another origin can neither show the UI in a frame, nor hold on to its window, nor load parts of it.
HEADERS = [
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]

NO_HOST = "this name is none of the UI's: use http://127.0.0.1, or name the proxy's address in UI_ORIGINS"
NO_ORIGIN = "a page of another origin asks: name the proxy's address in UI_ORIGINS if it is the UI's own"
NO_PAGE = "another page asks: open the UI itself"
NO_METHOD = "only pages are read, and only /graphql is posted to"
NO_JSON = "GraphQL is posted as application/json"


class Guard:
    """An ASGI application that hands on what its own pages ask and refuses everything else with 403 and a sentence.

    `origins`: addresses under which a reverse proxy shows the UI, as browsers write them (`https://papers.example.org`).
    """

    def __init__(self, app: App, origins: Iterable[str] = ()) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = None if scope["type"] == "lifespan" else find_fault(scope, self._origins)
        if fault is None:
            await self._app(scope, receive, with_headers(send))
            return
        self._tell(fault)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before it was accepted: 403
        else:
            await refuse(send, fault)

    def _tell(self, fault: str) -> None:
        """Log each fault once: a hostile page must not fill the log."""
        if fault not in self._told:
            self._told.add(fault)
            logger.warning("The UI refused a request, and will not tell of others like it: %s.", fault)


def find_fault(scope: Scope, origins: frozenset[str]) -> str | None:
    """Return why a request is refused, None if it is not."""
    headers = read_headers(scope)
    host = headers.get("host", "").lower()
    if not is_known(host, origins):
        return NO_HOST
    if "origin" in headers and not is_own(headers["origin"], host, origins):
        return NO_ORIGIN
    if scope["type"] == "websocket":
        return find_fault_of_socket(scope["path"], headers)
    if not is_asked_by_own_page(scope, headers):
        return NO_PAGE
    return find_fault_of_method(scope["method"], scope["path"], headers)


def find_fault_of_socket(path: str, headers: dict[str, str]) -> str | None:
    """Browsers always name the origin of a WebSocket. Not all send Sec-Fetch-Site with it."""
    return None if path == GRAPHQL and "origin" in headers else NO_ORIGIN


def find_fault_of_method(method: str, path: str, headers: dict[str, str]) -> str | None:
    """A GET changes nothing, once GraphQL takes none. No route but GraphQL's may be posted to: others forge events."""
    if method in ("GET", "HEAD"):
        # By its beginning: Dagster's route also matches a line break behind it.
        return NO_METHOD if path.startswith(GRAPHQL) or CONTROLS.search(path) else None
    if method != "POST" or path != GRAPHQL:
        return NO_METHOD
    return None if headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json" else NO_JSON


def is_known(host: str, origins: frozenset[str]) -> bool:
    """A page may have any name lead to this machine, but not change what the browser calls it."""
    known = LOOPBACK | {name_of(origin.partition("://")[2]) for origin in origins}
    return HOST.fullmatch(host) is not None and name_of(host) in known


def is_own(origin: str, host: str, origins: frozenset[str]) -> bool:
    return origin in origins or (name_of(host) in LOOPBACK and origin == f"http://{host}")


def is_asked_by_own_page(scope: Scope, headers: dict[str, str]) -> bool:
    """The UI's own page, a person, no browser at all, or a link that a person follows from elsewhere."""
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return True
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return is_link and scope["method"] == "GET"


def name_of(host: str) -> str:
    """Return the name of `name:port`, which may lack the port (an IPv6 address in its brackets); empty if it is none.

    The port is not compared: behind a tunnel it is another, and a page cannot choose what it is connected to by it.
    """
    found = HOST.fullmatch(host)
    return found[1] if found else ""


def read_headers(scope: Scope) -> dict[str, str]:
    """Return the headers by their lower-case names. One that comes twice is joined by a comma: no known value."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def with_headers(send: Send) -> Send:
    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return send_more


async def refuse(send: Send, fault: str) -> None:
    body = f"Refused: {fault}.\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    headers += [(b"x-content-type-options", b"nosniff"), *HEADERS]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
