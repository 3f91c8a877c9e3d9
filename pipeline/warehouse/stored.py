"""Read from staging what need not be fetched or stored again."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pipeline.sources.pages import promised_blob, subject_of
from pipeline.sources.stored import Stored
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.raw import Body

EVER = datetime.max.replace(tzinfo=UTC)


def read_stored(warehouse: Warehouse, now: datetime = EVER) -> Stored:
    """Return the stored pages and absences, after loading new raw files. `now`: what came later is no look at a day."""
    warehouse.load_raw()
    return stored_of(warehouse.rows("status", "stored", by(now)))


def by(now: datetime) -> dict[str, datetime]:
    """Return the parameter of sql/status/stored.sql."""
    return {"now": now.replace(tzinfo=None)}


def stored_of(rows: Iterable[tuple[Any, ...]]) -> Stored:
    """Return the rows of sql/status/stored.sql as Stored."""
    days = {(document_id, day): rest for document_id, day, *rest in rows}
    return Stored(
        outcomes={day: outcome for day, (outcome, *_) in days.items()},
        blobs={day: blob for day, (_, blob, *_) in days.items() if blob},
        looked_at={day: looked_at.replace(tzinfo=UTC) for day, (_, _, _, looked_at, *_) in days.items() if looked_at},
        failed=frozenset(day for day, (_, _, is_failed, *_) in days.items() if is_failed),
        shown={day: sha256 for day, (*_, sha256, _) in days.items() if sha256},
        reasons={day: reason for day, (*_, reason) in days.items() if reason},
    )


def read_bodies(warehouse: Warehouse) -> frozenset[Body]:
    """Return the page bodies that raw/ has."""
    return frozenset(
        (subject_of(document_id, day), sha256, promised_blob(json.loads(headers)))
        for document_id, day, sha256, headers in warehouse.rows("status", "bodies")
    )
