"""Every page of the demo's site: whole, linked, within its policy, and true to the file."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from site_markup import Page, broken_links, pages

from pipeline.core import sql_files
from pipeline.read.query import open_published, run_query
from pipeline.read.rows import as_csv

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self' blob:; connect-src 'self' blob:; style-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'self'"
)
DRAWN = {"path", "circle", "g", "text", "title", "svg"}  # all that a drawing of stars is made of


@pytest.fixture(scope="module")
def found(site: Path) -> dict[str, Page]:
    return pages(site)


@pytest.fixture(scope="module")
def published(example: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_published(example / "papers.duckdb", threads=1) as connection:
        yield connection


def test_every_page_is_whole(found: dict[str, Page]) -> None:
    assert len(found) > 250
    for path, page in found.items():
        assert page.faults == [], path
        assert len(set(page.ids)) == len(page.ids), path
        assert len(page.found("h1")) == 1, path
        assert page.found("html")[0]["lang"] == "en"
        assert all("alt" in image for image in page.found("img")), path


def test_every_link_leads_somewhere_and_none_depends_on_the_folder_of_the_site(
    site: Path, found: dict[str, Page]
) -> None:
    assert broken_links(site, found) == []


def test_every_page_can_be_reached_from_the_first(found: dict[str, Page]) -> None:
    left, seen = ["index.html"], {"index.html", "404.html"}
    while left:
        path = left.pop()
        for link in found[path].links():
            target = str((Path("/") / path).parent.joinpath(link.partition("#")[0]))
            plain = re.sub(r"[^/]+/\.\./", "", re.sub(r"[^/]+/[^/]+/\.\./\.\./", "", target)).lstrip("/")
            if plain in found and plain not in seen:
                seen.add(plain)
                left.append(plain)
    assert seen == found.keys()


def test_no_page_may_load_or_run_what_is_not_the_sites(found: dict[str, Page]) -> None:
    for path, page in found.items():
        policies = [each["content"] for each in page.found("meta") if each.get("http-equiv")]
        # DuckDB is compiled where SQL is asked, if it is there, and nowhere else.
        own = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
        assert policies == [POLICY] or (path == "sql.html" and policies == [own]), path
        for tag, attributes in page.elements:
            assert tag not in ("style", "iframe", "object", "embed", "base"), path
            assert "style" not in attributes and not any(name.startswith("on") for name in attributes), path
            assert tag != "script" or "src" in attributes, path
        loaded = [each["src"] for tag in ("script", "img") for each in page.found(tag)]
        assert not [link for link in loaded if "://" in link], path


def test_a_drawing_has_shapes_and_texts_and_no_style_or_script(site: Path) -> None:
    drawings = [path for path in site.rglob("star.svg")]
    assert len(drawings) > 50
    for path in drawings:
        tree = ET.parse(path)
        assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= DRAWN
        assert not [element for element in tree.iter() if "style" in element.attrib]


def test_there_is_a_page_for_each_paper_repository_label_source_day_week_and_month(
    found: dict[str, Page], published: duckdb.DuckDBPyConnection
) -> None:
    counted = {
        "paper/": "select count(*) from mart_paper",
        # A renamed one has a page at its old address too.
        "repository/": "select count(distinct repository_key) + (select count(*) from dim_repository_name"
        " join dim_repository using (repository_key) where repository_name <> lower(full_name)) from mart_code",
        "task/": "select count(distinct task_key) from bridge_listing_task where task_key <> -1",
        "source/": "select count(distinct source_key) from fct_source_day",
        "day/": "select count(distinct listing_date) from fct_listing",
        "week/": "select count(distinct date_trunc('week', listing_date)) from fct_listing",
        "month/": "select count(distinct date_trunc('month', listing_date)) from fct_listing",
    }
    for folder, text in counted.items():
        expected = published.execute(text).fetchall()[0][0]
        assert len([path for path in found if path.startswith(folder)]) == expected, folder


def test_every_question_has_its_rows_as_csv_and_on_its_page(
    site: Path, found: dict[str, Page], published: duckdb.DuckDBPyConnection
) -> None:
    for name in sql_files.names("queries"):
        text = (site / "questions" / f"{name}.csv").read_text("utf-8")
        assert text == as_csv(run_query(published, sql_files.read_sql("queries", name), {}))
        rows = list(csv.reader(io.StringIO(text)))[1:]
        shown = max(len(found[f"questions/{name}.html"].found("tr")) - 1, 0)
        assert shown == min(len(rows), 100), name


def test_unknown_is_shown_as_unknown_and_numbers_stand_on_the_right(site: Path) -> None:
    text = (site / "questions" / "most_starred.html").read_text("utf-8")
    assert re.search(r'<td class="number">\d', text)
    assert any(
        '<span class="muted">unknown</span>' in path.read_text("utf-8") for path in site.glob("questions/*.html")
    )
    assert (
        ".number { text-align: right; font-variant-numeric: tabular-nums"
        in next(site.glob("assets/site-*.css")).read_text()
    )


def test_a_papers_page_tells_a_reference_manager_what_to_cite(
    found: dict[str, Page], published: duckdb.DuckDBPyConnection
) -> None:
    rows = published.execute("select arxiv_id, authors, submitted_at from mart_paper where status = 'found'").fetchall()
    for arxiv_id, authors, submitted_at in rows:
        told = [
            (each["name"], each["content"]) for each in found[f"paper/{arxiv_id}.html"].found("meta") if "name" in each
        ]
        assert [content for name, content in told if name == "citation_author"] == authors
        assert ("citation_arxiv_id", arxiv_id) in told
        assert ("citation_publication_date", f"{submitted_at:%Y/%m/%d}") in told
        assert ("citation_pdf_url", f"https://arxiv.org/pdf/{arxiv_id}") in told


def test_the_two_curves_of_stars_are_those_of_the_file(site: Path, published: duckdb.DuckDBPyConnection) -> None:
    name, observed, kept = published.execute(
        """
        select lower(full_name), any_value(looks.n), count(*)
        from dim_repository
        join fct_repository_star_day using (repository_key)
        join (select repository_key, count(*) as n from fct_repository_day group by all) as looks using (repository_key)
        group by all order by 3 desc, 1 limit 1
        """
    ).fetchall()[0]
    rows = list(csv.DictReader(io.StringIO((site / "repository" / name / "stars.csv").read_text())))
    assert [row["series"] for row in rows].count("observed") == observed
    assert [row["series"] for row in rows].count("given_that_day_and_kept") == kept
    assert {row["series"] for row in rows} == {"observed", "given_that_day_and_kept"}


def test_the_first_page_is_small(site: Path) -> None:
    page = Page((site / "index.html").read_text("utf-8"))
    loaded = [each["href"] for each in page.found("link") if each["rel"] in ("stylesheet", "icon")]
    loaded += [each["src"] for tag in ("script", "img") for each in page.found(tag)]
    assert sum((site / path).stat().st_size for path in ("index.html", *loaded)) <= 50_000
