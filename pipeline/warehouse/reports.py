"""How the last requests to each service went, in private/reports.json."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from pipeline.core.errors import WarehouseError
from pipeline.core.files import read_plain, replacing
from pipeline.http.exchange import Report


def save_report(private: Path, service: str, report: Report, at: datetime) -> None:
    """Save the report of the last round of requests to a service, for `papers status`. Raises WarehouseError."""
    path = private / "reports.json"
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
    try:
        with replacing(path) as part:
            part.write_text(json.dumps(reports))
    except OSError as error:
        why = error.strerror or str(error)
        raise WarehouseError(f"{path} cannot be written ({why}): remove it, or grant write permission") from error


def read_reports(private: Path) -> dict[str, Any]:
    """Return the last report of each service; empty if there is none or the file cannot be read."""
    try:
        reports = json.loads(read_plain(private / "reports.json"))
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], reports) if isinstance(reports, dict) else {}
