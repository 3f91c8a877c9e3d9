"""The site in Chromium, on a plain static server in a sub-folder, with nothing else in reach.

Skipped where there is no Chromium, no playwright, or no vendored files (`make vendor`).
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import vendored
from browsing import BROWSER, Watch, served

from pipeline.core import sql_files
from pipeline.read import query
from pipeline.site import vendor

pytestmark = pytest.mark.ui

NAMES = sql_files.names("queries")
# Words of titles, accents, LaTeX, hyphens, phrases, raised signs, other scripts, the commonest words, and nonsense.
WORDS = [
    "language model", "models", "vision language", "reasoning", "benchmark", "agents", "diffusion", "a survey", "the of",
    "Gödel", "godel", "naïve bayes", "Poincaré", "\\'{e}tude", "Schr\\\"odinger", "$k^{2}$", "k²", "x^2", "fine-tuning",
    "finetuning", "fine tuning", "zero-shot", "zero-shot learning", "on-policy", "self-supervised video", "text-to-image",
    '"language model"', '"large language models"', '"language" "model"', '"model language"', '"for the"', '“vision language”',
    "大模型", "模型", "模", "学习 model", "straße", "strasse", "ﬁne tuning", "ＬＬＭ", "LLM", "GPT-4", "3D", "2025", "policies",
    "policy", "bias", "class", "zzzzqqq", "", "   ", "\"", "model-", "-model", "$", "<img src=x onerror=alert(1)>", "evaluation of",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not vendor.is_here():
        pytest.skip("the vendored files are not here: make vendor")
    with served(site, tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no Chromium here: on Debian, apt-get install chromium fonts-dejavu-core")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here").sync_playwright().start()
    started = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
    yield started
    started.close()
    playwright.stop()


@pytest.fixture
def visit(browser: Any, home: str) -> Iterator[tuple[Any, Watch]]:
    """A page of a fresh browser context, and what it asks and says."""
    with browser.new_context(base_url=home) as context:
        context.set_default_timeout(120_000)
        watch = Watch(context, home)
        page = context.new_page()
        yield page, watch
        assert watch.elsewhere == [] and watch.said == [] and watch.failed == []


@pytest.fixture(scope="module")
def published(example: Path) -> Path:
    return example / "papers.duckdb"


def native(published: Path, name: str) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """Return the columns and cells of a named query as `papers query` has them, as text."""
    with query.open_published(published) as connection:
        relation = query.run_query(connection, sql_files.read_sql("queries", name), {})
        columns = relation.columns
        return columns, relation.project("columns(*)::varchar").fetchall()


def asked(page: Any, name: str) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """Return the same out of the page's own DuckDB."""
    script = document_script(page, "sql.js")
    answer = page.evaluate(
        "async ([script, text]) => (await import(script)).ask(text)", [script, sql_files.read_sql("queries", name)]
    )
    return answer["columns"], [tuple(row) for row in answer["rows"]]


def document_script(page: Any, name: str) -> str:
    stem = name.removesuffix(".js")
    return page.evaluate(f"[...document.scripts].map(script => script.src).find(src => src.includes('/{stem}-'))")


def clocks(cells: list[tuple[str | None, ...]]) -> list[tuple[str | None, ...]]:
    return cells


def test_every_named_query_is_answered_in_the_page_as_by_papers_query_also_without_a_network(
    visit: tuple[Any, Watch], published: Path
) -> None:
    page, watch = visit
    page.goto("sql.html")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    for name in NAMES:
        assert asked(page, name) == native(published, name), name
    watch.pages_are_kept(page)
    page.context.set_offline(True)
    page.reload()
    for name in NAMES[::9]:
        assert asked(page, name) == native(published, name), name
    page.context.set_offline(False)


def test_fifty_searches_find_what_papers_search_finds_in_its_order(visit: tuple[Any, Watch], published: Path) -> None:
    page, _ = visit
    page.goto("search.html")
    script = document_script(page, "search.js")
    assert len(WORDS) >= 50
    with query.open_published(published, threads=1) as connection:
        for words, any_word in itertools.product(WORDS, (False, True)):
            expected = found(connection, words=words, any_word=str(any_word).lower())
            assert searched(page, script, words, {"any": any_word}) == expected, (words, any_word)
        labels = [label for (label,) in connection.execute("select task_name from dim_task order by 1").fetchall()]
        sources = [name for (name,) in connection.execute("select source_id from dim_source order by 1").fetchall()]
        for label, source, days in itertools.product(labels[:3], sources, (("2025-03-03", "2025-03-12"), ("", ""))):
            given = {"label": label.upper(), "source": source, "from_date": days[0], "to_date": days[1]}
            expected = found(connection, words="model", **{name: value for name, value in given.items() if value})
            narrow = {"label": given["label"], "source": source, "from": days[0], "to": days[1]}
            assert searched(page, script, "model", {"narrow": narrow}) == expected, given


def found(connection: query.Connection, **given: str) -> list[str]:
    relation = query.run_query(connection, sql_files.read_sql("queries", "search"), {"limit": "100000", **given})
    return [arxiv_id for (arxiv_id,) in relation.project("arxiv_id").fetchall()]


def searched(page: Any, script: str, words: str, how: dict[str, Any]) -> list[str]:
    return page.evaluate(
        """async ([script, words, how]) => {
            const { Index } = await import(script);
            globalThis.index ??= new Index("", document.getElementById("search").dataset.version);
            const narrow = await index.narrowed(how.narrow ?? {});
            const places = await index.search(words, { any: how.any, narrow });
            return Promise.all(places.map(async (place) => (await index.paper(place))[0]));
        }""",
        [script, words, how],
    )


def test_words_are_folded_and_split_as_by_the_warehouse(visit: tuple[Any, Watch], published: Path) -> None:
    page, _ = visit
    page.goto("search.html")
    script = document_script(page, "search.js")
    with query.open_published(published) as connection:
        kept = connection.execute(
            "select title from dim_paper union select abstract from dim_paper where abstract is not null order by 1"
        ).fetchall()
        letters = ["".join(map(chr, range(first, first + 64))) for first in range(0x20, 0x3100, 64)]
        joined = [f"x{chr(code)}s {chr(code)}" for code in range(0xA0, 0x2100)]
        texts = [*(text for (text,) in kept), *WORDS, *letters, *joined]
        expected = [
            connection.execute("select search_fold($1), search_split(search_fold($1))", [text]).fetchall()[0]
            for text in texts
        ]
    actual = page.evaluate(
        """async ([script, texts]) => {
            const { fold, split } = await import(script);
            return texts.map((text) => [fold(text), split(fold(text))]);
        }""",
        [script, texts],
    )
    assert [(text, folded, words) for text, (folded, words) in zip(texts, actual, strict=True)] == [
        (text, folded, words) for text, (folded, words) in zip(texts, expected, strict=True)
    ]


def test_axe_is_vendored() -> None:
    assert vendored.AXE.is_file(), "make vendor"
