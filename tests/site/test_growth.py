"""What a larger file costs: a day more changes few files, and a limit of pages leaves out old papers and no link."""

import shutil
from pathlib import Path

import duckdb
from altered import altered_copy
from site_markup import broken_links, pages

from pipeline.site.build import build_site
from pipeline.site.options import Options

DAY = "2025-03-21"


def without_last_day(example: Path, folder: Path) -> Path:
    """Return the file as it would be without its newest day, but for what was asked later."""
    listings = f"(select listing_key from fct_listing where listing_date = '{DAY}')"
    papers = f"(select paper_key from dim_paper where first_listed_date = '{DAY}')"
    with duckdb.connect(str(example / "papers.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select table_name, column_name from duckdb_columns() join duckdb_tables() using (table_name)"
        ).fetchall()
    gone = {"listing_key": listings, "paper_key": papers}
    deleted = [(table, name) for table, name in tables if name in gone and table not in ("fct_listing", "dim_paper")]
    statements = [f"delete from {table} where {name} in {gone[name]}" for table, name in deleted]
    last = [
        f"delete from fct_listing where listing_date = '{DAY}'",
        f"delete from dim_paper where first_listed_date = '{DAY}'",
        f"delete from fct_source_day where listing_date = '{DAY}'",
    ]
    return altered_copy(example, folder, *statements, *last)


def test_a_day_more_changes_lists_and_answers_and_no_other_paper_or_repository(example: Path, tmp_path: Path) -> None:
    before = without_last_day(example, tmp_path)
    build_site(tmp_path / "site", Options(before))
    old = {path: path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()}
    build_site(tmp_path / "site", Options((example / "papers.duckdb").resolve()))
    changed = [
        path.relative_to(tmp_path / "site").as_posix()
        for path, content in old.items()
        if not path.exists() or path.read_bytes() != content
    ]
    kinds = {name.split("/")[0] for name in changed if "/" in name}
    assert kinds <= {"data", "day", "month", "paper", "questions", "repository", "search", "source", "task", "week"}
    # The paper before the new ones leads to them, and one that was listed again has another day.
    assert len([name for name in changed if name.startswith("paper/")]) <= 2
    assert len([name for name in changed if name.startswith("day/")]) == 1
    assert len([name for name in changed if name.startswith("week/")]) == 1
    assert len([name for name in changed if name.startswith("repository/")]) <= 1
    assert (tmp_path / "site" / "day" / f"{DAY}.html").exists()


def test_with_a_limit_only_the_newest_papers_have_a_page_and_all_links_still_lead_somewhere(
    example: Path, tmp_path: Path
) -> None:
    options = Options((example / "papers.duckdb").resolve(), pages=60)
    build_site(tmp_path / "site", options)
    found = pages(tmp_path / "site")
    with duckdb.connect(str(example / "papers.duckdb"), read_only=True) as connection:
        newest = connection.execute(
            "select arxiv_id from mart_paper where first_listed_date >= '2025-03-01'"
        ).fetchall()
    assert {path for path in found if path.startswith("paper/")} == {f"paper/{row[0]}.html" for row in newest}
    assert broken_links(tmp_path / "site", found) == []
    assert "older papers have no page of their own" in (tmp_path / "site" / "about.html").read_text()
    shutil.rmtree(tmp_path / "site")


def test_a_file_without_a_listing_has_a_site_that_says_so(example: Path, tmp_path: Path) -> None:
    tables = ("fct_listing", "bridge_listing_repository", "bridge_paper_repository")
    file = altered_copy(example, tmp_path, *(f"delete from {table}" for table in tables))
    build_site(tmp_path / "site", Options(file))
    assert "The warehouse has no listing." in (tmp_path / "site" / "index.html").read_text()
    assert broken_links(tmp_path / "site", pages(tmp_path / "site")) == []
