"""Stand-in for GitHub's API: repositories by REST and GraphQL, trees and tarballs of the archive, quotas."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from pipeline.standin.archive import SOURCE, Archive, Entry, list_tree
from pipeline.standin.facts import Facts, Repository
from pipeline.standin.graphql import Field, QueryError, read_query, select
from pipeline.standin.quota import Quota
from pipeline.standin.records import View, answer_history, describe_for_graphql, describe_for_rest
from pipeline.standin.wire import Request, Response, json_response, message_response

REPOSITORY = re.compile(r"/repos/([^/]+/[^/]+)")
HISTORY = re.compile(r"/(?:repos/([^/]+/[^/]+)|repositories/(\d+))/stargazers/history")
NUMBERED = re.compile(r"/repositories/(\d+)")
TREE = re.compile(rf"/repos/({SOURCE})/git/trees/(.+)")
TARBALL = re.compile(rf"/repos/({SOURCE})/tarball(?:/(.+))?")


class GitHub:
    """`token`: the only valid one; None: none is. `drift_days`: for how many days stars have grown.

    undescribed: names, or `*` for all, that GraphQL answers with an error. forbidden: the same, with the field below
    that is null for an error, as the whole repository is not.
    """

    def __init__(self, facts: Facts, archive: Archive, now: Callable[[], datetime]) -> None:
        self.facts = facts
        self.url = ""  # known once the port is
        self.token: str | None = None
        self.drift_days = 0
        self.undescribed: set[str] = set()
        self.forbidden: dict[str, str] = {}
        self.most_repositories = 29  # that a query may ask for with their commits: thirty met a 502
        self.tree_limit = 100_000  # entries of a listing before it is cut
        self.quotas = {
            "anonymous": Quota("core", 60, now),
            "token": Quota("core", 5_000, now),
            "graphql": Quota("graphql", 5_000, now),
        }
        self._archive = archive
        self._now = now

    @staticmethod
    def knows(path: str) -> bool:
        return path in ("/graphql", "/rate_limit") or path.startswith(("/repos/", "/repositories/"))

    def answer(self, request: Request) -> Response:
        """Check who asks, then their quota, then answer."""
        for quota in self.quotas.values():
            quota.renew()
        path = urlsplit(request.path).path
        authorization = request.headers.get("authorization")
        if not request.headers.get("user-agent"):
            return message_response(403, "Request forbidden by administrative rules. Missing User-Agent header.")
        if authorization is not None and not self._is_right(authorization):
            return message_response(401, "Bad credentials")
        if path == "/rate_limit":
            return self._answer_limits(authorization is not None)
        if path == "/graphql":
            return self._answer_graphql(request, authorization is not None)
        return self._answer_core(request, unquote(path), self.quotas["anonymous" if authorization is None else "token"])

    def _is_right(self, authorization: str) -> bool:
        return self.token is not None and authorization in (f"Bearer {self.token}", f"token {self.token}")

    def _answer_limits(self, has_token: bool) -> Response:
        core = self.quotas["token" if has_token else "anonymous"]
        resources = {"core": core.resource_limits(), "graphql": self.quotas["graphql"].resource_limits()}
        return json_response(200, {"resources": resources}, core.headers())

    def _answer_core(self, request: Request, path: str, quota: Quota) -> Response:
        if quota.left <= 0:
            message = "API rate limit exceeded, says the stand-in. Wait for x-ratelimit-reset."
            return message_response(403, message, quota.headers())
        answer = self._answer_conditionally(request, self._answer_path(request, path))
        if answer.status != 304 or quota is self.quotas["anonymous"]:  # a 304 is free only with a token
            quota.spend()
        return Response(answer.status, answer.body, {**answer.headers, **quota.headers()})

    def _answer_conditionally(self, request: Request, answer: Response) -> Response:
        """Add the ETag, which also depends on token and Accept; 304 if the client has it already."""
        if answer.status != 200:
            return answer
        asker = "\0".join(request.headers.get(name, "") for name in ("accept", "authorization"))
        tag = '"' + hashlib.sha256(asker.encode() + b"\0" + answer.body).hexdigest() + '"'
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if tag in known:
            return Response(304, b"", {"ETag": tag})
        return Response(200, answer.body, {**answer.headers, "ETag": f"W/{tag}"})

    def _answer_path(self, request: Request, path: str) -> Response:
        if match := REPOSITORY.fullmatch(path):
            return self._answer_repository(match[1])
        if match := NUMBERED.fullmatch(path):
            repository = self.facts.numbered(int(match[1]))
            return not_found() if repository is None else self._describe(repository)
        if match := HISTORY.fullmatch(path):
            return self._answer_history(match[1], match[2], urlsplit(request.path).query)
        if match := TREE.fullmatch(path):
            is_recursive = bool(parse_qs(urlsplit(request.path).query).get("recursive"))
            return self._answer_tree(match[1], match[2], is_recursive)
        if match := TARBALL.fullmatch(path):
            branch = match[2] or "main"
            if not self._archive.files(match[1], branch):
                return not_found()
            location = f"{self.url}/{match[1]}/legacy.tar.gz/refs/heads/{branch}"
            return Response(302, b"", {"Location": location, "Content-Type": "text/html;charset=utf-8"})
        return not_found()

    def _answer_repository(self, name: str) -> Response:
        repository = self.facts.repository(name)
        if repository is None:
            return not_found()
        if name.lower() == repository.full_name.lower():
            return self._describe(repository)
        return moved_to(f"{self.url}/repositories/{repository.number}")

    def _answer_history(self, name: str | None, number: str | None, query: str) -> Response:
        """Return stars by day; a name that the repository had before leads to its number."""
        found = self.facts.numbered(int(number)) if number else self.facts.repository(name or "")
        if found is None:
            return not_found()
        if name and name.lower() != found.full_name.lower():
            return moved_to(f"{self.url}/repositories/{found.number}/stargazers/history?{query}")
        return (
            answer_history(self._view(found), query, self._now()) if found.status == "found" else self._describe(found)
        )

    def _describe(self, repository: Repository) -> Response:
        if repository.status != "found":
            block = {
                "reason": repository.status,
                "created_at": repository.pushed_at,
                "html_url": "https://github.com/tos",
            }
            status = 451 if repository.status == "dmca" else 403
            return json_response(status, {"message": "Repository access blocked", "block": block})
        return json_response(200, describe_for_rest(self._view(repository)))

    def _view(self, repository: Repository) -> View:
        return View(repository, self.drift_days, self.url)

    def _answer_tree(self, source: str, ref: str, is_recursive: bool) -> Response:
        trees = (self._find_tree(source, branch, ref) for branch in self._archive.branches(source))
        if (found := next(filter(None, trees), None)) is None:
            return not_found()
        sha, entries = found
        listed = [entry for entry in entries if is_recursive or "/" not in entry.path]
        url = f"{self.url}/repos/{source}/git"
        tree = [describe_entry(entry, url) for entry in listed[: self.tree_limit]]
        is_truncated = len(listed) > self.tree_limit
        return json_response(200, {"sha": sha, "url": f"{url}/trees/{sha}", "tree": tree, "truncated": is_truncated})

    def _find_tree(self, source: str, branch: str, ref: str) -> tuple[str, list[Entry]] | None:
        """Return the tree that a branch's name or a SHA means, with its SHA; None if the branch has no such tree."""
        sha, entries = list_tree(self._archive.files(source, branch))
        folder = next((entry.path for entry in entries if entry.kind == "tree" and entry.sha == ref), None)
        if folder is not None:
            return ref, cut_to_folder(entries, folder)
        is_branch = ref in (branch, sha) or (ref == "HEAD" and branch == "main")
        return (sha, entries) if entries and is_branch else None

    def _answer_graphql(self, request: Request, has_token: bool) -> Response:
        if not has_token:
            return message_response(401, "This endpoint requires you to be authenticated.")
        try:
            question: dict[str, Any] = json.loads(request.body)
            fields = read_query(str(question["query"]), question.get("variables") or {})
        except QueryError as error:
            return json_response(200, {"errors": [{"message": str(error)}]}, self.quotas["graphql"].headers())
        except (ValueError, KeyError, TypeError, AttributeError):
            return message_response(400, "Problems parsing JSON")
        if sum(asks_for(field, "history") for field in fields) > self.most_repositories:
            return Response(502, b"<html><title>502 Bad Gateway</title></html>", {"Content-Type": "text/html"})
        quota, cost = (
            self.quotas["graphql"],
            max(1, round(len(fields) / 100)),
        )  # one connection per alias, as in our queries
        if not quota.spend(cost):
            limited = [{"type": "RATE_LIMITED", "message": "API rate limit exceeded, says the stand-in."}]
            return json_response(200, {"errors": limited}, quota.headers())
        return json_response(200, self._resolve(fields, cost), quota.headers())

    def _resolve(self, fields: list[Field], cost: int) -> dict[str, object]:
        """Return data and errors of a query; an unknown field fails all of it."""
        chosen: dict[str, object] = {}
        errors: list[dict[str, object]] = []
        try:
            for field in fields:
                if field.name == "rateLimit":
                    chosen[field.key] = select(self._rate_limit(cost), field.fields, "RateLimit")
                elif field.name == "repository":
                    chosen[field.key] = self._resolve_repository(field, errors)
                else:
                    raise QueryError(f"Field '{field.name}' doesn't exist on type 'Query'")
        except QueryError as error:
            return {"errors": [{"message": str(error)}]}
        return {"data": chosen, "errors": errors} if errors else {"data": chosen}

    def _resolve_repository(self, field: Field, errors: list[dict[str, object]]) -> object:
        name = f"{field.arguments.get('owner')}/{field.arguments.get('name')}"
        repository = self.facts.repository(name)
        is_followed = field.arguments.get("followRenames", True)
        if repository is None or not (is_followed or repository.full_name.lower() == name.lower()):
            message = f"Could not resolve to a Repository with the name '{name}'."
            errors.append({"type": "NOT_FOUND", "path": [field.key], "message": message})
            return None
        if repository.status != "found":
            errors.append({"type": "FORBIDDEN", "path": [field.key], "message": "Repository access blocked"})
            return None
        if self.undescribed & {name, "*"}:
            message = f"Something went wrong while executing your query. Please include `{request_id(name)}`."
            errors.append({"type": "INTERNAL", "path": [field.key], "message": message})
            return None
        node = select(describe_for_graphql(self._view(repository)), field.fields, "Repository")
        return self._forbid(name, field.key, cast("dict[str, object]", node), errors)

    def _forbid(self, name: str, key: str, node: dict[str, object], errors: list[dict[str, object]]) -> object:
        """Return a repository with the field that nobody may see as null, and its error."""
        below = self.forbidden.get(name, self.forbidden.get("*"))
        if below is None:
            return node
        errors.append({"type": "FORBIDDEN", "path": [key, below], "message": "Resource not accessible"})
        return {**node, below: None}

    def _rate_limit(self, cost: int) -> dict[str, object]:
        quota = self.quotas["graphql"]
        resets_at = quota.resets_at.isoformat().replace("+00:00", "Z")
        return {"cost": cost, "limit": quota.limit, "used": quota.used, "remaining": quota.left, "resetAt": resets_at}


def asks_for(field: Field, name: str) -> bool:
    """Whether a field of that name is requested, at any depth."""
    return field.name == name or any(asks_for(below, name) for below in field.fields)


def request_id(name: str) -> str:
    """Return what makes each of GitHub's messages different."""
    return hashlib.sha1(name.encode()).hexdigest()[:12].upper()


def moved_to(location: str) -> Response:
    moved = {"message": "Moved Permanently", "url": location, "documentation_url": "https://docs.github.com/rest"}
    return json_response(301, moved, {"Location": location})


def not_found() -> Response:
    return message_response(404, "Not Found")


def cut_to_folder(entries: list[Entry], folder: str) -> list[Entry]:
    """Return what is below a folder, with paths relative to it."""
    prefix = f"{folder}/"
    below = [entry for entry in entries if entry.path.startswith(prefix)]
    return [replace(entry, path=entry.path.removeprefix(prefix)) for entry in below]


def describe_entry(entry: Entry, url: str) -> dict[str, object]:
    plural = f"{entry.kind}s"
    row = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
    size = {} if entry.size_bytes is None else {"size": entry.size_bytes}
    return {**row, **size, "url": f"{url}/{plural}/{entry.sha}"}
