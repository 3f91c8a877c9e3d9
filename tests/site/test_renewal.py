"""A visitor while the site is published anew: whatever of the old site a browser has, no search mixes the two."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from altered import altered_copy
from browsing import BROWSER, served

from pipeline.core import sql_files
from pipeline.read import query
from pipeline.site import vendor
from pipeline.site.build import build_site
from pipeline.site.options import Options

pytestmark = pytest.mark.ui

PATIENCE_MS = 60_000
# An older day was filled in: the newest paper is now the first, and every place of the index is another. A paper has
# lost its words.
OLDER = "2025-02-01"
MOVED = (
    "create temp table moved as select paper_key from dim_paper order by first_listed_date desc, arxiv_id desc limit 1",
    f"update dim_paper set first_listed_date = '{OLDER}' where paper_key in (from moved)",
    f"update fct_listing set listing_date = '{OLDER}' where paper_key in (from moved)",
    "delete from search_term where paper_key in (select paper_key from dim_paper where arxiv_id = '2502.90022')",
)


@pytest.fixture(scope="module")
def files(example: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The published file, and a later one."""
    return (example / "papers.duckdb").resolve(), altered_copy(example, tmp_path_factory.mktemp("later"), *MOVED)


@pytest.fixture(scope="module")
def later(files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("later") / "site"
    build_site(folder, Options(files[1]))
    return folder


@pytest.fixture
def here(site: Path, tmp_path: Path) -> Path:
    """The folder that is served: a copy of the example's site."""
    return shutil.copytree(site, tmp_path / "here", copy_function=lambda old, new: Path(new).hardlink_to(old))


@contextmanager
def visiting(site: Path, above: Path, workers: str) -> Iterator[Any]:
    if BROWSER is None or not vendor.is_here():
        pytest.skip("no Chromium here, or no vendored files: on Debian, apt-get install chromium; make vendor")
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright here")
    with served(site, above) as home, sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=home, service_workers=workers)
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()
        browser.close()


@pytest.fixture
def kept(here: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page of a fresh browser, whose service worker keeps what it loads."""
    with visiting(here, tmp_path_factory.mktemp("served"), "allow") as page:
        yield page


@pytest.fixture
def page(here: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page of a fresh browser without a service worker."""
    with visiting(here, tmp_path_factory.mktemp("served"), "block") as page:
        yield page


def publish(here: Path, later: Path) -> None:
    shutil.rmtree(here)
    shutil.copytree(later, here)


def found(file: Path, words: str) -> list[str]:
    with query.open_published(file, threads=1) as connection:
        relation = query.run_query(connection, sql_files.read_sql("queries", "search"), {"limit": "20", "words": words})
        return [arxiv_id for (arxiv_id,) in relation.project("arxiv_id").fetchall()]


def searched(page: Any, words: str) -> list[str]:
    """Search in the form, and return the ids that the page then shows."""
    page.fill("#q", words)
    page.press("#q", "Enter")
    return shown(page)


def shown(page: Any) -> list[str]:
    page.wait_for_selector("#found:has-text('best first')")
    texts = page.locator("#hits .muted").all_inner_texts()
    return [text.split(" · ")[1] for text in texts]


@pytest.mark.parametrize("words", ["language model", '"language model"'])
def test_a_page_of_the_old_site_finds_what_the_new_one_has(
    page: Any, here: Path, later: Path, files: tuple[Path, Path], words: str
) -> None:
    old, new = (found(file, words) for file in files)
    assert set(new) < set(old) and len(new) > 3
    page.goto("search.html")
    searched(page, "benchmark")
    publish(here, later)
    assert searched(page, words) == new


def test_a_visitor_who_comes_back_finds_what_the_new_site_has_and_has_it_without_a_network(
    kept: Any, here: Path, later: Path, files: tuple[Path, Path]
) -> None:
    kept.goto("search.html?q=language+model")
    assert shown(kept) == found(files[0], "language model")
    kept.wait_for_selector("html[data-kept]", state="attached")
    publish(here, later)
    kept.goto("index.html")
    kept.click("nav >> text=Search")
    assert searched(kept, "language model") == found(files[1], "language model")
    kept.goto("index.html")
    kept.wait_for_selector("html[data-kept]", state="attached")
    kept.context.set_offline(True)
    kept.goto("search.html?q=language+model")
    assert shown(kept) == found(files[1], "language model")


def test_a_page_and_a_list_of_the_old_site_beside_files_of_the_new_one_find_nothing_wrong(
    page: Any, here: Path, later: Path, site: Path, files: tuple[Path, Path]
) -> None:
    publish(here, later)
    shutil.copyfile(site / "search.html", here / "search.html")
    page.goto("search.html")
    assert searched(page, "language model") == found(files[1], "language model")
    shutil.copyfile(site / "search" / "lengths.json", here / "search" / "lengths.json")
    page.goto("search.html?q=language+model")
    page.wait_for_selector("#found:has-text('just being published')")
    assert page.locator("#hits li").count() == 0


def test_a_script_of_another_version_asks_to_load_the_page_again(page: Any, here: Path) -> None:
    page.goto("search.html")
    listed = here / "search" / "lengths.json"
    text = listed.read_text("utf-8").replace("assets/search-", "assets/search-later")
    listed.unlink()
    listed.write_text(text, "utf-8")
    page.fill("#q", "language model")
    page.press("#q", "Enter")
    page.wait_for_selector("#found:has-text('Reload the page')")
    assert page.locator("#hits li").count() == 0 and "q=language+model" in page.url


def test_sql_of_an_old_page_says_that_the_site_has_changed_and_its_query_runs_after_a_reload(
    page: Any, here: Path, later: Path
) -> None:
    page.goto("sql.html")
    publish(here, later)
    page.fill("#text", "select min(listing_date) as first_day from fct_listing")
    page.click("#run")
    page.wait_for_selector("#said:has-text('Reload the page')")
    page.reload()
    page.click("#run")
    page.wait_for_selector(f"#answer:has-text('{OLDER}')")


def test_a_question_that_an_old_page_offers_is_never_that_of_the_new_site(page: Any, here: Path, later: Path) -> None:
    page.goto("sql.html")
    publish(here, later)
    (here / "data" / "queries.json").write_text("{}")
    for path in here.glob("data/queries-*"):
        path.unlink()
    before = page.input_value("#text")
    page.select_option("#named", "digest")
    page.wait_for_selector("#said:has-text('Reload the page')")
    assert page.input_value("#text") == before


def test_a_list_that_is_another_each_time_is_asked_for_anew_once(page: Any, here: Path) -> None:
    text = (here / "search" / "lengths.json").read_text("utf-8")
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(body=text + " " * len(asked), content_type="application/json")

    page.route("**/search/lengths.json", answer)
    page.route(re.compile("/search/[bdr]-"), lambda route: route.fulfill(status=404))
    page.goto("search.html?q=language+model")
    page.wait_for_selector("#found:has-text('just being published')")
    assert len(asked) == 3  # the list, whether it is another one, and that one


@pytest.mark.parametrize("name", ["arrow.js", "duckdb.js"])
def test_a_script_for_sql_that_is_gone_says_that_the_site_has_changed(page: Any, here: Path, name: str) -> None:
    page.goto("sql.html")
    (here / vendor.folder_name() / name).unlink()
    page.click("#run")
    page.wait_for_selector("#said:has-text('Reload the page')")


@pytest.mark.parametrize("name", ["search.html", "sql.html"])
def test_pages_that_need_a_server_say_so_when_they_are_opened_as_a_file(page: Any, here: Path, name: str) -> None:
    page.goto((here / name).as_uri())
    page.wait_for_selector("[role=status]:has-text('python -m http.server')")
    page.goto((here / "index.html").as_uri())
    page.locator("article a").first.click()
    page.wait_for_selector("dl.facts")
