"""The page that asks the published file in SQL, with the file itself and the queries of ours."""

import gzip
import hashlib
import json
from typing import BinaryIO

from pipeline.core import sql_files
from pipeline.read import query
from pipeline.site import vendor
from pipeline.site.options import Files
from pipeline.site.vendor import PACKED
from pipeline.site.world import World


def files(world: World, published: BinaryIO) -> Files:
    """Yield the page, and what it loads: queries by name, vendored files, the published file packed."""
    if not vendor.has_sql(world.options):
        yield world.page("sql.html", "sql.html", has_sql=False, questions=query.questions())
        return
    published.seek(0)
    content = published.read()
    packed = gzip.compress(content, 9, mtime=0)
    database = f"data/papers-{digest(content)}.duckdb{PACKED}"
    texts = {name: sql_files.read_sql("queries", name).rstrip() for name in query.questions()}
    asked = json.dumps(texts, ensure_ascii=False, indent=0).encode()
    queries = f"data/queries-{digest(asked)}.json"
    yield world.page(
        "sql.html",
        "sql.html",
        wasm=True,
        has_sql=True,
        questions=query.questions(),
        vendor=vendor.folder_name(),
        wasm_file=vendor.WASM,
        worker_file=vendor.WORKER,
        database=database,
        queries=queries,
        megabytes=(len(packed) + vendor.byte_count()) / 1e6,
    )
    yield queries, asked
    yield database, packed
    yield from vendor.files(world.options)


def digest(content: bytes) -> str:
    """Return what a name has of the content: a page of an older site misses the file, and takes no other for it."""
    return hashlib.sha256(content).hexdigest()[:10]
