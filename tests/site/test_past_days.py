"""A page about a past day shows what was known then. What was learnt later is not there, or has its day beside it."""

import json
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest
from altered import altered_copy

from pipeline.site.build import build_site
from pipeline.site.options import Options
from pipeline.site.report import write_report

# Listed with labels, code and a model on 17 March, and before that, on 13 March, with nothing but its title.
LATER = "2503.90124"
FIRST, SECOND = "2025-03-13", "2025-03-17"
WEEK = "2025-W11"  # ends between the two
GONE = "2503.90110"
PENDING = "2502.90086"  # arXiv has not answered for it; only the listing of its second day names its authors
NAMELESS, NAMING = "2025-02-27", "2025-02-28"
REVISED = "2503.90120"  # in the newest week that is over; arXiv has told a new version of it, with another title


@pytest.fixture(scope="module")
def altered(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("past")
    pending = f"paper_key = (select paper_key from dim_paper where arxiv_id = '{PENDING}')"
    first, second = (
        f"(select listing_key from fct_listing where {pending} and listing_date = '{day}')"
        for day in (NAMELESS, NAMING)
    )
    revised = f"paper_key = (select paper_key from dim_paper where arxiv_id = '{REVISED}')"
    return altered_copy(
        example,
        folder,
        f"update dim_paper set is_withdrawn = true where arxiv_id = '{LATER}'",
        "update dim_paper_version set is_withdrawn = true, valid_from = '2025-05-05 12:00'"
        f" where paper_key = (select paper_key from dim_paper where arxiv_id = '{LATER}')",
        "update dim_repository set status = 'not_found', observed_at = '2025-06-07 12:00' where repository_key in"
        f" (select repository_key from mart_code join dim_paper using (paper_key) where arxiv_id = '{LATER}')",
        f"delete from bridge_paper_author where {pending}",
        f"update fct_listing set author_count = 2 where listing_key = {second}",
        f"update fct_listing set author_count = null where listing_key = {first}",
        f"update bridge_listing_author set listing_key = {second} where listing_key = {first}",
        f"update dim_paper set title = 'Tea, revised' where {revised}",
        "insert into dim_paper_version by name select * replace ('Tea, revised' as title, version + 1 as version,"
        f" '2025-05-06 07:08:09'::timestamp as valid_from) from dim_paper_version where {revised}",
    )


@pytest.fixture(scope="module")
def site(altered: Path) -> Path:
    build_site(altered.parent / "site", Options(altered))
    return altered.parent / "site"


@pytest.fixture(scope="module")
def told(altered: Path) -> tuple[str, str, str]:
    """Return a label, a repository and a model that only the second listing of the paper names."""
    with duckdb.connect(str(altered), read_only=True) as connection:
        rows = connection.execute(
            """
            select
                task_name,
                full_name,
                resource_id
            from fct_listing
            join dim_paper using (paper_key)
            join bridge_listing_task using (listing_key)
            join dim_task using (task_key)
            join bridge_listing_repository using (listing_key)
            join dim_repository using (repository_key)
            join bridge_listing_hub_resource using (listing_key)
            join dim_hub_resource using (hub_resource_key)
            where arxiv_id = $id and listing_date = $day
            """,
            {"id": LATER, "day": SECOND},
        ).fetchall()
    return rows[0]


def article(text: str, arxiv_id: str) -> str:
    found = re.search(rf'<article id="p-{re.escape(arxiv_id)}">.*?</article>', text, re.DOTALL)
    assert found
    return found[0]


def test_a_day_has_neither_label_nor_code_nor_model_that_a_later_listing_told(
    site: Path, told: tuple[str, str, str]
) -> None:
    before = article((site / "day" / f"{FIRST}.html").read_text("utf-8"), LATER)
    after = article((site / "day" / f"{SECOND}.html").read_text("utf-8"), LATER)
    for text in told:
        assert text not in before
        assert text in after


def test_the_report_of_a_past_day_has_them_neither(altered: Path, told: tuple[str, str, str], tmp_path: Path) -> None:
    text = write_report(altered, tmp_path / "report.html", date.fromisoformat(FIRST)).read_text("utf-8")
    assert not [each for each in told if each in article(text, LATER)]


def test_a_week_and_a_month_know_what_was_told_by_their_end(site: Path) -> None:
    def line(path: str) -> str:
        text = (site / path).read_text("utf-8")
        return re.findall(rf'<li><a href="[^"]*{re.escape(LATER)}\.html">.*</li>', text)[-1]

    assert ">code<" not in line(f"week/{WEEK}.html")
    assert ">code<" in line("week/2025-W12.html")
    assert ">code<" in line("month/2025-03.html")


def test_tiles_count_what_was_told_by_the_day(site: Path, altered: Path) -> None:
    with duckdb.connect(str(altered), read_only=True) as connection:
        papers, told, coded = connection.execute(
            """
            with paper as (
                select paper_key, bool_or(repository_count > 0) as has_code
                from fct_listing
                where listing_date <= $day
                group by paper_key
                having bool_or(listing_date = $day)
            )
            select count(*), count(has_code), count_if(has_code) from paper
            """,
            {"day": FIRST},
        ).fetchall()[0]
    expected = str(coded) if told == papers else f"{coded} of {told} known"
    assert f"<dt>with code</dt><dd>{expected}</dd>" in (site / "day" / f"{FIRST}.html").read_text("utf-8")


def test_what_was_learnt_later_has_its_day_beside_it(site: Path) -> None:
    first = article((site / "day" / f"{FIRST}.html").read_text("utf-8"), LATER)
    second = article((site / "day" / f"{SECOND}.html").read_text("utf-8"), LATER)
    assert "withdrawn, learnt on 2025-05-05" in first
    assert "gone, seen on 2025-06-07" in second
    assert "withdrawn, learnt on 2025-05-05" in (site / "week" / f"{WEEK}.html").read_text("utf-8")


def test_every_number_of_stars_upvotes_and_citations_on_pages_of_the_past_has_a_day(site: Path) -> None:
    for folder in ("day", "week", "month"):
        for path in (site / folder).iterdir():
            text = re.sub(r"<[^>]+>|\s+", " ", path.read_text("utf-8"))
            for number in re.finditer(r"★ [\d,]+|\d[\d,]* (?:upvotes|citations)", text):
                assert re.match(r"[^★]{0,40}? on +\d{4}-\d\d-\d\d", text[number.end() :]), (path, number[0])


def test_a_past_day_says_until_when_arxiv_was_asked_and_when_its_sources_were_read(site: Path, altered: Path) -> None:
    text = re.sub(r"\s+", " ", (site / "day" / f"{FIRST}.html").read_text("utf-8"))
    with duckdb.connect(str(altered), read_only=True) as connection:
        learnt, read = connection.execute(
            """
            select
                max(observed_at)::date,
                (select max(fetched_at)::date from fct_source_day where listing_date = $day)
            from dim_paper
            where paper_key in (select paper_key from fct_listing where listing_date = $day)
            """,
            {"day": FIRST},
        ).fetchall()[0]
    assert f"is as of {learnt}, and not of this day" in text
    assert f"read on {read}" in text


def test_the_entry_of_a_feed_stays_when_a_later_listing_tells_more(site: Path, told: tuple[str, str, str]) -> None:
    items = json.loads((site / "feed.json").read_text("utf-8"))["items"]
    entry = json.dumps([item for item in items if item["id"].endswith(LATER)][0])  # noqa: RUF015
    assert not [each for each in told[:2] if each in entry]


def test_authors_that_a_later_listing_names_are_not_there_on_the_day_before(site: Path, altered: Path) -> None:
    with duckdb.connect(str(altered), read_only=True) as connection:
        names: list[str] = connection.execute(
            f"select authors from mart_paper where arxiv_id = '{PENDING}' and not has_arxiv_authors"
        ).fetchall()[0][0]
    before = article((site / "day" / f"{NAMELESS}.html").read_text("utf-8"), PENDING)
    after = article((site / "day" / f"{NAMING}.html").read_text("utf-8"), PENDING)
    assert len(names) == 2
    assert not [name for name in names if name in before] and all(name in after for name in names)
    paper = (site / "paper" / f"{PENDING}.html").read_text("utf-8")
    assert f"{', '.join(names)} (as listed)" in paper
    entries = [told for path in site.glob("task/*.json") if (told := entry(path, PENDING)) != "null"]
    assert entries and not [told for told in entries if any(name in told for name in names)]


def entry(feed: Path, ending: str) -> str:
    items = json.loads(feed.read_text("utf-8"))["items"]
    return json.dumps(next((item for item in items if item["id"].endswith(ending)), None))


def test_an_entry_says_when_arxiv_last_told_another_text_of_it(site: Path) -> None:
    found = json.loads(entry(site / "feed.json", REVISED))
    assert found["title"] == "Tea, revised"
    assert found["date_modified"] == "2025-05-06T07:08:09Z"
    text = (site / "feed.xml").read_text("utf-8")
    told = next(part for part in text.split("<entry>") if "Tea, revised" in part)
    assert "<updated>2025-05-06T07:08:09Z</updated>" in told and f"<published>{found['date_published']}<" in told
    assert "<updated>2025-05-06T07:08:09Z</updated>" in text.partition("<entry>")[0]


def test_the_entry_of_a_week_stays_when_a_title_changes(site: Path) -> None:
    assert "Tea, revised" not in (site / "weeks.json").read_text("utf-8")


def test_a_report_says_that_whose_code_it_is_is_judged_by_what_is_known_now(altered: Path, tmp_path: Path) -> None:
    text = write_report(altered, tmp_path / "report.html", date(2025, 3, 21)).read_text("utf-8")
    for section in ("rising", "curves"):
        part = text.partition(f'<section id="{section}">')[2].partition("</section>")[0]
        assert "Whose code it is is judged by all that is known now, and not" in part, section
