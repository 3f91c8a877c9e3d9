"""Addresses elsewhere, made of ids and names that fit, or not at all."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.github.names import is_name

HUB_RESOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?")
HUB_FOLDERS = {"model": "", "account": "", "dataset": "datasets/", "space": "spaces/", "collection": "collections/"}
WEB = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[A-Za-z0-9._~/?=&%#+,:-]*)?")


def arxiv_url(arxiv_id: str) -> str | None:
    """Return the URL of a paper; None if this is not an arXiv id."""
    return f"https://arxiv.org/abs/{arxiv_id}" if canonical_id(arxiv_id) == arxiv_id else None


def repository_url(full_name: str) -> str | None:
    return f"https://github.com/{full_name}" if is_name(full_name) else None


def hub_url(resource: Mapping[str, str]) -> str | None:
    folder = HUB_FOLDERS.get(resource["kind"])
    if folder is None or not HUB_RESOURCE.fullmatch(resource["resource_id"]):
        return None
    return f"https://huggingface.co/{folder}{quote(resource['resource_id'])}"


def web_url(text: str) -> str | None:
    """Return an address as it is, if a browser can take it for nothing else than a page of the web."""
    return text if WEB.fullmatch(text) else None
