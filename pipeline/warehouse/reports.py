"""What `papers status` tells and the published file does not hold: in private/, written by each run and rebuild.

private/reports.json     how the last requests to each service went
private/put_aside.json   what the last check found put aside
private/warnings.json    what the last checks warn of, since when, and what ended within a week
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from pipeline.core.errors import WarehouseError
from pipeline.core.files import read_plain, replacing
from pipeline.http.exchange import Report

MOST_WARNED = 100  # rows of a check that are kept for the status
REPORT = {"at": str, "reason": str | None, "until": str | None, "deferred": int}
PUT_ASIDE = {"subject": str, "reason": str}
WARNING = {"since": str, "rows": int, "first": list}
MOST = 1000  # of what is put aside, kept for the status; the check has all


def save_report(private: Path, service: str, report: Report, at: datetime) -> None:
    """Save the report of the last round of requests to a service, for `papers status`. Raises WarehouseError."""
    reports = read_reports(private) | {
        service: {
            "at": at.isoformat(timespec="seconds"),
            "requests": report.requests,
            "answered": report.answered,
            "deferred": len(report.deferred),
            "reason": report.reason,
            "until": report.until.isoformat(timespec="seconds") if report.until else None,
            "quota_left": report.quota_left,
        }
    }
    save(private / "reports.json", reports)


def read_reports(private: Path) -> dict[str, Any]:
    """Return the last report of each service; without those that cannot be read."""
    return {service: each for service, each in read(private / "reports.json").items() if has_shape(each, REPORT)}


def save_put_aside(private: Path, rows: Sequence[tuple[Any, ...]]) -> None:
    """Save the rows of the check `nothing_put_aside`. Raises WarehouseError."""
    named = [{"part": part, "subject": subject, "reason": reason} for part, subject, reason, _ in rows[:MOST]]
    save(private / "put_aside.json", {"count": len(rows), "first": named})


def read_put_aside(private: Path) -> dict[str, Any] | None:
    """Return the count and the first of what is put aside, each with subject and reason; None if nobody looked yet."""
    found = read(private / "put_aside.json")
    if not has_shape(found, {"count": int, "first": list}) or bool(found["count"]) != bool(found["first"]):
        return None
    return found if all(has_shape(each, PUT_ASIDE) for each in found["first"]) else None


def save_warnings(
    private: Path, found: Mapping[str, Sequence[tuple[Any, ...]]], at: datetime, kept: Collection[str] = ()
) -> None:
    """Save the rows of each check that warns, with since when it does without a pause. Raises WarehouseError.

    `kept`: checks that nobody asked, and of which what is known stays.
    """
    known, ended = read_warnings(private)
    moment = at.isoformat(timespec="seconds")
    lasting = {
        name: {
            "since": known.get(name, {"since": moment})["since"],
            "rows": len(rows),
            "first": [[str(value) for value in row] for row in rows[:MOST_WARNED]],
        }
        for name, rows in found.items()
        if rows
    }
    lasting |= {name: known[name] for name in kept if name in known}
    over = ended | dict.fromkeys(known.keys() - lasting.keys(), moment)
    forgotten = (at - timedelta(days=7)).isoformat(timespec="seconds")
    over = {name: end for name, end in sorted(over.items()) if name not in lasting and end > forgotten}
    save(private / "warnings.json", {"warnings": lasting, "ended": over})


def read_warnings(private: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return by check since when it warns, its count of rows and the first of them; and those that ended, with when."""
    found = read(private / "warnings.json")
    if not has_shape(found, {"warnings": dict, "ended": dict}):
        return {}, {}
    warnings, ended = found["warnings"], found["ended"]
    are_whole = all(has_shape(each, WARNING) and is_rows(each["first"]) for each in warnings.values())
    return (warnings, ended) if are_whole and all(isinstance(end, str) for end in ended.values()) else ({}, {})


def has_shape(value: object, shape: Mapping[str, Any]) -> bool:
    """Whether a value is an object with these keys and types: another version, or a person, may have written it."""
    if not isinstance(value, dict):
        return False
    found = cast(dict[str, object], value)
    return all(name in found and isinstance(found[name], kind) for name, kind in shape.items())


def is_rows(value: Sequence[object]) -> bool:
    return all(isinstance(row, list) for row in value)


def save(path: Path, values: dict[str, Any]) -> None:
    try:
        with replacing(path) as part:
            part.write_text(json.dumps(values))
    except OSError as error:
        why = error.strerror or str(error)
        remedy = "make room, remove it, or grant write permission"
        raise WarehouseError(f"{path} cannot be written ({why}): {remedy}") from error


def read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(read_plain(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], values) if isinstance(values, dict) else {}
