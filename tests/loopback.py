"""A stand-in for the wire: an HTTP server on this machine that answers as a test says, and a clock that is told."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; the times are of the machine's monotonic clock."""

    method: str
    path: str
    headers: dict[str, str]  # lower-case names
    body: bytes
    arrived_at: float


@dataclass(frozen=True)
class Reply:
    """What to answer. With `wire`, that is called with the bare connection instead, which is closed afterwards."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    wire: Callable[[socket.socket], None] | None = None


@dataclass
class Loopback:
    """The address of a running server and what it was asked, in the order of arrival."""

    url: str
    port: int
    asked: list[Asked] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)


@contextmanager
def serve(answer: Callable[[Asked], Reply]) -> Iterator[Loopback]:
    """Run a server for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body, time.monotonic())
            loopback.asked.append(asked)
            reply = answer(asked)
            loopback.answered_at.append(time.monotonic())
            if reply.wire is None:
                self.write(reply)
            else:
                self.close_connection = True
                with suppress(OSError):  # the client hangs up, as it should on a bad answer
                    reply.wire(self.connection)

        def write(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 304 and "Transfer-Encoding" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: clients that hang up are what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    loopback = Loopback(f"http://127.0.0.1:{server.server_port}", server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reset(connection: socket.socket) -> None:
    """Break a connection off without a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def cut_short(body: bytes) -> Callable[[socket.socket], None]:
    """Announce the whole body and send the first half."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return lambda connection: connection.sendall(head + body[: len(body) // 2])


class Clock:
    """A clock that only sleeping moves; `waits` are the sleeps, in order."""

    def __init__(self, start: datetime = datetime(2025, 3, 31, 12, tzinfo=UTC)) -> None:
        self.start = start
        self.seconds = 0.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds
