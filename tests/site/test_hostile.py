"""Strangers' texts do nothing: not in pages, feeds and drawings, not in the names of files."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from altered import CONTROLS, HOSTILE, altered_copy
from site_markup import Page, broken_links, pages

from pipeline.site import paths
from pipeline.site.addresses import web_url
from pipeline.site.build import build_site
from pipeline.site.options import Options
from pipeline.site.pages.papers import bibtex
from pipeline.site.texts import clean

WORST = f"{HOSTILE}{CONTROLS}\x00../../etc/passwd ]]> javascript:alert(1) \u2066\u202d \\ }} \ud7ff"
OWN_SCHEMES = {"", "https"}


@pytest.fixture(scope="module")
def hostile(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a file in which every text of others is the worst."""
    folder = tmp_path_factory.mktemp("hostile")
    file = altered_copy(
        example,
        folder,
        "update dim_paper set title = $text || paper_key, abstract = $text, comment = $text, doi = $text,"
        " journal_ref = $text, licence = 'javascript:alert(1)'",
        "update fct_listing set summary = $text || listing_key, title = $text",
        "update dim_author set author_name = $text || author_key where author_key <> -1",
        "update dim_task set task_name = $text || task_key where task_key <> -1",
        "update dim_category set category_code = $text || category_key where category_key <> -1",
        "update dim_repository set full_name = '../../' || $text || repository_key, language = $text,"
        " description = $text, topics = [$text], license_spdx = $text, latest_release_tag = $text"
        " where repository_key <> -1",
        "update dim_hub_resource set resource_id = $text || hub_resource_key where hub_resource_key <> -1",
        "update listing_site set url = 'javascript:alert(1)//' || $text",
        "update fct_source_day set reason = $text",
        "update dim_source set url = 'javascript:alert(1)', licence = $text where source_key <> -1",
        "update dim_paper set arxiv_id = '../../evil' || paper_key where paper_key % 10 = 7",
        "update dim_paper set arxiv_id = $text || paper_key where paper_key % 10 = 8",
        text=WORST,
    )
    build_site(folder / "site", Options(file, url="https://papers.example.org/sub", searches={HOSTILE: "demo"}))
    return folder / "site"


@pytest.fixture(scope="module")
def found(hostile: Path) -> dict[str, Page]:
    return pages(hostile)


def test_labels_of_strangers_never_have_one_path_and_no_owner_has_the_folder_of_hashes() -> None:
    names = ["x", "x 4b68ab3847fe", "X", f"x {paths.hashed('X')}", f"x {paths.hashed('X0')}"]
    assert len(set(paths.slugs([*names, *names]).values())) == len(set(names))
    folders = [paths.repository_folder("con/x"), paths.repository_folder(f"{paths.hashed('con/x')}/index.html")]
    assert folders[0].startswith("repository/_/") and folders[1] == f"repository/{paths.hashed('con/x')}/index.html"


def test_pages_stay_whole_and_have_no_element_of_a_stranger(hostile: Path, found: dict[str, Page]) -> None:
    assert "&lt;img src=x" in (hostile / "index.html").read_text("utf-8")
    for path, page in found.items():
        assert page.faults == [], path
        assert all("src" in script for script in page.found("script")), path
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")], path
        assert all(image["src"].endswith("star.svg") for image in page.found("img")), path


def test_links_lead_to_pages_that_are_there_or_to_hosts_that_are_known(hostile: Path, found: dict[str, Page]) -> None:
    absolute = {"404.html": found["404.html"]}  # its links begin with the folder on the host
    assert broken_links(hostile, {path: page for path, page in found.items() if path not in absolute}) == []
    links = {urlsplit(link) for page in found.values() for link in page.links()}
    assert {link.scheme for link in links} <= OWN_SCHEMES
    assert {link.netloc for link in links} <= {"", "arxiv.org", "github.com", "huggingface.co"}


def test_names_of_files_are_plain(hostile: Path) -> None:
    names = [path.relative_to(hostile).as_posix() for path in hostile.rglob("*") if path.is_file()]
    assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9_./-]+", name) or ".." in name] == []
    assert len({name.lower() for name in names}) == len(names), "also where case does not count"
    assert {name.split("/")[0] for name in names if "/" in name} <= {
        *("assets", "day", "feeds", "month", "paper", "questions", "repository", "source", "task", "week"),
        *("data", "search", "vendor"),
    }


def test_feeds_drawings_and_maps_are_xml_and_json(hostile: Path) -> None:
    trees = [ET.parse(path) for kind in ("*.xml", "*.svg") for path in hostile.rglob(kind)]
    assert len(trees) > 100
    titles = [title.text or "" for tree in trees for title in tree.iter("{http://www.w3.org/2005/Atom}title")]
    assert any("<img src=x" in title for title in titles)
    for path in hostile.rglob("*.json"):
        told = json.loads(path.read_text("utf-8"))
        items = told["items"] if path.with_suffix(".xml").exists() else []
        assert all(item["id"].startswith(("https://arxiv.org/abs/", "urn:uuid:")) for item in items)
        assert not any("<img" in item["content_html"] or "<script" in item["content_html"] for item in items)


def test_no_file_has_characters_that_xml_cannot_hold_and_none_turns_the_text_around_it(hostile: Path) -> None:
    for path in hostile.rglob("*"):
        if path.suffix in (".html", ".xml", ".svg"):
            text = path.read_text("utf-8")
            assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", text), path
            opened = sum(text.count(letter) for letter in "\u2066\u2067\u2068")
            assert opened == text.count("\u2069"), path


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("a\x00b\x1b\ufffe\U0001ffff", "ab"),
        ("tab\tline\n", "tab\tline\n"),
        ("\u202eevil", "\u2068\u202eevil\u2069"),
        ("\u2069\u2066a", "\u2068\u2066a\u2069\u2069"),
    ],
)
def test_a_text_is_cleaned(text: str, cleaned: str) -> None:
    assert clean(text).replace("\U0001ffff", "") == cleaned


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (paths.paper_path("2503.12345"), r"paper/2503\.12345\.html"),
        (paths.paper_path("hep-th/9901001"), r"paper/hep-th-9901001\.html"),
        (paths.paper_path("../../x"), r"paper/[0-9a-f]{12}\.html"),
        (paths.repository_folder("Owner/Na.me_1"), r"repository/owner/na\.me_1"),
        (paths.repository_folder("owner/.github"), r"repository/_/[0-9a-f]{12}"),
        (paths.repository_folder("owner/name."), r"repository/_/[0-9a-f]{12}"),
        (paths.repository_folder("owner/CON"), r"repository/_/[0-9a-f]{12}"),
        (paths.repository_folder("owner/b..c"), r"repository/_/[0-9a-f]{12}"),
        (paths.repository_folder("owner/.."), r"repository/_/[0-9a-f]{12}"),
        (f"task/{paths.slug('Question Answering')}.html", r"task/question-answering\.html"),
        (f"task/{paths.slug('Text-to-Image')}.html", r"task/text-to-image-[0-9a-f]{12}\.html"),
        (f"task/{paths.slug('模型')}.html", r"task/[0-9a-f]{12}\.html"),
        (f"task/{paths.slug('nul')}.html", r"task/nul-[0-9a-f]{12}\.html"),
        (paths.source_path("Owner/name"), r"source/owner-name\.html"),
    ],
)
def test_a_path_is_made_of_what_fits_or_of_a_hash(path: str, expected: str) -> None:
    assert re.fullmatch(expected, path)
    assert paths.is_path(path)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a.b/<x>", "//a.b", "data:text/html,x", "https://a b.c"]
)
def test_only_an_address_of_the_web_is_linked(url: str) -> None:
    assert web_url(url) is None and web_url("https://lab.github.io/tea?x=1") is not None


@pytest.mark.parametrize("title", ["a } b", "a { b", "{a} b", "end\\", "two\nlines", r"\{a", "a\\}}"])
def test_a_title_cannot_end_its_field_of_bibtex(title: str) -> None:
    paper = {
        **{"title": title, "authors": ["Ada Lace"], "arxiv_id": "2503.12345", "doi": None},
        **{"submitted_at": None, "primary_category": "cs.CL"},
    }
    entry = bibtex(paper)
    assert entry.startswith("@misc{lace2503.12345,\n") and entry.endswith("\n}")
    # To BibTeX a brace is one also behind a backslash.
    depths = [entry[:place].count("{") - entry[:place].count("}") for place in range(1, len(entry))]
    assert min(depths[5:]) == 1 and entry.count("{") == entry.count("}")
    assert len(entry.splitlines()) == 8


@pytest.mark.parametrize("blank", ["", "   ", "\x01", "\n"])
def test_a_text_of_nothing_is_no_field_of_bibtex(blank: str) -> None:
    paper = {"title": blank, "authors": ["Ada Lace"], "arxiv_id": "2503.12345", "doi": blank}
    entry = bibtex({**paper, "submitted_at": None, "primary_category": "cs.CL"})
    assert "title" not in entry and "doi" not in entry and "author = {Ada Lace}" in entry
