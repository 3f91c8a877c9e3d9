"""What several documents and looks say of one paper: counted once, and each number with who said it and when."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from answers import GABRIELCHUA, NOWHERE, TIMLRX, Small, arxiv, github, moment, page, paper, six, three

from pipeline.core import sql_files
from pipeline.http.exchange import Exchange
from pipeline.site.listings import by_day
from pipeline.sources import registry

HUGGING_FACE = "huggingface/daily-papers"
CODE = "[Link](https://github.com/lab/teapot)"
MODEL = "[Link](https://huggingface.co/lab/pot-7b)"
Entry = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def _every_source() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "SOURCES", registry.OURS)
        yield


def result(number: int, **changed: Any) -> Entry:
    """Return an entry of the JSON of timlrx for the paper 2503.<number>."""
    return {
        "title": "Tea",
        "authors": "Ada",
        "link": f"https://arxiv.org/abs/2503.{number:05}",
        "github_repo": None,
        "summary": "Hot.",
        "classification": [],
        "github_urls": [],
        "huggingface_urls": [],
        "date": "2025-03-03",
    } | changed


def results(day: str, *entries: Entry) -> Exchange:
    return answer("archive", f"{TIMLRX}/json/{day}", f"{day} 23:00", list(entries))


def listed(number: int, upvotes: int, **changed: Any) -> Entry:
    """Return an entry of Hugging Face's list for the paper 2503.<number>."""
    known = {"id": f"2503.{number:05}", "title": "Tea", "summary": "An abstract of green leaves.", "upvotes": upvotes}
    authors = [{"name": f"Author {n}", "hidden": False} for n in range(7)]
    return {"paper": {"authors": authors, **known, **changed}, "numComments": 1}


def feed(day: str, at: str, *entries: Entry) -> Exchange:
    return answer("feed", f"{HUGGING_FACE}/{day}", at, list(entries))


def answer(service: str, subject: str, at: str, body: list[Entry]) -> Exchange:
    return Exchange(service, (subject,), 1, NOWHERE, "GET", 200, {}, moment(at), json.dumps(body).encode(), None)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, _every_source: None) -> Small:
    """Paper 1 is in all documents, 2 dropped by the filter, 3 in the feed alone, 4 on a page that tells nothing."""
    robot = {"classification": ["Robotics"], "github_urls": ["https://github.com/lab/teapot"]}
    witness = {"github_repo": "https://github.com/Lab/Teapot.git"}
    return Small(
        tmp_path_factory.mktemp("small"),
        page(TIMLRX, "2025-03-03", six(1, tasks="['Robotics']", github=CODE, hub=MODEL), six(5)),
        results(
            "2025-03-03",
            result(1, **robot, **witness, huggingface_urls=["https://huggingface.co/lab/pot-7b"]),
            result(2, classification=["Tea"], **{**witness, "github_urls": ["https://github.com/lab/kettle"]}),
            result(5, github_repo="https://github.com/lab/cup"),
        ),
        page(GABRIELCHUA, "2025-03-03", three(1, summary="Short."), three(4)),
        feed("2025-03-03", "2025-03-03 08:00", listed(1, 3), listed(3, 1)),
        feed(
            "2025-03-03",
            "2025-03-10 08:00",
            listed(3, 40, projectPage="https://huggingface.co/lab/three"),
            listed(1, 9),
        ),
    )


def test_every_paper_names_the_sources_that_list_it(small: Small):
    rows = small.ask("select arxiv_id, sources, listing_count from mart_paper order by arxiv_id")
    assert [tuple(row.values()) for row in rows] == [
        ("2503.00001", [GABRIELCHUA, HUGGING_FACE, TIMLRX], 3),
        ("2503.00002", [TIMLRX], 1),
        ("2503.00003", [HUGGING_FACE], 1),
        ("2503.00004", [GABRIELCHUA], 1),
        ("2503.00005", [TIMLRX], 1),
    ]


def test_two_documents_of_a_day_are_one_listing_and_the_page_alone_is_a_condition(small: Small):
    of_timlrx = f"from fct_listing join dim_source using (source_key) where source_id = '{TIMLRX}'"
    assert small.one(f"select count(*) {of_timlrx}") == 3
    assert small.one(f"select count(*) {of_timlrx} and is_in_markdown") == 2
    positions = f"select position, is_in_markdown, is_in_json {of_timlrx} order by paper_key"
    assert [tuple(row.values()) for row in small.ask(positions)] == [
        (1, True, True),
        (None, False, True),
        (2, True, True),
    ]
    assert small.one(f"select listing_count from mart_coverage where source_id = '{TIMLRX}' and listing_count > 0") == 3


def test_an_abstract_is_no_summary_and_both_say_whose_they_are(small: Small):
    rows = small.ask("select arxiv_id, summary, listed_abstract, abstract from mart_paper order by arxiv_id")
    assert [tuple(row.values())[1:] for row in rows] == [
        ("Hot.", "An abstract of green leaves.", None),
        ("Hot.", None, None),
        (None, "An abstract of green leaves.", None),
        ("Hot.", None, None),
        ("Hot.", None, None),
    ]
    [third] = [row for row in small.named("digest", date="2025-03-03") if row["arxiv_id"] == "2503.00003"]
    assert (third["summary"], third["abstract"]) == (None, "An abstract of green leaves.")


def test_an_abstract_is_searched_once_whoever_gives_it(small: Small, tmp_path: Path):
    found = {row["arxiv_id"] for row in small.named("search", words="green leaves")}
    assert found == {"2503.00001", "2503.00003"}
    text = "An abstract of green leaves."
    both = Small(tmp_path, feed("2025-03-03", "2025-03-03 08:00", listed(1, 3)), arxiv("2025-03-05", paper(1)))
    both.load(arxiv("2025-03-06", paper(1, version=2, abstract=text)))
    assert both.one("select weight from search_term where term = 'green'") == 1


def test_authors_are_those_of_the_listing_that_names_most(small: Small):
    assert small.one("select len(authors) from mart_paper where arxiv_id = '2503.00001'") == 7


def test_upvotes_stand_at_the_time_of_their_look(small: Small):
    rows = small.ask("select upvotes_count, upvotes_observed_at from mart_paper order by arxiv_id")
    late = datetime(2025, 3, 10, 8)
    assert [tuple(row.values()) for row in rows] == [(9, late), (None, None), (40, late), (None, None), (None, None)]


def test_upvotes_of_a_day_compare_its_first_look_with_its_last(small: Small):
    shown = ["arxiv_id", "days_seen", "first_upvotes_count", "first_position", "last_upvotes_count", "upvotes_gained"]
    rows = small.named("upvotes")
    assert [[row[name] for name in shown] for row in rows] == [
        ["2503.00003", 2, 1, 2, 40, 39],
        ["2503.00001", 2, 3, 1, 9, 6],
    ]
    assert small.named("upvotes", date="2025-03-04") == []


def test_most_listed_then_most_upvoted_papers_come_first(small: Small):
    ids = [row["arxiv_id"][-1] for row in small.named("digest", date="2025-03-03")]
    assert ids == ["1", "3", "4", "5", "2"]
    asked = small.ask(sql_files.read_sql("site", "papers"), from_date="2025-03-03", to_date="2025-03-03")
    assert [row["arxiv_id"][-1] for row in by_day(asked)[date(2025, 3, 3)]] == ids


def test_a_source_that_tells_nothing_of_models_is_in_no_share_of_them(small: Small):
    rows = small.ask("select has_code, has_models, len(hub_resources) as hubs from mart_paper order by arxiv_id")
    assert [tuple(row.values()) for row in rows] == [
        (True, True, 1),
        (True, False, 0),
        (False, None, 1),
        (None, None, None),
        (False, False, 0),
    ]
    assert [row["papers"] for row in small.named("release_share_by_month")] == [3]


def test_the_label_filter_shows_in_the_shares_of_labels_code_and_models(small: Small):
    rows = {row["name"]: row for row in small.named("filter_bias")}
    shown = ["shown_count", "listing_count", "shown_with_count", "with_count", "shown_share", "share"]
    assert {name: [row[column] for column in shown] for name, row in rows.items()} == {
        "Robotics": [2, 3, 1, 1, 0.5, 0.333],
        "Tea": [2, 3, 0, 1, 0.0, 0.333],
        "any code": [2, 3, 1, 2, 0.5, 0.667],
        "any model, dataset or space": [2, 3, 1, 1, 0.5, 0.333],
    }
    assert {row["source_id"] for row in rows.values()} == {TIMLRX}
    assert {row["kind"] for row in small.named("filter_bias", kind="code")} == {"code"}


def test_a_day_of_which_one_document_is_missing_says_nothing_of_the_filter(tmp_path: Path):
    both = (page(TIMLRX, "2025-03-03", six(1)), results("2025-03-03", result(1), result(2)))
    small = Small(tmp_path, *both, page(TIMLRX, "2025-03-04", six(3)), results("2025-03-05", result(4)))
    assert {row["listing_count"] for row in small.named("filter_bias")} == {2}


def test_a_code_link_that_another_contradicts_is_shown_and_a_renamed_one_is_not(small: Small, tmp_path: Path):
    shown = ["arxiv_id", "difference", "witness_repository_name", "linked_names"]
    assert [[row[name] for name in shown] for row in small.named("code_witness")] == [
        ["2503.00002", "another repository", "lab/teapot", ["lab/kettle"]],
        ["2503.00005", "not linked", "lab/cup", []],
    ]
    old = result(2, github_urls=["https://github.com/lab/old"], github_repo="https://github.com/lab/new")
    renamed = Small(tmp_path, page(TIMLRX, "2025-03-03", six(1)), results("2025-03-03", old))
    assert len(renamed.named("code_witness")) == 1
    renamed.load(github("2025-03-05", "lab/old", 5, full_name="lab/new"))
    assert renamed.named("code_witness") == []


def test_days_of_2023_are_in_the_calendar(tmp_path: Path):
    small = Small(tmp_path, feed("2023-05-04", "2026-01-05 08:00", listed(1, 3)))
    assert small.one("select count(*) from dim_date join fct_listing using (date_key)") == 1
    assert small.one("select min(date)::varchar from dim_date") == "2023-01-01"
    assert not any(small.warehouse.check()[name] for name in ("references_found", "rows_accounted_for"))


def test_a_source_that_has_ended_lacks_no_day_since(small: Small, tmp_path: Path):
    late = Exchange("archive", (f"{TIMLRX}/2026-03-03",), 1, NOWHERE, "GET", 404, {}, moment("2026-03-05"), b"", None)
    ended = Small(tmp_path, page(TIMLRX, "2025-09-26", six(1)), late, feed("2026-03-03", "2026-03-05", listed(3, 1)))
    unasked = ended.ask(sql_files.read_sql("status", "silent"), today="2026-11-27")
    assert unasked == []
    assert ended.named("incomplete_days") == []
    assert ended.one("select has_ended from mart_coverage where date = '2026-03-03' and source_id like 'timlrx/%'")
    days = [date(2026, 3, 4) + timedelta(days=step) for step in range(268)]
    ended.load(*(feed(str(day), str(day + timedelta(days=1))) for day in days))
    silent = ended.ask(sql_files.read_sql("status", "silent"), today="2026-11-27")
    assert [[row["source_id"], str(row["last_date"]), row["silent_days"]] for row in silent] == [
        [HUGGING_FACE, "2026-03-03", 269]
    ]


def test_every_check_passes_where_sources_of_all_kinds_list_a_day(small: Small):
    found = {name for name, rows in small.warehouse.check().items() if rows}
    # One of two papers of the feed has a project page on Hugging Face, of many it is one of fifty.
    assert found == {"labels_known", "sources_tell_what_they_list"}
