"""What the services last said of their quotas, so that a run does not ask in a window that is used up."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pipeline.http.exchange import Report
from pipeline.http.quota import quota_told
from pipeline.warehouse.folder import Warehouse


def read_spent_quota(
    warehouse: Warehouse, names: Sequence[str], method: str, *, has_token: bool, reserve: int
) -> Report | None:
    """Return a report that defers everything if GitHub's last response said that no more than `reserve` is left.

    None if there is quota, or nothing is due.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = warehouse.rows("status", "quota", {"method": method, "has_token": has_token, "now": now})
    if not rows or not names:
        return None
    left, resets_at = rows[0][0], rows[0][1].replace(tzinfo=UTC)
    # GitHub's window is an hour at most. The response may have come to another machine, which has another quota.
    if left > reserve or not timedelta() < resets_at - datetime.now(UTC) <= timedelta(hours=1):
        return None
    reason = "GitHub's quota is used up, as its last response said"
    return Report(0, 0, tuple(names), reason, resets_at + timedelta(seconds=1), left, resets_at)


def read_hub_quota(warehouse: Warehouse) -> tuple[int, datetime] | None:
    """Return the requests that Hugging Face's last answer left in this window, and when that ends; None if unknown."""
    rows = warehouse.rows("status", "hub_quota", {"now": datetime.now(UTC).replace(tzinfo=None)})
    told = quota_told(rows[0][0], rows[0][1].replace(tzinfo=UTC)) if rows else None
    return told if told and told[1] > datetime.now(UTC) else None
