"""A repository that another has replaced under its name: nothing of the newcomer is shown as that of the old one."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from altered import altered_copy
from site_markup import pages

from pipeline.site.build import build_site
from pipeline.site.options import Options
from pipeline.site.paths import hashed, paper_path
from pipeline.site.report import write_report


@pytest.fixture(scope="module")
def keys(example: Path) -> tuple[int, int, str]:
    """Return the keys of two repositories that rise, and the name of the first, which the second takes."""
    with duckdb.connect(str(example / "papers.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            """
            select repository_key, full_name
            from mart_repository_rising
            group by repository_key, full_name
            order by sum(stars_gained) desc, repository_key
            limit 2
            """
        ).fetchall()
    return rows[0][0], rows[1][0], rows[0][1]


@pytest.fixture(scope="module")
def replaced(example: Path, tmp_path_factory: pytest.TempPathFactory, keys: tuple[int, int, str]) -> Path:
    old, new, name = keys
    return altered_copy(
        example,
        tmp_path_factory.mktemp("replaced"),
        f"update dim_repository set full_name = '{name}' where repository_key = {new}",
        "update dim_repository set status = 'not_found', replaced_by_repository_id = 4711"
        f" where repository_key = {old}",
        f"delete from fct_repository_star_day where repository_key = {old}",
        f"update bridge_paper_repository set link_role = 'own' where repository_key in ({old}, {new})",
    )


@pytest.fixture(scope="module")
def site(replaced: Path) -> Path:
    build_site(replaced.parent / "site", Options(replaced))
    return replaced.parent / "site"


def paper_of(file: Path, key: int) -> tuple[str, date]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(
            """
            select arxiv_id, first_linked_date
            from mart_code join dim_paper using (paper_key)
            where repository_key = $key
            order by arxiv_id
            """,
            {"key": key},
        ).fetchall()[0]


def test_an_old_paper_leads_to_the_repository_that_it_had_and_shows_its_curve(
    site: Path, replaced: Path, keys: tuple[int, int, str]
) -> None:
    old, new, name = keys
    folder = f"repository/{hashed(str(old))}"
    for key, place in ((old, folder), (new, f"repository/{name}")):
        arxiv_id, _ = paper_of(replaced, key)
        page = pages(site)[paper_path(arxiv_id)]
        assert f"../{place}/index.html" in page.links() and f"../{place}/star.svg" in page.links(), key
    arxiv_id, day = paper_of(replaced, old)
    listed = (site / "day" / f"{day}.html").read_text("utf-8").partition(f'id="p-{arxiv_id}"')[2]
    assert f'href="../{folder}/index.html"' in listed.partition("</article>")[0]


def test_what_rises_is_counted_by_repository_and_leads_to_it(
    site: Path, replaced: Path, keys: tuple[int, int, str]
) -> None:
    trends = (site / "trends.html").read_text("utf-8")
    assert f'href="repository/{hashed(str(keys[0]))}/index.html">{keys[2]} (replaced)</a>' in trends
    assert f'href="repository/{keys[2]}/index.html">{keys[2]}</a>' in trends


def test_nothing_of_the_old_one_leads_to_the_newcomer_at_github(
    site: Path, replaced: Path, keys: tuple[int, int, str], tmp_path: Path
) -> None:
    old, _, name = keys
    page = (site / "repository" / hashed(str(old)) / "index.html").read_text("utf-8")
    assert f'href="https://github.com/{name}"' not in page and "Another repository has its name now" in page
    arxiv_id, day = paper_of(replaced, old)
    report = write_report(replaced, tmp_path / "report.html", day).read_text("utf-8")
    article = report.partition(f'id="p-{arxiv_id}"')[2].partition("</article>")[0]
    assert name in article and f'href="https://github.com/{name}"' not in article
