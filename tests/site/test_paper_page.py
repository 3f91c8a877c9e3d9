"""The page of a paper has what each table of the star knows of it, found by walking the tables."""

import html
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from altered import altered_copy

from pipeline.read.latex import readable
from pipeline.read.query import open_published
from pipeline.site.build import build_site
from pipeline.site.options import Options
from pipeline.site.pages import papers as paper_pages
from pipeline.site.paths import paper_path

PAPER = "2503.90110"  # listed twice, with labels, code and a model, and shown at Hugging Face
KEY = f"(select paper_key from dim_paper where arxiv_id = '{PAPER}')"
UNTOLD = "2503.90014"  # with a page at Hugging Face that shows no counts, and no source that tells of models
RARE = [  # what no paper of the demo has
    "update dim_paper set doi = '10.1000/tea', journal_ref = 'Journal of Tea 7', comment = '12 pages of tea',"
    f" licence = 'cc-by-4.0', version_times = ['2025-03-01'::timestamp, '2025-04-02'::timestamp], version = 2"
    f" where arxiv_id = '{PAPER}'",
    f"update bridge_paper_author set affiliations = ['School of Tea'] where paper_key = {KEY} and position = 1",
    "insert into fct_paper_hub_day select paper_key, 20250401, '2025-04-01', 4711,"
    " 'https://github.com/tea/leaf', 'auto', 'https://tea.example.org/leaf', 'tea-house', 31, 32, 33"
    f" from dim_paper where arxiv_id = '{PAPER}'",
    "insert into bridge_paper_hub_resource select paper_key, (select min(hub_resource_key) from dim_hub_resource"
    f" where kind = 'dataset'), 'paper_page', '2025-04-01' from dim_paper where arxiv_id = '{PAPER}'",
    "insert into fct_paper_citation_day select paper_key, 20250403, 'semantic_scholar', 81, 9, '2025-04-03'"
    f" from dim_paper where arxiv_id = '{PAPER}'",
    "insert into listing_site by name select listing_key, 'zoo.example.org/x' as site, 'zoo.example.org' as host,"
    " 'other_artefact' as kind, 'https://zoo.example.org/x' as url, 1 as link_count"
    f" from fct_listing where paper_key = {KEY} limit 1",
    f"update fct_listing set title = 'As listed: tea' where paper_key = {KEY} and is_first_listing",
    "insert into fct_paper_hub_day select paper_key, 20250401, '2025-04-01', 5, null, null, null, null, null, null,"
    f" null from dim_paper where arxiv_id = '{UNTOLD}'",
]
FACTS = {
    "dim_paper": """
        select unnest([
            title, abstract, doi, journal_ref, comment, licence, 'version ' || version,
            strftime(submitted_at, '%Y-%m-%d'), strftime(version_times[2], '%Y-%m-%d'),
            strftime(observed_at, '%Y-%m-%d')
        ]) from dim_paper where paper_key = $key
    """,
    "author": """
        select unnest([author_name, affiliations[1]]) from bridge_paper_author join dim_author using (author_key)
        where paper_key = $key
    """,
    "category": """
        select category_code from bridge_paper_category join dim_category using (category_key) where paper_key = $key
    """,
    "listing": """
        select unnest([listing_date::varchar, source_id, case when not lists_abstracts then summary end, title])
        from fct_listing join dim_source using (source_key) where paper_key = $key
    """,
    "label": """
        select task_name from fct_listing join bridge_listing_task using (listing_key) join dim_task using (task_key)
        where paper_key = $key
    """,
    "code": """
        select unnest([
            full_name, language, '★ ' || format('{:,}', stars_count), strftime(mart_newest_star.observed_at, '%Y-%m-%d')
        ])
        from mart_code join dim_repository using (repository_key) left join mart_newest_star using (repository_key)
        where paper_key = $key
    """,
    "hub resource": """
        select unnest([kind, resource_id, licence, strftime(asserted_at, '%Y-%m-%d')])
        from bridge_paper_hub_resource join dim_hub_resource using (hub_resource_key) where paper_key = $key
    """,
    "hub resource day": """
        select unnest([format('{:,}', likes_count) || ' likes', strftime(fct_hub_resource_day.observed_at, '%Y-%m-%d')])
        from bridge_paper_hub_resource join fct_hub_resource_day using (hub_resource_key) where paper_key = $key
        qualify row_number() over (partition by hub_resource_key order by fct_hub_resource_day.observed_at desc) = 1
    """,
    "hub page": """
        select unnest([
            format('{:,}', upvotes_count), code_url, project_url, organisation, models_count || ' models',
            datasets_count || ' datasets', spaces_count || ' spaces', strftime(observed_at, '%Y-%m-%d')
        ]) from fct_paper_hub_day where paper_key = $key order by observed_at desc limit 8
    """,
    "citations": """
        select unnest([citation_count::varchar, influential_citation_count || ' influential', '2025-04-03'])
        from fct_paper_citation_day where paper_key = $key order by observed_at desc limit 3
    """,
    "site": "select url from listing_site join fct_listing using (listing_key) where paper_key = $key",
}


@pytest.fixture(scope="module")
def altered(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return altered_copy(example, tmp_path_factory.mktemp("rich"), *RARE)


@pytest.fixture(scope="module")
def text(altered: Path) -> str:
    """The words of the paper's page."""
    build_site(altered.parent / "site", Options(altered))
    page = (altered.parent / "site" / "paper" / f"{PAPER}.html").read_text("utf-8")
    return plain(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])))


@pytest.fixture(scope="module")
def published(altered: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(altered), read_only=True) as connection:
        yield connection


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("table", FACTS)
def test_each_value_of_a_table_is_on_the_page(table: str, text: str, published: duckdb.DuckDBPyConnection) -> None:
    key = published.execute(f"select {KEY}").fetchall()[0][0]
    told = [row[0] for row in published.execute(FACTS[table], {"key": key}).fetchall() if row[0] is not None]
    assert told, "the paper has none: choose another"
    assert [value for value in told if plain(readable(value)) not in text] == []


def test_labels_that_no_source_could_give_are_unknown_and_those_that_none_gave_are_none(
    example: Path, site: Path
) -> None:
    told = {True: "none", None: "unknown: no source of it gives labels"}
    with open_published(example / "papers.duckdb") as connection:
        asked = connection.sql(
            "select arxiv_id, tasks is not null or null from mart_paper where coalesce(len(tasks), 0) = 0"
        )
        found = {arxiv_id: is_known for arxiv_id, is_known in asked.fetchall()}
    assert set(found.values()) == {True, None}
    for arxiv_id, is_known in found.items():
        page = (site / paper_path(arxiv_id)).read_text("utf-8")
        assert f"<dt>Labels</dt><dd>{told[is_known]}</dd>" in page


def test_the_page_says_who_connects_a_model_or_code_with_the_paper(text: str) -> None:
    assert "listed by its page at Hugging Face on 2025-04-01" in text
    assert "matched by Hugging Face" in text


def test_upvotes_are_those_of_the_newest_look_whoever_looked(text: str, published: duckdb.DuckDBPyConnection) -> None:
    newest: datetime = published.execute(
        f"select max(observed_at) from fct_paper_hub_day where paper_key = {KEY}"
    ).fetchall()[0][0]
    assert f"Upvotes 4,711 on {newest:%Y-%m-%d}" in text


def shown_by_hub(models: int | None, datasets: int | None, spaces: int | None) -> dict[str, int | None]:
    return {"models_count": models, "datasets_count": datasets, "spaces_count": spaces}


@pytest.mark.parametrize(
    ("has_models", "hub_page", "said"),
    [
        (None, None, "Unknown: no source of it tells."),
        (None, shown_by_hub(None, None, None), "Unknown: no source of it tells."),
        (None, shown_by_hub(0, None, 0), "Unknown: no source of it tells."),
        (None, shown_by_hub(0, 0, 0), "None by its page at Hugging Face. No source of it tells."),
        (None, shown_by_hub(0, 2, 0), "None is known by name."),
        (False, shown_by_hub(0, 2, None), "None is known by name."),
        (False, None, "None: its sources link to none."),
        (False, shown_by_hub(None, None, None), "None: its sources link to none."),
        (False, shown_by_hub(0, 0, 0), "None: its sources link to none, nor does its page at Hugging Face."),
    ],
)
def test_no_models_are_none_only_if_somebody_can_tell(
    has_models: bool | None, hub_page: dict[str, int | None] | None, said: str
) -> None:
    assert paper_pages.said_of_models({"has_models": has_models, "hub_page": hub_page}) == said


def test_models_of_a_page_at_hugging_face_that_counts_none_are_unknown(altered: Path, text: str) -> None:
    assert text
    page = (altered.parent / "site" / paper_path(UNTOLD)).read_text("utf-8")
    assert "Unknown: no source of it tells." in page.partition("<h2>Models, data and demos</h2>")[2]
