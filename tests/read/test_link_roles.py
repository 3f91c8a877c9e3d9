"""Whose code a link leads to: real papers judged by hand, and what the rule says of them without a word from GitHub.

The archives hold pages only, so names, titles, authors and numbers of papers are judged here. What GitHub's dates and
descriptions add is in test_roles_of_code.py.
"""

import csv
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from answers import GABRIELCHUA, TIMLRX
from conftest import SHARED
from empty import empty_warehouse

from pipeline.read import query
from pipeline.sources.archives.clone import read_clone
from pipeline.sources.registry import find_source
from pipeline.warehouse.folder import Warehouse

ARCHIVES = SHARED / "archives"
JUDGED = Path(__file__).parents[1] / "fixtures" / "link_roles.csv"
ROLES = """
    select arxiv_id, lower(full_name), link_role
    from mart_code
    join dim_paper using (paper_key)
    join dim_repository using (repository_key)
"""
# Of the half that the rule was tuned on, and of the half that was held out: found rightly, said, and judged.
MEASURED = {
    ("tuned", "own"): (16, 18, 24),
    ("tuned", "shared"): (7, 7, 21),
    ("tuned", "tool"): (0, 0, 3),
    ("tuned", "unknown"): (2, 26, 3),
    ("held_out", "own"): (16, 21, 24),
    ("held_out", "shared"): (5, 5, 20),
    ("held_out", "tool"): (0, 0, 3),
    ("held_out", "unknown"): (1, 23, 2),
}

pytestmark = pytest.mark.skipif(not ARCHIVES.is_dir(), reason="needs the archives in ../shared")


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """What the rule says of each pair of the archives."""
    warehouse = fill(empty_warehouse(tmp_path_factory.mktemp("archives") / "warehouse"))
    with query.open_published(warehouse.published) as connection:
        return {(paper, name): role for paper, name, role in connection.execute(ROLES).fetchall()}


def fill(warehouse: Warehouse) -> Warehouse:
    later = datetime(2025, 4, 2, tzinfo=UTC)
    for source_id in (TIMLRX, GABRIELCHUA):
        pages = sorted((ARCHIVES / source_id).glob("main/archive/*/*/*.md"))
        days = [date.fromisoformat("-".join(page.with_suffix("").parts[-3:])) for page in pages]
        source = find_source(source_id)
        warehouse.raw.store(*(read_clone(ARCHIVES.as_uri(), source, day, later) for day in days))
    warehouse.refresh()
    warehouse.publish()
    return warehouse


def read_judged() -> list[dict[str, str]]:
    with JUDGED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_hundred_pairs_are_judged_each_once_and_with_a_reason(roles: dict[tuple[str, str], str]):
    judged = read_judged()
    assert len({(row["arxiv_id"], row["repository"]) for row in judged}) == 100
    assert all((row["arxiv_id"], row["repository"]) in roles and row["why"].endswith(".") for row in judged)
    assert {row["role"] for row in judged} == {"own", "shared", "tool", "unknown"}


@pytest.mark.parametrize("half", ["tuned", "held_out"])
def test_precision_and_recall_of_each_role_are_no_worse_than_measured(half: str, roles: dict[tuple[str, str], str]):
    pairs = Counter(
        (row["role"], roles[row["arxiv_id"], row["repository"]]) for row in read_judged() if row["half"] == half
    )
    for role in ("own", "shared", "tool", "unknown"):
        right = pairs[role, role]
        said = sum(count for (_, found), count in pairs.items() if found == role)
        meant = sum(count for (judged, _), count in pairs.items() if judged == role)
        print(f"{half} {role}: precision {right}/{said}, recall {right}/{meant}")
        measured_right, measured_said, measured_meant = MEASURED[half, role]
        assert meant == measured_meant
        assert right >= measured_right
        assert said - right <= measured_said - measured_right


def test_what_is_ranked_as_own_is_seldom_another_project(roles: dict[tuple[str, str], str]):
    judged = {(row["arxiv_id"], row["repository"]): row["role"] for row in read_judged()}
    others = [pair for pair, role in judged.items() if role in ("shared", "tool")]
    taken = [pair for pair in others if roles[pair] == "own"]
    print(f"of {len(others)} tools and shared repositories {len(taken)} are taken for own")
    assert len(taken) <= 6
