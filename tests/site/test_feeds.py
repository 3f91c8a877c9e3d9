"""Feeds are Atom and JSON Feed, with one entry a paper whose id stays; with an address there is a map of the site."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pipeline.site.build import build_site
from pipeline.site.options import Options
from pipeline.site.pages.sitemap import files
from pipeline.site.paths import slug

ATOM = {"a": "http://www.w3.org/2005/Atom"}
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
URL = "https://papers.example.org/sub"


@pytest.fixture(scope="module")
def placed(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as it is for an address, with the feed of a search."""
    folder = tmp_path_factory.mktemp("placed") / "site"
    build_site(folder, Options((example / "papers.duckdb").resolve(), url=URL, searches={"agents": "agent"}))
    return folder


def read(path: Path) -> ET.Element:
    return ET.parse(path).getroot()


def test_every_feed_has_what_atom_asks_for_and_its_entries_stand_newest_first(site: Path, placed: Path) -> None:
    for folder in (site, placed):
        feeds = [path for path in folder.rglob("*.xml") if path.name != "sitemap.xml"]
        assert len(feeds) > 20
        for path in feeds:
            root = read(path)
            assert root.find("a:id", ATOM) is not None and root.find("a:author/a:name", ATOM) is not None
            entries = root.findall("a:entry", ATOM)
            ids = [entry.findtext("a:id", "", ATOM) for entry in entries]
            times = [entry.findtext("a:published", "", ATOM) for entry in entries]
            updated = [entry.findtext("a:updated", "", ATOM) for entry in entries]
            assert len(set(ids)) == len(ids), path
            assert times == sorted(times, reverse=True), path
            assert all(later >= first for later, first in zip(updated, times, strict=True)), path
            assert root.findtext("a:updated", "", ATOM) == max(updated, default="1970-01-01T00:00:00Z")
            assert all(entry.findtext("a:title", "", ATOM) for entry in entries)


def test_without_an_address_no_entry_leads_to_none(site: Path) -> None:
    feeds = [path.read_text("utf-8") for path in site.rglob("*.xml")]
    assert any("<entry>" in feed for feed in feeds)
    assert [feed for feed in feeds if "None" in feed] == []


def test_json_says_the_same_as_atom(placed: Path) -> None:
    for path in [path for path in placed.rglob("*.json") if not {"search", "data"} & {*path.parts}]:
        told = json.loads(path.read_text("utf-8"))
        root = read(path.with_suffix(".xml"))
        assert told["version"] == "https://jsonfeed.org/version/1.1"
        assert told["feed_url"] == f"{URL}/{path.relative_to(placed).as_posix()}"
        ids = [entry.findtext("a:id", "", ATOM) for entry in root.findall("a:entry", ATOM)]
        assert [item["id"] for item in told["items"]] == ids


def test_an_entry_leads_to_the_papers_page_where_it_is_known_and_else_to_arxiv(site: Path, placed: Path) -> None:
    for folder, beginning in ((placed, f"{URL}/paper/"), (site, "https://arxiv.org/abs/")):
        links = [link.attrib["href"] for link in read(folder / "feed.xml").findall("a:entry/a:link", ATOM)]
        assert len(links) == 60 and all(link.startswith(beginning) for link in links)
    assert read(placed / "feed.xml").findtext("a:entry/a:id", "", ATOM) == read(site / "feed.xml").findtext(
        "a:entry/a:id", "", ATOM
    )


def test_a_search_has_a_feed_of_the_papers_that_it_finds(placed: Path) -> None:
    root = read(placed / "feeds" / "agents.xml")
    entries = root.findall("a:entry", ATOM)
    assert entries and root.findtext("a:title", "", ATOM) == "Daily AI papers: agents"
    assert all("agent" in "".join(entry.itertext()).lower() for entry in entries)
    assert "feeds/agents.xml" in (placed / "feeds.html").read_text("utf-8")


def test_each_label_has_a_feed_and_weeks_have_one_of_those_that_are_over(site: Path) -> None:
    assert (site / "task" / f"{slug('Natural Language Processing')}.xml").exists()
    titles = [entry.findtext("a:title", "", ATOM) for entry in read(site / "weeks.xml").findall("a:entry", ATOM)]
    assert [title.split(":")[0] for title in titles] == ["Week 2025-W11", "Week 2025-W10", "Week 2025-W09"]


def test_with_an_address_there_is_a_map_of_all_pages_and_a_preview(site: Path, placed: Path) -> None:
    urls = [each.text for each in read(placed / "sitemap.xml").iter(f"{MAP}loc")]
    expected = {path.relative_to(placed).as_posix() for path in placed.rglob("*.html")} - {"404.html"}
    assert urls == sorted(f"{URL}/{path}" for path in expected)
    assert "Sitemap: https://papers.example.org/sub/sitemap.xml" in (placed / "robots.txt").read_text()
    page = (placed / "days.html").read_text("utf-8")
    assert f'<meta property="og:url" content="{URL}/days.html">' in page
    assert '<meta property="og:title" content="Days">' in page
    assert not (site / "sitemap.xml").exists() and "og:url" not in (site / "days.html").read_text("utf-8")
    assert 'href="/sub/index.html"' in (placed / "404.html").read_text("utf-8")


def test_a_map_of_more_pages_than_a_file_may_name_is_a_list_of_maps() -> None:
    made = dict(files(URL, [f"paper/{number}.html" for number in range(90_000)]))
    assert list(made) == ["sitemap-0.xml", "sitemap-1.xml", "sitemap-2.xml", "sitemap.xml"]
    assert [each.text for each in ET.fromstring(made["sitemap.xml"]).iter(f"{MAP}loc")][0] == f"{URL}/sitemap-0.xml"  # noqa: RUF015
