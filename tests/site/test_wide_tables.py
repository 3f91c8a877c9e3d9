"""Wide tables use a wide screen, scroll in their box where they still do not fit, and are whole on paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import BROWSER, served

pytestmark = pytest.mark.ui
MEASURE = """() => {
    const page = document.documentElement;
    const boxes = [...document.querySelectorAll(".scroll")];
    return {
        sideways: page.scrollWidth - page.clientWidth,
        wide: Math.max(...boxes.map((box) => box.clientWidth)),
        hidden: Math.max(...boxes.map((box) => box.scrollWidth - box.clientWidth)),
        outside: Math.max(...boxes.map((box) => box.getBoundingClientRect().right)) - page.clientWidth,
    };
}"""
WIDE = [f"questions/{name}.html" for name in ("one_paper", "citations", "digest")]


@pytest.fixture(scope="module")
def page(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no Chromium here: on Debian, apt-get install chromium fonts-dejavu-core")
    start = pytest.importorskip("playwright.sync_api", reason="no playwright here").sync_playwright
    with served(site, tmp_path_factory.mktemp("wide")) as home, start() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page(base_url=home)
        browser.close()


def measure(page: Any, path: str, width: int, media: str) -> dict[str, float]:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media=media)
    page.goto(path)
    return page.evaluate(MEASURE)


@pytest.mark.parametrize("path", WIDE)
def test_a_wide_table_takes_the_room_of_a_wide_screen_and_scrolls_in_its_box(page: Any, path: str) -> None:
    for width in (390, 1280):
        told = measure(page, path, width, "screen")
        assert told["sideways"] <= 0 and told["outside"] <= 0, width
    assert told["wide"] > 800 and (told["hidden"] <= 0 or told["wide"] > 1100)


@pytest.mark.parametrize("path", WIDE)
def test_a_wide_table_is_whole_on_paper(page: Any, path: str) -> None:
    told = measure(page, path, 720, "print")
    assert told["hidden"] <= 0 and told["sideways"] <= 0
