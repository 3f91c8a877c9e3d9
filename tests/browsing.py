"""A site on a plain static server in a sub-folder, and a browser that reaches nothing else."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FOLDER = "papers"


class Plain(SimpleHTTPRequestHandler):
    """Files as they are: not compressed, and never in ranges."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(site: Path, above: Path) -> Iterator[str]:
    """Serve a site as a folder below the root, and yield its address, with a slash at the end."""
    (above / FOLDER).symlink_to(site)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Plain, directory=str(above))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{FOLDER}/"
        finally:
            server.shutdown()
            thread.join()


class Watch:
    """What a browser's context asked for and said, from now on. Requests to anywhere but the site are refused."""

    def __init__(self, context: Any, home: str) -> None:
        self.elsewhere: list[str] = []
        self.said: list[str] = []
        self.failed: list[str] = []
        self.expected = ["Service Worker registration blocked by Playwright"]
        self.sizes: dict[str, int] = {}  # by address, of what the server sent
        self.paths: list[str] = []  # below the site's root, as asked
        self.bytes = 0
        self.home = home
        context.route("**/*", self.pass_on)
        context.on("response", self.note)
        context.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: self.said.append(str(error.error)))

    def pass_on(self, route: Any) -> None:
        if route.request.url.startswith((self.home, "blob:", "data:")):
            route.continue_()
        else:
            self.elsewhere.append(route.request.url)
            route.abort()

    def note(self, response: Any) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url}")
        if response.url.startswith(self.home):
            size = int(response.headers.get("content-length", 0))
            self.sizes[response.url] = size
            self.paths.append(response.url.removeprefix(self.home))
            self.bytes += size

    def expect(self, words: str) -> None:
        """Take what is said with these words, before or after, as what the test is about."""
        self.expected.append(words)

    def troubles(self) -> list[str]:
        """Return what no page may do: ask elsewhere, say anything, or fail to get a file."""
        said = [said for said in self.said if not any(words in said for words in self.expected)]
        return [*self.elsewhere, *said, *self.failed]
