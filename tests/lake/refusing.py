"""A store before the store, which refuses writes when told to."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

DROPPED = {"connection", "transfer-encoding", "content-length", "host"}


class Refusing:
    """Hands requests on to `endpoint`; answers those that write with 403 while `is_refusing`."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint, self.is_refusing = endpoint, False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def hand_on(self) -> None:
                body = self.read_body()
                if outer.is_refusing and self.command in ("PUT", "POST", "DELETE"):
                    self.answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
                    return
                headers = {name: text for name, text in self.headers.items() if name.lower() not in DROPPED}
                behind = http.client.HTTPConnection(urlsplit(outer.endpoint).netloc, timeout=60)
                behind.request(self.command, self.path, body=body or None, headers=headers)
                with behind.getresponse() as response:
                    self.answer(response.status, dict(response.getheaders()), response.read())
                behind.close()

            def read_body(self) -> bytes:
                if "chunked" not in self.headers.get("transfer-encoding", ""):
                    return self.rfile.read(int(self.headers.get("content-length") or 0))
                body = b""
                while size := int(self.rfile.readline().partition(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = hand_on

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                length = next((text for name, text in headers.items() if name.lower() == "content-length"), None)
                for name, text in headers.items():
                    if name.lower() not in DROPPED:
                        self.send_header(name, text)
                self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()
