"""Values of strangers' JSON, as what can be stored."""

import pytest

from pipeline.sources.feeds.entries import read_addresses

B, D = "https://github.com/a/b", "https://github.com/c/d"


@pytest.mark.parametrize(
    "written",
    [
        f"{B}, {D}",
        f"{B},{D}",
        f"{B} {D}",
        f"{B}\n{D}",
        f"{B}; {D}",
        f"{B} | {D}",
        f"{B} and {D}",
        f"{B}, and {D}",
        f"['{B}', '{D}']",
        f'["{B}", "{D}"]',
        f"<{B}> <{D}>",
        f"[GitHub]({B}), [Code]({D})",
        f"[GitHub]({B}) | [Code]({D})",
        [f"{B}, {D}"],
        [B, D],
        [f"[GitHub]({B})", None, f" {D}\n", ""],
    ],
)
def test_each_address_of_a_text_is_one(written: object):
    assert read_addresses(written) == [B, D]


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/a/\nb",
        "github.com/a/b",
        "a/b",
        "null",
        "https://web.archive.org/web/https://github.com/a/b",
        "https://tea.org/a,b;c",
        "https://tea.org/Tea_(leaf)",
        "https://tea.org/#/and/x",
    ],
)
def test_one_address_is_left_as_it_is_written(address: str):
    assert read_addresses(address) == read_addresses([address]) == [address]


def test_addresses_without_a_scheme_are_told_apart_too():
    assert read_addresses("github.com/a/b, www.github.com/c/d") == ["github.com/a/b", "www.github.com/c/d"]
    assert read_addresses(f"{B}, huggingface.co/c/d") == [B, "huggingface.co/c/d"]


@pytest.mark.parametrize("nothing", [None, "", [], [None, " "], "[]"])
def test_nothing_has_no_address(nothing: object):
    assert read_addresses(nothing) == []
