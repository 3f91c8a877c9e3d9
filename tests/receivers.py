"""Receivers of alerts on this machine: a webhook and a mail server, both over real sockets, that can be away."""

import email
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any

from loopback import Asked, Loopback, Reply, serve


class Hook:
    """A webhook with a log of what it took."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.status = 200
        self.server: Loopback

    def answer(self, asked: Asked) -> Reply:
        if self.status == 200:
            self.posts.append(json.loads(asked.body)["text"])
        return Reply(self.status, b"ok")


@contextmanager
def hook() -> Iterator[Hook]:
    found = Hook()
    with serve(found.answer) as found.server:
        yield found


class Mails(socketserver.ThreadingTCPServer):
    """A mail server of RFC 5321 without extensions; `refusal` is what it says to a sender instead of 250."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.taken: list[Message[Any, Any]] = []
        self.refusal: str | None = None
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Mails)
        self.say("220 post office")
        while line := self.rfile.readline().decode().strip():
            match line.split()[0].upper():
                case "QUIT":
                    return self.say("221 bye")
                case "MAIL" if server.refusal:
                    self.say(server.refusal)
                case "DATA":
                    self.say("354 go on")
                    server.taken.append(email.message_from_bytes(self.read_message()))
                    self.say("250 taken")
                case _:
                    self.say("250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def read_message(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)


@contextmanager
def mails() -> Iterator[Mails]:
    with Mails() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
