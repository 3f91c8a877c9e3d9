"""The JSON of a day beside its markdown page: the same of what both show, and a witness of the code."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from effort import tries
from hypothesis import given, settings
from hypothesis import strategies as st
from pages_of_rows import has_its_shape

from pipeline.core.errors import PageError
from pipeline.sources.feeds.daily_results import parse_results, read_results
from pipeline.sources.layouts.markdown import parse_pages
from pipeline.sources.reading import PAGES, WITNESSES, Look

SHARED = Path(__file__).parents[2].parent / "shared"
RESULTS = SHARED / "lists" / "timlrx" / "daily-ai-papers" / "main" / "daily_results"
ARCHIVE = SHARED / "archives" / "timlrx" / "daily-ai-papers" / "main" / "archive"
DAY = date(2031, 5, 6)
SIX = "| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |\n|---|---|---|---|---|---|\n"

needs_lists = pytest.mark.skipif(not RESULTS.is_dir() or not ARCHIVE.is_dir(), reason="needs the lists in ../shared")


def entry(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "title": f"Tea\n  Number {number}",
        "authors": "Ada Brewster, bo-lind, Çetin Øre",
        "link": f"https://arxiv.org/abs/3105.{number:05}",
        "github_repo": "http://github.com/Kettle-House/cold.git",
        "summary": "- It is steeped.\n- In the dark.",
        "classification": ["Tea", "Dark  Tea", "Tea"],
        "github_urls": ["https://github.com/kettle-house/cold", "https://github.com/kettle-house"],
        "huggingface_urls": ["https://huggingface.co/kettle-house/cold-7b"],
        "date": "2031-05-06",
    } | changed


def body(*entries: object) -> bytes:
    return json.dumps(list(entries)).encode()


def parse(*bodies: bytes) -> Look:
    texts = [("a/b", DAY, read_results(each).text) for each in bodies]
    return parse_results(pl.DataFrame(texts, schema=PAGES, orient="row"))


def links(read: Look) -> list[tuple[str, ...]]:
    linked = read.parsed.listings.explode("links")["links"].struct.unnest()
    return linked.select("column_name", "url", "kind", "target", "reason").rows()


def test_entry_gives_all_that_it_says():
    read = parse(body(entry(1)))
    listing = read.parsed.listings.row(0, named=True)
    assert (listing["position"], listing["line"], listing["arxiv_id"]) == (1, 1, "3105.00001")
    assert (listing["title"], listing["summary"]) == ("Tea Number 1", "- It is steeped.\n- In the dark.")
    assert (listing["authors"], listing["tasks"]) == (["Ada Brewster", "bo-lind", "Çetin Øre"], ["Tea", "Dark Tea"])
    assert links(read) == [
        ("github", "https://github.com/kettle-house/cold", "repository", "kettle-house/cold", None),
        ("github", "https://github.com/kettle-house", None, None, "github_account"),
        ("hugging_face", "https://huggingface.co/kettle-house/cold-7b", "model", "kettle-house/cold-7b", None),
    ]
    assert read.parsed.pages.row(0, named=True)["heading_date"] == DAY


def test_repository_that_arxiv_names_is_a_witness_and_no_link():
    read = parse(body(entry(1), entry(2, github_repo=None), entry(3, github_urls=[], github_repo="https://tea.org")))
    assert read.witnesses.drop("source_id", "listing_date").rows() == [
        ("3105.00001", "http://github.com/Kettle-House/cold.git", "repository", "Kettle-House/cold", None),
        ("3105.00003", "https://tea.org", None, None, "other_host"),
    ]
    assert not [link for link in links(read) if "Kettle-House" in link[1] or "tea.org" in link[1]]
    assert parse(body(entry(1), entry(1))).witnesses.height == 1


def test_title_authors_labels_and_links_read_as_those_of_the_page():
    titles = [
        "Tea: **Bold** and `Code`",
        "[Hot] Tea",
        "1. Tea",
        "Tea\n in Cups",
        "x_1 of $T^2$",
        "Tea 🍵",
        "Tea | Milk",
    ]
    authors = ["Ada, Bo and Cy", "Ada, et al.", "N/A", "Ada¹, Bo²", "O'Neill, D., Tea Team"]
    for title in titles:
        written = entry(1, title=title, authors=authors[len(title) % 5])
        row = f"| [{title}]({written['link']}) | {written['authors']} | S | {written['classification']} "
        row += "| " + ", ".join(f"[Link]({url})" for url in written["github_urls"])
        row += "| " + ", ".join(f"[Link]({url})" for url in written["huggingface_urls"]) + " |\n"
        page = parse_pages(pl.DataFrame([("a/b", DAY, SIX + row)], schema=PAGES, orient="row")).listings
        same = ["arxiv_id", "title", "authors", "tasks", "links"]
        assert parse(body(written)).parsed.listings.select(same).equals(page.select(same)), title


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("words", "unknown_layout"),
        ({}, "unknown_layout"),
        (entry(2, link=None), "no_arxiv_id"),
        (entry(2, link="https://example.org/3105.00002"), "no_arxiv_id"),
        (entry(2, link="https://arxiv.org/abs/3105.00002 https://arxiv.org/abs/3105.00003"), "two_papers"),
        (entry(2, title=None), "no_title"),
        (entry(2, title=["Tea"]), "no_title"),
        (entry(2, title="https://arxiv.org/abs/3105.00002"), "no_title"),
        (entry(2, title="Word " * 100), "broken_title"),
        (entry(1), "duplicate_paper"),
        (entry(2, authors=4), "unknown_layout"),
        (entry(2, authors=[{"name": "Ada"}]), "unknown_layout"),
        (entry(2, summary=["Steeped."]), "unknown_layout"),
        (entry(2, classification=[["Tea"]]), "unknown_layout"),
        (entry(2, classification={"task": "Tea"}), "unknown_layout"),
        (entry(2, github_repo=["https://github.com/kettle-house/cold"]), "unknown_layout"),
        (entry(2, github_urls=3), "unknown_layout"),
        (entry(2, github_urls=[{"url": "https://github.com/kettle-house/cold"}]), "unknown_layout"),
        (entry(2, huggingface_urls=["https://huggingface.co/a/b", 3]), "unknown_layout"),
    ],
)
def test_entry_that_cannot_be_read_is_a_reject_with_its_reason(broken: object, reason: str):
    read = parse(body(entry(1), broken, entry(3)))
    assert read.parsed.rejected.select("line", "reason").rows() == [(2, reason)]
    assert json.loads(read.parsed.rejected.item(0, "text")) == broken
    assert read.parsed.listings["position"].to_list() == [1, 3]
    assert read.parsed.pages.select("row_count", "listing_count", "rejected_count").row(0) == (3, 2, 1)


def test_entry_that_lacks_all_but_title_and_link_is_a_listing():
    bare = {"title": "Tea", "link": "https://arxiv.org/abs/3105.00001"}
    for written in (
        bare,
        bare | dict.fromkeys(set(entry(1)) - bare.keys()),
        bare | {"github_urls": [None], "authors": ""},
    ):
        listing = parse(body(written)).parsed.listings.row(0, named=True)
        assert (listing["summary"], listing["authors"], listing["tasks"], listing["links"]) == (None, [], [], [])
    assert parse(body(bare | {"authors": ["Ada", "Bo"]})).parsed.listings.row(0, named=True)["authors"] == ["Ada", "Bo"]


def missing(*bodies: bytes) -> list[list[str]]:
    return parse(*bodies).parsed.pages["missing_columns"].to_list()


def test_a_key_that_no_entry_of_the_day_has_is_a_column_that_the_day_lacks():
    bare = {"title": "Tea", "link": "https://arxiv.org/abs/3105.00001"}
    models = bare | {"link": "https://arxiv.org/abs/3105.00002", "huggingface_urls": []}
    assert missing(body(bare)) == [["authors", "summary", "tasks", "github", "hugging_face"]]
    assert missing(body(bare, models)) == [["authors", "summary", "tasks", "github"]]
    assert missing(body(entry(1), bare)) == [[]]  # as of two tables, of which one has a column
    assert missing(body(bare | {"classification": None})) == [["authors", "summary", "github", "hugging_face"]]
    assert missing(body(entry(1, github_urls=[])), b"[]") == [[], []]


@pytest.mark.parametrize("written", ["Tea, Dark Tea", "['Tea', 'Dark Tea']", ["Tea", "Dark  Tea"]])
def test_labels_may_be_a_text(written: object):
    assert parse(body(entry(1, classification=written))).parsed.listings.item(0, "tasks").to_list() == [
        "Tea",
        "Dark Tea",
    ]


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (["Lee, Ann", "Ray, Bob"], ["Lee, Ann", "Ray, Bob"]),
        (["Lee, Ann"], ["Lee, Ann"]),
        (["Lee, Ann¹", "Bob Ray²"], ["Lee, Ann", "Bob Ray"]),
        (["Lee, Ann, Jr.", "Bob Ray"], ["Lee, Ann, Jr.", "Bob Ray"]),
        (["Ann Lee, Bob Ray"], ["Ann Lee", "Bob Ray"]),
        (["Ann Lee and Bob Ray", None, "N/A"], ["Ann Lee", "Bob Ray"]),
        ("Lee, Ann; Ray, Bob", ["Lee, Ann", "Ray, Bob"]),
    ],
)
def test_name_of_a_list_of_authors_stays_one(written: object, names: list[str]):
    assert parse(body(entry(1, authors=written))).parsed.listings.item(0, "authors").to_list() == names


def test_an_address_may_stand_without_its_list():
    urls = {"github_urls": "https://github.com/a/b", "huggingface_urls": "https://huggingface.co/a/c"}
    assert [(link[0], link[3]) for link in links(parse(body(entry(1, **urls))))] == [
        ("github", "a/b"),
        ("hugging_face", "a/c"),
    ]


def test_keys_that_nobody_knows_are_kept_and_named():
    read = parse(body(entry(1, score=3, venue="TeaConf", why=None), entry(2)))
    assert json.loads(read.parsed.listings.item(0, "extra")) == {"score": "3", "venue": "TeaConf", "why": "null"}
    assert read.parsed.listings.item(1, "extra") is None
    assert read.parsed.pages.row(0, named=True)["unknown_columns"] == ["score", "venue", "why"]


def test_day_that_entries_disagree_on_is_unknown():
    read = parse(body(entry(1), entry(2, date="2031-05-07")), body(entry(1, date="soon")), b"[]")
    assert read.parsed.pages["heading_date"].to_list() == [None, None, None]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "not JSON"),
        (body(entry(1))[:-9], "not JSON"),
        (b"<html>", "HTML"),
        (b"\xff", "not UTF-8"),
        (b"404: Not Found", "not JSON, '404: Not Found'"),
        (b'{"title": "Tea"}', "an object"),
        (json.dumps([str(entry(1))]).encode(), "a list of texts"),
        (body({"paper": {"id": "3105.00001"}}), "no entry has a link"),
    ],
)
def test_body_that_is_no_list_of_papers_is_refused(answer: bytes, message: str):
    with pytest.raises(PageError, match=re.escape(message)):
        read_results(answer)


def test_frames_have_their_shape_with_and_without_days():
    for read in (parse(body(entry(1), "words")), parse(b"[]"), parse()):
        assert has_its_shape(read.parsed)
        assert read.witnesses.schema == WITNESSES


def test_what_was_loaded_once_need_not_be_loaded_again():
    results = read_results(body(entry(1), entry(2)))
    pages = pl.DataFrame([("a/b", DAY, results.text)], schema=PAGES, orient="row")
    again, once = parse_results(pages), parse_results(pages, [results.found])
    assert once.parsed.listings.equals(again.parsed.listings)
    assert once.witnesses.equals(again.witnesses)


ABSURD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just("\ud800\0\x1b") | st.just("]( [x](y"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
DAMAGED = st.builds(
    lambda number, changed, lost: {k: v for k, v in (entry(number) | changed).items() if k not in lost},
    st.integers(1, 3),
    st.dictionaries(st.sampled_from([*entry(1)]) | st.text(max_size=4), ABSURD, max_size=4),
    st.sets(st.sampled_from([*entry(1)]), max_size=3),
)


@settings(max_examples=tries(150, 3000))
@given(st.lists(DAMAGED | ABSURD, max_size=5))
def test_any_body_is_refused_or_counted(entries: list[object]):
    try:
        read = parse(body(*entries))
    except PageError:
        return
    counted = read.parsed.pages.row(0, named=True)
    assert counted["row_count"] == read.parsed.listings.height + read.parsed.rejected.height == len(entries)
    assert read.witnesses.height <= read.parsed.listings.height
    assert read.parsed.listings.write_json().encode()


@needs_lists
def test_every_real_listing_is_read_and_tells_the_same_as_the_page_of_its_day():
    results: list[tuple[str, date, str]] = []
    pages: list[tuple[str, date, str]] = []
    for path in sorted(RESULTS.glob("*/*/*.json")):
        day = date(*map(int, path.with_suffix("").parts[-3:]))
        results.append(("a/b", day, read_results(path.read_bytes()).text))
        pages.append(("a/b", day, (ARCHIVE / f"{day:%Y/%m/%d}.md").read_text("utf-8")))
    read = parse_results(pl.DataFrame(results, schema=PAGES, orient="row"))
    assert (len(results), read.parsed.listings.height, read.parsed.rejected.height) == (26, 347, 0)
    assert read.parsed.pages.explode("unknown_columns").is_empty()
    assert (read.witnesses.height, read.witnesses.filter(kind="repository").height) == (98, 97)

    page = parse_pages(pl.DataFrame(pages, schema=PAGES, orient="row")).listings
    both = page.join(read.parsed.listings, on=["listing_date", "arxiv_id"], suffix="_of_json", maintain_order="left")
    assert both.height == page.height == 236
    for name in ("title", "authors", "tasks", "links"):
        assert both.filter(pl.col(name).ne_missing(pl.col(f"{name}_of_json"))).is_empty(), name
    squeezed = [pl.col(name).str.replace_all(r"\s+", " ") for name in ("summary", "summary_of_json")]
    assert both.filter(squeezed[0].ne_missing(squeezed[1])).is_empty()
    in_order = pl.col("position_of_json").diff().over("listing_date").fill_null(1) > 0
    assert both.select(in_order.all()).item()
