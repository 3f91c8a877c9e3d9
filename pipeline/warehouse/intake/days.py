"""What the responses of sources say of their days, as rows of the staging tables. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl

from pipeline.core.errors import PageError
from pipeline.sources.doubles import list_once
from pipeline.sources.feeds.looks import find_outcome, look_of, page_of
from pipeline.sources.layouts.refusals import explain_refusals
from pipeline.sources.pages import (
    ABSENCES,
    blob_name,
    find_document,
    promised_blob,
    read_page,
    read_subject,
    verify_page,
)
from pipeline.sources.reading import PAGES, SIGHTINGS, Format, Look, Page
from pipeline.warehouse.intake.frames import Frames, merge

PAGE_KEY = ["document_id", "listing_date", "sha256"]
PAGE_TABLES = ("page", "listing", "rejected_row", "witness")  # of which each page has its rows once
STORED_PAGE_TABLES = (*PAGE_TABLES, "listing_link")  # links are stored in a table of their own

DOCUMENTS = pl.Schema(
    {
        "exchange_id": pl.String,  # the response; of an answer in several pages, the last
        "source_id": pl.String,
        "document_id": pl.String,
        "is_feed": pl.Boolean,  # an answer to a question, and no file
        "listing_date": pl.Date,
        "fetched_at": pl.Datetime("us", "UTC"),
        # Of the page, or of its identity, stored now or before, or of listed bytes that are none; null without.
        "sha256": pl.String,
        "outcome": pl.String,  # absent or failed; null if there is a page, or may still be one
        "reason": pl.String,  # why failed; null otherwise
    }
)

BODIES = pl.Schema(
    {
        "source_id": pl.String,
        "document_id": pl.String,
        "document": pl.String,  # markdown or json
        "listing_date": pl.Date,
        "sha256": pl.String,
        "blob_sha": pl.String,  # null for a feed
        "size_bytes": pl.Int64,
        "text": pl.String,
    }
)

OF_PAGE = pl.Schema({"document_id": pl.String, "sha256": pl.String})
SEEN = pl.Schema({**SIGHTINGS, "document_id": pl.String, "observed_at": pl.Datetime("us", "UTC")})
Row = dict[str, Any]  # of EXCHANGE, with its exchange_id, or of one of the schemas above


class Body(NamedTuple):
    """A day that can be read: its row of BODIES, the page, and the response that shows it."""

    row: Row
    page: Page
    document: Row  # of DOCUMENTS


def read_files(exchanges: pl.DataFrame) -> Frames:
    """Return an outcome for each request for a file of an archive, and the rows of each file received, once."""
    documents: list[Row] = []
    bodies: list[Body] = []
    for row in exchanges.iter_rows(named=True):
        document = begin_document(row)
        if document is None:
            continue  # a listing of the whole archive, not a page
        documents.append(document)
        if row["status"] == 200 and row["body"] is not None:
            page = read_body(row, document)
            if page is not None:
                known = {"blob_sha": blob_of(row), "size_bytes": len(row["body"])}
                bodies.append(body_of(document, page, known))
        elif row["status"] == 200:
            document["sha256"] = row["sha256"]  # the same bytes as before, stored once
        else:
            document |= judge_response(row, document)
    return stage(documents, bodies)


def judge_response(row: Row, document: Row) -> Row:
    """Return outcome and reason of a response without a page; no outcome while the page may still come."""
    is_missing = row["status"] in ABSENCES
    if is_missing and promised_blob(json.loads(row["headers"])):
        return {"outcome": "failed", "reason": f"HTTP {row['status']} for a page that the archive lists"}
    if is_missing and row["error"] is None:
        source, _ = find_document(document["document_id"])
        return {"outcome": "absent" if source.is_over(document["listing_date"], row["fetched_at"]) else None}
    response = f"HTTP {row['status']}" if row["status"] else "no answer"
    return {"outcome": "failed", "reason": row["error"] or f"{response} from {row['url']}"}


def blob_of(row: Row) -> str:
    """Return git's name for the body of a response, of the kind that the archive's listing has."""
    return blob_name(row["body"], promised_blob(json.loads(row["headers"])))


def read_body(row: Row, document: Row) -> Page | None:
    """Return the page, and note its hash in `document`; if the body is not a page, the reason, and return None.

    Bytes that are those of the archive's listing, and yet not a page, are named by their sha256: they are all there is.
    """
    promised = promised_blob(json.loads(row["headers"]))
    try:
        page = verify_page(row["body"], promised, find_document(document["document_id"])[1], document["listing_date"])
    except PageError as error:
        document |= {"outcome": "failed", "reason": f"{row['url']}: {error}"}
        document["sha256"] = row["sha256"] if promised == blob_of(row) else None
        return None
    document["sha256"] = row["sha256"]
    return page


def read_answers(exchanges: pl.DataFrame) -> Frames:
    """Return an outcome for each look of a feed at a day, and what it showed."""
    documents: list[Row] = []
    bodies: list[Body] = []
    for answers in looks(exchanges):
        document = begin_document(answers[-1])
        if document is None:
            continue
        documents.append(document)
        page = unite(answers, document)
        if page is not None:
            bodies.append(body_of(document, page, {"size_bytes": size_of(page, answers)}))
    return stage(documents, bodies)


def size_of(page: Page, answers: Sequence[Row]) -> int:
    """Return the bytes of what tells a day from another: bodies of one identity may have several lengths."""
    bodies = (answer["body"] for answer in answers)
    return sum(map(len, bodies)) if page.identity is None else len(page.identity.encode())


def looks(exchanges: pl.DataFrame) -> Iterator[list[Row]]:
    """Yield the answers of each look, its pages in order."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in exchanges.sort("fetched_at", "exchange_id").iter_rows(named=True):
        found.setdefault((subject_of(row), look_of(row)), []).append(row)
    yield from (sorted(answers, key=page_of) for answers in found.values())


def unite(answers: Sequence[Row], document: Row) -> Page | None:
    """Return the day that the pages of a look show, and note its hash in `document`, or why there is none."""
    outcome, reason = find_outcome(answers)
    if outcome != "page":
        document |= {"outcome": outcome, "reason": reason}
        return None
    try:
        kind = find_document(document["document_id"])[1]
        page = read_page(kind, [answer["body"] for answer in answers], document["listing_date"], whole=True)
    except PageError as error:
        document |= {"outcome": "failed", "reason": f"{answers[0]['url']}: {error}"}
        return None
    shown = page.identity if page.identity is not None else "".join(answer["sha256"] for answer in answers)
    document["sha256"] = hashlib.sha256(shown.encode()).hexdigest()
    return page


def begin_document(row: Row) -> Row | None:
    """Return a row of DOCUMENTS without outcome; None if the request was not for a day."""
    asked = read_subject(subject_of(row))
    if asked is None:
        return None
    document: Row = dict.fromkeys(DOCUMENTS)
    known = {"exchange_id": row["exchange_id"], "fetched_at": row["fetched_at"], "is_feed": row["service"] == "feed"}
    source, _ = find_document(asked[0])
    return document | known | {"source_id": source.source_id, "document_id": asked[0], "listing_date": asked[1]}


def subject_of(row: Row) -> str:
    """Return the first subject that a response was asked for; empty if there is none."""
    return str((row["asked"] or [""])[0])


def body_of(document: Row, page: Page, known: Row) -> Body:
    """Return a day that can be read."""
    _, kind = find_document(document["document_id"])
    of_day = {name: document[name] for name in ("source_id", *PAGE_KEY)}
    return Body({"blob_sha": None, **of_day, **known, "document": kind.name, "text": page.text}, page, document)


def stage(documents: Sequence[Row], bodies: Sequence[Body]) -> Frames:
    """Return the outcomes, and the rows of each page, once; what moves after the day is told by each look."""
    frames: list[Frames] = [{"document": pl.DataFrame([*documents], schema=DOCUMENTS)}]
    for batch in batches(bodies):
        frames += stage_batch(batch)
    return merge(frames)


def batches(bodies: Sequence[Body]) -> Iterator[list[tuple[Body, bool]]]:
    """Yield bodies, and whether their page is new, in groups of one format with no day twice.

    A format knows pages by their days. Files that came before are left out; each answer of a feed has its own moment.
    Of several that show one page, the oldest has its rows: what identifies a page need not be all that it says.
    """
    groups: dict[tuple[Format, int], list[tuple[Body, bool]]] = {}
    known: set[tuple[object, ...]] = set()
    looked: Counter[tuple[object, ...]] = Counter()
    for body in sorted(bodies, key=lambda body: body.document["fetched_at"]):
        key = tuple(body.row[name] for name in PAGE_KEY)
        is_new, day = key not in known, key[:2]
        known.add(key)
        if is_new or body.document["is_feed"]:
            groups.setdefault((format_of(body), looked[day]), []).append((body, is_new))
            looked[day] += 1
    yield from groups.values()


def format_of(body: Body) -> Format:
    return find_document(body.document["document_id"])[1].format


def stage_batch(batch: Sequence[tuple[Body, bool]]) -> list[Frames]:
    """Return what pages of one format say: rows of those that are new, sightings of all."""
    pages = pl.DataFrame([body.row for body, _ in batch], schema=BODIES)
    asked = pages.select(pl.col("document_id").alias("source_id"), "listing_date", "text").match_to_schema(PAGES)
    look = list_once(format_of(batch[0][0]).parse(asked, [body.page.found for body, _ in batch]))
    fresh = pages.filter([is_new for _, is_new in batch])
    moments = pl.DataFrame([body.document for body, _ in batch], schema=DOCUMENTS)
    return [stage_rows(fresh, look), {"sighting": stage_sightings(moments, look)}]


def stage_rows(pages: pl.DataFrame, look: Look) -> Frames:
    """Return each page (BODIES), and each of its rows as a listing or as a reject."""
    day = ["document_id", "listing_date"]
    of_page = pages.select("source_id", *PAGE_KEY)

    def place(rows: pl.DataFrame) -> pl.DataFrame:
        named = rows.rename({"source_id": "document_id"})
        return named.join(of_page, on=day, how="inner", maintain_order="left")

    readings = look.parsed.pages.rename({"source_id": "document_id"})
    rows = pages.drop("text").join(readings, on=day, maintain_order="left")
    return {
        "page": add_outcome(rows, look.parsed.rejected.rename({"source_id": "document_id"})),
        "rejected_row": place(look.parsed.rejected),
        "listing": place(look.parsed.listings),
        "witness": place(look.witnesses),
    }


def stage_sightings(moments: pl.DataFrame, look: Look) -> pl.DataFrame:
    """Return what a feed showed of each listing (SEEN), at the moment of its answer (DOCUMENTS)."""
    seen = look.sightings.rename({"source_id": "document_id"})
    at = moments.filter("is_feed").select("document_id", "listing_date", "source_id", observed_at="fetched_at")
    return seen.join(at, on=["document_id", "listing_date"], how="inner", maintain_order="left")


def add_outcome(pages: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Add each page's outcome: failed if it is refused, with the reason, empty if it has no rows, else published."""
    pages = explain_refusals(pages, rejected).rename({"refusal": "reason"})
    return pages.with_columns(
        outcome=pl.when(pl.col("reason").is_not_null())
        .then(pl.lit("failed"))
        .when(row_count=0)
        .then(pl.lit("empty"))
        .otherwise(pl.lit("published"))
    )


def leave_out_pages(frames: Frames, known: pl.DataFrame) -> Frames:
    """Leave out the rows of pages that are known (PAGE_KEY): the same bytes came again. Sightings stay."""
    keys = known.select(PAGE_KEY)
    return {
        table: frame.join(keys, on=PAGE_KEY, how="anti", maintain_order="left") if table in PAGE_TABLES else frame
        for table, frame in frames.items()
    }
