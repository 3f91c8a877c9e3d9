"""What a reader may leave null, a staging table takes: one contract, held on both sides."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.sql_files import read_sql
from pipeline.http.exchange import ATTEMPTS, Exchange, exchanges_frame
from pipeline.services.arxiv.reader import PAPERS, parse_papers
from pipeline.services.github.graphql import write_query
from pipeline.services.github.repositories import OBSERVATIONS, parse_repositories
from pipeline.services.hub.papers import HUB_PAPERS, parse_hub_papers
from pipeline.services.hub.reader import RESOURCES
from pipeline.services.semantic_scholar.reader import CITATIONS
from pipeline.standin.arxiv import FEED, write_entry
from pipeline.standin.facts import Paper, Repository
from pipeline.standin.graphql import read_query, select
from pipeline.standin.invention import invent_paper, invent_repository
from pipeline.standin.records import View, describe_for_graphql, describe_for_rest

NOON = datetime(2025, 3, 31, 12, tzinfo=UTC)
# By staging table: the frame that fills it, and its columns that are never null. A column more here needs a promise of
# the reader, which the tests below then look for.
NEVER_NULL: dict[str, tuple[pl.Schema, set[str]]] = {
    "paper": (
        PAPERS,
        {"arxiv_id", "title", "submitted_at", "updated_at", "is_withdrawn", "authors", "categories", "observed_at"},
    ),
    "repository": (OBSERVATIONS, {"name_asked", "status", "observed_at"}),
    "hub_resource": (RESOURCES, {"resource_asked", "status", "observed_at"}),
    "hub_paper": (HUB_PAPERS, {"arxiv_id", "resources", "observed_at"}),
    "citation": (CITATIONS, {"arxiv_id", "citation_count", "observed_at"}),
    "attempt": (ATTEMPTS, {"service", "subject_id", "attempted_at", "outcome"}),
}
ADDED = {"exchange_id", "service"}  # by staging itself: of a paper, which provider it comes from


@pytest.fixture(scope="module")
def required() -> dict[str, set[str]]:
    """The columns of each staging table that must not be null."""
    with duckdb.connect() as connection:
        connection.execute(f"create schema staging; {read_sql('staging', 'tables')}")
        rows = connection.execute("select table_name, column_name from duckdb_columns() where not is_nullable")
        found: dict[str, set[str]] = {}
        for table, column in rows.fetchall():
            found.setdefault(table, set()).add(column)
        return found


@pytest.mark.parametrize("table", NEVER_NULL)
def test_staging_requires_nothing_that_a_reader_may_leave_null(table: str, required: dict[str, set[str]]) -> None:
    schema, never_null = NEVER_NULL[table]
    assert never_null <= set(schema)
    assert required[table] - ADDED <= never_null


def nulls_of(frame: pl.DataFrame) -> set[str]:
    return {name for name in frame.columns if frame[name].null_count()}


def exchange(service: str, method: str, asked: str, body: str) -> Exchange:
    return Exchange(service, (asked,), 1, "http://x/", method, 200, {}, NOON, body.encode(errors="replace"), None)


ARXIV_ID = "2501.00001"
FACTS: dict[str, Any] = invent_paper(ARXIV_ID) or {}
LINES = write_entry(Paper(**FACTS), 1).splitlines()
TEXTS = ["", " ", "0", "x", "35Q30", "9999-99-99", "2999-01-01T00:00:00Z", "\x0c", "a & b", "é" * 3000]
DROPPED, AS_IT_IS = None, "as it is"
CHANGES = st.sampled_from([DROPPED, *[AS_IT_IS] * 4, *TEXTS])  # of a line of the entry


@given(changes=st.lists(CHANGES, min_size=len(LINES) - 2, max_size=len(LINES) - 2))
def test_an_entry_of_arxiv_with_anything_missing_or_absurd_keeps_the_promise(changes: list[str | None]) -> None:
    inner = [
        line if change == AS_IT_IS else re.sub(">[^<]*<", f">{change}<", line, count=1)
        for line, change in zip(LINES[1:-1], changes, strict=True)
        if change is not DROPPED
    ]
    entry = "\n".join([LINES[0], *inner, LINES[-1]])
    feed = FEED.format(id="x", title="x", now="x", href='"x"', size=1, total=1, start=0, entries=entry)
    papers, attempts = parse_papers(exchanges_frame([exchange("arxiv", "GET", ARXIV_ID, feed)]))
    assert not nulls_of(papers) & NEVER_NULL["paper"][1]
    assert not nulls_of(attempts) & NEVER_NULL["attempt"][1]


NAME = "acme/one"
VIEW = View(Repository(**(invent_repository(NAME) or {})), 0, "http://x")
QUERY: Any = write_query([NAME])
FIELDS = next(field for field in read_query(QUERY["query"], QUERY["variables"]) if field.name == "repository").fields
FORMS: dict[str, Any] = {
    "GET": describe_for_rest(VIEW),
    "POST": select(describe_for_graphql(VIEW), FIELDS, "Repository"),
}
ODD = st.sampled_from([None, "", 0, -1, 2**70, 1.5, True, [], {}, "x", "9999-99-99", "0001-01-01T00:00:00Z", [None]])


@pytest.mark.parametrize("method", FORMS)
@given(data=st.data())
def test_a_repository_with_any_field_null_or_absurd_keeps_the_promise(method: str, data: st.DataObject) -> None:
    form = dict(FORMS[method])
    for field in data.draw(st.lists(st.sampled_from(sorted(form)), max_size=4)):
        form[field] = data.draw(ODD)
    body = json.dumps(form if method == "GET" else {"data": {"r0": form}})
    observations, attempts = parse_repositories(exchanges_frame([exchange("github", method, NAME, body)]))
    assert not nulls_of(observations) & NEVER_NULL["repository"][1]
    assert not nulls_of(attempts) & NEVER_NULL["attempt"][1]


HUB_PAPER: dict[str, Any] = {
    "id": ARXIV_ID,
    "upvotes": 3,
    "githubRepo": "https://github.com/lab/tea",
    "githubRepoAddedBy": "user",
    "projectPage": "https://tea.example.org",
    "organization": {"name": "lab"},
    "linkedModels": [{"id": "lab/tea"}],
    "linkedDatasets": [],
    "linkedSpaces": [{"id": "lab/cup"}],
    "numTotalModels": 1,
    "numTotalDatasets": 0,
    "numTotalSpaces": 1,
}


@given(data=st.data())
def test_a_paper_at_hugging_face_with_any_field_null_or_absurd_keeps_the_promise(data: st.DataObject) -> None:
    form = dict(HUB_PAPER)
    for field in data.draw(st.lists(st.sampled_from(sorted(form)), max_size=4)):
        form[field] = data.draw(ODD)
    answers = exchanges_frame([exchange("hub_paper", "GET", ARXIV_ID, json.dumps(form))])
    papers, attempts = parse_hub_papers(answers.with_columns(exchange_id=pl.lit("1")))
    assert not nulls_of(papers) & NEVER_NULL["hub_paper"][1]
    assert not nulls_of(attempts) & NEVER_NULL["attempt"][1]
