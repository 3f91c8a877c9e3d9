"""The real pages that lie beside the project, where they do: counts that were established without this parser."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.sources.layouts.markdown import parse_pages, read_page
from pipeline.sources.reading import PAGES, Parsed

ARCHIVES = Path(__file__).parents[2].parent / "shared" / "archives"
TIMLRX = "timlrx/daily-ai-papers"
GABRIELCHUA = "gabrielchua/daily-ai-papers"

pytestmark = pytest.mark.skipif(not ARCHIVES.is_dir(), reason="needs the archives in ../shared")


@pytest.fixture(scope="module")
def parsed() -> Parsed:
    pages: list[tuple[str, date, str]] = []
    for path in sorted(ARCHIVES.glob("*/*/main/archive/*/*/*.md")):
        owner, name, _, _, year, month, day = path.relative_to(ARCHIVES).with_suffix("").parts
        pages.append((f"{owner}/{name}", date(int(year), int(month), int(day)), read_page(path.read_bytes()).text))
    return parse_pages(pl.DataFrame(pages, schema=PAGES, orient="row"))


@pytest.mark.parametrize(
    ("source_id", "pages", "published", "listings", "papers"),
    [(TIMLRX, 134, 132, 1264, 1241), (GABRIELCHUA, 148, 148, 2006, 1996)],
)
def test_every_page_and_listing_is_read(
    parsed: Parsed, source_id: str, pages: int, published: int, listings: int, papers: int
):
    of_source = parsed.pages.filter(source_id=source_id)
    assert of_source.height == pages
    assert of_source.filter(pl.col("listing_count") > 0).height == published
    ids = parsed.listings.filter(source_id=source_id)["arxiv_id"]
    assert (len(ids), ids.n_unique()) == (listings, papers)


def test_no_row_is_refused_and_every_row_is_counted(parsed: Parsed):
    assert parsed.rejected.is_empty()
    assert parsed.pages.filter(pl.col("listing_count") + pl.col("rejected_count") != pl.col("row_count")).is_empty()


def test_every_page_says_its_own_day_and_has_only_known_columns(parsed: Parsed):
    assert parsed.pages.filter(pl.col("heading_date").ne_missing(pl.col("listing_date"))).is_empty()
    assert parsed.pages.explode("unknown_columns").is_empty()


def test_labels_authors_and_repositories_are_all_there(parsed: Parsed):
    listings = parsed.listings.filter(source_id=TIMLRX)
    assert listings["tasks"].list.len().sum() == 3270
    assert listings["authors"].list.len().sum() == 5816
    links = listings.explode("links")["links"].struct.unnest()
    assert links.filter(kind="repository")["target"].str.to_lowercase().n_unique() == 617


def test_both_sources_give_a_paper_the_same_title(parsed: Parsed):
    titles = parsed.listings.group_by("arxiv_id").agg(pl.col("source_id", "title").unique())
    assert titles.filter(pl.col("source_id").list.len() == 2).height == 1225
    assert titles.filter(pl.col("title").list.len() > 1).is_empty()
