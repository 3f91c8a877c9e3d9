"""Search in titles, abstracts and summaries, against BM25 in plain Python."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from demo_world import Listed, World

from pipeline.cli import cli
from pipeline.read import query


def words_of(text: str) -> list[str]:
    """Words in lower case without accents; none of the demo's texts needs more than the plural's s."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn").lower()
    return [singular(word) for word in re.findall(r"[^\W_]+", plain)]


def singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]


def weights_of(paper: Listed) -> Counter[str]:
    """A word counts 3 in the title, 1 in the abstract and in each different summary."""
    texts = {listing.summary for listing in paper.listings if listing.summary} | {""}
    body = " ".join([paper.facts.abstract if paper.facts else "", *texts])
    weights: Counter[str] = Counter()
    for word in words_of(paper.title):
        weights[word] += 3
    return weights + Counter(words_of(body))


def best_papers(world: World, words: Sequence[str]) -> list[tuple[str, float]]:
    """arXiv ids with their scores, best first."""
    documents = {arxiv_id: weights_of(paper) for arxiv_id, paper in world.papers.items()}
    average = sum(document.total() for document in documents.values()) / len(documents)
    scores: Counter[str] = Counter()
    for word in words:
        having = [arxiv_id for arxiv_id, document in documents.items() if document[word]]
        rarity = math.log(1 + (len(documents) - len(having) + 0.5) / (len(having) + 0.5))
        for arxiv_id in having:
            weight, length = documents[arxiv_id][word], documents[arxiv_id].total()
            scores[arxiv_id] += rarity * weight * 2.2 / (weight + 1.2 * (0.25 + 0.75 * length / average))  # type: ignore[assignment]
    newest_first = sorted(scores, key=lambda arxiv_id: (-world.papers[arxiv_id].first_day.toordinal(), arxiv_id))
    return [
        (arxiv_id, scores[arxiv_id]) for arxiv_id in sorted(newest_first, key=lambda found: -round(scores[found], 9))
    ]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def connection(demo_template: Path):
    with query.open_published(demo_template / "papers.duckdb") as opened:
        yield opened


def hits(connection: duckdb.DuckDBPyConnection, words: str) -> list[tuple[str, float]]:
    return connection.execute(
        "select arxiv_id, score from search_papers($words) join dim_paper using (paper_key)"
        " order by round(score, 9) desc, first_listed_date desc, arxiv_id",
        {"words": words},
    ).fetchall()


def split(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    row = connection.execute("select search_words($text)", {"text": text}).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("words", [["kettle"], ["benchmark", "audio"], ["the", "sign", "language", "nowhere"]])
def test_papers_are_ranked_by_bm25_over_title_abstract_and_summaries(
    words: list[str], world: World, connection: duckdb.DuckDBPyConnection
):
    expected = best_papers(world, words)
    actual = hits(connection, " ".join(words))
    assert [arxiv_id for arxiv_id, _ in actual] == [arxiv_id for arxiv_id, _ in expected]
    assert [score for _, score in actual] == pytest.approx([score for _, score in expected])


def test_case_accents_punctuation_and_plurals_do_not_matter(connection: duckdb.DuckDBPyConnection):
    assert hits(connection, "LANGUAGE, modèls!") == hits(connection, "language model") != []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Étude: GPT-4's naïve agents", ["etude", "gpt", "4", "s", "naive", "agent"]),
        ("studies of this class, bus and axis", ["study", "of", "this", "class", "bus", "and", "axis"]),
        (r"Schr\"{o}dinger and G\'odel on $\pi_0$", ["schrodinger", "and", "godel", "on", "pi", "0"]),
        ("大模型 Ελλάδα", ["大模型", "ελλαδα"]),
        (" … ", []),
    ],
)
def test_text_is_split_into_words(text: str, words: list[str], connection: duckdb.DuckDBPyConnection):
    assert split(connection, text) == words


@pytest.mark.parametrize("words", ["", "?!", "zzzz", "';--"])
def test_words_that_no_paper_has_find_nothing(words: str, connection: duckdb.DuckDBPyConnection):
    assert hits(connection, words) == []


def test_search_command_prints_the_best_papers_a_line_each(demo_template: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAREHOUSE_DIR", str(demo_template))
    result = CliRunner().invoke(cli, ["search", "TEAPOT", "--limit", "1"])
    title = "Teapot-7B: A Small Language Model That Knows When the Kettle Is On"
    assert result.output == f"2025-02-24  https://arxiv.org/abs/2502.90007   {title}\n"


def test_search_command_says_when_nothing_was_found(demo_template: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAREHOUSE_DIR", str(demo_template))
    assert CliRunner().invoke(cli, ["search", "zz\x1b[31mzz"]).output == "no paper has any of: zz\\x1b[31mzz\n"
