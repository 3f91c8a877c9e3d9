"""Load raw files into the staging tables: each exchange once, in any order, however often it is loaded."""

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
from pipeline.services.arxiv.reader import parse_papers
from pipeline.services.github import repositories
from pipeline.sources.layouts.markdown import PAGES, Parsed, parse_pages
from pipeline.sources.layouts.refusals import explain_refusals
from pipeline.sources.pages import blob_sha, page_text, promised_blob
from pipeline.sources.registry import is_over
from pipeline.warehouse.raw import Raw, identify

log = logging.getLogger(__name__)

BATCH_BYTES = 64 * 1024 * 1024  # bodies parsed at a time, so that a rebuild of years needs little memory

DOCUMENTS = pl.Schema(
    {
        "exchange_id": pl.String,
        "source_id": pl.String,
        "listing_date": pl.Date,
        "fetched_at": pl.Datetime("us", "UTC"),
        "sha256": pl.String,  # of the page, stored now or before, or of listed bytes that are none; null without
        "outcome": pl.String,  # absent or failed; null if there is a page, or may still be one
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
class Loaded:
    """What one call loaded: the number of files, the ids of their exchanges, and the files that could not be read."""

    files: int = 0
    exchange_ids: list[str] = field(default_factory=list[str])
    unreadable: list[str] = field(default_factory=list[str])


class Capsule:
    """A polars frame that DuckDB reads without pyarrow, as an Arrow C stream."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def insert(connection: DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Append a frame by column name; UTC timestamps lose their zone. `table` comes from our code, never from input."""
    if frame.is_empty():
        return
    zoned = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime) and dtype.time_zone]
    naive = frame.with_columns(pl.col(name).dt.replace_time_zone(None) for name in zoned)
    connection.register("incoming", Capsule(naive))
    connection.execute(f"insert into {table} by name from incoming")
    connection.unregister("incoming")


def load_raw(connection: DuckDBPyConnection, raw: Raw) -> Loaded:
    """Load every raw file that is not in staging yet; files that cannot be read are skipped and named."""
    loaded = Loaded()
    known = {row[0] for row in connection.execute("select file from staging.raw_file").fetchall()}
    for batch in batches(raw, known, loaded):
        names = [name for name, _ in batch]
        loaded.exchange_ids += load_exchanges(connection, pl.concat([frame for _, frame in batch]), names)
        loaded.files += len(names)
    return loaded


def batches(raw: Raw, known: set[str], loaded: Loaded) -> Iterator[list[tuple[str, pl.DataFrame]]]:
    """Group new files, oldest first, by the size of their bodies; at least one file per group."""
    batch: list[tuple[str, pl.DataFrame]] = []
    size = 0
    for path in raw.files():
        if path.name in known:
            continue
        try:
            frame = raw.read(path)
        except RawError as error:
            log.error("%s", error)
            loaded.unreadable.append(path.name)
            continue
        batch.append((path.name, frame))
        size += int(frame["body"].bin.size().sum() or 0)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def load_exchanges(connection: DuckDBPyConnection, exchanges: pl.DataFrame, files: Iterable[str]) -> list[str]:
    """Load exchanges and record the files as loaded, in one transaction; return the ids of new exchanges."""
    fresh = leave_out_known(connection, identify(exchanges).unique("exchange_id", maintain_order=True))
    connection.execute("begin")
    try:
        insert(connection, "staging.exchange", fresh.with_columns(size_bytes=pl.col("body").bin.size()).drop("body"))
        load_documents(connection, fresh.filter(service="archive"))
        load_papers(connection, fresh.filter(service="arxiv"))
        load_repositories(connection, fresh.filter(service="github"))
        insert(connection, "staging.raw_file", pl.DataFrame({"file": list(files)}, schema={"file": pl.String}))
        connection.execute("commit")
    except BaseException:
        roll_back(connection)
        raise
    return fresh["exchange_id"].to_list()


def roll_back(connection: DuckDBPyConnection) -> None:
    """Roll back; on a full disk DuckDB has ended the transaction by itself."""
    with suppress(TransactionException):
        connection.execute("rollback")


def leave_out_known(connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> pl.DataFrame:
    ids = pl.DataFrame(connection.sql("select exchange_id from staging.exchange"))
    return exchanges.join(ids, on="exchange_id", how="anti", maintain_order="left")


def load_documents(connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> None:
    """Load responses for pages: an outcome for each, and the rows of each page that is new for its day."""
    documents, bodies = read_documents(exchanges)
    insert(connection, "staging.document", documents)
    stored = pl.DataFrame(connection.sql("select source_id, listing_date, sha256 from staging.page"))
    key = ["source_id", "listing_date", "sha256"]
    fresh = bodies.unique(key, maintain_order=True).join(stored, on=key, how="anti", maintain_order="left")
    # Two versions of one day are two pages. The parser identifies a page by its day, so each call gets one version.
    version = pl.int_range(pl.len()).over("source_id", "listing_date")
    for pages in fresh.with_columns(version=version).partition_by("version", maintain_order=True, include_key=False):
        load_pages(connection, pages)


def read_documents(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return DOCUMENTS and BODIES: the outcome of each request for a page, and the pages received."""
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
            document["sha256"] = row["sha256"]  # the same bytes as before, stored once
        elif row["status"] in (404, 410) and promised_blob(json.loads(row["headers"])):
            document |= {"outcome": "failed", "reason": f"HTTP {row['status']} for a page that the archive lists"}
        elif row["status"] in (404, 410) and row["error"] is None:
            document["outcome"] = "absent" if is_over(day, row["fetched_at"]) else None
        else:
            response = f"HTTP {row['status']}" if row["status"] else "no answer"
            document |= {"outcome": "failed", "reason": row["error"] or f"{response} from {row['url']}"}
        documents.append(document)
    return pl.DataFrame(documents, schema=DOCUMENTS), pl.DataFrame(bodies, schema=BODIES)


def read_body(row: dict[str, object], document: dict[str, object]) -> dict[str, object] | None:
    """Return the page as a row of BODIES. If the body is not a page, write the reason into `document`, return None.

    Bytes that are those of the archive's listing, and yet not a page, are named by their sha256: they are all there is.
    """
    body = row["body"]
    assert isinstance(body, bytes)
    promised = promised_blob(json.loads(str(row["headers"])))
    try:
        text = page_text(body, promised)
    except PageError as error:
        document |= {"outcome": "failed", "reason": f"{row['url']}: {error}"}
        document["sha256"] = row["sha256"] if promised == blob_sha(body) else None
        return None
    document["sha256"] = row["sha256"]
    page = {"sha256": row["sha256"], "blob_sha": blob_sha(body), "size_bytes": len(body), "text": text}
    return {"source_id": document["source_id"], "listing_date": document["listing_date"]} | page


def load_pages(connection: DuckDBPyConnection, pages: pl.DataFrame) -> None:
    """Parse and load pages of distinct days."""
    insert_pages(connection, pages, parse_pages(pages.select(*PAGES)))


def insert_pages(connection: DuckDBPyConnection, pages: pl.DataFrame, parsed: Parsed) -> None:
    """Insert each page, and each of its rows as a listing with links or as a reject."""
    day = ["source_id", "listing_date"]
    sha256 = pages.select(*day, "sha256")
    rows = pages.drop("text").join(parsed.pages, on=day, maintain_order="left")
    insert(connection, "staging.page", add_outcome(rows, parsed.rejected))
    insert(connection, "staging.rejected_row", parsed.rejected.join(sha256, on=day, maintain_order="left"))
    listings = parsed.listings.join(sha256, on=day, maintain_order="left")
    if not listings.is_empty():
        connection.register("incoming", Capsule(listings))
        connection.execute(read_sql("staging", "insert_listings"))
        connection.unregister("incoming")


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


def load_papers(connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> None:
    """Load arXiv's responses. Each is parsed by itself, independent of the others."""
    papers, attempts = parse_papers(exchanges.drop("exchange_id"))
    insert(connection, "staging.paper", with_exchange_id(papers.drop("dois"), exchanges, "observed_at", "arxiv_id"))
    insert(connection, "staging.attempt", with_exchange_id(attempts, exchanges, "attempted_at", "subject_id"))


def load_repositories(connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> None:
    """Load GitHub's responses for repositories."""
    observations, attempts = repositories.parse_repositories(exchanges.drop("exchange_id"))
    observations = observations.drop("owner_type", "updated_at")
    insert(connection, "staging.repository", with_exchange_id(observations, exchanges, "observed_at", "name_asked"))
    insert(connection, "staging.attempt", with_exchange_id(attempts, exchanges, "attempted_at", "subject_id"))


def with_exchange_id(rows: pl.DataFrame, exchanges: pl.DataFrame, at: str, subject: str) -> pl.DataFrame:
    """Add the id of each row's exchange, found by time and subject. Of duplicates, the first stays."""
    asked = exchanges.select("exchange_id", pl.col("fetched_at").alias(at), pl.col("asked").alias(subject)).explode(
        subject
    )
    ids = asked.sort("exchange_id").unique([at, subject], keep="first", maintain_order=True)
    known = rows.join(ids, on=[at, subject], maintain_order="left")
    key = [name for name in ("exchange_id", subject, "outcome") if name in known.columns]
    return known.unique(key, keep="first", maintain_order=True)
