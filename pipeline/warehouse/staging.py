"""Raw files taken apart into the staging tables: each exchange once, in any order, as often as one likes."""

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection, TransactionException

from pipeline.core.errors import PageError, RawError
from pipeline.core.sql_files import read_sql
from pipeline.services.arxiv.reader import parse_exchanges
from pipeline.services.github import repositories
from pipeline.sources.layouts.markdown import PAGES, Parsed, parse_pages
from pipeline.sources.layouts.refusals import explain_refusals
from pipeline.sources.pages import blob_sha, promised_blob, read_answer
from pipeline.sources.registry import is_over
from pipeline.warehouse.raw import Raw, identify

log = logging.getLogger(__name__)

BATCH_BYTES = (
    64 * 1024 * 1024
)  # bodies taken apart at a time, so that a rebuild of years needs no more memory than a day

DOCUMENTS = pl.Schema(
    {
        "exchange_id": pl.String,
        "source_id": pl.String,
        "listing_date": pl.Date,
        "fetched_at": pl.Datetime("us", "UTC"),
        "sha256": pl.String,  # of a page that was read now or before; null without a page
        "outcome": pl.String,  # absent, failed; null where the page says it, or where nothing is settled yet
        "reason": pl.String,  # why failed; null otherwise
    }
)

BODIES = pl.Schema(
    {
        "source_id": pl.String,
        "listing_date": pl.Date,
        "sha256": pl.String,
        "blob_sha": pl.String,
        "size_bytes": pl.Int64,
        "text": pl.String,
    }
)


@dataclass
class Applied:
    """What one call took in: files and exchanges, and the files that could not be read, in the order met."""

    files: int = 0
    exchanges: int = 0
    unreadable: list[str] = field(default_factory=list[str])


class Capsule:
    """A polars frame as DuckDB reads it without pyarrow: both speak the Arrow C stream."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def insert(connection: DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Append a frame by column name; timestamps lose their zone, UTC. `table` is a name of ours, never input."""
    if frame.is_empty():
        return
    zoned = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime) and dtype.time_zone]
    naive = frame.with_columns(pl.col(name).dt.replace_time_zone(None) for name in zoned)
    connection.register("incoming", Capsule(naive))
    connection.execute(f"insert into {table} by name from incoming")
    connection.unregister("incoming")


def apply_raw(connection: DuckDBPyConnection, raw: Raw) -> Applied:
    """Take in every raw file that staging does not have; a file that cannot be read is named, and the rest goes on."""
    applied = Applied()
    known = {row[0] for row in connection.execute("select file from staging.raw_file").fetchall()}
    for batch in batches(raw, known, applied):
        names = [name for name, _ in batch]
        apply_exchanges(connection, pl.concat([frame for _, frame in batch]), names)
        applied.files += len(names)
        applied.exchanges += sum(frame.height for _, frame in batch)
    return applied


def batches(raw: Raw, known: set[str], applied: Applied) -> Iterator[list[tuple[str, pl.DataFrame]]]:
    """Group new files, oldest first, by the size of their bodies; at least one file a group."""
    batch: list[tuple[str, pl.DataFrame]] = []
    size = 0
    for path in raw.files():
        if path.name in known:
            continue
        try:
            frame = raw.read(path)
        except RawError as error:
            log.error("%s", error)
            applied.unreadable.append(path.name)
            continue
        batch.append((path.name, frame))
        size += int(frame["body"].bin.size().sum() or 0)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def apply_exchanges(connection: DuckDBPyConnection, exchanges: pl.DataFrame, files: Iterable[str]) -> None:
    """Take exchanges in and note the files as read, in one transaction."""
    fresh = leave_out_known(connection, identify(exchanges).unique("exchange_id", maintain_order=True))
    connection.execute("begin")
    try:
        insert(connection, "staging.exchange", fresh.with_columns(size_bytes=pl.col("body").bin.size()).drop("body"))
        apply_documents(connection, fresh.filter(service="archive"))
        apply_papers(connection, fresh.filter(service="arxiv"))
        apply_repositories(connection, fresh.filter(service="github"))
        insert(connection, "staging.raw_file", pl.DataFrame({"file": list(files)}, schema={"file": pl.String}))
        connection.execute("commit")
    except BaseException:
        roll_back(connection)
        raise


def roll_back(connection: DuckDBPyConnection) -> None:
    """Undo what a transaction did; a full disk has made DuckDB end it by itself."""
    with suppress(TransactionException):
        connection.execute("rollback")


def leave_out_known(connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> pl.DataFrame:
    ids = pl.DataFrame(connection.sql("select exchange_id from staging.exchange"))
    return exchanges.join(ids, on="exchange_id", how="anti", maintain_order="left")


def apply_documents(connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> None:
    """Take in answers for pages: an outcome each, and each new page's rows once for its day and bytes."""
    documents, bodies = read_documents(exchanges)
    insert(connection, "staging.document", documents)
    held = pl.DataFrame(connection.sql("select source_id, listing_date, sha256 from staging.page"))
    key = ["source_id", "listing_date", "sha256"]
    fresh = bodies.unique(key, maintain_order=True).join(held, on=key, how="anti", maintain_order="left")
    # Two versions of one day are two pages; the parser knows a page by its day, so they go one after the other.
    version = pl.int_range(pl.len()).over("source_id", "listing_date")
    for pages in fresh.with_columns(version=version).partition_by("version", maintain_order=True, include_key=False):
        apply_pages(connection, pages)


def read_documents(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return DOCUMENTS and BODIES: what each answer for a page means, and the texts that came with them."""
    documents: list[dict[str, object]] = []
    bodies: list[dict[str, object]] = []
    for row in exchanges.iter_rows(named=True):
        source_id, _, day_text = row["asked"][0].rpartition("/")
        try:
            day = date.fromisoformat(day_text)
        except ValueError:
            continue  # a listing of the whole archive, not a page
        document: dict[str, object] = {name: None for name in DOCUMENTS}
        document |= {"exchange_id": row["exchange_id"], "fetched_at": row["fetched_at"]}
        document |= {"source_id": source_id, "listing_date": day}
        if row["status"] == 200 and row["body"] is not None:
            body = read_body(row, document)
            bodies += [body] if body else []
        elif row["status"] == 200:
            document["sha256"] = row["sha256"]  # the same bytes as before, kept once
        elif row["status"] in (404, 410) and promised_blob(json.loads(row["headers"])):
            document |= {"outcome": "failed", "reason": f"HTTP {row['status']} for a page that the archive lists"}
        elif row["status"] in (404, 410):
            document["outcome"] = "absent" if is_over(day, row["fetched_at"]) else None
        else:
            answer = f"HTTP {row['status']}" if row["status"] else "no answer"
            document |= {"outcome": "failed", "reason": row["error"] or f"{answer} from {row['url']}"}
        documents.append(document)
    return pl.DataFrame(documents, schema=DOCUMENTS), pl.DataFrame(bodies, schema=BODIES)


def read_body(row: dict[str, object], document: dict[str, object]) -> dict[str, object] | None:
    """Return the page of an answer and note its sha256, or note why the bytes are none and return None."""
    body = row["body"]
    assert isinstance(body, bytes)
    try:
        text = read_answer(body, promised_blob(json.loads(str(row["headers"]))))
    except PageError as error:
        document |= {"outcome": "failed", "reason": f"{row['url']}: {error}"}
        return None
    document["sha256"] = row["sha256"]
    page = {"sha256": row["sha256"], "blob_sha": blob_sha(body), "size_bytes": len(body), "text": text}
    return {"source_id": document["source_id"], "listing_date": document["listing_date"]} | page


def apply_pages(connection: DuckDBPyConnection, pages: pl.DataFrame) -> None:
    """Read pages of distinct days, and take in what they say."""
    insert_pages(connection, pages, parse_pages(pages.select(*PAGES)))


def insert_pages(connection: DuckDBPyConnection, pages: pl.DataFrame, parsed: Parsed) -> None:
    """Take in what was read of each page, and every row of it as a listing with its links or as a reject."""
    day = ["source_id", "listing_date"]
    sha256 = pages.select(*day, "sha256")
    insert(
        connection,
        "staging.page",
        judge(pages.drop("text").join(parsed.pages, on=day, maintain_order="left"), parsed.rejected),
    )
    insert(connection, "staging.rejected_row", parsed.rejected.join(sha256, on=day, maintain_order="left"))
    listings = parsed.listings.join(sha256, on=day, maintain_order="left")
    if not listings.is_empty():
        connection.register("incoming", Capsule(listings))
        connection.execute(read_sql("staging", "insert_listings"))
        connection.unregister("incoming")


def judge(pages: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Add each page's outcome: failed where it is refused, with the reason, empty without rows, else published."""
    pages = explain_refusals(pages, rejected).rename({"refusal": "reason"})
    return pages.with_columns(
        outcome=pl.when(pl.col("reason").is_not_null())
        .then(pl.lit("failed"))
        .when(row_count=0)
        .then(pl.lit("empty"))
        .otherwise(pl.lit("published"))
    )


def apply_papers(connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> None:
    """Take in arXiv's answers. Each exchange is read for itself: what it means does not hang on its neighbours."""
    papers, attempts = parse_exchanges(exchanges.drop("exchange_id"))
    insert(connection, "staging.paper", with_exchange_id(papers.drop("dois"), exchanges, "observed_at", "arxiv_id"))
    insert(connection, "staging.attempt", with_exchange_id(attempts, exchanges, "attempted_at", "subject_id"))


def apply_repositories(connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> None:
    """Take in GitHub's answers for repositories."""
    observations, attempts = repositories.parse_exchanges(exchanges.drop("exchange_id"))
    kept = observations.drop("owner_type", "updated_at")
    insert(connection, "staging.repository", with_exchange_id(kept, exchanges, "observed_at", "name_asked"))
    insert(connection, "staging.attempt", with_exchange_id(attempts, exchanges, "attempted_at", "subject_id"))


def with_exchange_id(rows: pl.DataFrame, exchanges: pl.DataFrame, at: str, subject: str) -> pl.DataFrame:
    """Add the id of the exchange that each row came from, found by its time and subject; of equal ones one is kept."""
    asked = exchanges.select("exchange_id", pl.col("fetched_at").alias(at), pl.col("asked").alias(subject)).explode(
        subject
    )
    ids = asked.sort("exchange_id").unique([at, subject], keep="first", maintain_order=True)
    known = rows.join(ids, on=[at, subject], maintain_order="left")
    key = [name for name in ("exchange_id", subject, "outcome") if name in known.columns]
    return known.unique(key, keep="first", maintain_order=True)
