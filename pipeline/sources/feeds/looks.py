"""A look at a day of a feed as raw files have it: the pages of one answer, and what became of it. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.core.errors import SourceError
from pipeline.http.exchange import Exchange
from pipeline.sources.feeds.responses import is_not_yet, next_target


def look_of(row: Mapping[str, Any]) -> str:
    """Return what the pages of one look have in common; a response without it is a look of its own."""
    return str(json.loads(row["headers"]).get("x-look") or row["exchange_id"])


def page_of(row: Mapping[str, Any]) -> int:
    """Return the number of a page of a look, from 0."""
    return int(json.loads(row["headers"]).get("x-page") or 0)


def find_outcome(answers: Sequence[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """Return `page` for answers that can be read together, else the outcome of the day, and why it failed.

    None: the day has not begun. `answers` are rows of EXCHANGE, in the order of their pages.
    """
    last = as_exchange(answers[-1])
    if last.error is None and is_not_yet(last) and len(answers) == 1:
        return None, None
    if last.error is not None or last.status != 200 or last.body is None:
        response = f"HTTP {last.status}" if last.status else "no answer"
        return "failed", last.error or f"{response} from {last.url}"
    if [page_of(answer) for answer in answers] != list(range(len(answers))):
        return "failed", f"{last.url}: a page of the answer is not here"
    try:
        has_more = next_target(last) is not None
    except SourceError as error:
        return "failed", str(error)
    return ("failed", f"{last.url}: the answer has another page, which did not come") if has_more else ("page", None)


def as_exchange(row: Mapping[str, Any]) -> Exchange:
    """Return a row of EXCHANGE as it was before it was stored."""
    values: dict[str, Any] = {name: row[name] for name in Exchange.__dataclass_fields__}
    values["asked"], values["headers"] = tuple(row["asked"] or ()), json.loads(row["headers"])
    return Exchange(**values)
