"""Faults that tests inject into the stand-ins."""

import random
from dataclasses import dataclass
from typing import Literal

from pipeline.standin import arxiv
from pipeline.standin.github import GitHub
from pipeline.standin.hugging_face import HuggingFace, describe_failure
from pipeline.standin.providers import semantic_scholar
from pipeline.standin.providers.semantic_scholar import SemanticScholar
from pipeline.standin.wire import Request, Response, json_response, message_response, phrase, text_response

How = int | Response | Literal["reset", "cut", "slow", "html", "empty", "secondary"]
HTML = "<!DOCTYPE html>\n<html><title>Stand-in</title><body>Not what was asked for, on purpose.</body></html>\n"


@dataclass
class Fault:
    """A fault of requests for a path: of all, of the first `times`, or of a share of them."""

    path_prefix: str
    how: How
    times: int | None
    share: float | None
    headers: dict[str, str]
    chance: random.Random
    mentions: bytes = b""  # only requests with this in their body

    def strikes(self, request: Request) -> bool:
        """Whether it hits this request; if so, uses up one of `times`."""
        is_meant = request.path.startswith(self.path_prefix) and self.mentions in request.body
        if not is_meant or self.times == 0:
            return False
        if self.share is not None and self.chance.random() >= self.share:
            return False
        self.times = None if self.times is None else self.times - 1
        return True

    def answer(self, request: Request) -> Response | None:
        """Return the faulty response; None if the true one is to be sent, and damaged on its way."""
        answer = self._answer(request)
        return None if answer is None else Response(answer.status, answer.body, {**answer.headers, **self.headers})

    def _answer(self, request: Request) -> Response | None:
        path = request.path.split("?")[0]
        match self.how:
            case int():
                return answer_status(self.how, path)
            case Response():
                return self.how
            case "html":
                return text_response(200, HTML, "text/html; charset=utf-8")
            case "empty":
                if HuggingFace.knows(path) or SemanticScholar.knows(path):
                    return json_response(200, [])
                return arxiv.empty_feed(request.at) if path == arxiv.PATH else Response(200)
            case "secondary":
                message = "You have exceeded a secondary rate limit, says the stand-in."
                return message_response(403, message, {"Retry-After": "60"})
            case "reset" | "cut" | "slow":
                return None


def answer_status(status: int, path: str) -> Response:
    """Return a status as each service sends it: GitHub with JSON, Hugging Face with its own, the others with text."""
    if SemanticScholar.knows(path):
        return semantic_scholar.answer_status(status)
    if GitHub.knows(path):
        return message_response(status, phrase(status))
    if HuggingFace.knows(path):
        return describe_failure(status, phrase(status))
    if path == arxiv.PATH:
        return text_response(status, "Rate exceeded." if status == 429 else phrase(status))
    return text_response(status, f"{status}: {phrase(status)}\n")
