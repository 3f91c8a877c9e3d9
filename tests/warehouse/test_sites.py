"""Work of papers that is elsewhere than on GitHub and Hugging Face, and what a project page's address suggests."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
from answers import TIMLRX, Small, github, page, six
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.sql_files import read_sql
from pipeline.services.github.names import canonical_name
from pipeline.sources.layouts.links.names import name_link

KEYS = duckdb.connect()
KEYS.execute(read_sql("schema", "keys"))
PAGE = "https://lab.github.io/brew/"
LISTED = page(
    TIMLRX,
    "2025-03-03",
    six(1, github=f"[Link]({PAGE}), [Link]({PAGE}#demo)"),
    six(2, github="[Link](https://gitlab.com/lab/press)"),
    six(3, github="[Link](https://github.com/lab/mill), [Link](https://lab.github.io)"),
    six(4, github="[Link](https://gihtub.com/lab/mill)"),
)
SITES = (
    "select site, kind, link_count, repository_name, repository_status, repository_id from listing_site order by site"
)
ELSEWHERE = [
    {"arxiv_id": "2503.00001", "project_urls": [PAGE], "other_code_urls": []},
    {"arxiv_id": "2503.00002", "project_urls": [], "other_code_urls": ["https://gitlab.com/lab/press"]},
    {"arxiv_id": "2503.00003", "project_urls": ["https://lab.github.io"], "other_code_urls": []},
    {"arxiv_id": "2503.00004", "project_urls": [], "other_code_urls": []},
]


def sites(small: Small) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in small.ask(SITES)]


def due(small: Small, day: str) -> list[str]:
    now = {"now": datetime.fromisoformat(f"{day} 12:00")}
    return [name for name, _ in small.warehouse.rows("due", "repositories", now)]


def test_sites_are_no_rejected_links_and_no_repositories(tmp_path: Path):
    small = Small(tmp_path, LISTED)
    assert sites(small) == [
        ("gitlab.com/lab/press", "other_code", 1, None, None, None),
        ("lab.github.io", "project_page", 1, None, None, None),
        ("lab.github.io/brew", "project_page", 2, "lab/brew", None, None),
    ]
    assert small.ask("select reason, meant from rejected_link") == [
        {"reason": "other_host", "meant": "https://github.com/lab/mill"}
    ]
    assert small.ask("select full_name from dim_repository where repository_key <> -1") == [{"full_name": "lab/mill"}]
    assert small.ask("select arxiv_id, project_urls, other_code_urls from mart_paper order by arxiv_id") == ELSEWHERE
    assert small.ask("select has_code from mart_paper order by arxiv_id") == [
        {"has_code": has_code} for has_code in (False, False, True, False)
    ]
    assert [row["arxiv_id"] for row in small.named("work_elsewhere")] == ["2503.00002", "2503.00001"]


def test_repository_that_a_page_suggests_is_asked_for_behind_linked_ones_and_stays_a_guess(tmp_path: Path):
    assert due(Small(tmp_path / "new", LISTED), "2025-03-04") == ["lab/mill", "lab/brew"]
    found = Small(tmp_path / "found", LISTED, github("2025-03-04", "lab/brew", 5, number=7))
    assert sites(found)[2][3:] == ("lab/brew", "found", 7)
    assert found.ask("select full_name from dim_repository where repository_key <> -1") == [{"full_name": "lab/mill"}]
    assert found.ask("from fct_repository_day") == []
    assert found.ask(
        "select page_repository_name, has_code, stars_count from mart_paper order by arxiv_id limit 1"
    ) == [{"page_repository_name": "lab/brew", "has_code": False, "stars_count": None}]
    assert due(found, "2025-03-04") == ["lab/mill"]


def test_repository_that_is_not_there_says_so_and_is_not_asked_for_again_soon(tmp_path: Path):
    gone = replace(github("2025-03-04", "lab/brew", None, status=404), body=b'{"message": "Not Found"}')
    small = Small(tmp_path, LISTED, gone)
    assert sites(small)[2][3:] == ("lab/brew", "not_found", None)
    assert due(small, "2025-03-10") == ["lab/mill"]
    assert [row["page_repository_name"] for row in small.named("work_elsewhere")] == [None, None]


@given(st.from_regex(r"[A-Za-z0-9-]{1,42}\.github\.io/[A-Za-z0-9._%-]{0,110}", fullmatch=True))
def test_whatever_is_tried_can_be_asked_for(address: str):
    link = name_link(f"https://{address}", "github")
    [(name,)] = KEYS.execute("select tried_repository(?)", [(link.target or "").lower()]).fetchall()
    assert name is None or canonical_name(name) == name
