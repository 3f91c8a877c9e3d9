"""Anything at all, from every side: no crash but our own errors, no row lost, and no time that explodes.

`FUZZ_EXAMPLES=1000 pytest tests/test_fuzz.py` tries more; `make test-chance` does, and counts what was tried.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from empty import empty_warehouse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline import cli
from pipeline.commands import dates
from pipeline.core import sql_files
from pipeline.core.errors import PageError, PipelineError, SettingError
from pipeline.core.settings import NAMES, Settings, read_settings
from pipeline.core.terminal import harmless
from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.http.redirect import RedirectError, next_address
from pipeline.http.retry import parse_retry_after
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.arxiv.reader import PAPERS, parse_papers
from pipeline.services.datacite.reader import RECORDS, parse_records
from pipeline.services.github import repositories
from pipeline.services.hub.papers import HUB_PAPERS, parse_hub_papers
from pipeline.services.hub.reader import RESOURCES, parse_resources
from pipeline.services.semantic_scholar.reader import CITATIONS, parse_citations
from pipeline.sources.layouts.links.cells import LINK, read_links
from pipeline.sources.layouts.markdown import parse_pages, read_page
from pipeline.sources.reading import PAGES
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake.days import read_files
from pipeline.warehouse.raw import identify

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
NOW = datetime(2025, 4, 1, tzinfo=UTC)
SOURCE = "timlrx/daily-ai-papers"
HOSTILE_LENGTH = 40_000
MOST_SECONDS = 20  # for what takes milliseconds; only time that explodes is caught

tried: dict[str, int] = {"exchanges": 0}

fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
few = settings(fuzz, max_examples=max(EXAMPLES // 4, 10))  # where an input costs tens of milliseconds


@pytest.fixture(autouse=True)
def _count(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Note how many inputs a test really tried."""
    name = request.node.name
    tried[name] = 0
    yield
    record_property("inputs", tried[name])


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Callable[[], None]:
    def add() -> None:
        tried[request.node.name] += 1

    return add


# Text as strangers write it: everything, and more often what means something to us.
PIECES = st.sampled_from(
    [
        "|",
        "\n",
        "\\|",
        "[",
        "](",
        ")",
        "](https://arxiv.org/abs/2503.20001)",
        "https://github.com/a/b",
        "'",
        '"',
        ",",
        "|---|",
        "| Title | Authors | Summary |\n|---|---|---|\n",
        "## Papers for 2025-03-20\n",
        "\r\n",
        "\x00",
        "\x1b[2J",
        "\u202e",
        "N/A",
        "https://huggingface.co/datasets/a/b",
        "../",
        "%2e%2e",
        "@",
        "https://",
        "null",
        "$1",
        "'; drop table x; --",
        "\ufeff",
    ]
)
TEXT = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=30).map("".join)
CELL = TEXT.map(lambda text: text.replace("\n", " ").replace("\r", " "))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
REPOSITORY = st.fixed_dictionaries(
    {},
    optional={
        name: JSON
        for name in (
            "id",
            "full_name",
            "owner",
            "name",
            "description",
            "topics",
            "license",
            "created_at",
            "stargazers_count",
        )
    },
)
CITED = st.fixed_dictionaries(
    {},
    optional={name: JSON for name in ("citationCount", "influentialCitationCount", "authors")}
    | {"externalIds": JSON | st.just({"ArXiv": "2503.20001"})},
) | st.builds(
    lambda count, authors: {"externalIds": {"ArXiv": "2503.20001"}, "citationCount": count, "authors": authors},
    st.integers(),
    st.lists(st.fixed_dictionaries({}, optional={"authorId": JSON, "name": JSON}), max_size=3),
)
STATUS = st.sampled_from([None, 200, 204, 301, 304, 400, 401, 403, 404, 410, 429, 451, 500, 503])
MOMENT = st.from_regex(r"Mon, [0-9]{1,3} Jan [0-9]{1,6} [0-9]{1,3}:00:[0-9]{1,3} [+-][0-9]{1,30}", fullmatch=True)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["content-type", "retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-blob-sha", "location"]
    ),
    st.text(max_size=20) | MOMENT,
    max_size=3,
)


def answer(service: str, asked: str, status: int | None, body: bytes | None, headers: dict[str, str]) -> pl.DataFrame:
    exchange = Exchange(service, (asked,), 1, "https://example.org", "GET", status, headers, NOW, body, None)
    return exchanges_frame([exchange])


@fuzz
@given(values=st.dictionaries(st.sampled_from(sorted(NAMES)), TEXT | st.text(max_size=40), max_size=7))
def test_settings_of_any_text_are_taken_or_named(count, values):
    count()
    try:
        found = read_settings({key: value for key, value in values.items()}, Path("none"))
    except SettingError as error:
        assert any(name in str(error) for name in NAMES)
        token = values.pop("GITHUB_TOKEN", "").strip()
        is_no_secret = len(token) <= 8 or any(token in text for text in values.values())
        assert is_no_secret or token not in str(error)
    else:
        assert isinstance(found, Settings)
        assert 0 <= found.arxiv_interval_seconds <= 3600


@fuzz
@given(text=TEXT)
def test_a_dotenv_of_any_text_is_taken_or_named(count, tmp_path, text):
    count()
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(text.encode("utf-8", "replace"))
    try:
        read_settings({}, dotenv)
    except SettingError as error:
        assert str(error)


OPTION = st.sampled_from(
    [
        "--from",
        "--to",
        "--date",
        "--missing",
        "--dry-run",
        "--format",
        "--file",
        "--param",
        "--json",
        "--offline",
        "--limit",
        "csv",
        "json",
        "table",
        "2025-03-20",
        "2025-02-30",
        "20250320",
        "2025-W12-4",
        "0",
        "-1",
        "9999-12-31",
        "a=b",
        "=",
        "-",
        "select 1",
        "select $a",
        "coverage",
        "--help",
        "-h",
        "--",
        "",
        "select",
        "/",
        ".",
    ]
)
COMMAND = st.sampled_from(
    ["status", "query", "doctor", "search", "rebuild", "run", "backfill", "", "nonsense", "--version"]
)


@few
@given(command=COMMAND, arguments=st.lists(OPTION | st.text(max_size=15), max_size=6))
def test_arguments_of_any_kind_end_with_status_0_1_or_2(count, monkeypatch, capfd, command, arguments):
    count()
    # what would start a run or ask a service is read as far as there, and no further
    monkeypatch.setattr(cli, "launch", lambda *_, **__: None)
    monkeypatch.setattr("pipeline.commands.dry_run.rehearse", lambda *_, **__: None)
    offline = ["--offline"] if command == "doctor" else []
    monkeypatch.setattr("sys.argv", ["papers", command, *offline, *(text.replace("\0", "") for text in arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code or 0) in (0, 1, 2)
    shown = "".join(capfd.readouterr())
    assert "Traceback" not in shown


@fuzz
@given(
    text=st.text(max_size=12) | st.dates().map(str) | st.from_regex(r"[0-9]{4}-?[W0-9]{2}-?[0-9]{1,2}", fullmatch=True)
)
def test_a_day_is_a_day_in_range_or_wrong_usage(count, text):
    count()
    import click

    try:
        day = cli.DAY.convert(text, None, None)
    except click.UsageError as error:
        assert str(error.message)
    else:
        assert dates.first_day() <= day <= dates.today()


@fuzz
@given(cells=st.lists(TEXT, min_size=1, max_size=5))
def test_a_link_of_any_text_has_a_target_or_a_reason(count, cells):
    count()
    rows = pl.DataFrame({"row": range(len(cells)), "github": cells, "hugging_face": list(reversed(cells))})
    found = read_links(rows.with_columns(pl.col("row").cast(pl.UInt32)))
    assert found.schema["links"] == pl.List(LINK)
    for link in found.explode("links")["links"].drop_nulls().to_list():
        assert (link["kind"] is None) == (link["reason"] is not None)
        assert link["kind"] is None or not set(link["target"].split("/")) & {"", ".", ".."}


@fuzz
@given(location=TEXT | st.from_regex(r"https?://[^\s]{0,20}", fullmatch=True))
def test_a_redirect_to_any_text_stays_with_its_host_or_is_refused(count, location):
    count()
    first = "http://192.0.32.8/a"
    try:
        target = next_address(first, first, 302, "GET", location, ())
    except RedirectError:
        return
    assert target.startswith(
        ("http://192.0.32.8/", "http://192.0.32.8:", "http://192.0.32.8?", "http://192.0.32.8#", "https://192.0.32.8")
    )


@fuzz
@given(headers=HEADERS | st.builds(lambda moment: {"retry-after": moment}, MOMENT))
def test_a_wait_of_any_text_is_none_or_within_a_day(count, headers):
    count()
    seconds = parse_retry_after(headers, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


ATOM = st.lists(
    st.sampled_from(
        [
            "<feed xmlns='http://www.w3.org/2005/Atom'>",
            "</feed>",
            "<entry>",
            "</entry>",
            "<id>http://arxiv.org/abs/2503.20001v1</id>",
            "<title>",
            "</title>",
            "<published>2025-03-20T00:00:00Z</published>",
            "<updated>9999-99-99</updated>",
            "<summary/>",
            "<author><name>A</name></author>",
            "<!DOCTYPE x>",
            "<![CDATA[",
            "]]>",
            "&lt;",
            "&x;",
            "<?xml version='1.0'?>",
            "\x00",
        ]
    )
    | st.text(max_size=8),
    max_size=25,
).map("".join)


@fuzz
@given(body=st.binary(max_size=200) | ATOM.map(lambda text: text.encode("utf-8", "replace")), status=STATUS)
def test_atom_of_any_bytes_is_read_or_a_failed_attempt(count, body, status):
    count()
    papers, attempts = parse_papers(answer("arxiv", "2503.20001", status, body, {}))
    assert papers.schema == PAPERS
    assert attempts["subject_id"].to_list() == ["2503.20001"]
    assert set(papers["arxiv_id"]) <= {"2503.20001"}


ENTRIES = JSON | st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "title": JSON,
            "date": JSON | st.just("2025-03-20T00:00:00Z"),
            "dateType": JSON | st.sampled_from(["Submitted", "Withdrawn"]),
            "dateInformation": JSON | st.just("v1"),
            "identifier": JSON,
            "identifierType": st.just("arXiv"),
            "subject": JSON | st.just("Tea (cs.CL)"),
            "subjectScheme": st.just("arXiv"),
        },
    ),
    max_size=3,
)
RECORD = st.fixed_dictionaries(
    {
        "id": JSON | st.just("10.48550/arxiv.2503.20001"),
        "attributes": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                name: ENTRIES
                for name in ("titles", "dates", "identifiers", "subjects", "creators", "rightsList", "descriptions")
            }
            | {"version": JSON},
        ),
    }
)
RECORD_LIST = st.fixed_dictionaries({"data": st.lists(JSON | RECORD, max_size=3) | JSON}, optional={"meta": JSON})


@fuzz
@given(body=(JSON | RECORD_LIST).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100), status=STATUS)
def test_records_of_any_shape_are_read_or_a_failed_attempt(count, body, status):
    count()
    papers, attempts = parse_records(answer("datacite", "2503.20001", status, body, {}))
    assert papers.schema == RECORDS
    assert attempts["subject_id"].to_list() == ["2503.20001"]
    assert set(attempts["outcome"]) <= {"found", "missing", "unreadable", "failed"}
    assert set(papers["arxiv_id"]) <= {"2503.20001"}


@fuzz
@given(
    body=(JSON | REPOSITORY).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100),
    status=STATUS,
    headers=HEADERS,
)
def test_json_of_any_shape_is_read_or_a_failed_attempt(count, body, status, headers):
    count()
    observations, attempts = repositories.parse_repositories(answer("github", "a/b", status, body, headers))
    assert observations.schema == repositories.OBSERVATIONS
    assert attempts["subject_id"].to_list() == ["a/b"]
    assert observations.height <= 1


@fuzz
@given(
    body=st.fixed_dictionaries(
        {"_id": st.just("64f5fd954d3b1dd311d30e28") | JSON, "id": st.just("a/b") | JSON},
        optional={name: JSON for name in ("tags", "baseModels", "gated", "likes", "downloads", "createdAt")},
    ).map(lambda value: json.dumps(value).encode())
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=100),
    status=STATUS,
    headers=HEADERS,
)
def test_a_resource_of_any_shape_is_read_or_a_failed_attempt(count, body, status, headers):
    count()
    resources, attempts = parse_resources(identify(answer("hub", "model/a/b", status, body, headers)))
    assert dict(resources.schema) == {**RESOURCES, "exchange_id": pl.String}
    assert attempts["subject_id"].to_list() == ["model/a/b"]
    assert resources.height <= 1


@fuzz
@given(
    body=st.fixed_dictionaries(
        {"id": st.just("2503.20001") | JSON},
        optional={
            name: JSON | st.lists(st.fixed_dictionaries({"id": st.just("a/b") | JSON}), max_size=2)
            for name in ("upvotes", "githubRepo", "organization", "linkedModels", "linkedSpaces", "numTotalModels")
        },
    ).map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=100),
    status=STATUS,
    headers=HEADERS,
)
def test_a_page_of_a_paper_of_any_shape_is_read_or_a_failed_attempt(count, body, status, headers):
    count()
    papers, attempts = parse_hub_papers(identify(answer("hub_paper", "2503.20001", status, body, headers)))
    assert dict(papers.schema) == {**HUB_PAPERS, "exchange_id": pl.String}
    assert attempts["subject_id"].to_list() == ["2503.20001"]
    assert (attempts["outcome"].to_list() == ["found"]) == (papers.height == 1)


@fuzz
@given(
    body=st.lists(JSON | CITED, max_size=3).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100),
    status=STATUS,
    headers=HEADERS,
)
def test_citations_of_any_shape_are_read_or_a_failed_attempt(count, body, status, headers):
    count()
    citations, attempts = parse_citations(answer("semantic_scholar", "2503.20001", status, body, headers))
    assert citations.schema == CITATIONS
    assert attempts["subject_id"].to_list() == ["2503.20001"]
    assert set(citations["arxiv_id"]) <= {"2503.20001"}
    assert (attempts["outcome"].to_list() == ["found"]) == (citations.height == 1)


@fuzz
@given(body=st.binary(max_size=300) | TEXT.map(lambda text: text.encode("utf-8", "replace")), whole=st.booleans())
def test_a_page_of_any_bytes_is_a_page_error_or_rows_that_add_up(count, body, whole):
    count()
    try:
        text = read_page(body, whole=whole).text
    except PageError as error:
        assert harmless(str(error)) == str(error)
        return
    parsed = parse_pages(pl.DataFrame([(SOURCE, date(2025, 3, 20), text)], schema=PAGES, orient="row"))
    page = parsed.pages.row(0, named=True)
    assert page["row_count"] == page["listing_count"] + page["rejected_count"]
    assert page["listing_count"] == parsed.listings.height
    assert page["rejected_count"] == parsed.rejected.height


@fuzz
@given(status=STATUS, body=st.none() | st.binary(max_size=60), headers=HEADERS, asked=TEXT)
def test_an_answer_for_any_page_is_one_outcome_or_none(count, status, body, headers, asked):
    count()
    for subject in (asked, f"{SOURCE}/2025-03-20"):
        frames = read_files(identify(answer("archive", subject, status, body, headers)))
        documents = frames["document"]
        assert documents.height <= 1
        assert "page" not in frames or frames["page"].height <= documents.height
        assert set(documents["outcome"]) <= {"absent", "failed", None}
        if status not in (200, 404, 410) and documents.height:
            assert documents["outcome"].to_list() == ["failed"]  # an outage is never absence


HEAD = "| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |\n|---|---|---|---|---|---|\n"
ROW = st.tuples(CELL, CELL, CELL, CELL, CELL, CELL)
PAGE = st.lists(ROW, max_size=5).map(lambda rows: HEAD + "".join(map(line_of, enumerate(rows)))) | TEXT


def line_of(numbered: tuple[int, tuple[str, ...]]) -> str:
    number, (title, *cells) = numbered
    return f"| [{title}](https://arxiv.org/abs/2503.{20001 + number}) | {' | '.join(cells)} |\n"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One for all inputs: each brings other pages for the same days, as corrections do."""
    return empty_warehouse(tmp_path_factory.mktemp("fuzz"))


@settings(fuzz, max_examples=max(EXAMPLES // 10, 5), phases=[Phase.generate])
@given(pages=st.lists(PAGE, min_size=6, max_size=12))
def test_pages_of_any_text_come_to_a_star_that_keeps_every_rule(count, warehouse, pages):
    days: set[tuple[str, date]] = set()
    for number, text in enumerate(pages):
        count()
        source = SOURCE if number % 2 else "gabrielchua/daily-ai-papers"
        day = date(2025, 3, 3 + number // 2)
        days.add((source, day))
        later = NOW + timedelta(seconds=tried["exchanges"])
        tried["exchanges"] += 1
        body = text.encode("utf-8", "replace")
        url = "https://example.org"
        warehouse.raw.store(Exchange("archive", (f"{source}/{day}",), 1, url, "GET", 200, {}, later, body, None))
    warehouse.refresh()
    for name, broken in warehouse.check().items():
        assert not broken or name in SHOWN, (name, broken)
    rows = "select source_id, listing_date from fct_source_day join dim_source using (source_key)"
    assert days <= set(warehouse.use(lambda connection: connection.execute(rows).fetchall()))


# Warnings that a page of any text may well earn.
SHOWN = {
    "calendar_covered",
    "row_counts_steady",
    "source_silent",
    "enrichment_backlog",
    "labels_known",
    "pages_readable",
    "columns_known",
    "heading_dates_agree",
    "titles_agree",
    "listed_after_submission",
    "neighbouring_days_differ",  # the same text can come for two days
    "sources_tell_what_they_list",  # here a source without a link column may link
}


@fuzz
@given(text=TEXT)
def test_a_query_of_any_text_declares_parameters_or_none(count, text):
    count()
    assert all(name.isidentifier() for name in sql_files.parameters(text))


@pytest.mark.parametrize(
    "piece",
    [
        "|",
        "[",
        "](",
        "\\|",
        "('",
        "-- $a = ",
        "https://github.com/",
        "a/",
        " ",
        "\n|",
        "|---",
        "](https://arxiv.org/abs/",
    ],
)
def test_hostile_repetition_takes_linear_time(count, piece):
    count()
    text = piece * (HOSTILE_LENGTH // len(piece))
    began = time.monotonic()
    head = "| Title | Authors | Summary |\n|---|---|---|\n"
    parse_pages(pl.DataFrame([(SOURCE, date(2025, 3, 20), f"{head}| {text} |\n")], schema=PAGES, orient="row"))
    read_links(
        pl.DataFrame({"row": [0], "github": [text], "hugging_face": [text]}, schema_overrides={"row": pl.UInt32})
    )
    sql_files.parameters(text)
    harmless(text)
    canonical_id(text)
    read_files(identify(answer("archive", f"{SOURCE}/2025-03-20", 200, text.encode(), {})))
    with suppress(PipelineError):
        read_settings({name: text for name in NAMES}, Path("none"))
    assert time.monotonic() - began < MOST_SECONDS
