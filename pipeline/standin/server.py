"""The stand-ins as a real HTTP server on loopback, with a log of requests and faults to inject."""

import os
import random
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from pipeline.standin import arxiv
from pipeline.standin.archive import Archive, missing
from pipeline.standin.arxiv import Arxiv
from pipeline.standin.facts import DEMO, Facts
from pipeline.standin.fault import Fault, How
from pipeline.standin.github import GitHub
from pipeline.standin.hugging_face import HuggingFace
from pipeline.standin.providers.semantic_scholar import SemanticScholar
from pipeline.standin.wire import Request, Response, phrase


class Standin:
    """The archive, Hugging Face's list, arXiv, GitHub and Semantic Scholar on one port, for the length of the `with`.

    archive: folders of <owner>/<repository>/<branch>/<path of a page>, read at every request; of two with the same
    page the first wins. facts: a folder with papers.json and repositories.json, or None to invent facts from the names
    requested. lists: a folder of Hugging Face's days, or None to list the papers of the archive. token: the only one
    that GitHub accepts; None: it accepts none. now: a clock, in UTC.
    """

    def __init__(
        self,
        archive: Path | Sequence[Path] = DEMO / "archive",
        facts: Path | None = DEMO,
        *,
        lists: Path | None = None,
        token: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.archive = Archive([archive] if isinstance(archive, Path) else archive)
        self.facts = Facts(facts)
        self.arxiv = Arxiv(self.facts)
        self.github = GitHub(self.facts, self.archive, now)
        self.github.token = token
        self.semantic_scholar = SemanticScholar(self.facts)
        self.hugging_face = HuggingFace(self.facts, self.archive, lists, now)
        self.requests: list[Request] = []
        self.delay_seconds = 0.0  # before every response
        self.slow_seconds = 2.0  # in the middle of a slow response
        self._now = now
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._is_over = threading.Event()

    def __enter__(self) -> Self:
        self._server = Server(("127.0.0.1", 0), partial(Handler, self))
        self.url = self.github.url = self.hugging_face.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="stand-in", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """The settings that point the pipeline here instead of to the real services."""
        return {
            "ARCHIVE_BASE_URL": self.url,
            "HF_API_URL": self.url,
            "ARXIV_API_URL": self.url + arxiv.PATH,
            "GITHUB_API_URL": self.url,
            "SEMANTIC_SCHOLAR_API_URL": self.url,
        }

    def allow(self, requests: int, quota: str = "anonymous") -> None:
        """Leave so many requests in a window that begins now.

        quota: of GitHub anonymous, token or graphql (in points); of Hugging Face list or list with token.
        """
        with self._lock:
            {**self.github.quotas, **self.hugging_face.quotas}[quota].allow(requests)

    def fail(
        self,
        path_prefix: str,
        how: How,
        *,
        times: int | None = None,
        share: float | None = None,
        seed: int = 0,
        headers: Mapping[str, str] | None = None,
        mentions: str = "",
    ) -> None:
        """Fail requests for paths with that prefix: all, the first `times`, or a seeded share. The oldest fault wins.

        how: a status; a whole response; html or empty (with 200); secondary (GitHub's 403 with Retry-After); reset (no
        response); cut (half a body); slow (a pause in the body). mentions: only requests with this text in their body.
        """
        with self._lock:
            self._faults.append(
                Fault(path_prefix, how, times, share, dict(headers or {}), random.Random(seed), mentions.encode())
            )

    def calm(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def asked(self, path_prefix: str = "/") -> list[Request]:
        """Return the requests so far for paths with that prefix, in order of arrival."""
        with self._lock:
            return [request for request in self.requests if request.path.startswith(path_prefix)]

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[Response, How | None]:
        """Log a request and return its response, with the fault to apply on its way, if any."""
        self.pause(self.delay_seconds)
        with self._lock:
            request = Request(method, path, headers, body, self._now())
            self.requests.append(request)
            fault = next((fault for fault in self._faults if fault.strikes(request)), None)
            answer = (fault and fault.answer(request)) or self._answer_truly(request)
            request.status = None if fault and fault.how == "reset" else answer.status
            return answer, fault.how if fault else None

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the stand-in runs."""
        if seconds:
            self._is_over.wait(seconds)

    def _answer_truly(self, request: Request) -> Response:
        path = urlsplit(request.path).path
        if path == arxiv.PATH:
            return self.arxiv.answer(request)
        if SemanticScholar.knows(path):
            return self.semantic_scholar.answer(request)
        if GitHub.knows(path):
            return self.github.answer(request)
        if HuggingFace.knows(path):
            return self.hugging_face.answer(request)
        return self.archive.answer(unquote(path)) or missing()


class Server(ThreadingHTTPServer):
    """Closes its connections when it stops."""

    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about a client that hung up; report anything else."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already
                continue


class Handler(BaseHTTPRequestHandler):
    """One connection, open between requests."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # send a response in one piece: two would wait for each other's acknowledgement

    def __init__(self, standin: Standin, *arguments: Any) -> None:
        self._standin = standin
        super().__init__(*arguments)  # handles requests until the connection is closed

    def version_string(self) -> str:
        return "papers-standin"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: Standin.requests is the log."""

    def respond(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        answer, how = self._standin.answer(self.command, self.path, headers, body)
        if how == "reset":
            self._reset()
            return
        self.send_response(answer.status, phrase(answer.status))
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(answer.body, how)

    def _send_body(self, body: bytes, how: How | None) -> None:
        half = len(body) // 2
        self.wfile.write(body[:half])
        if how == "slow":
            self.wfile.flush()
            self._standin.pause(self._standin.slow_seconds)
        if how == "cut":
            self.close_connection = True
        else:
            self.wfile.write(body[half:])

    def _reset(self) -> None:
        """Reset the connection: the client sees `connection reset by peer`."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    do_GET = do_HEAD = do_POST = respond
