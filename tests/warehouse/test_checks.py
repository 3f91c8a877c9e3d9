"""Each check is broken once, on a copy of the demo's warehouse, and shows the very rows that break it."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipeline.commands.job import run_days
from pipeline.core import sql_files
from pipeline.core.settings import read_settings
from pipeline.http.client import Web
from pipeline.read.query import open_published
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.sources.stored import Stored
from pipeline.standin import Standin
from pipeline.warehouse.checks import CHECKS, dimensions
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.tables import TABLES

GRAINS = [name for name in CHECKS if name.endswith("_grain") and name != "listing_grain"]
ERRORS = [name for name, check in CHECKS.items() if check.is_error]
TIMLRX, GABRIELCHUA = "timlrx/daily-ai-papers", "gabrielchua/daily-ai-papers"
REAL_DAYS = [date(2024, 9, 5) + timedelta(days=step) for step in range(208)]  # to 2025-03-31
SOURCE = f"(select source_key from dim_source where source_id = '{TIMLRX}')"
A_LISTING = f"(select min(listing_key) from fct_listing where source_key = {SOURCE} and task_count > 1)"
A_CITED_PAPER = "(select min(paper_key) from fct_paper_citation_day)"
A_REPOSITORY = "(select min(repository_key) from fct_repository_day)"
A_HUB_PAGE = "(select min(paper_key) from fct_paper_hub_day)"
A_CONNECTED = "(select min(paper_key) from bridge_paper_hub_resource where asserted_by = 'paper_page')"
A_RESOURCE = "(select min(hub_resource_key) from fct_hub_resource_day)"
A_PAPER = "(select min(paper_key) from fct_listing)"
A_DAY = f"source_key = {SOURCE} and listing_date = '2025-03-20'"
SEEN = (
    "insert into fct_listing_day by name select 20250321 as date_key, 1 as position, 7 as upvotes_count,"
    f" {A_LISTING} as listing_key, observed_at from (select {{}} as observed_at)"
)
A_PAGE = f"source_id = '{TIMLRX}' and listing_date = '2025-03-20'"

Rows = list[tuple[object, ...]]
Ask = Callable[[str], object]  # one value of the warehouse as it is, unbroken


# What breaks a rule, and whether the rows that are then shown are those that break it.
EXAMPLES: dict[str, tuple[str, Callable[[Rows, Ask], bool]]] = {
    "calendar_covered": (
        f"delete from fct_source_day where {A_DAY}",
        lambda rows, ask: rows == [(ask(SOURCE), date(2025, 3, 20))],
    ),
    "columns_known": (
        f"update staging.page set unknown_columns = ['Venue'], missing_columns = ['tasks'] where {A_PAGE}",
        lambda rows, ask: [row[:4] for row in rows] == [(TIMLRX, date(2025, 3, 20), ["Venue"], ["tasks"])],
    ),
    "dimension_keys_unique": (
        "delete from dim_author where author_key = -1",
        lambda rows, ask: rows == [("dim_author", -1, 0)],
    ),
    "enrichment_backlog": (
        "update dim_paper set status = 'pending' where first_listed_date < '2025-03-10' and paper_key <> -1",
        lambda rows, ask: [row[0] for row in rows] == ["arxiv"] and rows[0][3] == date(2025, 2, 24),
    ),
    "citations_on_their_day": (
        f"update fct_paper_citation_day set citation_count = -1 where paper_key = {A_CITED_PAPER}",
        lambda rows, ask: [(row[0], row[2]) for row in rows] == [(ask(A_CITED_PAPER), -1)],
    ),
    "first_listing_is_the_earliest": (
        f"update dim_paper set first_listed_date = '2024-01-01' where paper_key = {A_PAPER}",
        lambda rows, ask: [row[:2] for row in rows] == [(ask(A_PAPER), date(2024, 1, 1))],
    ),
    "heading_dates_agree": (
        f"update staging.page set heading_date = '2025-03-19' where {A_PAGE}",
        lambda rows, ask: rows == [(TIMLRX, date(2025, 3, 20), date(2025, 3, 19), "markdown")],
    ),
    "hub_observations_on_their_day": (
        f"update fct_hub_resource_day set date_key = 20250320 where hub_resource_key = {A_RESOURCE}",
        lambda rows, ask: [row[:2] for row in rows] == [(ask(A_RESOURCE), 20250320)],
    ),
    "hub_observations_were_made": (
        "update fct_hub_resource_day set observed_at = observed_at - interval 1 day"
        f" where hub_resource_key = {A_RESOURCE}",
        lambda rows, ask: [row[0] for row in rows] == [ask(A_RESOURCE)],
    ),
    "hub_pages_on_their_day": (
        f"update fct_paper_hub_day set date_key = 20250320 where paper_key = {A_HUB_PAGE}",
        lambda rows, ask: {row[:2] for row in rows} == {(ask(A_HUB_PAGE), 20250320)},
    ),
    "hub_resource_versions_chain": (
        f"update dim_hub_resource_version set hub_id = 'another' where hub_resource_key = {A_RESOURCE}",
        lambda rows, ask: [row[0] for row in rows] == [ask(A_RESOURCE)],
    ),
    "keys_follow_natural_keys": (
        "update dim_task set task_name = 'robotics' where task_name = 'Robotics'",
        lambda rows, ask: rows == [("dim_task", ask("key_of('Robotics')"), ask("key_of('robotics')"))],
    ),
    "language_weights_sum_to_one": (
        f"insert into bridge_repository_language values ({A_REPOSITORY}, 'Python', 900, 0.9)",
        lambda rows, ask: rows == [(ask(A_REPOSITORY), 0.9)],
    ),
    "labels_known": (
        "update dim_task set task_group = 'Unknown' where task_name = 'Robotics'",
        lambda rows, ask: "Robotics" in [row[0] for row in rows],
    ),
    "listed_after_submission": (
        f"update dim_paper set submitted_at = '2025-04-01 12:00' where paper_key = {A_PAPER}",
        lambda rows, ask: {row[3] for row in rows} == {datetime(2025, 4, 1, 12)},
    ),
    "listing_counts_agree": (
        f"delete from bridge_listing_author where listing_key = {A_LISTING}",
        lambda rows, ask: [row[0] for row in rows] == [ask(A_LISTING)],
    ),
    "listings_in_documents": (
        f"update fct_listing set is_in_markdown = false, is_in_json = false where listing_key = {A_LISTING}",
        lambda rows, ask: [row[0] for row in rows] == [ask(A_LISTING)],
    ),
    "listing_grain": (
        f"insert into fct_listing select * from fct_listing where listing_key = {A_LISTING}",
        lambda rows, ask: [row[3] for row in rows] == [2],
    ),
    "neighbouring_days_differ": (
        "update fct_source_day set document_sha256 = (select document_sha256 from fct_source_day"
        f" where source_key = {SOURCE} and listing_date = '2025-03-21') where {A_DAY}",
        lambda rows, ask: [row[:3] for row in rows] == [(TIMLRX, date(2025, 3, 21), date(2025, 3, 20))],
    ),
    "nothing_put_aside": (
        "insert into staging.put_aside by name select 'page' as part, 'a/b/2025-03-20' as subject, 'no' as reason",
        lambda rows, ask: rows == [("page", "a/b/2025-03-20", "no", None)],
    ),
    "nothing_from_the_future": (
        f"update fct_repository_day set observed_at = '2999-01-01' where repository_key = {A_REPOSITORY}",
        lambda rows, ask: rows == [("fct_repository_day", datetime(2999, 1, 1))],
    ),
    "observations_on_their_day": (
        f"update fct_repository_day set date_key = 20250320 where repository_key = {A_REPOSITORY}",
        lambda rows, ask: [row[:2] for row in rows] == [(ask(A_REPOSITORY), 20250320)],
    ),
    "observations_were_made": (
        "update fct_repository_day set observed_at = observed_at - interval 1 day"
        f" where repository_key = {A_REPOSITORY}",
        lambda rows, ask: [row[0] for row in rows] == [ask(A_REPOSITORY)],
    ),
    "one_first_listing": (
        f"update fct_listing set is_first_listing = false where paper_key = {A_PAPER}",
        lambda rows, ask: [row[:2] for row in rows] == [(ask(A_PAPER), 0)],
    ),
    "outcomes_fit_their_rows": (
        f"update fct_source_day set outcome = 'absent' where {A_DAY}",
        lambda rows, ask: [row[:3] for row in rows] == [(ask(SOURCE), date(2025, 3, 20), "absent")],
    ),
    "pages_readable": (
        f"update fct_source_day set outcome = 'failed', reason = 'no answer in time' where {A_DAY}",
        lambda rows, ask: (
            [(row[0], row[1], row[5]) for row in rows] == [(TIMLRX, date(2025, 3, 20), "no answer in time")]
        ),
    ),
    "paper_resources_were_asserted": (
        "update bridge_paper_hub_resource set asserted_at = asserted_at - interval 1 day"
        f" where asserted_by = 'paper_page' and paper_key = {A_CONNECTED}",
        lambda rows, ask: {row[0] for row in rows} == {ask(A_CONNECTED)} and {row[2] for row in rows} == {"paper_page"},
    ),
    "paper_versions_chain": (
        "update dim_paper_version set is_current = false"
        " where paper_key = (select min(paper_key) from dim_paper_version)",
        lambda rows, ask: [row[0] for row in rows] == [ask("(select min(paper_key) from dim_paper_version)")],
    ),
    "positions_on_pages": (
        f"update fct_listing set position = null where listing_key = {A_LISTING}",
        lambda rows, ask: [row[0] for row in rows] == [ask(A_LISTING)],
    ),
    "references_found": (
        "delete from dim_task where task_name = 'Robotics'",
        lambda rows, ask: rows == [("bridge_listing_task.task_key", ask("key_of('Robotics')"))],
    ),
    "repositories_in_place": (
        f"update dim_repository set replaced_by_repository_id = 7 where repository_key = {A_REPOSITORY}",
        lambda rows, ask: [(row[0], row[2]) for row in rows] == [(ask(A_REPOSITORY), 7)],
    ),
    "repository_versions_chain": (
        f"update dim_repository_version set valid_to = valid_from where repository_key = {A_REPOSITORY}",
        lambda rows, ask: [row[0] for row in rows] == [ask(A_REPOSITORY)],
    ),
    "repository_weights_sum_to_one": (
        "update bridge_listing_repository set weight = 0.5"
        " where listing_key = (select min(listing_key) from fct_listing where repository_count = 1)",
        lambda rows, ask: [row[1] for row in rows] == [0.5],
    ),
    "row_counts_steady": (
        f"update fct_source_day set listing_count = 90 where {A_DAY}",
        lambda rows, ask: [row[:3] for row in rows] == [(ask(SOURCE), date(2025, 3, 20), 90)],
    ),
    "rows_accounted_for": (
        f"delete from fct_listing where listing_key = {A_LISTING}",
        lambda rows, ask: (
            [row[:2] for row in rows]
            == [(ask(SOURCE), ask(f"(select listing_date from fct_listing where listing_key = {A_LISTING})"))]
        ),
    ),
    "sources_tell_what_they_list": (
        f"update dim_source set lists_code = false where source_id = '{TIMLRX}'",
        lambda rows, ask: [row[0] for row in rows] == [TIMLRX],
    ),
    "sightings_after_their_day_began": (
        SEEN.format(f"(select listing_date - interval 15 hour from fct_listing where listing_key = {A_LISTING})"),
        lambda rows, ask: [row[0] for row in rows] == [ask(A_LISTING)],
    ),
    "sightings_on_their_day": (
        SEEN.format("timestamp '2025-03-22 00:00'"),
        lambda rows, ask: rows == [(ask(A_LISTING), 20250321, datetime(2025, 3, 22))],
    ),
    "source_silent": (
        f"update fct_source_day set outcome = 'absent' where source_key = {SOURCE} and listing_date > '2025-03-14'",
        lambda rows, ask: rows == [(ask(SOURCE), date(2025, 3, 14), 7, 4)],
    ),
    "star_curve_agrees": (
        f"update fct_repository_day set stars_count = stars_count * 2 + 9 where repository_key = {A_REPOSITORY}",
        lambda rows, ask: {row[0] for row in rows} == {ask(A_REPOSITORY)},
    ),
    "star_days_are_over": (
        f"update fct_repository_star_day set first_observed_at = star_date where repository_key = {A_REPOSITORY}",
        lambda rows, ask: {row[0] for row in rows} == {ask(A_REPOSITORY)},
    ),
    "statuses_fit_their_values": (
        f"update dim_paper set status = 'pending' where paper_key = {A_PAPER}",
        lambda rows, ask: rows == [("dim_paper", ask(A_PAPER), "pending")],
    ),
    "task_weights_sum_to_one": (
        f"update bridge_listing_task set weight = weight * 2 where listing_key = {A_LISTING}",
        lambda rows, ask: rows == [(ask(A_LISTING), 2.0)],
    ),
    "titles_agree": (
        "update fct_listing set title = 'Another' where listing_key ="
        " (select min(listing_key) from fct_listing group by paper_key having count(*) > 1 order by paper_key limit 1)",
        lambda rows, ask: [row[1] for row in rows] == [2] and "Another" in rows[0],
    ),
}


@pytest.fixture(scope="module")
def star(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private files of a copy of the demo's warehouse; who breaks them rolls back."""
    folder = tmp_path_factory.mktemp("star") / "warehouse"
    shutil.copytree(demo_template, folder, symlinks=True)
    with Warehouse(folder).open() as warehouse:
        yield warehouse.use(lambda connection: connection)


def run_check(star: duckdb.DuckDBPyConnection, name: str) -> Rows:
    return star.execute(CHECKS[name].query).fetchall()


def broken(star: duckdb.DuckDBPyConnection, name: str, damage: str) -> Rows:
    """The rows that break a rule after the damage, which is undone."""
    star.execute("begin")
    try:
        assert star.execute(damage).fetchall() != [(0,)], "the damage changed nothing"
        return run_check(star, name)
    finally:
        star.execute("rollback")


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_is_of_a_table_and_of_one_severity_or_the_other(name):
    assert CHECKS[name].table in TABLES
    assert re.search(r" Severity: (error|warning)\.$", CHECKS[name].description)
    assert CHECKS[name].is_error == ("Severity: error." in CHECKS[name].description)


@pytest.mark.parametrize("name", ERRORS)
def test_a_check_that_stops_a_publish_depends_on_the_star_alone(name):
    text = sql_files.without_comments(CHECKS[name].query)
    assert not re.search(r"\b(current_date|now|today|random|staging)\b", text)


def test_every_table_has_one_check_of_its_grain():
    assert sorted(CHECKS[name].table for name in [*GRAINS, "listing_grain"]) == sorted(TABLES)


def test_every_check_has_an_example_that_fails():
    odd = sorted({*EXAMPLES, *GRAINS} ^ {*CHECKS})
    assert not odd, f"give EXAMPLES above an entry for each of {odd}, or delete it (CONTRIBUTING, Add a check)"
    assert not {*EXAMPLES} & {*GRAINS}


def test_every_dimension_is_in_the_check_of_natural_keys():
    found = re.findall(r"from (dim_\w+)", CHECKS["keys_follow_natural_keys"].query)
    assert set(found) == set(dimensions()) and len(dimensions()) == 8


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_check_shows_the_rows_that_break_its_rule(star, name, record_property):
    damage, is_shown = EXAMPLES[name]

    def ask(value: str) -> object:
        return star.execute(f"select {value}").fetchall()[0][0]

    rows = broken(star, name, damage)
    assert is_shown(rows, ask), rows
    assert run_check(star, name) == [] or name == "labels_known"
    record_property("failing check", name)


@pytest.mark.parametrize("name", GRAINS)
def test_a_grain_check_shows_a_row_that_is_there_twice(star, name, record_property):
    table = name.removesuffix("_grain")
    damage = f"insert into {table} select * from {table} where rowid = (select max(rowid) from {table})"
    if table == "fct_listing_day":  # nobody looks twice at the archives of this world
        seen = SEEN.format("timestamp '2025-03-21'")
        damage = f"{seen} cross join range(2)"
    if table == "bridge_repository_language":  # nobody asks with a token
        damage = f"insert into {table} select {A_REPOSITORY}, 'Python', 900, 1 from range(2)"
    rows = broken(star, name, damage)
    assert [row[-1] for row in rows] == [2], rows
    record_property("failing check", name)


@pytest.mark.parametrize("recent", ["20_000", "0"])
def test_a_word_that_is_there_twice_is_found_in_a_paper_of_any_age(star, recent):
    """In the newest papers also where another word is lost, so that the weights sum to the length all the same."""
    paper = "(select paper_key from search_term where weight = 1 group by all having count(*) > 1 order by all limit 1)"
    word = f"(select {{}}(term) from search_term where weight = 1 and paper_key = {paper})"
    text = CHECKS["search_term_grain"].query.replace("limit 20_000", f"limit {recent}")
    one = f"paper_key = {paper} and term = {word}"
    twice = f"insert into search_term select * from search_term where {one.format('min')}"
    lost = f"delete from search_term where {one.format('max')}"
    star.execute("begin")
    assert star.execute(twice).fetchall() == [(1,)]
    assert [row[-1] for row in star.execute(text).fetchall()] == [2]
    assert star.execute(lost).fetchall() == [(1,)]
    found = [row[-1] for row in star.execute(text).fetchall()]
    star.execute("rollback")
    assert found == ([] if recent == "0" else [2])


def test_the_demo_breaks_no_rule_but_has_a_label_nobody_knows(demo_warehouse):
    shown = {name: rows for name, rows in Warehouse(demo_warehouse).check().items() if rows}
    assert list(shown) == ["labels_known"]
    assert [row[0] for row in shown["labels_known"]] == ["Children's Education"]


def test_the_real_pages_break_no_rule_but_are_not_enriched(archives, tmp_path, monkeypatch):
    monkeypatch.setenv("ARCHIVE_BASE_URL", archives.as_uri())
    warehouse = Warehouse(tmp_path / "warehouse")
    with Web() as web:
        fetch_documents(Fetching(read_settings(), web, Stored(), warehouse.raw.store), REAL_DAYS)
    warehouse.refresh()
    assert {name for name, rows in warehouse.check().items() if rows} == {"enrichment_backlog"}


@pytest.mark.parametrize(
    ("damage", "shown"),
    [
        ("update dim_paper set status = 'not_found' where paper_key = -1", [("dim_paper", -1, "not_found")]),
        ("update dim_repository set status = 'pending' where repository_key = -1", [("dim_repository", -1, "pending")]),
    ],
)
def test_the_unknown_member_of_a_dimension_is_unknown_and_nothing_else(star, damage, shown):
    assert broken(star, "statuses_fit_their_values", damage) == shown


def test_only_the_unknown_member_is_unknown(star):
    damage = f"update dim_paper set status = 'unknown' where paper_key = {A_PAPER}"
    assert [row[2] for row in broken(star, "statuses_fit_their_values", damage)] == ["unknown"]


def test_listings_of_a_paper_are_numbered_by_day(star):
    damage = f"update fct_listing set listing_number = 7 where is_first_listing and paper_key = {A_PAPER}"
    assert [row[1] for row in broken(star, "one_first_listing", damage)] == [1]


def test_a_current_version_that_says_other_than_the_paper_is_shown(star):
    damage = (
        "update dim_paper_version set version = 99 where paper_key = (select min(paper_key) from dim_paper_version)"
    )
    assert [row[5] for row in broken(star, "paper_versions_chain", damage)] == [99]


def test_a_quiet_day_of_both_sources_is_no_alarm(star):
    damage = "update fct_source_day set listing_count = 30 where listing_date = '2025-03-20'"
    assert broken(star, "row_counts_steady", damage) == []


def test_a_failed_error_check_leaves_the_published_file_until_the_warehouse_is_whole_again(demo_warehouse, monkeypatch):
    warehouse = Warehouse(demo_warehouse)
    before = warehouse.published.resolve()
    titles = "select paper_key, title from fct_listing order by all"
    with open_published(warehouse.published) as connection:
        rows_before = connection.sql(titles).fetchall()
    twice = "insert into dim_author select * from dim_author where author_key <> -1 limit 1"
    warehouse.use(lambda connection: connection.execute(twice).fetchall())

    with Standin() as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        outcome = run_days(date(2025, 3, 21), date(2025, 3, 21))
        shown = sorted(outcome.failures)
        assert [text.split(" failed on ")[0] for text in shown] == [
            "the check dim_author_grain",
            "the check dimension_keys_unique",
        ]
        assert warehouse.published.resolve() == before
        with open_published(warehouse.published) as connection:
            assert connection.sql(titles).fetchall() == rows_before

        warehouse.discard()
        assert not run_days(date(2025, 3, 21), date(2025, 3, 21)).failures
    assert warehouse.published.resolve() != before
    with open_published(warehouse.published) as connection:
        assert connection.sql(titles).fetchall() == rows_before


def test_a_source_that_has_ended_is_not_silent_and_its_calendar_is_over(star):
    end = f"update dim_source set last_date = '2025-03-14' where source_id = '{TIMLRX}'"
    silent = f"update fct_source_day set outcome = 'absent' where source_key = {SOURCE} and listing_date > '2025-03-14'"
    star.execute("begin")
    star.execute(end)
    star.execute(silent)
    found = run_check(star, "source_silent")
    star.execute(f"update dim_source set last_date = '2025-03-13' where source_id = '{TIMLRX}'")
    spoke_again = run_check(star, "source_silent")
    star.execute(end)
    star.execute(f"delete from fct_source_day where {A_DAY}")
    uncovered = run_check(star, "calendar_covered")
    star.execute("rollback")
    assert (found, len(spoke_again), uncovered) == ([], 1, [])


def test_a_source_that_shows_upvotes_or_abstracts_must_say_so(star):
    assert [row[4] for row in broken(star, "sources_tell_what_they_list", SEEN.format("timestamp '2025-03-21'"))] == [1]
    copied = f"""update fct_listing set summary = dim_paper.abstract from dim_paper
        where fct_listing.paper_key = dim_paper.paper_key and fct_listing.source_key = {SOURCE}"""
    assert [row[0] for row in broken(star, "sources_tell_what_they_list", copied)] == [TIMLRX]


def test_a_list_of_a_weekend_or_of_a_day_that_goes_on_is_no_alarm(star):
    odd = f"update fct_source_day set listing_count = 90 where {A_DAY}"
    assert len(broken(star, "row_counts_steady", odd)) == 1
    star.execute("begin")
    star.execute(odd)
    star.execute(
        "insert into fct_listing_day by name select 20250320 as date_key, 1 as position, listing_key,"
        f" timestamp '2025-03-20 08:00' as observed_at from fct_listing where {A_DAY}"
    )
    unfinished = run_check(star, "row_counts_steady")
    star.execute("rollback")
    weekend = (
        "update fct_source_day set listing_count = 90, outcome = 'published'"
        f" where source_key = {SOURCE} and listing_date = '2025-03-16'"
    )
    assert (unfinished, broken(star, "row_counts_steady", weekend)) == ([], [])
