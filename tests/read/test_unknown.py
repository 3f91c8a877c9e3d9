"""Unknown is neither zero nor false, and what one of several sources decides does not fall to the alphabet."""

from datetime import date
from pathlib import Path

import pytest
from answers import GABRIELCHUA, TIMLRX, Small, arxiv, github, page, paper, six, three

CODE = "[Link](https://github.com/lab/teapot)"
MODEL = "[Link](https://huggingface.co/lab/pot-7b)"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Paper 1 of both sources has code, 2 of both has none, 3 is listed by the source alone that cannot tell."""
    return Small(
        tmp_path_factory.mktemp("both"),
        page(
            TIMLRX,
            "2025-03-03",
            six(1, title="Tea, told", summary="Long.", tasks="['Robotics']", github=CODE, hub=MODEL),
            six(2),
        ),
        page(GABRIELCHUA, "2025-03-03", three(1, summary="Short."), three(2), three(3)),
        page(GABRIELCHUA, "2025-03-11", three(4)),
    )


def test_a_source_says_what_its_pages_can_tell(both: Small):
    rows = both.ask("select source_id, lists_labels, lists_code, lists_models, tie_order from dim_source order by all")
    assert [tuple(row.values()) for row in rows] == [
        ("(unknown)", None, None, None, None),
        (GABRIELCHUA, False, False, False, 2),
        (TIMLRX, True, True, True, 1),
    ]


def test_a_paper_that_no_telling_source_lists_has_code_labels_and_models_unknown(both: Small):
    rows = both.ask(
        "select has_code, has_labels, has_models, repositories is null, tasks, hub_resources is null"
        " from mart_paper order by arxiv_id"
    )
    assert [tuple(row.values()) for row in rows] == [
        (True, True, True, False, ["Robotics"], False),
        (False, False, False, False, [], False),
        (None, None, None, True, None, True),
        (None, None, None, True, None, True),
    ]


def test_counts_of_a_listing_are_null_where_its_source_cannot_tell(both: Small):
    rows = both.ask(
        "select distinct source_id, task_count is null as labels, repository_count is null as code,"
        " hub_resource_count is null as models from fct_listing join dim_source using (source_key) order by all"
    )
    assert [tuple(row.values()) for row in rows] == [(GABRIELCHUA, True, True, True), (TIMLRX, False, False, False)]


def test_counts_are_null_on_a_page_that_lacks_the_column_its_source_used_to_have(tmp_path: Path):
    header = "| Title | Authors | Summary | GitHub URLs |\n|---|---|---|---|\n"
    row = "| [Tea](https://arxiv.org/abs/2503.00001) | Ada | Hot. | N/A |\n"
    small = Small(tmp_path, page(TIMLRX, "2025-03-03", row, header=header))
    [row] = small.ask("select has_labels, has_code, has_models from mart_paper")
    assert tuple(row.values()) == (None, False, None)


def test_authors_and_sites_are_not_counted_where_no_column_could_name_them(both: Small, tmp_path: Path):
    header = "| Title | Summary | Links |\n|---|---|---|\n"
    row = "| [Tea](https://arxiv.org/abs/2503.00001) | Hot. | x |\n"
    small = Small(tmp_path, page(GABRIELCHUA, "2025-03-03", row, header=header))
    assert small.ask("select author_count, site_count from fct_listing") == [{"author_count": None, "site_count": None}]
    counted = both.ask("select distinct author_count is null as names, site_count is null as sites from fct_listing")
    assert {(row["names"], row["sites"]) for row in counted} == {(False, False), (False, True)}


def test_authors_whom_a_listing_does_not_name_are_unknown_since_every_paper_has_some(tmp_path: Path):
    rows = [f"| [T](https://arxiv.org/abs/2503.0000{n}) | {cell} | S |\n" for n, cell in enumerate(["Ada", "N/A", ""])]
    header = "| Title | Authors | Summary |\n|---|---|---|\n"
    small = Small(tmp_path, page(GABRIELCHUA, "2025-03-03", *rows, header=header))
    counts = small.ask("select author_count from fct_listing order by position")
    assert [row["author_count"] for row in counts] == [1, None, None]
    assert small.ask("select authors from mart_paper order by paper_key") == [
        {"authors": ["Ada"]},
        {"authors": None},
        {"authors": None},
    ]


def test_a_label_of_a_source_that_gives_none_counts_all_the_same(tmp_path: Path):
    labelled = "| Title | Classification |\n|---|---|\n| [Tea](https://arxiv.org/abs/2503.00001) | ['Robotics'] |\n"
    small = Small(tmp_path, page(GABRIELCHUA, "2025-03-03", header=labelled))
    assert small.ask("select task_count, has_labels, tasks from fct_listing join mart_paper using (paper_key)") == [
        {"task_count": 1, "has_labels": True, "tasks": ["Robotics"]}
    ]


def test_the_share_of_papers_with_code_is_of_those_of_which_somebody_could_tell(both: Small):
    assert both.one("select avg(has_code::int) from mart_paper") == 0.5
    assert both.one("select avg((repository_count > 0)::int) from fct_listing where is_first_listing") == 0.5
    assert [(row["papers"], row["code_share"]) for row in both.named("code_share_by_month")] == [(2, 0.5)]
    assert [(row["papers"], row["release_share"]) for row in both.named("release_share_by_month")] == [(2, 0.5)]


def test_of_two_listings_on_one_day_the_first_is_of_the_source_that_can_tell_more(both: Small):
    rows = both.ask(
        "select arxiv_id, source_id from fct_listing join dim_source using (source_key)"
        " join dim_paper using (paper_key) where is_first_listing order by arxiv_id"
    )
    assert [row["source_id"] for row in rows] == [TIMLRX, TIMLRX, GABRIELCHUA, GABRIELCHUA]
    [row] = both.ask("select title, summary from mart_paper where arxiv_id = '2503.00001'")
    assert tuple(row.values()) == ("Tea, told", "Long.")
    assert both.named("digest", date="2025-03-03")[0]["summary"] == "Long."


def test_an_earlier_day_goes_before_a_source_that_can_tell_more(tmp_path: Path):
    small = Small(
        tmp_path,
        page(GABRIELCHUA, "2025-03-03", three(1, title="Early", summary="")),
        page(TIMLRX, "2025-03-04", six(1, title="Late", summary="Long.", tasks="['Robotics']")),
    )
    assert small.ask("select title, summary, first_listed_date::varchar as day, tasks from mart_paper") == [
        {"title": "Early", "summary": "Long.", "day": "2025-03-03", "tasks": ["Robotics"]}
    ]


def test_authors_of_a_paper_are_those_of_the_first_listing_that_names_any(tmp_path: Path):
    small = Small(
        tmp_path,
        page(GABRIELCHUA, "2025-03-03", three(1, authors="")),
        page(GABRIELCHUA, "2025-03-04", three(1, authors="Ada, Bo"), three(2, authors="")),
    )
    rows = small.ask("select authors, categories from mart_paper order by arxiv_id")
    assert rows == [{"authors": ["Ada", "Bo"], "categories": None}, {"authors": None, "categories": None}]


def test_labels_of_a_week_without_a_labelling_page_are_no_zeros_and_unknown_does_not_rise(both: Small):
    rows = both.named("tasks_by_week")
    assert [(str(row["week_start"]), row["task_name"], row["papers"], row["rise"]) for row in rows] == [
        ("2025-03-10", "(unknown)", 1, None),
        ("2025-03-03", "(unknown)", 2, None),
        ("2025-03-03", "Robotics", 1, None),
    ]
    assert {row["rise"] for row in both.named("categories_by_week")} == {None}


def test_categories_of_a_week_that_arxiv_has_not_answered_for_are_no_zeros(tmp_path: Path):
    pages = (page(TIMLRX, "2025-03-03", six(1)), page(TIMLRX, "2025-03-11", six(2)), page(TIMLRX, "2025-03-18", six(3)))
    small = Small(tmp_path, *pages, arxiv("2025-03-19", paper(1), paper(3)))
    known = small.one("select distinct primary_category from dim_paper where status = 'found'")
    assert [tuple(row.values())[2:] for row in small.named("categories_by_week")] == [
        (date(2025, 3, 17), known, 1, 0),
        (date(2025, 3, 10), "(unknown)", 1, None),
        (date(2025, 3, 3), known, 1, None),
    ]


def test_a_day_that_was_not_asked_for_or_failed_lists_an_unknown_number(tmp_path: Path):
    small = Small(tmp_path, page(TIMLRX, "2025-03-03", six(1)), page(TIMLRX, "2025-03-05", six(2)))
    rows = small.ask(
        "select date::varchar as date, outcome, listing_count, rejected_count from mart_coverage"
        f" where source_id = '{TIMLRX}' and date between '2025-03-03' and '2025-03-05' order by date"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2025-03-03", "published", 1, 0),
        ("2025-03-04", "not asked", None, None),
        ("2025-03-05", "published", 1, 0),
    ]


def test_a_digest_tells_no_code_from_code_unknown(both: Small):
    rows = both.named("digest", date="2025-03-03")
    told = {row["arxiv_id"][-1]: (row["tasks"], row["repositories"], row["hub_resources"]) for row in rows}
    assert told == {
        "1": (["Robotics"], ["lab/teapot"], ["lab/pot-7b"]),
        "2": ([], [], []),
        "3": (None, None, None),
    }
    [row] = both.named("one_paper", arxiv_id="2503.00003")
    assert (row["tasks"], row["repositories"], row["hub_resources"]) == (None, None, None)


def test_the_unknown_member_has_a_status_of_its_own(both: Small):
    for dimension, known in (("dim_paper", 4), ("dim_repository", 1)):
        rows = both.ask(f"select status, count(*) as members from {dimension} group by all order by status")
        assert [tuple(row.values()) for row in rows] == [("pending", known), ("unknown", 1)]


def test_a_kind_that_no_link_says_counts_as_a_release_and_as_no_model(tmp_path: Path):
    small = Small(
        tmp_path,
        page(
            TIMLRX,
            "2025-03-03",
            six(1, hub="lab/steam"),
            six(2, hub="lab/pot"),
            six(3, hub="https://huggingface.co/lab/pot"),
        ),
    )
    assert small.ask(
        "select resource_id, is_kind_guessed from dim_hub_resource where hub_resource_key <> -1 order by all"
    ) == [{"resource_id": "lab/pot", "is_kind_guessed": False}, {"resource_id": "lab/steam", "is_kind_guessed": True}]
    [row] = small.named("release_share_by_month")
    assert (row["papers_with_model"], row["papers_with_unsure"], row["release_share"]) == (2, 1, 1.0)
    [row] = small.named("hub_organisations")
    assert (row["releases"], row["models"], row["unsure"]) == (2, 1, 1)


def test_stars_of_a_shared_repository_are_summed_once(tmp_path: Path):
    small = Small(
        tmp_path,
        page(TIMLRX, "2025-03-03", six(1, github=CODE), six(2, github=CODE), six(3)),
        github("2025-03-04", "lab/teapot", 90),
    )
    assert small.one("select sum(stars_count) from mart_newest_star") == 90
    weighed = "select sum(stars_count * repository_weight) from mart_code join mart_newest_star using (repository_key)"
    assert small.one(weighed) == 90
    assert small.one("select sum(weight) from mart_code") == 2


@pytest.mark.parametrize(
    ("written", "state"),
    [("lab/teapot", "alive"), ("lab/teapot-v2", "renamed"), ("Lab/Teapot.git", "alive")],
)
def test_a_link_is_under_the_name_of_its_repository_only_if_the_names_are_the_same(
    tmp_path: Path, written: str, state: str
):
    name = written.lower().removesuffix(".git")
    small = Small(
        tmp_path,
        page(TIMLRX, "2025-03-03", six(1, github=f"[Link](https://github.com/{written})")),
        github("2025-03-04", name, 9, full_name="lab/teapot"),
    )
    [row] = small.named("dead_code_links")
    assert row[state] == 1


def test_weights_of_a_week_have_no_digits_that_hang_on_the_order_of_rows(tmp_path: Path):
    rows = [six(number, tasks=str([f"L{n}" for n in range(number % 7 + 1)])) for number in range(1, 60)]
    small = Small(tmp_path, page(TIMLRX, "2025-03-03", *rows))
    assert small.one("select count(*) from mart_task_week where paper_weight <> round(paper_weight, 9)") == 0
    assert round(small.one("select sum(paper_weight) from mart_task_week"), 6) == 59


def test_a_paper_whose_answer_is_pending_has_categories_unknown_and_not_none(tmp_path: Path):
    small = Small(tmp_path, page(TIMLRX, "2025-03-03", six(1)), arxiv("2025-03-04", paper(1)))
    assert small.ask("select categories, authors from mart_paper") == [
        {"categories": ["cs.AI"], "authors": ["Ada Kettle"]}
    ]
