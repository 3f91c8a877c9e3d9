"""Requests and responses of the stand-ins, without sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus


@dataclass
class Request:
    """One request as received; a stand-in's log is a list of these."""

    method: str
    path: str  # with the query, as sent
    headers: dict[str, str]  # lower-case names
    body: bytes
    at: datetime  # UTC
    status: int | None = None  # of the response; None: none yet, or the connection was reset


@dataclass(frozen=True)
class Response:
    """Status, body and headers; Content-Length, Date and Server are added when it is sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def text_response(status: int, text: str, content_type: str = "text/plain; charset=utf-8") -> Response:
    return Response(status, text.encode(), {"Content-Type": content_type})


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def message_response(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error in GitHub's form; the status is also in the body, as a string."""
    value = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    return json_response(status, value, headers)


def phrase(status: int) -> str:
    """Return the standard phrase of a status, else its number."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else str(status)
