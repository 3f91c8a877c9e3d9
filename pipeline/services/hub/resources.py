"""What is asked of Hugging Face about a model, data set or space, and where. Pure."""

import re
from urllib.parse import quote

KINDS = ("model", "dataset", "space")
SHELVES = {"model": "models", "dataset": "datasets", "space": "spaces"}
# What every answer is to hold beside `_id` and `id`. A value that the service does not know fails the whole request.
FIELDS = {
    "model": (
        *("author", "createdAt", "lastModified", "downloads", "downloadsAllTime", "likes", "gated", "disabled"),
        *("private", "pipeline_tag", "library_name", "tags", "safetensors", "childrenModelCount", "baseModels"),
        "trendingScore",
    ),
    "dataset": (
        *("author", "createdAt", "lastModified", "downloads", "downloadsAllTime", "likes", "gated", "disabled"),
        *("private", "tags", "mainSize", "paperswithcode_id", "trendingScore"),
    ),
    "space": (
        *("author", "createdAt", "lastModified", "likes", "disabled", "private", "sdk", "runtime", "models"),
        *("datasets", "tags", "trendingScore"),
    ),
}
# Of these, what no column is read from: a service that knows one no more is asked without it.
SPARE = frozenset(
    {"author", "private", "safetensors", "childrenModelCount", "trendingScore", "mainSize", "paperswithcode_id"}
    | {"runtime", "models", "datasets"}
)
OPTION = re.compile(r'"([A-Za-z_]{1,60})"')
NAME = re.compile(r"(?![.-])[A-Za-z0-9_.-]{1,96}(?<![.-])")
SUBJECT = re.compile(r"(?P<kind>model|dataset|space)/(?P<resource_id>[^/]+(?:/[^/]+)?)")


def split_subject(subject: str) -> tuple[str, str] | None:
    """Return kind and resource of `model/owner/name`; None for what the service cannot have.

    Early resources have a name alone.
    """
    found = SUBJECT.fullmatch(subject)
    if found is None or not all(map(NAME.fullmatch, found["resource_id"].split("/"))):
        return None
    return found["kind"], found["resource_id"]


def resource_address(url: str, kind: str, resource_id: str) -> str:
    """Return the address of a resource's description, with the fields asked for."""
    fields = "&".join(f"expand[]={field}" for field in FIELDS[kind])
    return f"{url}/api/{SHELVES[kind]}/{quote(resource_id)}?{fields}"


def unknown_fields(kind: str, refusal: str) -> frozenset[str]:
    """Return the fields that a refusal's list of known ones lacks; none if it lists none, or lacks a needed one."""
    known = OPTION.findall(refusal) if "expected one of" in refusal else []
    unknown = frozenset(FIELDS.get(kind, ())) - set(known)
    return unknown if known and unknown <= SPARE else frozenset()


def without_fields(address: str, fields: frozenset[str]) -> str:
    """Return the address of a description without some of the fields."""
    place, _, query = address.partition("?")
    parts = [part for part in query.split("&") if part.removeprefix("expand[]=") not in fields]
    return f"{place}?{'&'.join(parts)}" if query else address
