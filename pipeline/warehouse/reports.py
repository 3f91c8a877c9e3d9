"""How the last requests to each service went, in private/reports.json."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from pipeline.core.files import replacing
from pipeline.http.exchange import Report


def save_report(private: Path, service: str, report: Report, at: datetime) -> None:
    """Save the report of the last round of requests to a service, for `papers status`."""
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
    with replacing(path) as part:
        part.write_text(json.dumps(reports))


def read_reports(private: Path) -> dict[str, Any]:
    """Return the last report of each service; empty if there is none or the file cannot be read."""
    try:
        reports = json.loads((private / "reports.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], reports) if isinstance(reports, dict) else {}
