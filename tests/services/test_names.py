"""What names a repository and a paper is defined once: whoever writes, answers and asks agrees on it."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import SourceError
from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.github.json_values import Malformed
from pipeline.services.github.names import canonical_name, check_name, is_name
from pipeline.services.github.repositories import read_facts
from pipeline.site.addresses import repository_url
from pipeline.sources.layouts.links.names import name_link
from pipeline.sources.layouts.papers import find_papers

NAMES = st.from_regex(r"[A-Za-z0-9._-]{0,102}/[A-Za-z0-9._-]{0,102}", fullmatch=True) | st.text()
# The Kelvin sign and the long s are letters that a careless comparison takes for k and s.
IDS = st.from_regex(r"([a-z\u212a\u017f-]{1,9}(\.[A-Z]{2})?/)?[0-9]{4}\.?[0-9]{3,5}", fullmatch=True)


def is_read(full_name: str) -> bool:
    try:
        read_facts({"id": 1, "full_name": full_name, "stargazers_count": 0}, "rest")
    except Malformed:
        return False
    return True


@pytest.mark.parametrize("name", ["jane_corp/pot", "a.b/c", "-/-", "a" * 100 + "/" + "b" * 100, "Acme/.github"])
def test_name_that_github_gives_can_be_asked_for(name: str) -> None:
    assert canonical_name(name) == name.lower()
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "a", "/", "a/", "/b", "a/b/c", "a/..", "../b", "a/.", "a/b\n", "a/\u212a", "a b/c"]
)
def test_what_is_not_a_name_is_none_and_said_where_nothing_else_will_do(name: str) -> None:
    assert canonical_name(name) is None
    with pytest.raises(SourceError, match="expected owner/name"):
        check_name(name)


@given(NAMES)
def test_name_that_is_read_is_one_that_can_be_asked_for_and_linked(name: str) -> None:
    assert is_read(name) == is_name(name) == (repository_url(name) is not None)


@given(NAMES)
def test_name_on_a_page_is_one_that_can_be_asked_for(name: str) -> None:
    link = name_link(f"https://github.com/{name}", "github")
    assert link.kind != "repository" or is_name(link.target or "")


@pytest.mark.parametrize("name", ["MING_X/CII-Bench", "a.b/c", "-a/b", "a" * 40 + "/b"])
def test_owner_that_nobody_can_register_is_a_slip_on_a_page(name: str) -> None:
    assert is_name(name)
    assert name_link(f"https://github.com/{name}", "github").reason == "bad_name"


@given(st.lists(IDS, min_size=10, max_size=40))
def test_page_and_client_agree_on_what_an_arxiv_id_is(ids: list[str]) -> None:
    links = pl.DataFrame({"text": [f"https://arxiv.org/abs/{text}" for text in ids]})
    found = [[canonical_id(text)] if canonical_id(text) else [] for text in ids]
    assert links.select(find_papers(pl.col("text"))).to_series().to_list() == found
