"""What is put aside because it cannot be read or stored: noted with the reason, and its subject counts as failed."""

from typing import Any

import polars as pl

from pipeline.sources.pages import find_document
from pipeline.warehouse.intake.bodies import PUT_ASIDE, STAGED
from pipeline.warehouse.intake.days import PAGE_KEY, PAGE_TABLES, begin_document, blob_of, leave_out_pages, subject_of
from pipeline.warehouse.intake.frames import Frames, merge

SUBJECTS = ("arxiv_id", "name_asked", "resource_asked", "subject_id")


def note(exchange_id: str | None, part: str, subject: str, reason: str) -> Frames:
    """Return one row of PUT_ASIDE."""
    return {"put_aside": pl.DataFrame([(exchange_id, part, subject, reason)], schema=PUT_ASIDE, orient="row")}


def put_aside(row: dict[str, Any], reason: str) -> Frames:
    """Put aside a response whose body cannot be read: its page has failed, or each of its subjects has."""
    noted = note(row["exchange_id"], "response", subject_of(row), reason)
    if row["service"] in ("archive", "feed"):
        return merge([noted, fail_document(row, f"{row['url']}: {reason}")])
    attempt = {
        "exchange_id": row["exchange_id"],
        "service": row["service"],
        "attempted_at": row["fetched_at"],
        "outcome": "failed",
        "http_status": row["status"],
    }
    attempts = [attempt | {"subject_id": subject} for subject in dict.fromkeys(row["asked"] or ())]
    return noted | {"attempt": pl.DataFrame(attempts, schema=STAGED["attempt"])}


def fail_document(row: dict[str, Any], reason: str) -> Frames:
    """Return the rows of a page that has failed; none if the response was not for a page."""
    document = begin_document(row)
    if document is None:
        return {}
    if row["body"] is None or document["is_feed"]:
        document |= {"outcome": "failed", "reason": reason}
        return {"document": pl.DataFrame([document], schema=STAGED["document"])}
    document["sha256"] = row["sha256"]
    known = {name: document[name] for name in ("source_id", *PAGE_KEY)}
    known |= {
        "document": find_document(document["document_id"])[1].name,
        "blob_sha": blob_of(row),
        "size_bytes": len(row["body"]),
    }
    return {
        "document": pl.DataFrame([document], schema=STAGED["document"]),
        "page": fail_pages(pl.DataFrame([known], schema_overrides=STAGED["page"]), [reason]),
    }


def fail_pages(pages: pl.DataFrame, reasons: list[str]) -> pl.DataFrame:
    """Return pages as failed ones, of which nothing is known but their bytes."""
    known = ["source_id", *PAGE_KEY, "document", "blob_sha", "size_bytes"]
    counts = {name: pl.lit(0, pl.Int32) for name in ("row_count", "listing_count", "rejected_count")}
    failed = pages.select(known).with_columns(
        **counts, outcome=pl.lit("failed"), reason=pl.Series(reasons, dtype=pl.String)
    )
    return failed.match_to_schema(STAGED["page"], missing_columns="insert")


def put_rows_aside(frames: Frames, refused: dict[str, dict[int, str]]) -> Frames:
    """Put aside the rows at the places that tables refuse, by table. A page with such a row has failed as a whole."""
    kept, notes = dict(frames), list[Frames]()
    spoiled: dict[tuple[Any, ...], str] = {}
    for table, places in refused.items():
        frame = frames[table]
        kept[table] = frame.filter(~pl.int_range(frame.height, eager=True).is_in(list(places)))
        for place, reason in places.items():
            row = frame.row(place, named=True)
            notes.append(note(row.get("exchange_id"), table, name_subject(row), reason))
            if table in PAGE_TABLES:
                spoiled[tuple(row[name] for name in PAGE_KEY)] = reason
    return merge([spoil(kept, frames, spoiled), *notes])


def spoil(kept: Frames, frames: Frames, spoiled: dict[tuple[Any, ...], str]) -> Frames:
    """Return the rows kept, without those of spoiled pages, which are failed pages instead."""
    if not spoiled:
        return kept
    schema = {name: STAGED["page"][name] for name in PAGE_KEY}
    keys = pl.DataFrame([*spoiled], schema=schema, orient="row").with_columns(
        why=pl.Series([f"it cannot be stored: {reason}" for reason in spoiled.values()])
    )
    pages = frames["page"].join(keys, on=PAGE_KEY, maintain_order="left")
    return merge([leave_out_pages(kept, keys), {"page": fail_pages(pages, pages["why"].to_list())}])


def name_subject(row: dict[str, Any]) -> str:
    """Return what a row of a staging table is about."""
    if "source_id" in row:
        return f"{row['source_id']}/{row['listing_date']}"
    return str(next((row[name] for name in SUBJECTS if row.get(name)), subject_of({"asked": row.get("asked")})))
