"""What responses say, as rows of the staging tables. Pure; runs in a process of its own (reader.py)."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from pipeline.core.errors import PageError
from pipeline.http.exchange import ATTEMPTS
from pipeline.services.arxiv.reader import PAPERS, parse_papers
from pipeline.services.github.repositories import OBSERVATIONS, parse_repositories
from pipeline.sources.layouts.markdown import (
    LISTINGS,
    PAGE_READINGS,
    PAGES,
    REJECTED_ROWS,
    Page,
    Parsed,
    parse_pages,
)
from pipeline.sources.layouts.refusals import explain_refusals
from pipeline.sources.layouts.tables import Table
from pipeline.sources.pages import blob_sha, promised_blob, verify_page
from pipeline.sources.registry import is_over

Frames = dict[str, pl.DataFrame]  # by name of a staging table; a table without rows may be absent
PAGE_KEY = ["source_id", "listing_date", "sha256"]

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

PUT_ASIDE = pl.Schema(
    {
        "exchange_id": pl.String,  # the response; null for a row of a page
        "part": pl.String,  # of the response: response for the whole of it, or the staging table of a row
        "subject": pl.String,  # what it is about: source and day, arXiv id or name
        "reason": pl.String,
    }
)

# The rows of each staging table that is filled from responses; a test compares them with sql/staging/tables.sql.
STAGED = {
    "document": DOCUMENTS,
    "page": pl.Schema(
        {
            **{name: dtype for name, dtype in BODIES.items() if name != "text"},
            **PAGE_READINGS,
            "outcome": pl.String,  # published, empty or failed
            "reason": pl.String,  # why failed; null otherwise
        }
    ),
    "listing": pl.Schema({**LISTINGS, "sha256": pl.String}),  # with its links, which have a table of their own
    "rejected_row": pl.Schema({**REJECTED_ROWS, "sha256": pl.String}),
    "paper": pl.Schema({**PAPERS, "exchange_id": pl.String}),
    "repository": pl.Schema({**OBSERVATIONS, "exchange_id": pl.String}),
    "attempt": pl.Schema({**ATTEMPTS, "exchange_id": pl.String}),
    "put_aside": PUT_ASIDE,
}
for unused, table in (("dois", "paper"), ("owner_type", "repository"), ("updated_at", "repository")):
    del STAGED[table][unused]


def read_exchanges(exchanges: pl.DataFrame) -> Frames:
    """Return what responses (EXCHANGE and `exchange_id`, of any service) say."""
    readers = {"archive": read_pages, "arxiv": read_papers, "github": read_repositories}
    services = exchanges.partition_by("service", as_dict=True, maintain_order=True)
    found = merge(readers[str(service)](rows) for (service,), rows in services.items() if service in readers)
    return {table: frame.match_to_schema(STAGED[table]) for table, frame in found.items()}


def merge(parts: Iterable[Frames]) -> Frames:
    """Return the rows of several frames of each table, in order."""
    found: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        for table, frame in part.items():
            found.setdefault(table, []).append(frame)
    return {table: pl.concat(frames) for table, frames in found.items()}


def read_pages(exchanges: pl.DataFrame) -> Frames:
    """Return an outcome for each request for a page, and the rows of each page received, once."""
    documents, bodies, tables = read_documents(exchanges)
    fresh = bodies.unique(PAGE_KEY, maintain_order=True)
    # Two versions of one day are two pages. The parser identifies a page by its day, so each call gets one version.
    version = pl.int_range(pl.len()).over("source_id", "listing_date")
    versions = fresh.with_columns(version=version).partition_by("version", maintain_order=True, include_key=False)
    parsed = (
        read_rows(pages, parse_pages(pages.select(*PAGES), [tables[sha256] for sha256 in pages["sha256"]]))
        for pages in versions
    )
    return merge([{"document": documents}, *parsed])


def read_documents(exchanges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, list[Table]]]:
    """Return DOCUMENTS and BODIES: the outcome of each request for a page, and the pages received.

    And the tables of each page, by the sha256 of its bytes.
    """
    documents: list[dict[str, object]] = []
    bodies: list[dict[str, object]] = []
    tables: dict[str, list[Table]] = {}
    for row in exchanges.iter_rows(named=True):
        document = begin_document(row)
        if document is None:
            continue  # a listing of the whole archive, not a page
        if row["status"] == 200 and row["body"] is not None:
            page = read_body(row, document)
            if page is not None:
                tables[row["sha256"]] = page.tables
                bodies.append(body_row(row, document, page.text))
        elif row["status"] == 200:
            document["sha256"] = row["sha256"]  # the same bytes as before, stored once
        elif row["status"] in (404, 410) and promised_blob(json.loads(row["headers"])):
            document |= {"outcome": "failed", "reason": f"HTTP {row['status']} for a page that the archive lists"}
        elif row["status"] in (404, 410) and row["error"] is None:
            document["outcome"] = "absent" if is_over(document["listing_date"], row["fetched_at"]) else None
        else:
            response = f"HTTP {row['status']}" if row["status"] else "no answer"
            document |= {"outcome": "failed", "reason": row["error"] or f"{response} from {row['url']}"}
        documents.append(document)
    return pl.DataFrame(documents, schema=DOCUMENTS), pl.DataFrame(bodies, schema=BODIES), tables


def begin_document(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return a row of DOCUMENTS without outcome; None if the request was not for a page."""
    source_id, _, day = subject_of(row).rpartition("/")
    try:
        listing_date = date.fromisoformat(day)
    except ValueError:
        return None
    document: dict[str, Any] = dict.fromkeys(DOCUMENTS)
    known = {"exchange_id": row["exchange_id"], "fetched_at": row["fetched_at"]}
    return document | known | {"source_id": source_id, "listing_date": listing_date}


def subject_of(row: dict[str, Any]) -> str:
    """Return the first subject that a response was asked for; empty if there is none."""
    return str((row["asked"] or [""])[0])


def read_body(row: dict[str, Any], document: dict[str, Any]) -> Page | None:
    """Return the page, and note its hash in `document`; if the body is not a page, the reason, and return None.

    Bytes that are those of the archive's listing, and yet not a page, are named by their sha256: they are all there is.
    """
    promised = promised_blob(json.loads(row["headers"]))
    try:
        page = verify_page(row["body"], promised)
    except PageError as error:
        document |= {"outcome": "failed", "reason": f"{row['url']}: {error}"}
        document["sha256"] = row["sha256"] if promised == blob_sha(row["body"]) else None
        return None
    document["sha256"] = row["sha256"]
    return page


def body_row(row: dict[str, Any], document: dict[str, Any], text: str) -> dict[str, object]:
    """Return a row of BODIES."""
    body = {"blob_sha": blob_sha(row["body"]), "size_bytes": len(row["body"]), "text": text}
    return {**{name: document[name] for name in PAGE_KEY}, **body}


def read_rows(pages: pl.DataFrame, parsed: Parsed) -> Frames:
    """Return each page (BODIES), and each of its rows as a listing or as a reject."""
    day = ["source_id", "listing_date"]
    sha256 = pages.select(*day, "sha256")
    rows = pages.drop("text").join(parsed.pages, on=day, maintain_order="left")
    return {
        "page": add_outcome(rows, parsed.rejected),
        "rejected_row": parsed.rejected.join(sha256, on=day, maintain_order="left"),
        "listing": parsed.listings.join(sha256, on=day, maintain_order="left"),
    }


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


def read_papers(exchanges: pl.DataFrame) -> Frames:
    """Return what arXiv's responses say. Each is parsed by itself, independent of the others."""
    return merge(map(read_paper_moments, moments_apart(exchanges)))


def read_repositories(exchanges: pl.DataFrame) -> Frames:
    """Return what GitHub's responses say of repositories. Where one contradicts itself, nothing was learnt."""
    return merge(map(read_repository_moments, moments_apart(exchanges)))


def moments_apart(exchanges: pl.DataFrame) -> list[pl.DataFrame]:
    """Part responses so that no two of a part came at the same moment: rows are told apart by time and subject."""
    number = pl.int_range(pl.len()).over("fetched_at")
    return exchanges.with_columns(number=number).partition_by("number", maintain_order=True, include_key=False)


def read_paper_moments(exchanges: pl.DataFrame) -> Frames:
    """Return what arXiv's responses of different moments say."""
    papers, attempts = parse_papers(exchanges.drop("exchange_id"))
    return {
        "paper": with_exchange_id(papers.drop("dois"), exchanges, "observed_at", "arxiv_id"),
        "attempt": with_exchange_id(attempts, exchanges, "attempted_at", "subject_id"),
    }


def read_repository_moments(exchanges: pl.DataFrame) -> Frames:
    """Return what GitHub's responses of different moments say."""
    observations, attempts = parse_repositories(exchanges.drop("exchange_id"))
    observations = with_exchange_id(
        observations.drop("owner_type", "updated_at"), exchanges, "observed_at", "name_asked"
    )
    attempts = with_exchange_id(attempts, exchanges, "attempted_at", "subject_id")
    key = ["exchange_id", "name_asked"]
    doubtful = find_contradictions(observations)
    failed = doubtful.select("exchange_id", subject_id="name_asked", failed=pl.lit("failed"))
    attempts = attempts.join(failed, on=["exchange_id", "subject_id"], how="left", maintain_order="left")
    return {
        "repository": observations.join(doubtful, on=key, how="anti", maintain_order="left"),
        "attempt": attempts.with_columns(outcome=pl.coalesce("failed", "outcome")).drop("failed"),
        "put_aside": doubtful.select(
            "exchange_id",
            part=pl.lit("repository"),
            subject="name_asked",
            reason=pl.lit("the response contradicts itself: one name or number has two meanings"),
        ),
    }


def find_contradictions(observations: pl.DataFrame) -> pl.DataFrame:
    """Return exchange_id and name_asked of repositories that their response describes in two ways.

    Two ways are: one number with two descriptions, or one name, asked or given, with two numbers.
    """
    found = observations.filter(status="found").with_columns(given=pl.col("full_name").str.to_lowercase())
    facts = pl.struct(pl.exclude("exchange_id", "name_asked", "repository_id"))
    differs = facts.n_unique().over("exchange_id", "repository_id") > 1
    names = pl.concat(
        found.select("exchange_id", "repository_id", name=column) for column in ("name_asked", "given")
    ).unique()
    contested = names.filter(pl.len().over("exchange_id", "name") > 1).select("exchange_id", "name")
    return (
        pl.concat(
            [
                found.filter(differs),
                *(
                    found.join(contested, left_on=["exchange_id", column], right_on=["exchange_id", "name"], how="semi")
                    for column in ("name_asked", "given")
                ),
            ]
        )
        .select("exchange_id", "name_asked")
        .unique(maintain_order=True)
    )


def with_exchange_id(rows: pl.DataFrame, exchanges: pl.DataFrame, at: str, subject: str) -> pl.DataFrame:
    """Add the id of each row's exchange, found by time and subject. Of a subject asked for twice, one row stays."""
    asked = exchanges.select("exchange_id", pl.col("fetched_at").alias(at), pl.col("asked").alias(subject)).explode(
        subject
    )
    ids = asked.sort("exchange_id").unique([at, subject], keep="first", maintain_order=True)
    known = rows.join(ids, on=[at, subject], maintain_order="left")
    key = [name for name in ("exchange_id", subject, "outcome") if name in known.columns]
    return known.unique(key, keep="first", maintain_order=True)
