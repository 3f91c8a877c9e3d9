"""Whose code a link leads to, on papers made for one piece of evidence each."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from answers import NOWHERE, TIMLRX, Small, arxiv, github, moment, page, paper, six

from pipeline.http.exchange import Exchange


def link(name: str) -> str:
    return f"[Link](https://github.com/{name})"


def judge(folder: Path, *answers: Any) -> dict[tuple[str, str], tuple[str, list[str]]]:
    """Return role and reasons by arXiv id and name."""
    rows = Small(folder, *answers).ask(
        "select arxiv_id, lower(full_name) as name, link_role, link_role_reasons from mart_code"
        " join dim_paper using (paper_key) join dim_repository using (repository_key)"
    )
    return {(row["arxiv_id"][-1], row["name"]): (row["link_role"], row["link_role_reasons"]) for row in rows}


def test_code_that_has_the_name_in_the_title_is_own(tmp_path: Path):
    rows = [
        six(1, title="KettleNet: Tea in the Dark", github=link("lab/kettlenet-v2")),
        six(2, title="Steeping with Oats", github=link("lab/oat")),
        six(3, title="Pouring Often Over Loose leaves", github=link("lab/pool")),
    ]
    roles = judge(tmp_path, page(TIMLRX, "2025-03-03", *rows))
    assert roles["1", "lab/kettlenet-v2"] == ("own", ["named_in_title"])
    assert roles["2", "lab/oat"] == ("unknown", [])
    assert roles["3", "lab/pool"] == ("own", ["named_in_title"])


def test_code_in_an_authors_account_is_own_until_it_proves_old(tmp_path: Path):
    listed = page(TIMLRX, "2025-03-03", six(1, authors="Ada Kettle", github=link("adakettle/brew")))
    assert judge(tmp_path / "new", listed)["1", "adakettle/brew"] == ("own", ["owner_is_author"])
    old = github("2025-03-04", "adakettle/brew", 9, created_at="2019-01-01T00:00:00Z")
    assert judge(tmp_path / "old", listed, old)["1", "adakettle/brew"][0] == "shared"


def test_a_repository_of_strangers_that_papers_of_others_link_to_is_a_tool(tmp_path: Path):
    rows = [
        six(1, title="Hot", authors="Ada Kettle", github=link("lab/brewer")),
        six(2, title="Cold", authors="Bo Samovar", github=link("lab/brewer")),
    ]
    roles = judge(tmp_path, page(TIMLRX, "2025-03-03", *rows))
    assert [*roles.values()] == [("tool", ["linked_by_other_authors"])] * 2


def test_authors_in_other_scripts_are_as_many_people_as_their_names(tmp_path: Path):
    def roles(one: str, other: str) -> set[str]:
        rows = [
            six(1, title="Hot", authors=one, github=link("lab/brewer")),
            six(2, title="Cold", authors=other, github=link("lab/brewer")),
        ]
        return {role for role, _ in judge(tmp_path / one, page(TIMLRX, "2025-03-03", *rows)).values()}

    assert roles("Ada Kettle, 王小明", "Bo Samovar, 李四") == {"tool"}
    assert roles("Иван Петров", "Ольга Смирнова") == {"tool"}
    assert roles("王小明", "李四, 王小明") == {"shared"}
    assert roles("-", "*") == {"unknown"}  # no name at all


def test_a_name_of_figures_alone_is_named_by_no_title(tmp_path: Path):
    row = six(1, title="On Steeping Very Many Leaves at Once", github=link("lab/2048"))
    assert judge(tmp_path, page(TIMLRX, "2025-03-03", row))["1", "lab/2048"] == ("unknown", [])


def test_a_repository_that_papers_of_the_same_authors_link_to_is_shared_and_own_to_the_one_it_is_named_for(
    tmp_path: Path,
):
    rows = [
        six(1, title="Hot", authors="Ada Kettle", github=link("lab/brewer")),
        six(2, title="Brewer: Cold", authors="Bo Samovar, Ada Kettle", github=link("lab/brewer")),
    ]
    roles = judge(tmp_path, page(TIMLRX, "2025-03-03", *rows))
    assert roles["1", "lab/brewer"] == ("shared", ["linked_by_same_authors"])
    assert roles["2", "lab/brewer"] == ("own", ["named_in_title", "linked_by_same_authors"])


def test_a_repository_begun_years_before_its_paper_is_a_tool_and_one_begun_for_it_own(tmp_path: Path):
    listed = page(TIMLRX, "2025-03-03", six(1, github=link("lab/press") + ", " + link("else/mill")))
    roles = judge(
        tmp_path,
        listed,
        github("2025-03-04", "lab/press", 9, created_at="2025-02-01T00:00:00Z"),
        github("2025-03-04 01:00", "else/mill", 9, number=2, created_at="2019-01-01T00:00:00Z"),
    )
    assert roles["1", "lab/press"] == ("own", ["made_for_it"])
    assert roles["1", "else/mill"] == ("tool", ["older_than_paper"])


def test_a_description_with_the_papers_id_and_a_comment_with_the_address_say_own(tmp_path: Path):
    listed = page(TIMLRX, "2025-03-03", six(1, github=link("lab/press")), six(2, github=link("lab/mill")))
    roles = judge(
        tmp_path,
        listed,
        github("2025-03-04", "lab/press", 9, created_at="2024-05-01T00:00:00Z", description="Code of arXiv 2503.00001"),
        arxiv("2025-03-04 02:00", paper(2, comment="Code: https://github.com/Lab/Mill.")),
    )
    assert roles["1", "lab/press"] == ("own", ["described_as_paper"])
    assert roles["2", "lab/mill"] == ("own", ["named_by_arxiv"])


def test_a_homepage_and_an_abstract_name_the_paper_and_the_code_as_well(tmp_path: Path):
    listed = page(TIMLRX, "2025-03-03", six(1, github=link("lab/press")), six(2, github=link("lab/mill")))
    roles = judge(
        tmp_path,
        listed,
        github(
            "2025-03-04", "lab/press", 9, created_at="2024-05-01T00:00:00Z", homepage="https://a.example/2503.00001"
        ),
        arxiv("2025-03-04 02:00", paper(2, abstract="Code is at https://github.com/lab/mill")),
    )
    assert roles["1", "lab/press"] == ("own", ["described_as_paper"])
    assert roles["2", "lab/mill"] == ("own", ["named_by_arxiv"])


def test_a_name_that_is_lost_and_a_letter_from_one_that_is_found_says_what_it_may_mean_and_is_not_linked_to_it(
    tmp_path: Path,
):
    listed = page(TIMLRX, "2025-03-03", six(1, github=link("lab/kett1e")), six(2, github=link("lab/kettle")))
    small = Small(
        tmp_path,
        listed,
        replace(github("2025-03-04", "lab/kett1e", None, status=404), body=b'{"message": "Not Found"}'),
        github("2025-03-04 01:00", "lab/kettle", 5),
    )
    rows = small.ask("select linked_name, link_role, meant_repository_name from mart_code order by linked_name")
    assert [tuple(row.values()) for row in rows if row["linked_name"] == "lab/kett1e"] == [
        ("lab/kett1e", "unknown", "lab/kettle")
    ]
    assert [row["meant_repository_name"] for row in rows] == ["lab/kettle", None]


def star_page(number: int, stars_a_day: int) -> Exchange:
    """Return GitHub's first page of a star history: ten weeks up to that of 2025-03-16, alike."""
    newest = int(datetime(2025, 3, 16, tzinfo=UTC).timestamp())
    weeks = [
        {"week": newest - 604_800 * back, "total": 7 * stars_a_day, "days": [stars_a_day] * 7} for back in range(10)
    ]
    body, at = json.dumps(weeks).encode(), moment("2025-03-20")
    return Exchange("star_history", (f"{number}/1",), 1, NOWHERE, "GET", 200, {}, at, body, None)


def test_only_own_code_is_ranked_unless_all_is_asked_for(tmp_path: Path):
    rows = [
        six(1, title="KettleNet: Hot", authors="Ada", github=link("lab/kettlenet") + ", " + link("else/tensors")),
        six(2, title="Cold", authors="Bo", github=link("else/tensors")),
    ]
    small = Small(
        tmp_path,
        page(TIMLRX, "2025-03-03", *rows),
        *(github(f"2025-03-0{day}", "else/tensors", 9000 * day, number=2) for day in (4, 6)),
        *(github(f"2025-03-0{day} 01:00", "lab/kettlenet", 10 * day) for day in (4, 6)),
        star_page(2, 90),
        star_page(1, 3),
    )
    for name in ("most_starred", "stars_gained", "stars_after_listing", "fastest_starts"):
        assert [row["full_name"] for row in small.named(name)] == ["lab/kettlenet"]
        assert [row["full_name"] for row in small.named(name, link_role="all")] == ["else/tensors", "lab/kettlenet"]
        assert [row["full_name"] for row in small.named(name, link_role="tool")] == ["else/tensors"]
    assert [row["stars_count"] for row in small.named("digest")] == [60, None]
    assert [row["stars_count"] for row in small.named("digest", link_role="all")] == [54000, 54000]
    assert small.ask("select stars_count, own_stars_count from mart_paper order by arxiv_id") == [
        {"stars_count": 54000, "own_stars_count": 60},
        {"stars_count": 54000, "own_stars_count": None},
    ]
    assert small.ask("select distinct full_name, link_roles from mart_repository_rising order by all") == [
        {"full_name": "else/tensors", "link_roles": ["tool"]},
        {"full_name": "lab/kettlenet", "link_roles": ["own"]},
    ]
