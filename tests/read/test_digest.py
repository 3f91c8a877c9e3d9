"""Questions about a past day leave out what was learnt later; code has every name that it ever had."""

import json
from pathlib import Path

import pytest
from answers import NOWHERE, TIMLRX, Small, github, moment, page, six

from pipeline.http.exchange import Exchange


def link(name: str) -> str:
    return f"[Link](https://github.com/{name})"


def test_the_digest_of_a_past_day_has_the_labels_and_links_of_listings_up_to_it(tmp_path: Path) -> None:
    hub = "[Link](https://huggingface.co/lab/pot-7b)"
    small = Small(
        tmp_path,
        page(TIMLRX, "2025-03-03", six(1)),
        page(TIMLRX, "2025-03-06", six(1, tasks="['Robotics']", github=link("lab/pot"), hub=hub)),
    )
    told = ("tasks", "repositories", "hub_resources")
    [then] = small.named("digest", date="2025-03-03")
    assert [then[name] for name in told] == [[], [], []]
    [now] = small.named("digest", date="2025-03-06")
    assert [now[name] for name in told] == [["Robotics"], ["lab/pot"], ["lab/pot-7b"]]


@pytest.mark.parametrize(
    ("address", "is_linked"),
    [
        ("https://github.com/lab/pot", True),
        ("https://github.com/Lab/Pot.git", True),
        ("https://github.com/lab/pot/tree/main", True),
        ("https://github.com/lab/pot#readme", True),
        ("https://github.com/lab/pot?tab=readme", True),
        ("https://github.com/lab/kettle", True),  # what it is called now
        ("https://github.com/lab/pots", False),
        ("https://github.com/lab", False),
    ],
)
def test_code_that_hugging_face_names_is_the_one_that_listings_link_to_by_any_of_its_names(
    tmp_path: Path, address: str, is_linked: bool
) -> None:
    body = json.dumps({"id": "2503.00001", "upvotes": 7, "githubRepo": address, "githubRepoAddedBy": "user"}).encode()
    small = Small(
        tmp_path,
        page(TIMLRX, "2025-03-03", six(1, github=link("lab/pot"))),
        github("2025-03-04", "lab/pot", 9, full_name="lab/kettle"),
        Exchange("hub_paper", ("2503.00001",), 1, NOWHERE, "GET", 200, {}, moment("2025-03-04"), body, None),
    )
    [row] = small.named("hub_papers")
    assert (row["code_url"], row["is_linked"]) == (address, is_linked)
