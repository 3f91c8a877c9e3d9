"""Loading: the same parsed listings into DuckDB, ours against dlt."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import dlt
import polars as pl
from duckdb import DuckDBPyConnection

from bench.pages import open_archive
from bench.timing import interleave, ratio, table
from pipeline.sources.layouts.markdown import parse_pages
from pipeline.sources.pages import blob_sha
from pipeline.sources.reading import Look, Parsed
from pipeline.warehouse.build import load_star
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake.days import stage_rows
from pipeline.warehouse.intake.insert import insert
from pipeline.warehouse.tables import TABLES

ROUNDS = 5
COLUMNS = {"extra": {"data_type": "text"}}  # null on every page so far: dlt cannot tell its type
KEY = ("source_id", "listing_date", "arxiv_id")
STAR = [table for table in TABLES if not table.startswith("search_")]


def measure() -> str:
    logging.getLogger("dlt").setLevel(logging.ERROR)
    with open_archive() as archive:
        pages, origin = archive.pages(), archive.describe()
    parsed = parse_pages(pages)
    listings = parsed.listings.to_dicts()
    seconds = interleave(
        {
            "ours, into staging": lambda: in_folder(lambda folder: load_ours(folder, pages, parsed, ())),
            "ours, into staging and star": lambda: in_folder(lambda folder: load_ours(folder, pages, parsed, STAR)),
            "the same, and words to search": lambda: in_folder(lambda folder: load_ours(folder, pages, parsed, TABLES)),
            "dlt": lambda: in_folder(lambda folder: load_with_dlt(folder, listings)),
        },
        ROUNDS,
    )
    rows = [
        (name, f"{median(each):.2f}", f"{len(listings) / median(each):,.0f}", f"{ratio(seconds['dlt'], each):.1f}")
        for name, each in seconds.items()
    ]
    return (
        f"{len(listings):,} listings of {origin}, already parsed, into an empty DuckDB file. dlt merges them by their "
        "natural key into a table with child tables for authors, labels and links. Ours writes the same to staging "
        f"tables, then loads the star from them, {len(STAR)} tables with keys, dimensions and weights, and then the words "
        "of every text for the search, for which dlt has nothing to compare.\n\n"
        + table(("", "s", "listings/s", "times as fast as dlt"), rows)
        + f"\n\nMedians of {ROUNDS} rounds in turns; each starts with a new folder."
    )


def in_folder(work: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work(Path(folder))


def load_ours(folder: Path, pages: pl.DataFrame, parsed: Parsed, tables: Sequence[str]) -> None:
    texts = pages.with_columns(
        document_id="source_id",
        document=pl.lit("markdown"),
        sha256=pl.col("text").hash().cast(pl.String),  # names the page; which name is all the same here
        blob_sha=pl.lit(blob_sha(b"")),
        size_bytes=pl.col("text").str.len_bytes().cast(pl.Int64),
    )
    documents = texts.select(
        pl.concat_str("source_id", pl.col("listing_date").cast(pl.String)).alias("exchange_id"),
        "source_id",
        "listing_date",
        pl.lit("2026-01-01").str.to_datetime().alias("fetched_at"),
        "sha256",
    )

    def work(connection: DuckDBPyConnection) -> None:
        connection.execute("begin")
        insert(connection, "staging.document", documents)
        for name, frame in stage_rows(texts, Look(parsed)).items():
            insert(connection, f"staging.{name}", frame)
        connection.execute("commit")
        if tables:
            load_star(connection, tables)

    Warehouse(folder).use(work)


def load_with_dlt(folder: Path, listings: list[dict[str, Any]]) -> None:
    def listing() -> Iterator[list[dict[str, Any]]]:
        yield listings

    resource = dlt.resource(listing, name="listing", primary_key=KEY, write_disposition="merge", columns=COLUMNS)
    destination = dlt.destinations.duckdb(str(folder / "dlt.duckdb"))
    pipeline = dlt.pipeline("bench", destination=destination, dataset_name="papers", pipelines_dir=str(folder))
    pipeline.run(resource())
