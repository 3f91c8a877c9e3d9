"""The index of the search in small files: no word is lost, and a new day changes few of them."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.read import query
from pipeline.site.options import Options
from pipeline.site.pages import search
from pipeline.site.pages.search import LARGEST, parted, postings
from pipeline.site.world import read_world


@pytest.fixture(scope="module")
def index(example: Path) -> dict[str, Any]:
    """The files of the example's search by path without their hashes, as values."""
    options = Options((example / "papers.duckdb").resolve())
    with query.open_published(options.published) as connection:
        files = search.files(connection, read_world(connection, options))
        return {unhashed(path): json.loads(content) for path, content in files if path.endswith(".json")}


def unhashed(path: str) -> str:
    return re.sub(r"-[0-9a-f]{8}\.json", ".json", path)


def test_every_word_of_every_paper_is_in_the_files_once_with_its_weight(index: dict[str, Any], example: Path) -> None:
    shown = [paper for number in range(99) for paper in index.get(f"search/d-{number}.json", ())]
    found: set[tuple[str, str, int]] = set()
    for path, words in index.items():
        if path.startswith(("search/b", "search/r")):
            for word, flat in words.items():
                place = 0
                for step, weight in zip(flat[::2], flat[1::2], strict=True):
                    place += step
                    assert (word, shown[place][0], weight) not in found
                    found.add((word, shown[place][0], weight))
    with query.open_published(example / "papers.duckdb") as connection:
        expected = connection.execute(
            "select term, arxiv_id, weight from search_term join dim_paper using (paper_key)"
        ).fetchall()
        lengths = connection.execute(
            "select term_count from search_document join dim_paper using (paper_key) "
            "order by first_listed_date, arxiv_id"
        ).fetchall()
    assert found == set(expected)
    assert index["search/lengths.json"]["lengths"] == [length for (length,) in lengths]
    days = [paper[1] for paper in shown]
    assert [days[place] for place in index["search/lengths.json"]["first_places"]] == sorted(set(days))


def test_each_file_of_words_is_in_the_list_under_its_first_word(index: dict[str, Any]) -> None:
    listed = index["search/lengths.json"]["first_words"]
    named = {
        f"search/{kind}-{number}.json": word for kind, words in listed.items() for number, word in enumerate(words)
    }
    assert named == {
        path: next(iter(words)) for path, words in index.items() if path.startswith(("search/b", "search/r"))
    }


def test_words_are_in_files_that_are_small_enough_in_the_order_of_a_browser() -> None:
    words = {
        f"{first}{number:05}": [number, 1] * 9 for first in ("a", "αβ", "\uffee", "\U0001d49c") for number in range(900)
    }
    parts = list(parted(words))
    assert {word: flat for part in parts for word, flat in part.items()} == words
    assert len(parts) > 2 and all(len(search.to_json(part)) <= LARGEST for part in parts)
    units = [word.encode("utf-16-be") for part in parts for word in part]
    assert units == sorted(units)
    assert list(parted({})) == []


def test_papers_before_the_newest_keep_their_files_when_a_day_is_added() -> None:
    words = [{"term": "model", "places": [0, 3, 7, 9], "weights": [1, 2, 3, 4]}]
    assert postings(words, 0, 5) == {"model": [0, 1, 3, 2]}
    assert postings(words, 5, 10) == {"model": [7, 3, 2, 4]}
    words[0]["places"].append(11)
    words[0]["weights"].append(5)
    assert postings(words, 0, 5) == {"model": [0, 1, 3, 2]}


def test_facets_hold_the_day_source_and_labels_of_each_listing() -> None:
    day = date(2025, 3, 3)
    listing = {"day": day, "source_id": "b", "labels": ["x"]}
    papers = [
        {"listings": [listing], "has_living_code": True},
        {
            "listings": [listing | {"day": day + timedelta(days=1), "source_id": "a", "labels": []}],
            "has_living_code": False,
        },
    ]
    assert search.facets(papers) == {
        "labels": ["x"],
        "sources": ["a", "b"],
        "living": "10",
        "listings": [[[20150, 1, 0]], [[20151, 0]]],
    }
