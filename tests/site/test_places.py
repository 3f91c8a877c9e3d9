"""Where pages stand: labels that read alike have a page each, and a renamed repository keeps its old address."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from altered import altered_copy
from markupsafe import escape
from site_markup import broken_links, pages

from pipeline.site import paths
from pipeline.site.build import build_site
from pipeline.site.options import Options
from pipeline.site.pages import lists

FORMER, GONE = "fictive-vision/aurora", "fictive-light/aurora"  # renamed, and gone since
YEARS = ("natural-language-processing.html", "natural-language-processing-in-2024.html")
LABELS = ("Robotics", "robotics", "ROBOTICS", "Robotics in 2025")


@pytest.fixture(scope="module")
def altered(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    task = "(select task_key from dim_task where task_key <> -1 order by task_key limit 1 offset {})"
    return altered_copy(
        example,
        tmp_path_factory.mktemp("places"),
        *(
            f"update dim_task set task_name = '{name}' where task_key = {task.format(n)}"
            for n, name in enumerate(LABELS)
        ),
        "update dim_source set licence = 'CC-BY-4.0' where source_id = 'timlrx/daily-ai-papers'",
        "update dim_source set licence = 'NOASSERTION' where source_id = 'gabrielchua/daily-ai-papers'",
        "update dim_repository set license_spdx = 'NOASSERTION'",
        f"update dim_repository set status = 'not_found' where lower(full_name) = '{GONE}'",
    )


@pytest.fixture(scope="module")
def site(altered: Path) -> Path:
    options = Options(altered, url="https://papers.example.org", searches={"tea": "tea", "Tea": "milk"})
    build_site(altered.parent / "site", options)
    return altered.parent / "site"


@pytest.fixture(scope="module")
def published(altered: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(altered), read_only=True) as connection:
        yield connection


def test_labels_that_differ_in_case_alone_have_a_page_and_a_feed_each(site: Path) -> None:
    headings = [path.read_text("utf-8").partition("<h1>")[2].partition("</h1>")[0] for path in site.glob("task/*.html")]
    assert sorted(set(LABELS) & set(headings)) == sorted(LABELS)
    feeds = [path.read_text("utf-8") for path in site.glob("task/*.xml")]
    assert all(any(f"<title>Daily AI papers: {label}</title>" in feed for feed in feeds) for label in LABELS)
    assert len(list((site / "feeds").glob("*.xml"))) == 2


def test_sources_whose_names_read_alike_have_a_page_each() -> None:
    names = ["a/b-c", "a-b/c", "a-b-c", "a/b/c"]
    assert len({paths.source_path(name) for name in names}) == len(names)
    assert paths.source_path("a/b-c") == "source/a-b-c.html"


def test_a_page_of_a_year_counts_its_own_papers(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_OF_A_LABEL", 3)
    year_before = "update {} set {} = {} - interval 1 year where month({}) = 2"
    dates = [("dim_paper", "first_listed_date"), ("fct_listing", "listing_date")]
    file = altered_copy(example, tmp_path, *(year_before.format(table, *[name] * 3) for table, name in dates))
    build_site(tmp_path / "site", Options(file))
    texts = [(tmp_path / "site" / "task" / name).read_text("utf-8") for name in YEARS]
    for text, year in zip(texts, (2025, 2024), strict=True):
        count = text.count('<li><a href="../paper/')
        assert count > 0 and f'content="{count} AI papers of {year} with the label' in text


def test_the_page_of_a_year_of_a_label_is_no_other_labels() -> None:
    assert paths.slug("Robotics") == "robotics"
    assert paths.slug("Robotics in 2025") != "robotics-in-2025"


def test_a_label_has_the_papers_that_the_search_finds_under_it(
    site: Path, published: duckdb.DuckDBPyConnection
) -> None:
    for name, count in published.execute(
        """
        select task_name, count(distinct paper_key)
        from bridge_listing_task join fct_listing using (listing_key) join dim_task using (task_key)
        where task_key <> -1
        group by task_name
        """
    ).fetchall():
        shown = [
            text for path in site.glob("task/*.html") if f"<h1>{escape(name)}</h1>" in (text := path.read_text("utf-8"))
        ]
        assert len(shown) == 1 and f'<p class="muted">{count} papers,' in shown[0], name


def test_a_renamed_repository_has_at_its_old_address_a_way_to_the_new_one_and_its_drawing(
    site: Path, published: duckdb.DuckDBPyConnection
) -> None:
    renamed = published.execute(
        """
        select repository_name, lower(full_name)
        from dim_repository_name join dim_repository using (repository_key)
        where repository_name <> lower(full_name) and status = 'found'
        """
    ).fetchall()
    assert renamed
    for old, new in renamed:
        text = (site / "repository" / old / "index.html").read_text("utf-8")
        assert f'href="../../../repository/{new}/index.html"' in text
        assert f'<link rel="canonical" href="https://papers.example.org/repository/{new}/index.html">' in text
        drawing = site / "repository" / new / "star.svg"
        assert (site / "repository" / old / "star.svg").read_bytes() == drawing.read_bytes()
        assert old in (site / "repository" / new / "index.html").read_text("utf-8")
    assert broken_links(site, {path: page for path, page in pages(site).items() if path != "404.html"}) == []


def test_a_renamed_repository_that_is_gone_is_not_said_to_be_at_github_now(site: Path) -> None:
    text = (site / "repository" / FORMER / "index.html").read_text("utf-8")
    assert f"{GONE} now" not in text and "GitHub has it" not in text
    assert "GitHub last had it as" in text and "GitHub does not find it" in text


def test_the_footer_has_the_licences_of_the_sources_that_are_there(site: Path) -> None:
    footer = (site / "days.html").read_text("utf-8").partition("<footer>")[2]
    assert "CC-BY-4.0 (timlrx/daily-ai-papers)" in footer
    assert "unknown licence (gabrielchua/daily-ai-papers)" in footer and "MIT" not in footer


def test_no_licence_is_shown_in_the_words_of_a_machine(site: Path) -> None:
    for folder in ("paper", "repository", "source", "day"):
        assert not [path for path in (site / folder).rglob("*.html") if "NOASSERTION" in path.read_text("utf-8")]
