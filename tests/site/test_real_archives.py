"""The site of the real lists and archives: every link leads somewhere; no kind of page speaks, asks or bars anybody.

Services are stood in, as in all tests. Skipped where the lists of ../shared, Chromium or playwright are not here.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import vendored
from browsing import BROWSER, Watch, served
from empty import empty_warehouse
from real_lists import LISTS, lay_out
from site_markup import broken_links, pages

from pipeline.core.settings import read_settings
from pipeline.http.client import Web
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.github.client import fetch_repositories
from pipeline.services.github.star_pages import fetch_star_history
from pipeline.services.hub import client as hub
from pipeline.services.semantic_scholar.client import fetch_citations
from pipeline.site.build import build_site
from pipeline.site.options import Options
from pipeline.sources import registry
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.sources.stored import Stored
from pipeline.standin import Standin
from pipeline.warehouse.folder import Warehouse

pytestmark = [
    pytest.mark.ui,
    pytest.mark.skipif(not LISTS.is_dir(), reason="needs the lists in ../shared"),
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here: apt-get install chromium fonts-dejavu-core"),
]
TOKEN = "for-the-stand-in"
SOME = 60  # repositories and resources whose history is asked for: each is a request
SAMPLE = 2  # pages of each kind in the browser: the largest ones


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the site."""
    folder = tmp_path_factory.mktemp("real")
    days = lay_out(folder)
    with (
        pytest.MonkeyPatch.context() as patch,
        Standin(folder / "lists", None, lists=folder / "answers", token=TOKEN) as standin,
    ):
        for quota in ("graphql", "token", "list"):
            standin.allow(100_000, quota)
        given = {**standin.environment, "GITHUB_TOKEN": TOKEN, "WAREHOUSE_DIR": str(folder / "warehouse")}
        given["SOURCES"] = ",".join(source.source_id for source in registry.OURS)
        for name, value in given.items():
            patch.setenv(name, value)
        patch.setattr(registry, "SOURCES", registry.OURS)
        warehouse = empty_warehouse(folder / "warehouse")
        fill(warehouse, days)
    build_site(folder / "site", Options(warehouse.published.resolve()))
    yield folder / "site"


def fill(warehouse: Warehouse, days: list[date]) -> None:
    """Ask for the days, for all papers and repositories, and for what else some of them have; then publish."""
    settings, store = read_settings(), warehouse.raw.store
    with Web(None, sleep=lambda seconds: None) as web, warehouse.open():
        fetch_documents(Fetching(settings, web, Stored(), store), days)
        fetch_papers(web, settings.arxiv_api_url, due(warehouse, "papers"), interval_seconds=0, store=store)
        names, token = due(warehouse, "repositories"), settings.github_token
        fetch_repositories(web, settings.github_api_url, names, token=token, store=store)
        fetch_citations(web, settings.semantic_scholar_api_url, due(warehouse, "citations"), key=None, store=store)
        stars = due(warehouse, "star_history")[:SOME]
        fetch_star_history(web, settings.github_api_url, stars, token=token, store=store, idle=())
        resources, papers = due(warehouse, "hub_resources")[:SOME], due(warehouse, "hub_papers")[:SOME]
        hub.fetch_resources(web, settings.hf_api_url, resources, token=None, store=store, refuse=pytest.fail)
        hub.fetch_papers(web, settings.hf_api_url, papers, token=None, store=store, refuse=pytest.fail)
        warehouse.refresh()
        warehouse.check()
        warehouse.publish()


def due(warehouse: Warehouse, what: str) -> list[Any]:
    warehouse.load_raw()
    return [row[0] for row in warehouse.rows("due", what, {"now": datetime.now(UTC).replace(tzinfo=None)})]


def sample(site: Path) -> list[str]:
    """Return every page at the top, and the largest pages of each folder."""
    kinds = [path for path in site.iterdir() if path.is_dir()]
    found = [path for path in site.glob("*.html") if path.name != "404.html"]
    for kind in kinds:
        found += sorted(kind.rglob("*.html"), key=lambda path: path.stat().st_size)[-SAMPLE:]
    return sorted(path.relative_to(site).as_posix() for path in found)


def test_every_page_is_whole_and_every_link_leads_somewhere(real: Path) -> None:
    found = pages(real)
    assert len([path for path in found if path.startswith("paper/")]) > 3_000
    assert len([path for path in found if path.startswith("repository/")]) > 1_000
    assert broken_links(real, found) == []
    assert [(path, page.faults) for path, page in found.items() if page.faults] == []
    assert [path for path, page in found.items() if len(set(page.ids)) < len(page.ids)] == []


def test_no_kind_of_page_asks_elsewhere_or_speaks_or_has_a_barrier(real: Path, tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright here")
    if not vendored.AXE.is_file():
        pytest.skip("the vendored files are not here: make vendor")
    looked = sample(real)
    assert len(looked) > 20
    with served(real, tmp_path) as home, sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        for scheme, width in (("light", 390), ("dark", 390), ("light", 1280), ("dark", 1280)):
            with browser.new_context(
                base_url=home, color_scheme=scheme, viewport={"width": width, "height": 900}, service_workers="block"
            ) as context:
                context.set_default_timeout(120_000)
                watch = Watch(context, home)
                page = context.new_page()
                for path in looked:
                    page.goto(path)
                    assert barriers(page) == [], (path, scheme, width)
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
                assert watch.troubles() == []
        browser.close()


def barriers(page: Any) -> list[tuple[str, list[Any]]]:
    """Return the rules that axe finds broken in a page, each with some of the places."""
    page.evaluate(vendored.AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((ran) => ran.violations)")
    return [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]
