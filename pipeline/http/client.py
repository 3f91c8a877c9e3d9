"""The one HTTP client: one request at a time, bounded in time and size; failures are values, in our own words."""

import http.client
import logging
import ssl
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from json import dumps
from typing import Self, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from pipeline.http.body import BodyError, gather_body
from pipeline.http.exchange import (
    REFUSED,
    UNCONNECTED,
    UNRESOLVED,
    Exchange,
)
from pipeline.http.headers import headers_to_store, without_query, without_user
from pipeline.http.interim import FinalAdapter
from pipeline.http.masking import CREDENTIALS, Secrets
from pipeline.http.proxy import NO_PROXY, explain_proxy, is_this_machine
from pipeline.http.rate_limit import Pace, Turns, utc_now
from pipeline.http.redirect import MOST_REDIRECTS, REDIRECTS, RedirectError, is_same_origin, next_address

T = TypeVar("T")
logger = logging.getLogger(__name__)

MEBIBYTE = 1024 * 1024
READ_BYTES = 64 * 1024
# The first entry that matches any error in the chain of causes says what happened.
EXPLANATIONS: tuple[tuple[type[BaseException], str], ...] = (
    (urllib3.exceptions.NameResolutionError, UNRESOLVED),
    (ssl.SSLError, "no trusted TLS connection"),
    (ConnectionRefusedError, REFUSED),
    (http.client.RemoteDisconnected, "the connection was closed without a response"),
    (ConnectionResetError, "the connection was reset"),
    (requests.exceptions.ConnectTimeout, "no connection in time"),
    (urllib3.exceptions.NewConnectionError, UNCONNECTED),
    (requests.exceptions.ReadTimeout, "no response in time"),
    (urllib3.exceptions.ReadTimeoutError, "the response stalled"),
    (http.client.IncompleteRead, "the response was cut short"),
    (urllib3.exceptions.InvalidHeader, "the response names two different lengths"),
    (ValueError, "the address or a header cannot be sent"),
    (http.client.HTTPException, "the response is not HTTP"),
)
WIRE_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)


class Web:
    """A session without cookies or netrc: it sends what the caller names, and nothing else.

    Proxies and certificate bundles come from the environment as usual.
    """

    def __init__(
        self,
        contact: str | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        connect_seconds: float = 5.0,
        read_seconds: float = 60.0,
        deadline_seconds: float = 180.0,
        pace: Callable[[str, float], Turns] | None = None,
    ) -> None:
        self.now, self.sleep, self.monotonic = now, sleep, monotonic
        self._timeout = (connect_seconds, read_seconds)
        self._deadline_seconds = deadline_seconds
        self._user_agent = user_agent(contact)
        self._session = open_session()
        self._pace = pace

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def pace(self, url: str, interval_seconds: float) -> Turns:
        """Return the rate limit of the host of `url`, on this object's clocks unless all machines share one."""
        host = urlsplit(url).netloc
        if self._pace is not None:
            return self._pace(host, interval_seconds)
        return Pace(host, interval_seconds, now=self.now, sleep=self.sleep, monotonic=self.monotonic)

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        service: str,
        asked: Sequence[str],
        round: int = 1,
        headers: Mapping[str, str] | None = None,
        json: object | None = None,
        limit_bytes: int = 16 * MEBIBYTE,  # JSON of empty objects this long takes half a gigabyte of memory
        may_redirect_to: Collection[str] = (),
    ) -> Exchange:
        """Send a request, follow redirects, return the exchange; a network failure has status None, and an error.

        Credentials of the request that the response repeats are masked.
        """
        status: int | None = None
        stored: dict[str, str] = {}
        body: bytes | None = None
        error: str | None = None

        def fetch() -> tuple[int, dict[str, str], bytes]:
            with self._answer(method, url, headers or {}, json, may_redirect_to) as response:
                told = secrets.mask_headers(response.headers)
                stored = headers_to_store(told, secrets.mask_text(response.url), url)
                return response.status_code, stored, secrets.mask(self._read(response, limit_bytes, deadline))

        secrets = Secrets(url, headers or {})
        deadline = self.monotonic() + self._deadline_seconds
        try:
            status, stored, body = run_within(self._deadline_seconds, fetch)
        except DeadlineError:
            error = f"no complete response within {self._deadline_seconds:g} s"
            self._session = open_session()  # the abandoned thread still uses the old session
        except (RedirectError, BodyError) as broken:
            error = str(broken)
        except WIRE_ERRORS as cause:
            error = explain_error(cause, url)
        logger.debug("%s %s: %s", method, without_query(url), status or error)
        return Exchange(
            service, tuple(asked), round, without_user(url), method, status, stored, self.now(), body, error
        )

    @contextmanager
    def _answer(
        self, method: str, url: str, headers: Mapping[str, str], json: object | None, may_redirect_to: Collection[str]
    ) -> Generator[requests.Response, None, None]:
        address = url
        for _ in range(MOST_REDIRECTS + 1):
            with self._request(method, address, self._headers(headers, url, address), json) as response:
                location = response.headers.get("location")
                if response.status_code not in REDIRECTS or location is None:
                    yield response
                    return
                address = next_address(url, address, response.status_code, method, location, may_redirect_to)
        raise RedirectError(f"more than {MOST_REDIRECTS} redirects")

    def _request(self, method: str, address: str, headers: Mapping[str, str], json: object | None) -> requests.Response:
        if urlsplit(address).username is not None:
            raise RedirectError("an address must not hold a user name")
        return self._session.request(
            method,
            address,
            headers={**headers, **({} if json is None else {"Content-Type": "application/json"})},
            data=None if json is None else dumps(json).encode(),
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
            proxies=NO_PROXY if is_this_machine(address) else None,
        )

    def _headers(self, headers: Mapping[str, str], first: str, address: str) -> dict[str, str]:
        allowed = {
            name: value
            for name, value in headers.items()
            if name.lower() not in CREDENTIALS or is_same_origin(first, address)
        }
        # only gzip, because gather_body() decodes nothing else
        return {"User-Agent": self._user_agent, "Accept-Encoding": "gzip", **allowed}

    def _read(self, response: requests.Response, limit_bytes: int, deadline: float) -> bytes:
        def chunks() -> Iterator[bytes]:
            # read1 returns what has arrived; on a slow drip read() would wait for a full chunk, past any deadline
            while chunk := response.raw.read1(READ_BYTES, decode_content=False):
                yield chunk
                if self.monotonic() > deadline:
                    raise DeadlineError

        return gather_body(chunks(), response.headers.get("content-encoding", ""), limit_bytes)


class DeadlineError(Exception):
    """The deadline of an exchange has passed."""


def run_within(seconds: float, work: Callable[[], T]) -> T:
    """Return or raise what `work` does; after `seconds` abandon it and raise DeadlineError.

    In a thread, because name resolution and headers that arrive byte by byte have no time-out.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # re-raised in the waiting thread
            result.set_exception(error)

    threading.Thread(target=run, name="web", daemon=True).start()
    try:
        return result.result(timeout=seconds)
    except TimeoutError as error:
        if result.done():  # a time-out inside `work`, not the deadline
            raise
        raise DeadlineError from error


def open_session() -> requests.Session:
    """Return a session without cookies, netrc and retries, which would bypass the rate limit."""
    session = requests.Session()
    session.mount("https://", FinalAdapter(max_retries=0))
    session.mount("http://", FinalAdapter(max_retries=0))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.auth = leave_as_it_is  # with any auth set, requests does not read netrc
    return session


def leave_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add no credentials."""
    return request


def user_agent(contact: str | None) -> str:
    """Return our User-Agent, with the operator's address if one is set."""
    try:
        name = f"daily-ai-papers-warehouse/{version('daily-ai-papers-warehouse')}"
    except PackageNotFoundError:
        name = "daily-ai-papers-warehouse/0"  # not installed
    return f"{name} (+mailto:{contact})" if contact else name


def explain_error(error: BaseException, url: str) -> str:
    """Say what happened in one line of our own: an exception's text may contain a header or an address."""
    causes = list(chain(error))
    if of_the_proxy := explain_proxy(url, causes):
        return of_the_proxy
    for kind, words in EXPLANATIONS:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return "the connection broke"


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all its causes once each, wherever requests and urllib3 store them."""
    seen: list[BaseException] = []
    left: list[object] = [error]
    while left:
        link = left.pop()
        if isinstance(link, BaseException) and link not in seen:
            seen.append(link)
            left += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
            yield link
