"""The site in Chromium, on a plain static server in a sub-folder, with nothing else in reach.

Skipped where there is no Chromium, no playwright, or no vendored files (`make vendor`).
"""

import itertools
import re
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

PATIENCE_MS = 120_000
# Every class of signs; what is in none is unknown.
CLASSES = r"\pL|\pM|\pN|\pP|\pS|\pZ|\pC"
SKILL = (Path(__file__).parents[2] / "docs" / "SKILL.md").read_text("utf-8")
# What is asked in the page: every named query, and every example of SQL for agents.
QUERIES = {name: sql_files.read_sql("queries", name) for name in sql_files.names("queries")}
QUERIES |= {f"SKILL.md, {n}": text for n, text in enumerate(re.findall(r"```sql\n(.*?)```", SKILL, re.DOTALL), 1)}
# Words of titles, accents, LaTeX, hyphens, phrases, raised signs, other scripts, common words, nonsense, nothing.
WORDS = [*(Path(__file__).parents[1] / "fixtures" / "site" / "searches.txt").read_text("utf-8").splitlines(), "", "  "]


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
def visit(browser: Any, home: str, request: pytest.FixtureRequest) -> Iterator[tuple[Any, Watch]]:
    """A page of a fresh browser, and what it asks and says; without a service worker where bytes are counted."""
    workers = "block" if request.node.get_closest_marker("counted") else "allow"
    with browser.new_context(base_url=home, service_workers=workers) as context:
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch(context, home)
        page = context.new_page()
        yield page, watch
        assert watch.troubles() == []


@pytest.fixture(scope="module")
def published(example: Path) -> Path:
    return example / "papers.duckdb"


def native(published: Path, text: str) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """Return the columns and cells of a query as `papers query` has them, as text."""
    with query.open_published(published) as connection:
        relation = query.run_query(connection, text, {})
        columns = relation.columns
        return columns, relation.project("columns(*)::varchar").fetchall()


def asked(page: Any, text: str) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """Return the same out of the page's own DuckDB, which must come: a promise of a page has no end of its own."""
    script = document_script(page, "sql.js")
    answer = page.evaluate(
        """async ([script, text, patience]) => Promise.race([(await import(script)).ask(text),
            new Promise((_, fail) => setTimeout(() => fail(new Error(`no answer in ${patience} ms`)), patience))])""",
        [script, text, PATIENCE_MS],
    )
    return answer["columns"], [tuple(row) for row in answer["rows"]]


def document_script(page: Any, name: str) -> str:
    stem = name.removesuffix(".js")
    return page.evaluate(f"[...document.scripts].map(script => script.src).find(src => src.includes('/{stem}-'))")


def test_every_named_query_is_answered_in_the_page_as_by_papers_query_also_without_a_network(
    visit: tuple[Any, Watch], published: Path
) -> None:
    page, _ = visit
    page.goto("search.html?q=model")
    page.wait_for_selector("#hits li")
    held(page)
    page.goto("sql.html")
    kept(page)
    for name, text in QUERIES.items():
        assert asked(page, text) == native(published, text), name
    held(page)
    page.context.set_offline(True)
    page.reload()
    for name, text in QUERIES.items():
        assert asked(page, text) == native(published, text), name
    page.goto("search.html?q=model")
    page.wait_for_selector("#hits li")
    page.goto("index.html")
    page.context.set_offline(False)


def kept(page: Any) -> None:
    """Wait until the page's service worker keeps what this page and those before it loaded."""
    page.wait_for_selector("html[data-kept]", state="attached")


def held(page: Any) -> None:
    """Wait until the browser keeps all that the page loaded: also files of search, of SQL, the database."""
    stored = """(async () => (await Promise.all(performance.getEntriesByType("resource").map((each) => each.name)
        .filter((name) => !name.startsWith("blob:")).map((name) => caches.match(name)))).every(Boolean))()"""
    for _ in range(PATIENCE_MS // 100):
        if page.evaluate(stored):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not kept after {PATIENCE_MS} ms")


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
            globalThis.index ??= new Index("");
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
        letters = [chr(code) for code in (*range(0x20, 0xD800), *range(0xE000, 0x30000, 7))]
        known = connection.execute(  # to DuckDB: a browser has letters of newer editions of Unicode
            f"select letter from unnest($1) as each(letter) where regexp_matches(letter, '{CLASSES}')", [letters]
        ).fetchall()
        texts = [*(text for (text,) in kept), *WORDS, *(f"x{letter}s {letter}" for (letter,) in known)]
        expected = connection.execute(
            """
            with each as (select unnest($1) as text, unnest(range(len($1))) as place)
            select search_fold(text), search_split(search_fold(text)) from each order by place""",
            [texts],
        ).fetchall()
    actual = page.evaluate(
        """async ([script, texts]) => {
            const { fold, split } = await import(script);
            return texts.map((text) => [fold(text), split(fold(text))]);
        }""",
        [script, texts],
    )
    assert len(texts) > 50_000
    assert [tuple(each) for each in zip(texts, map(tuple_of, actual), strict=True)] == list(
        zip(texts, expected, strict=True)
    )


def tuple_of(pair: tuple[str, list[str]]) -> tuple[str, list[str]]:
    return pair[0], pair[1]


def test_what_an_older_site_left_in_the_browser_goes_and_what_others_left_stays(visit: tuple[Any, Watch]) -> None:
    page, _ = visit
    page.goto("index.html")
    page.evaluate("""(async () => {
        const { scope } = await navigator.serviceWorker.ready;
        for (const name of [`papers ${scope} older`, `papers ${scope}elsewhere/ older`]) await caches.open(name);
        for (const each of await navigator.serviceWorker.getRegistrations()) await each.unregister();
    })()""")
    page.reload()
    kept(page)
    here = f"papers {page.url.removesuffix('index.html')}"
    names = page.evaluate("caches.keys()")
    assert f"{here} older" not in names and names.count(f"{here}elsewhere/ older") == 1


def test_a_page_that_came_without_the_worker_gets_it_and_what_it_loads_is_kept(visit: tuple[Any, Watch]) -> None:
    """So it comes in a forced reload, or when it was on its way while the worker took over."""
    page, _ = visit
    page.goto("sql.html")
    kept(page)
    with page.expect_navigation():
        page.context.new_cdp_session(page).send("Page.reload", {"ignoreCache": True})
    kept(page)
    assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
    run(page, "select 1")
    held(page)


@pytest.mark.counted
def test_a_first_search_is_small_and_its_words_stay_in_the_address(visit: tuple[Any, Watch]) -> None:
    page, watch = visit
    page.goto("search.html")
    page.wait_for_load_state("networkidle")
    before = watch.bytes
    page.fill("#q", "vision language model")
    page.check("[name=any]")
    page.press("#q", "Enter")
    page.wait_for_selector("#hits li")
    assert 10_000 < watch.bytes - before <= 300_000
    assert "q=vision+language+model" in page.url and "any=true" in page.url
    hits = page.locator("#hits li").all_inner_texts()
    page.reload()
    page.wait_for_selector("#hits li")
    assert page.locator("#hits li").all_inner_texts() == hits
    page.press("body", "j")
    page.press("body", "j")
    assert page.evaluate("document.activeElement.textContent") in hits[1]
    page.press("body", "/")
    assert page.evaluate("document.activeElement.id") == "q"


@pytest.mark.counted
def test_keys_go_through_every_list_and_lead_to_the_search(visit: tuple[Any, Watch]) -> None:
    page, _ = visit
    for path, first in (("index.html", "main article h2 a"), ("tasks.html", "main a")):
        page.goto(path)
        page.press("body", "j")
        assert page.evaluate(f"document.activeElement === document.querySelector('{first}')"), path
    page.goto("index.html")
    page.focus("main article:nth-of-type(2) .links a, main article:nth-of-type(2) .chips a")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.closest('article') === document.querySelectorAll('article')[1]")
    page.keyboard.press("/")
    page.wait_for_selector("#q:focus")


@pytest.mark.counted
def test_what_an_address_asks_for_is_done_or_said(visit: tuple[Any, Watch]) -> None:
    page, _ = visit
    page.goto("search.html?q=model&label=nosuch&source=x&from=garbage&any=true")
    page.wait_for_selector("#hits li")
    said = page.inner_text("#found")
    assert all(f"left out: {what}." in said for what in ("label nosuch", "source x", "from garbage"))
    assert page.is_checked("[name=any]")
    page.fill("#q", "")
    page.press("#q", "Enter")
    page.wait_for_selector("#found:has-text('need words')")
    page.goto("search.html?label=rObOtIcS")
    page.wait_for_selector("#found:has-text('need words')")
    assert page.input_value("#label").lower() == "robotics"


@pytest.mark.counted
def test_a_phrase_reads_few_texts_until_somebody_asks_for_all_of_a_size_that_is_told(
    visit: tuple[Any, Watch], published: Path
) -> None:
    page, watch = visit
    page.goto("search.html")
    with query.open_published(published, threads=1) as connection:
        expected = found(connection, words='"of the" the of a model')
    page.fill("#q", '"of the" the of a model')
    page.press("#q", "Enter")
    page.wait_for_selector("#found:has-text('best first')")
    assert 0 < sum(size for address, size in watch.sizes.items() if "search/x-" in address) <= 150_000
    while not page.locator("#more").is_hidden():
        assert re.fullmatch(r"More|Read the rest \(about \d+\.\d MB\)", page.inner_text("#more"))
        shown = page.locator("#hits li").count()
        page.click("#more")
        page.wait_for_selector(f"#hits li:nth-child({min(shown + 20, len(expected))})")
        page.wait_for_selector("#found:has-text('best first')")
    ids = page.evaluate(
        "[...document.querySelectorAll('#hits .muted')].map((each) => each.textContent.split(' · ')[1])"
    )
    assert len(ids) > 10 and ids == expected


@pytest.mark.counted
def test_a_link_with_a_query_shows_it_and_does_not_run_it(visit: tuple[Any, Watch]) -> None:
    page, watch = visit
    page.goto("sql.html#sql=select+1+as+%3Cb%3E")
    page.wait_for_selector("#said:has-text('has not been run')")
    assert page.input_value("#text") == "select 1 as <b>"
    assert not [path for path in watch.paths if path.startswith(("vendor/", "data/"))]


def test_what_is_hostile_in_an_answer_is_text_and_nothing_else_is_in_reach(visit: tuple[Any, Watch]) -> None:
    page, watch = visit
    page.goto("sql.html")
    watch.expect("(blob:")  # DuckDB says on the console why a query does not run
    script = document_script(page, "sql.js")
    answer = run(page, "select '<img src=x onerror=alert(1)>' as a, null as b, 0.10::decimal(9, 2) as c")
    assert answer == [["<img src=x onerror=alert(1)>", "null", "0.10"]] and page.locator("#answer img").count() == 0
    for text in (
        "from read_csv('https://example.com/x.csv')",
        "from 'https://example.com/x.parquet'",
        "from glob('*')",
        "select to_json(1)",
        "select 1); load json; select (1",
        "select 1); set enable_external_access = true; select (1",
        "select 1); attach 'other.duckdb'; select (1",
        "select 1); delete from papers.dim_paper; select (1",
    ):
        reason = page.evaluate(
            "async ([script, text]) => (await import(script)).ask(text).then(() => '', (error) => error.message)",
            [script, text],
        )
        assert reason, text


@pytest.mark.counted
def test_stop_ends_a_query_and_the_next_one_needs_no_download(visit: tuple[Any, Watch]) -> None:
    page, watch = visit
    page.goto("sql.html")
    run(page, "select 1")
    loaded = len(watch.paths)
    page.fill("#text", "select sum(a.range * b.range) from range(10000000) a, range(10000000) b")
    page.click("#run")
    page.click("#stop")
    page.wait_for_selector("#said:has-text('Stopped')")
    assert run(page, "select count(*) from dim_source where source_key <> -1") != []
    assert not [path for path in watch.paths[loaded:] if path.startswith("data/")]
    with page.expect_download() as downloading:
        page.click("#csv")
    assert Path(downloading.value.path()).read_text().startswith("count_star()\n")


# A download that Stop cuts short is asked for again, so the test waits until what it counts is kept.
COUNT_UNPACKED = """
globalThis.unpacked = 0;
const read = Response.prototype.arrayBuffer;
Response.prototype.arrayBuffer = async function () {
  const content = await read.call(this);
  globalThis.unpacked += 1;
  return content;
};
"""


@pytest.mark.counted
def test_stop_while_duckdb_loads_ends_that_and_the_next_run_loads_the_rest(visit: tuple[Any, Watch]) -> None:
    page, watch = visit
    watch.expect("net::ERR_FAILED")
    waiting: list[Any] = []
    page.route("**/data/*.duckdb*", lambda route: waiting.append(route))
    page.add_init_script(COUNT_UNPACKED)
    page.goto("sql.html")
    page.fill("#text", "select 'first' as word")
    page.click("#run")
    while page.evaluate("() => unpacked") < 2:  # the program and its worker; the file of data is held back
        page.wait_for_timeout(50)
    page.click("#stop")
    page.wait_for_selector("#said:has-text('Stopped')")
    page.unroute("**/data/*.duckdb*")
    page.wait_for_timeout(500)
    assert page.workers == [] and page.is_hidden("#answer")
    assert run(page, "select 'second' as word") == [["second"]]
    assert len(page.workers) == 1
    assert len([path for path in watch.paths if ".wasm" in path]) == 1


@pytest.mark.counted
def test_a_click_on_run_counts_after_the_query_was_given_parameters(visit: tuple[Any, Watch]) -> None:
    page, _ = visit
    page.goto("sql.html")
    run(page, "select 1 as one")
    page.fill("#text", "")
    page.locator("#text").press_sequentially("-- $n = 1 -- how many\n-- $m = 2\nselect $n as n, $m as m")
    box = page.locator("#run").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(100)
    page.mouse.up()
    page.wait_for_selector("#answer:has-text('m')")
    page.fill("#parameter-n", "7")
    page.locator("#text").press("Home")
    page.locator("#text").press_sequentially("-- mine\n")
    page.click("#run")
    page.wait_for_selector("#answer td:has-text('7')")
    page.fill("#text", "-- $n = 1\n-- $m = 33\nselect $n as n, $m as m")
    assert [page.input_value(f"#parameter-{name}") for name in "nm"] == ["7", "33"]


@pytest.mark.counted
def test_an_answer_goes_when_the_next_query_fails_and_the_reason_names_its_line(visit: tuple[Any, Watch]) -> None:
    page, watch = visit
    watch.expect("(blob:")
    page.goto("sql.html")
    assert run(page, "-- $toString = 7\nselect $toString as x") == [["7"]]
    assert page.inner_text("#said") == "1 row"
    page.fill("#text", "select 1\nfrom nowhere")
    page.click("#run")
    page.wait_for_selector("#said:has-text('does not run')")
    assert "LINE 2:" in page.inner_text("#said") and page.is_hidden("#answer")
    page.goto("about:blank")
    page.goto("sql.html#query=nosuch")
    page.wait_for_selector("#said:has-text('no question of ours with the name nosuch')")
    assert page.input_value("#text") != ""


def run(page: Any, text: str) -> list[list[str]]:
    """Return the table that the page shows for a query."""
    page.fill("#text", text)
    page.click("#run")
    page.wait_for_selector("#said:text-matches('^[0-9,]+ rows?')")
    return page.evaluate(
        "[...document.querySelectorAll('#answer tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    )


@pytest.mark.counted
def test_the_size_that_is_told_is_what_is_loaded(visit: tuple[Any, Watch]) -> None:
    page, watch = visit
    page.goto("sql.html")
    told = float(page.inner_text("main strong").removesuffix(" MB"))
    before = watch.bytes
    run(page, "select 1")
    assert told * 1e6 == pytest.approx(watch.bytes - before, abs=100_000)
    assert watch.bytes - before < 15_000_000


@pytest.mark.counted
def test_the_first_page_is_small(visit: tuple[Any, Watch]) -> None:
    page, watch = visit
    page.goto("index.html")
    names = page.evaluate(
        "performance.getEntriesByType('resource').filter(e => e.initiatorType !== 'other').map(e => e.name)"
    )
    assert 10_000 < sum(watch.sizes[name] for name in {page.url, *names} & set(watch.sizes)) <= 50_000


def test_every_page_loads_quietly_and_its_links_lead_somewhere(visit: tuple[Any, Watch], site: Path) -> None:
    page, _ = visit
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    pages = sorted(path for path in files if path.endswith(".html"))
    anchors: dict[str, set[str]] = {}
    links: set[tuple[str, str]] = set()
    for path in pages:
        assert ("wasm-unsafe-eval" in (site / path).read_text("utf-8")) == (path == "sql.html"), path
        page.goto(path)
        ids, targets = page.evaluate("""[
            [...document.querySelectorAll("[id]")].map((node) => node.id),
            [...document.querySelectorAll("[href], [src]")].map((node) => node.href || node.src),
        ]""")
        anchors[path] = set(ids)
        links |= {(path, target) for target in targets}
    home = page.evaluate("new URL(document.body.dataset.root || './', location.href).href").partition("/papers/")[0]
    ours = f"{home}/papers/"
    assert len(pages) > 100
    for path, target in links:
        if path == "404.html" or not target.startswith(home):
            continue
        assert target.startswith(ours), (path, target)
        name, _, anchor = target.removeprefix(ours).partition("#")
        name = name.partition("?")[0] or "index.html"
        assert name in files, (path, target)
        if anchor and "=" not in anchor:
            assert anchor in anchors[name], (path, target)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier(browser: Any, home: str, site: Path, scheme: str, width: int) -> None:
    pages = ["index.html", "search.html?q=model", *one_of_each(site)]
    with browser.new_context(base_url=home, color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        for path in pages:
            page.goto(path)
            if "?q" in path:
                page.wait_for_selector("#hits li")
            page.evaluate(vendored.AXE.read_text("utf-8"))
            found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((ran) => ran.violations)")
            told = [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]
            assert told == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"


def one_of_each(site: Path) -> list[str]:
    """Return every page at the top, and the largest page of each folder."""
    top = [path.name for path in site.glob("*.html") if path.name != "index.html"]
    folders = sorted(path for path in site.iterdir() if path.is_dir() and any(path.rglob("*.html")))
    largest = [max(folder.rglob("*.html"), key=lambda path: path.stat().st_size) for folder in folders]
    return sorted(top) + [path.relative_to(site).as_posix() for path in largest]
