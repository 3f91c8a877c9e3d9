"""A GitHub of two hundred lines on a loopback port: what the tests of its clients are asked to get along with."""

import io
import json
import re
import socket
import struct
import tarfile
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

TOKEN = "secret-of-the-tests-0123456789"
START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HTML = b"<!DOCTYPE html><html><title>Unicorn!</title><body>This page is taking too long to load.</body></html>"
NOT_FOUND_BODY = {"message": "Not Found", "documentation_url": "https://docs.example.org/rest", "status": "404"}


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    at: datetime = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    wire: str = "whole"  # cut: half of the body; reset: nothing at all


def json_answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


class Loopback:
    """A server that answers what `answer` returns, and remembers what it was asked."""

    def __init__(self, answer: Callable[[Request], Answer] | None = None) -> None:
        self.requests: list[Request] = []
        self.script: deque[Answer] = deque()  # goes first, whatever is asked
        self._answer = answer
        handler = type("Handler", (Handler,), {"loopback": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> Answer:
        return Answer(500) if self._answer is None else self._answer(request)

    def take(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.script.popleft() if self.script else self.answer(request)


class Handler(BaseHTTPRequestHandler):
    loopback: Loopback
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for each other's acknowledgement

    def reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.loopback.take(Request(self.command, self.path, headers, body))
        if answer.wire == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if answer.wire == "cut" else answer.body)
        self.close_connection = self.close_connection or answer.wire == "cut"

    do_GET = do_POST = reply

    def log_message(self, format: str, *args: object) -> None:
        pass


class GitHub(Loopback):
    """Repositories by name, told by both APIs; quotas that run out; what is gone, renamed, taken down or too slow."""

    def __init__(self, *repositories: dict[str, Any], quota: int = 5000) -> None:
        super().__init__()
        self.repositories = {repository["full_name"].lower(): repository for repository in repositories}
        self.renamed: dict[str, str] = {}
        self.refused: dict[str, Answer] = {}  # REST answers by name
        self.slow: set[str] = set()  # GraphQL queries with one of these time out
        self.left = quota
        self.resets_at = START + timedelta(minutes=40)
        self.token = TOKEN

    def quota(self) -> dict[str, str]:
        return {"X-RateLimit-Remaining": str(self.left), "X-RateLimit-Reset": f"{self.resets_at.timestamp():.0f}"}

    def answer(self, request: Request) -> Answer:
        authorization = request.headers.get("authorization")
        if authorization not in (None, f"Bearer {self.token}"):
            return json_answer({"message": "Bad credentials"}, 401)
        if "accept" not in request.headers or "user-agent" not in request.headers:
            return json_answer({"message": "Missing or invalid User Agent string."}, 403)
        if self.left <= 0:
            return json_answer({"message": "API rate limit exceeded for 127.0.0.1."}, 403, self.quota())
        self.left -= 1
        if request.method == "POST":
            return self.answer_graphql(request) if authorization else json_answer({"message": "No"}, 401)
        return self.answer_rest(request)

    def answer_rest(self, request: Request) -> Answer:
        if match := re.fullmatch("/repositories/([0-9]+)", request.path):
            found = [r for r in self.repositories.values() if r["id"] == int(match[1])]
            return json_answer(rest_form(found[0]), headers=self.quota())
        name = request.path.removeprefix("/repos/").lower()
        if name in self.refused:
            refusal = self.refused[name]
            return Answer(refusal.status, refusal.body, {**self.quota(), **refusal.headers}, refusal.wire)
        if name in self.renamed:
            number = self.repositories[self.renamed[name]]["id"]
            return json_answer(
                {"message": "Moved Permanently"}, 301, {"Location": f"{self.url}/repositories/{number}", **self.quota()}
            )
        if name in self.repositories:
            return json_answer(rest_form(self.repositories[name]), headers=self.quota())
        return json_answer(NOT_FOUND_BODY, 404, self.quota())

    def answer_graphql(self, request: Request) -> Answer:
        asked = json.loads(request.body)
        names = {
            alias: f"{asked['variables'][owner]}/{asked['variables'][name]}".lower()
            for alias, owner, name in re.findall(
                r"(r\d+): repository\(owner: \$(o\d+), name: \$(n\d+)\)", asked["query"]
            )
        }
        if self.slow & set(names.values()):
            message = "Something went wrong while executing your query. This may be the result of a timeout."
            return json_answer({"data": None, "errors": [{"message": message}]}, 502)
        limit = {"cost": 1, "remaining": self.left, "resetAt": f"{self.resets_at:%Y-%m-%dT%H:%M:%SZ}"}
        nodes: dict[str, Any] = {"rateLimit": limit}
        errors: list[dict[str, Any]] = []
        for alias, name in names.items():
            found = self.repositories.get(self.renamed.get(name, name))
            nodes[alias] = graphql_form(found) if found else None
            if not found:
                message = f"Could not resolve to a Repository with the name '{name}'."
                errors.append({"type": "NOT_FOUND", "path": [alias], "message": message})
        return json_answer({"data": nodes, **({"errors": errors} if errors else {})}, headers=self.quota())


def repository(full_name: str, number: Any = 1, **changes: Any) -> dict[str, Any]:
    """Describe an invented repository, in the words of neither API."""
    return {
        "id": number,
        "full_name": full_name,
        "owner_type": "Organization",
        "description": "Sorts pebbles by colour",
        "homepage": "https://pebbles.example.org",
        "language": "Python",
        "license": "MIT",
        "topics": ["sorting", "pebbles", "colour"],
        "is_archived": False,
        "is_disabled": False,
        "is_fork": True,
        "branch": "main",
        "created_at": "2024-02-29T23:59:59Z",
        "updated_at": "2026-01-02T03:04:05Z",
        "pushed_at": "2026-02-03T04:05:06Z",
        "stars": 321,
        "forks": 12,
        "issues": 5,
        "pulls": 2,
        "watchers": 9,
        "kilobytes": 4096,
        **changes,
    }


def rest_form(r: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": r["id"],
        "full_name": r["full_name"],
        "name": r["full_name"].split("/")[1],
        "owner": {"login": r["full_name"].split("/")[0], "type": r["owner_type"]},
        "description": r["description"] or None,
        "homepage": r["homepage"] or "",
        "language": r["language"],
        "license": {"key": "x", "spdx_id": r["license"]} if r["license"] else None,
        "topics": sorted(r["topics"]),
        "archived": r["is_archived"],
        "disabled": r["is_disabled"],
        "fork": r["is_fork"],
        "default_branch": r["branch"],
        "created_at": r["created_at"],
        "updated_at": r["updated_at"],
        "pushed_at": r["pushed_at"],
        "stargazers_count": r["stars"],
        "watchers_count": r["stars"],
        "subscribers_count": r["watchers"],
        "forks_count": r["forks"],
        "open_issues_count": r["issues"] + r["pulls"],
        "size": r["kilobytes"],
    }


def graphql_form(r: dict[str, Any]) -> dict[str, Any]:
    return {
        "databaseId": r["id"],
        "nameWithOwner": r["full_name"],
        "owner": {"__typename": r["owner_type"], "login": r["full_name"].split("/")[0]},
        "description": r["description"],
        "homepageUrl": r["homepage"],
        "primaryLanguage": {"name": r["language"]} if r["language"] else None,
        "licenseInfo": {"spdxId": r["license"]} if r["license"] else None,
        "repositoryTopics": {"nodes": [{"topic": {"name": topic}} for topic in r["topics"]]},
        "isArchived": r["is_archived"],
        "isDisabled": r["is_disabled"],
        "isFork": r["is_fork"],
        "defaultBranchRef": {"name": r["branch"]} if r["branch"] else None,
        "createdAt": r["created_at"],
        "updatedAt": r["updated_at"],
        "pushedAt": r["pushed_at"],
        "stargazerCount": r["stars"],
        "forkCount": r["forks"],
        "watchers": {"totalCount": r["watchers"]},
        "diskUsage": r["kilobytes"],
        "issues": {"totalCount": r["issues"]},
        "pullRequests": {"totalCount": r["pulls"]},
    }


def tree_entry(path: str, sha: str, kind: str = "blob") -> dict[str, str]:
    return {"path": path, "mode": "040000" if kind == "tree" else "100644", "type": kind, "sha": sha}


def pack(files: dict[str, bytes], extra: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
    """Return a .tar.gz as GitHub's: everything below one folder; `extra` members as they are, without content."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for member in extra:
            archive.addfile(member)
        for path, body in files.items():
            member = tarfile.TarInfo(f"invented-pages-0a1b2c3/{path}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return packed.getvalue()
