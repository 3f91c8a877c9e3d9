"""Search in titles, abstracts and summaries, against BM25 in plain Python."""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from demo_world import Listed, World
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli import cli
from pipeline.core import sql_files
from pipeline.read import query

STOP_WORDS = {
    *("a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "for", "from", "has", "have", "how", "in", "into"),
    *(
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "our",
        "that",
        "the",
        "their",
        "these",
        "they",
        "this",
        "those",
        "to",
        "was",
    ),
    *("we", "were", "what", "when", "which", "with"),
}


def words_of(text: str) -> list[str]:
    """Words in lower case without accents, and those joined at a hyphen; no text of the demo needs more."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn").lower()
    joined = [word.replace("-", "") for word in re.findall(r"[^\W_]+(?:-[^\W_]+)+", plain)]
    words = [singular(word) for word in re.findall(r"[^\W_]+", plain)]
    return [word for word in words if word not in STOP_WORDS] + [singular(word) for word in joined]


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


def best_papers(world: World, words: Sequence[str], *, any_word: bool = False) -> list[tuple[str, float]]:
    """arXiv ids of papers with all words, or any of them, and their scores, best first."""
    documents = {arxiv_id: weights_of(paper) for arxiv_id, paper in world.papers.items()}
    average = sum(document.total() for document in documents.values()) / len(documents)
    scores: Counter[str] = Counter()
    for word in words:
        having = [arxiv_id for arxiv_id, document in documents.items() if document[word]]
        rarity = math.log(1 + (len(documents) - len(having) + 0.5) / (len(having) + 0.5))
        for arxiv_id in having:
            weight, length = documents[arxiv_id][word], documents[arxiv_id].total()
            scores[arxiv_id] += rarity * weight * 2.2 / (weight + 1.2 * (0.25 + 0.75 * length / average))  # type: ignore[assignment]
    for arxiv_id in list(scores):
        if not any_word and not all(documents[arxiv_id][word] for word in words):
            del scores[arxiv_id]
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


def hits(connection: duckdb.DuckDBPyConnection, words: str, *, any_word: bool = False) -> list[tuple[str, float]]:
    return connection.execute(
        "select arxiv_id, score from search_papers($words, any_word := $any_word) join dim_paper using (paper_key)"
        " order by round(score, 9) desc, first_listed_date desc, arxiv_id",
        {"words": words, "any_word": any_word},
    ).fetchall()


def split(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    row = connection.execute("select search_words($text)", {"text": text}).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("any_word", [False, True])
@pytest.mark.parametrize("words", [["kettle"], ["benchmark", "audio"], ["sign", "language"], ["model", "nowhere"]])
def test_papers_are_ranked_by_bm25_over_title_abstract_and_summaries(
    words: list[str], any_word: bool, world: World, connection: duckdb.DuckDBPyConnection
):
    expected = best_papers(world, words, any_word=any_word)
    actual = hits(connection, " ".join(words), any_word=any_word)
    assert expected or not any_word
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
        ("大语言模型 Ελλάδα", ["大语", "语言", "言模", "模型", "ελλαδα"]),
        ("基于LLM的", ["基于", "llm", "的"]),
        ("한국어 モデル", ["한국", "국어", "モテ", "テル"]),
        ("Straße Łódź Smørrebrød Æther ﬁne ２０ＡＢ", ["strasse", "lodz", "smorrebrod", "aether", "fine", "20ab"]),
        ("R² and R$^2$ and x$^{10}$", ["r2", "and", "r2", "and", "x10"]),
        ("zero-shot", ["zero", "shot"]),
        (" … ", []),
    ],
)
def test_text_is_split_into_words(text: str, words: list[str], connection: duckdb.DuckDBPyConnection):
    assert split(connection, text) == words


WORDS = st.text(alphabet=st.sampled_from("abs STR-'.$^_H{}2²ßæÉ大语言한ﾃデｶ\\\n＝Ａ𝐀"), max_size=30)


@settings(max_examples=100)
@given(text=WORDS)
def test_a_text_is_found_by_itself_and_split_alike_when_kept_and_when_asked_for(
    small: duckdb.DuckDBPyConnection, text: str
):
    small.execute("delete from search_term")
    small.execute("delete from search_document")
    small.execute("insert into search_term select distinct unnest(search_terms($1)), 1, 1", [text])
    small.execute("insert into search_document values (1, 1, 1)")
    kept = small.execute("select term from search_term order by term").fetchall()
    asked = small.execute("select unnest(matched_words) from search_papers($1)", [text]).fetchall()
    # Single letters of Chinese, Japanese and Korean are kept beside pairs, and asked for where they stand alone.
    single = {(letter,) for (letter,) in kept + asked if len(letter) == 1 and letter >= "⺀"}
    assert set(kept) - single == set(asked) - single
    assert bool(kept) == bool(asked)


@pytest.fixture(scope="module")
def small() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables that search reads, empty, with its macros."""
    with duckdb.connect() as opened:
        for name in ("keys", "dim_paper", "fct_listing", "search_term", "search_document"):
            opened.execute(sql_files.read_sql("schema", name))
        yield opened


@pytest.mark.parametrize(
    "spelt",
    [
        ["S$^2$R", "S$^{2}$R", "S²R", "S2R", "s2r"],
        ["H$_2$O", "H$_{2}$O", "$H_{2}O$", "H₂O", "H2O"],
        [r"Poincar\'e", r"Poincar\'{e}", r"Poincar{\'e}", r"{Poincar{\'{e}}}", "Poincaré", "Poincare"],
        [r"Schr\"odinger", r"Schr{\"o}dinger", "Schrödinger", "Schrodinger"],
        [r"Erd\H{o}s", r"Erd{\H o}s", "Erdős", "Erdos"],
        [r"\v{S}koda", r"{\v S}koda", "Škoda", "skoda"],
        [r"Gar\c{c}on", r"Gar\c con", "Garçon", "garcon"],
        [r"na\"{\i}ve", "naïve", "naive"],
        [r"\O{}re", r"{\O}re", r"\o re", "Øre", "ore"],
        [r"Stra{\ss}e", r"Stra\ss e", "Straße", "strasse"],
    ],
)
def test_a_word_is_one_however_its_accents_and_signs_are_written(
    small: duckdb.DuckDBPyConnection, spelt: list[str]
) -> None:
    found = small.execute("select list_transform($1, lambda text: search_words(text))", [spelt]).fetchall()[0][0]
    assert len(found[0]) == 1 and found == [found[0]] * len(spelt)
    for table, values in (("search_term", [found[0][0], 1, 1]), ("search_document", [1, 1, 1])):
        small.execute(f"delete from {table}")
        small.execute(f"insert into {table} values ($1, $2, $3)", values)
    for text in spelt:
        assert small.execute("select count(*) from search_papers($1)", [text]).fetchall() == [(1,)], text


TEXTS = {
    1: ("Steps: a mixture of experts", "Routing on policy in 5 steps."),
    2: ("Mixture models for experts", "A zero-shot method scores R² of 0.9 in the Hauptstraße."),
    3: ("Zeroshot prompts", "Off-policy and on-policy learning: mixtures, with policy."),
    4: ("大语言模型的专家混合", "Straßenbahn-Daten; a zero shot method. The R$^2$ is small."),
}


@pytest.fixture
def library(small: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Four papers with the texts above."""
    for table in ("dim_paper", "search_term", "search_document"):
        small.execute(f"delete from {table}")
    small.executemany(
        "insert into dim_paper (paper_key, arxiv_id, title, abstract, status) values ($1, $1, $2, $3, 'found')",
        [[key, title, abstract] for key, (title, abstract) in TEXTS.items()],
    )
    small.execute(
        "insert into search_term select term, paper_key, count(*) from (select paper_key, "
        "unnest(search_terms(title || ' ' || abstract)) as term from dim_paper) group by all"
    )
    small.execute("insert into search_document select paper_key, 0, sum(weight) from search_term group by all")
    return small


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("mixture of experts", {1, 2}),
        ('"mixture of experts"', {1}),
        ('"Mixture  of: EXPERT"', {1}),
        ("“mixture of” steps", {1}),
        ('"experts mixture"', set()),
        ('"policy in 5" routing', {1}),
        ("zeroshot", {2, 3}),
        ("zero-shot", {2, 3, 4}),
        ("zero shot", {2, 4}),
        ("on-policy", {3}),
        ("policy", {1, 3}),
        ("R2", {2, 4}),
        ("R²", {2, 4}),
        ("hauptstrasse", {2}),
        ("HAUPTSTRASSE 0.9", {2}),
        ("语言模型", {4}),
        ("大模型", set()),
        ("专", {4}),
        ('"模型的专家"', {4}),
        ('"语模"', set()),
        ("of the", set()),
        ('"', set()),
        ("policy nowhere", set()),
    ],
)
def test_all_words_count_and_quotes_hold_a_phrase(library: duckdb.DuckDBPyConnection, words: str, found: set[int]):
    rows = library.execute("select paper_key from search_papers($1)", [words]).fetchall()
    assert {row[0] for row in rows} == found and len(rows) == len(found)


def test_any_word_is_enough_where_that_is_asked_for(library: duckdb.DuckDBPyConnection):
    rows = library.execute("select paper_key from search_papers('policy 语言 nowhere', any_word := true)").fetchall()
    assert {row[0] for row in rows} == {1, 3, 4}


@pytest.mark.parametrize("name", ["p", '"an odd-name"'])
def test_functions_work_in_an_attached_file(demo_template: Path, name: str):
    with duckdb.connect() as other, query.open_published(demo_template / "papers.duckdb") as own:
        other.execute(f"attach '{demo_template / 'papers.duckdb'}' as {name} (read_only)")
        for words in ("language model", '"language model" kettle'):
            found = other.execute(
                f"select paper_key, score from {name}.search_papers($words, attached_as := $name) order by all",
                {"words": words, "name": name},
            ).fetchall()
            assert (
                found == own.execute("select paper_key, score from search_papers($1) order by all", [words]).fetchall()
            )
        keys = f"{name}.paper_key('cs/0112017'), {name}.listing_key('a/b', date '2025-01-01', '2501.00001')"
        expected = own.sql("select paper_key('cs/0112017'), listing_key('a/b', date '2025-01-01', '2501.00001')")
        assert other.sql(f"select {keys}").fetchall() == expected.fetchall()


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
    assert CliRunner().invoke(cli, ["search", "zz\x1b[31mzz"]).output == (
        "no paper has all of: zz\\x1b[31mzz (--any: one of them is enough)\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["the", "zzzz"], "no paper has all of: zzzz (--any: one of them is enough; too common to count: the)"),
        (["the", "zzzz", "--any"], "no paper has any of: zzzz (too common to count: the)"),
        (
            ['"the zzzz"', "of"],
            'no paper has all of: "the zzzz" (--any: one of them is enough; too common to count: of)',
        ),
        (["of", "the"], "there is no word to search for, or only the commonest, in: of the"),
        (["?!"], "there is no word to search for, or only the commonest, in: ?!"),
        (["data", "--label", "multimodel"], "no listing has the label multimodel: did you mean Multimodal?"),
        (["data", "--label", "zz\x1bzz"], r"no listing has the label zz\x1bzz"),
        (["data", "--source", "timlrx"], "no listing has the source timlrx: did you mean timlrx/daily-ai-papers?"),
        (
            ["data", "--source", "zzzz"],
            "no listing has the source zzzz: there are gabrielchua/daily-ai-papers, timlrx/daily-ai-papers",
        ),
        (["data", "--from", "2026-01-01"], "no listing is of these days: they go from 2025-02-24 to 2025-03-21"),
        (
            ["data", "--from", "2025-03-15", "--to", "2025-03-16"],
            "no listing is of these days: they go from 2025-02-24",
        ),
        (
            ["data", "--label", "zzzz", "--to", "2024-12-31"],
            "no listing has the label zzzz; no listing is of these days: they go from 2025-02-24 to 2025-03-21",
        ),
        (
            ["TEAPOT", "--from", "2025-03-20"],
            "papers have all of: TEAPOT; none of them was listed under these conditions",
        ),
    ],
)
@pytest.mark.parametrize("form", ["lines", "json"])
def test_what_nothing_fits_is_named_with_what_is_near(
    demo_template: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str, form: str
):
    monkeypatch.setenv("WAREHOUSE_DIR", str(demo_template))
    result = CliRunner().invoke(cli, ["search", *arguments, "--format", form])
    assert result.exit_code == 0
    if form == "json":
        assert json.loads(result.stdout) == []
    said = result.stdout if form == "lines" else result.stderr
    assert said.startswith(told) and said.count("\n") == 1


def test_an_absurd_limit_is_wrong_usage_and_an_absurd_value_is_named(
    demo_template: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WAREHOUSE_DIR", str(demo_template))
    result = CliRunner().invoke(cli, ["search", "data", "--limit", "9" * 20])
    assert result.exit_code == 2 and "is not in the range" in result.output
    for name, value in (("limit", "9" * 20), ("limit", "x")):
        result = CliRunner().invoke(cli, ["query", "search", "--param", f"{name}={value}"])
        assert str(result.exception).startswith(f"the query does not run: ${name} is '{value}': ")
        assert "\n" not in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (["--from", "2025-03-10"], "listing_date >= '2025-03-10'"),
        (["--to", "2025-03-01"], "listing_date <= '2025-03-01'"),
        (["--source", "TIMLRX/daily-ai-papers"], "source_id = 'timlrx/daily-ai-papers'"),
        (["--label", "multimodal"], "task_name = 'Multimodal'"),
        (
            ["--label", "multimodal", "--source", "timlrx/daily-ai-papers", "--to", "2025-03-05"],
            "task_name = 'Multimodal' and source_id = 'timlrx/daily-ai-papers' and listing_date <= '2025-03-05'",
        ),
    ],
)
def test_a_search_is_narrowed_by_day_label_and_source_of_one_listing(
    connection: duckdb.DuckDBPyConnection,
    demo_template: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    where: str,
):
    monkeypatch.setenv("WAREHOUSE_DIR", str(demo_template))
    asked = ["search", "model", "data", "--any", *arguments, "--limit", "1000", "--format", "json"]
    found = {row["arxiv_id"] for row in json.loads(CliRunner().invoke(cli, asked).output)}
    expected = connection.sql(
        "select distinct arxiv_id from search_papers('model data', any_word := true) join dim_paper using (paper_key)"
        " join fct_listing using (paper_key) join dim_source using (source_key)"
        f" left join bridge_listing_task using (listing_key) left join dim_task using (task_key) where {where}"
    ).fetchall()
    assert found == {row[0] for row in expected} != set()


def test_every_function_of_the_file_has_a_comment_of_its_own(connection: duckdb.DuckDBPyConnection):
    functions = connection.sql("select function_name, comment from duckdb_functions() where not internal").fetchall()
    assert {name for name, _ in functions} >= {"search_papers", "search_words", "paper_key", "date_key"}
    assert [name for name, comment in functions if not comment] == []
    assert len({comment for _, comment in functions}) == len(functions)
