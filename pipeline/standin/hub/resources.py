"""Stand-in for the models, data sets and spaces of Hugging Face: invented from their names, and as strict as it is."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pipeline.standin.invention import draw
from pipeline.standin.wire import Request, Response, json_response

PATH = re.compile(r"/api/(?P<shelf>models|datasets|spaces)/(?P<name>[^/]+(?:/[^/]+)?)")
SHARED = "author createdAt lastModified likes disabled private sha tags trendingScore usedStorage"
OPTIONS = {
    "models": f"{SHARED} baseModels childrenModelCount downloads downloadsAllTime gated library_name pipeline_tag "
    "safetensors spaces siblings",
    "datasets": f"{SHARED} downloads downloadsAllTime gated mainSize paperswithcode_id siblings",
    "spaces": f"{SHARED} datasets models runtime sdk siblings subdomain",
}
LICENCES = ("mit", "apache-2.0", "cc-by-4.0", None)
TASKS = ("text-generation", "image-text-to-text", "text-to-image", None)
NEVER_BEFORE = datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC)
Entry = dict[str, Any]


@dataclass
class Hub:
    """`put` and `moved` go before what is invented: by shelf and name in lower case, a resource or None for none, and
    where it is now.
    """

    now: Callable[[], datetime]
    put: dict[str, Entry | None] = field(default_factory=dict[str, Entry | None])
    moved: dict[str, str] = field(default_factory=dict[str, str])

    @staticmethod
    def knows(path: str) -> bool:
        return PATH.fullmatch(path) is not None

    def answer(self, request: Request, *, has_token: bool) -> Response:
        """Check the question, then say where the resource is, or what it is."""
        parts = urlsplit(request.path)
        found = PATH.fullmatch(parts.path)
        assert found is not None
        shelf, name = found["shelf"], unquote(found["name"])
        if request.method not in ("GET", "HEAD"):
            return json_response(405, {"error": "Method not allowed"})
        asked = parse_qsl(parts.query, keep_blank_values=True)
        options = OPTIONS[shelf].split()
        if any(key != "expand[]" or value not in options for key, value in asked):
            expected = "|".join(f'"{option}"' for option in options)
            return json_response(400, {"error": f"Invalid option: expected one of {expected}"})
        entry = self.find(shelf, name)
        if entry is None:
            return refuse_missing(has_token=has_token)
        if entry["id"] != name:
            query = f"?{parts.query}" if parts.query else ""
            return Response(307, b"", {"Location": f"/api/{shelf}/{entry['id']}{query}"})
        wanted = {"_id", "id", *(value for _, value in asked)}
        return json_response(200, {key: value for key, value in entry.items() if key in wanted})

    def find(self, shelf: str, name: str) -> Entry | None:
        """Return all that is known of a resource, under its present name; None if there is none for the public."""
        key = f"{shelf}/{name}".lower()
        name = self.moved.get(key, name)
        key = f"{shelf}/{name}".lower()
        return self.put[key] if key in self.put else invent_resource(shelf, name, self.now())


def refuse_missing(*, has_token: bool) -> Response:
    """Return what is said of a resource that is private or missing; only who has a token is told which it may be."""
    if has_token:
        return json_response(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
    return json_response(401, {"error": "Invalid username or password."})


def invent_resource(shelf: str, name: str, now: datetime) -> Entry | None:
    """Return a resource as of that day; None for one in fifteen. An early one, without an owner, has one now."""
    seed = f"{shelf}/{name}".lower()
    if draw(f"{seed} exists", 15) == 0:
        return None
    full_name = name if "/" in name else f"standin-community/{name}"
    created = NEVER_BEFORE + timedelta(minutes=draw(f"{seed} created", 1500 * 1440))
    a_day = 1 + draw(f"{seed} popularity", 1000) ** 3 // 1_000_000
    days = max((now.date() - created.date()).days, 0)
    licence = LICENCES[draw(f"{seed} licence", len(LICENCES))]
    entry: Entry = {
        "_id": f"{int(created.timestamp()):08x}{draw(seed, 2**62):016x}",
        "id": full_name,
        "author": full_name.split("/")[0],
        "private": False,
        "disabled": draw(f"{seed} disabled", 60) == 0,
        "createdAt": stamp(created),
        "lastModified": stamp(created + timedelta(days=draw(f"{seed} modified", 90))),
        "likes": days * a_day // 50,
        "trendingScore": draw(f"{seed} trend", 20),
        "tags": [*([f"license:{licence}"] if licence else []), "region:us"],
    }
    if shelf == "spaces":
        return entry | {"sdk": ("gradio", "static", "docker")[draw(f"{seed} sdk", 3)], "runtime": {"stage": "RUNNING"}}
    entry |= {"downloads": min(days, 30) * a_day, "downloadsAllTime": days * a_day}
    entry["gated"] = (False, False, False, "auto", "manual")[draw(f"{seed} gate", 5)]
    return entry | (invent_model(seed) if shelf == "models" else {})


def invent_model(seed: str) -> Entry:
    """Return what models alone have; one that is made of no other has no baseModels."""
    task = TASKS[draw(f"{seed} task", len(TASKS))]
    model: Entry = {"library_name": "transformers", "childrenModelCount": {"finetune": draw(f"{seed} children", 9)}}
    if draw(f"{seed} base", 3) == 0:
        base = {"_id": f"{draw(f'{seed} base id', 2**62):024x}", "id": "standin-community/base-model"}
        model["baseModels"] = {"relation": "finetune", "models": [base]}
    return model | ({"pipeline_tag": task} if task else {})


def stamp(moment: datetime) -> str:
    """Format a moment as this service does, to the millisecond."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
