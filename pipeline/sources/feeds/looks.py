"""A look at a day of a feed: the pages of one answer, and what became of it. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

LINK = re.compile(r"<([^<>]*)>\s*((?:;[^,<>]*)*)")
NEXT = re.compile(r';\s*rel\s*=\s*"?next"?\s*(?:;|$)', re.IGNORECASE)
NOT_YET = re.compile(
    rb"less than or equal to", re.IGNORECASE
)  # https://github.com/huggingface/huggingface_hub/pull/2554
OF_LOOK = "x-look"  # stored with the headers of each page of a look: when it began


def next_of(headers: Mapping[str, str]) -> str | None:
    """Return the address of the next page as the header Link has it (RFC 8288); None on the last one."""
    links = LINK.finditer(headers.get("link", ""))
    return next((link[1].strip() for link in links if NEXT.search(link[2])), None)


def is_not_yet(status: int | None, body: bytes | None) -> bool:
    """Whether an answer says that the day has not begun, by the clocks of the service."""
    return status == 400 and NOT_YET.search(body or b"") is not None


def look_of(row: Mapping[str, Any]) -> str:
    """Return what the pages of one look have in common; each answer without it is a look of its own."""
    return str(json.loads(row["headers"]).get(OF_LOOK) or row["exchange_id"])


def find_outcome(answers: Sequence[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """Return `page` for answers that can be read together, else the outcome of the day, and why it failed.

    None: the day has not begun. `answers` are rows of EXCHANGE, in the order of their pages.
    """
    last = answers[-1]
    if is_not_yet(last["status"], last["body"]) and last["error"] is None:
        return None, None
    if last["status"] != 200 or last["body"] is None:
        response = f"HTTP {last['status']}" if last["status"] else "no answer"
        return "failed", last["error"] or f"{response} from {last['url']}"
    if next_of(json.loads(last["headers"])):
        return "failed", f"{last['url']}: the answer has another page, which did not come"
    return "page", None
