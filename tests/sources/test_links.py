"""What an address names, and why it names nothing."""

from typing import Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.services.github.names import check_name
from pipeline.sources.layouts.links.cells import LINK_NAMES, name_links, read_links
from pipeline.sources.layouts.links.names import KINDS, REASONS, Column, name_link

GITHUB: Literal["github"] = "github"
HUB: Literal["hugging_face"] = "hugging_face"
PAGE: Literal["project_page"] = "project_page"


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/Kettle-Lab/tea.pots",
        "http://www.github.com/Kettle-Lab/tea.pots/",
        "HTTPS://GitHub.COM//Kettle-Lab/tea.pots.git",
        "github.com/Kettle-Lab/tea.pots.",
        "//github.com/Kettle-Lab/tea.pots",
        "<https://github.com/Kettle-Lab/tea.pots>",
        "https://github.com/Kettle-Lab/tea.pots/tree/main/kettles/漢",
        "https://github.com/Kettle-Lab/tea.pots/blob/v1/README.md?plain=1#brewing",
        "https://github.com/Kettle-Lab/\n   tea.pots",
        "https://github.com/Kettle-Lab/tea.pots).",
        'https://github.com/Kettle-Lab/tea.pots "Teapots"',
        "https://someone@github.com/Kettle-Lab/tea.pots",
        "https://github.com:443/Kettle-Lab/tea.pots",
        "git@github.com:Kettle-Lab/tea.pots.git",
        "git+https://github.com/Kettle-Lab/tea.pots",
        "ssh://git@github.com/Kettle-Lab/tea.pots.git",
        "https://raw.githubusercontent.com/Kettle-Lab/tea.pots/main/README.md",
        "https://api.github.com/repos/Kettle-Lab/tea.pots",
        "https://github.com/Kettle-Lab/tea\\.pots",
    ],
)
@pytest.mark.parametrize("column", [GITHUB, HUB])
def test_every_form_of_a_repository_address_names_it_in_either_column(
    url: str, column: Literal["github", "hugging_face"]
):
    assert name_link(url, column) == ("repository", "Kettle-Lab/tea.pots", None)


@pytest.mark.parametrize(
    ("url", "kind", "target"),
    [
        ("https://huggingface.co/kettle-lab/Tea_7b", "model", "kettle-lab/Tea_7b"),
        ("https://hf.co/kettle-lab/tea/tree/main/gguf", "model", "kettle-lab/tea"),
        ("huggingface.co/kettle-lab/tea/resolve/main/a.bin?download=true", "model", "kettle-lab/tea"),
        ("https://huggingface.co/gpt2/tree/main", "model", "gpt2"),
        ("https://www.huggingface.co/datasets/kettle-lab/steam/viewer/default", "dataset", "kettle-lab/steam"),
        ("https://huggingface.co/datasets/squad", "dataset", "squad"),
        ("https://huggingface.co/datasets/squad/viewer", "dataset", "squad"),
        ("https://huggingface.co/spaces/kettle-lab/boil", "space", "kettle-lab/boil"),
        ("https://huggingface.co/collections/kettle-lab/cups-66aa", "collection", "kettle-lab/cups-66aa"),
        ("https://huggingface.co/kettle-lab/", "account", "kettle-lab"),
        ("https://huggingface.co/kettle-lab?search_models=tea+v2", "account", "kettle-lab"),
        ("https://huggingface.co/kettle-lab/models", "account", "kettle-lab"),
    ],
)
@pytest.mark.parametrize("column", [GITHUB, HUB])
def test_hub_addresses_name_their_resource_in_either_column(
    url: str, kind: str, target: str, column: Literal["github", "hugging_face"]
):
    assert name_link(url, column) == (kind, target, None)


@pytest.mark.parametrize(
    ("url", "kind", "target"),
    [
        ("https://kettle-lab.github.io/teapots/", "project_page", "kettle-lab.github.io/teapots"),
        ("https://kettle-lab.github.io/teapots/demo/index.html#top", "project_page", "kettle-lab.github.io/teapots"),
        ("kettle-lab.github.io", "project_page", "kettle-lab.github.io"),
        ("https://kettle-lab.gitlab.io/teapots", "project_page", "kettle-lab.gitlab.io/teapots"),
        ("https://www.gitlab.com/Kettle-Lab/tea/-/tree/main", "other_code", "gitlab.com/Kettle-Lab/tea"),
        ("https://bitbucket.org/kettle-lab/tea", "other_code", "bitbucket.org/kettle-lab/tea"),
        ("https://codeberg.org/kettle-lab/tea", "other_code", "codeberg.org/kettle-lab/tea"),
        ("https://gitcode.com/kettle-lab/tea", "other_code", "gitcode.com/kettle-lab/tea"),
        ("https://anonymous.4open.science/r/Tea-0A1B/README.md", "other_code", "anonymous.4open.science/r/Tea-0A1B"),
        ("https://modelscope.cn/models/kettle-lab/tea", "other_artefact", "modelscope.cn/models/kettle-lab/tea"),
        ("https://www.kaggle.com/datasets/kettle/tea", "other_artefact", "kaggle.com/datasets/kettle/tea"),
        ("https://zenodo.org/records/31050001", "other_artefact", "zenodo.org/records/31050001"),
    ],
)
@pytest.mark.parametrize("column", [GITHUB, HUB, PAGE])
def test_work_that_is_elsewhere_names_its_site(url: str, kind: str, target: str, column: Column):
    assert name_link(url, column) == (kind, target, None)


def test_any_address_that_the_source_calls_a_project_page_is_one():
    assert name_link("https://tea.kettle.example/pots/?a=b", PAGE) == ("project_page", "tea.kettle.example/pots", None)
    assert name_link("https://github.com/kettle-lab/tea", PAGE) == ("repository", "kettle-lab/tea", None)
    assert name_link("https://huggingface.co/spaces/kettle-lab/tea", PAGE).kind == "space"
    assert name_link("null", PAGE).reason == "not_a_link"


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("https://github.com/kettle-lab/T\u0415A", "https://github.com/kettle-lab/TEA"),
        ("https://g\u0456thub.com/kettle-lab/tea", "https://github.com/kettle-lab/tea"),
        ("https://gihtub.com/kettle-lab/tea", "https://github.com/kettle-lab/tea"),
        ("hugingface.co/datasets/kettle-lab/tea", "huggingface.co/datasets/kettle-lab/tea"),
        ("https://github.com/kettle-lab/\u6f22", None),
        ("https://gihtub.com/", None),
        ("https://kettle.example/kettle-lab/tea", None),
        ("https://github.com/kettle-lab", None),
        ("https://github.com/kettle-lab/tea", None),
    ],
)
def test_link_with_a_wrong_letter_stays_rejected_and_says_what_may_be_meant(url: str, meant: str | None):
    named = name_links(pl.DataFrame({"url": [url], "column_name": [GITHUB]})).row(0, named=True)
    assert named["meant"] == meant
    assert meant is None or named["kind"] is None


def test_name_without_a_host_is_what_its_column_holds():
    assert name_link("kettle-lab/tea-7b", HUB) == ("model", "kettle-lab/tea-7b", None)
    assert name_link("datasets/kettle-lab/steam", HUB) == ("dataset", "kettle-lab/steam", None)
    assert name_link("kettle-lab/teapots", GITHUB) == ("repository", "kettle-lab/teapots", None)
    assert name_link("kettle_lab/teapots", GITHUB).reason == "bad_name"
    assert name_link("kettle-lab/teapots/main", GITHUB).reason == "not_a_link"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "not_a_link"),
        ("null", "not_a_link"),
        ("None", "not_a_link"),
        ("N/A", "not_a_link"),
        ("string", "not_a_link"),
        ("[data]", "not_a_link"),
        ("see the paper", "not_a_link"),
        ("someone@github.com", "not_a_link"),
        ("mailto:someone@github.com", "not_a_link"),
        ("javascript:alert(1)", "not_a_link"),
        ("https://", "not_a_link"),
        ("https://github.com", "github_root"),
        ("github.com/", "github_root"),
        ("https://github.com/kettle-lab", "github_account"),
        ("https://github.com/kettle-lab?tab=repositories", "github_account"),
        ("https://github.com/orgs/kettle-lab/repositories", "github_other"),
        ("https://github.com/topics/tea", "github_other"),
        ("https://github.com/Features", "github_other"),
        ("https://gist.github.com/kettle-lab/0123", "github_other"),
        ("https://docs.github.com/en/rest", "github_other"),
        ("https://github.com.evil.example/kettle-lab/teapots", "other_host"),
        ("https://github.com@evil.example/kettle-lab/teapots", "other_host"),
        ("https://notgithub.com/kettle-lab/teapots", "other_host"),
        ("https://github.com:8443/kettle-lab/teapots", "other_host"),
        ("https://gitlab.com/kettle-lab", "other_host"),
        ("https://gitlab.com/kettle-lab/../teapots", "other_host"),
        ("https://kettle-lab.github.io/t\u00e9", "other_host"),
        ("https://zenodo.org/communities/tea", "other_host"),
        ("https://kettle.example/teapots", "other_host"),
        ("https://example.org/https://github.com/kettle-lab/teapots", "other_host"),
        ("https://github.com/kettle_lab/teapots", "bad_name"),
        ("https://github.com/kettle-lab/..", "bad_name"),
        ("https://github.com/../kettle-lab/teapots", "bad_name"),
        ("https://github.com/kettle-lab/.git", "bad_name"),
        ("https://github.com/kettle-lab/tea%2Fpots", "bad_name"),
        ("https://github.com/kettle-lab/tea pots", "bad_name"),
        (f"https://github.com/{'a' * 40}/teapots", "bad_name"),
        (f"https://github.com/a/{'a' * 101}", "bad_name"),
        ("https://huggingface.co/kettle-lab/tea-{7b,70b}", "bad_name"),
        ("https://huggingface.co/kettle-lab/tea..7b", "bad_name"),
        ("https://github.com/k\u0435ttle-lab/teapots", "not_ascii"),
        ("https://g\u0456thub.com/kettle-lab/teapots", "not_ascii"),
        ("https://github.com/kettle-lab/\u202eteapots", "not_ascii"),
        ("https://github.com/kettle-lab/tea\x00pots", "not_ascii"),
        ("https://huggingface.co/kettle-lab/t\u00e9", "not_ascii"),
        ("https://huggingface.co", "hub_root"),
        ("https://huggingface.co/docs/kettle", "hub_page"),
        ("https://huggingface.co/papers/3105.00001", "hub_page"),
        ("https://huggingface.co/blog/kettle-lab/tea", "hub_page"),
        ("https://huggingface.co/datasets", "hub_page"),
        ("https://huggingface.co/spaces/kettle-lab", "hub_page"),
        ("https://kettle-lab-boil.hf.space", "hub_page"),
    ],
)
def test_address_that_names_nothing_says_why(url: str, reason: str):
    assert name_link(url, HUB) == (None, None, reason)


@given(st.text() | st.from_regex(r"(https?:)?(//)?(github\.com|hf\.co)/[a-z./@:%\n-]*", fullmatch=True))
def test_any_text_has_either_a_target_or_a_reason(url: str):
    for column in (GITHUB, HUB):
        kind, target, reason = name_link(url, column)
        if reason is None:
            assert kind in KINDS
            assert target is not None
            assert target.isascii()
            assert not {"", ".", ".."} & set(target.split("/"))
        else:
            assert (kind, target) == (None, None)
            assert reason in REASONS


@given(
    st.from_regex(
        r"(https://|git@)?github\.com[/:][A-Za-z0-9._-]{1,45}/[A-Za-z0-9._%-]{0,110}(\.git)?[/?#.]{0,3}", fullmatch=True
    )
    | st.from_regex(r"(https://(api\.|raw\.)?github(usercontent)?\.com/(repos/)?)?[a-z.-]*/[a-z./-]*", fullmatch=True)
)
def test_every_repository_that_is_named_can_be_asked_for(url: str):
    for column in (GITHUB, HUB):
        link = name_link(url, column)
        assert link.kind != "repository" or check_name(link.target or "") == link.target


@pytest.mark.parametrize("piece", [" ", "\n", "/", ".", "@", "git@", "a.", "-", ":", "\r\n ", '" ', "%", "https://"])
def test_long_hostile_addresses_end(piece: str):
    assert name_link("https://github.com/" + piece * 100_000 + "x", GITHUB).kind in {None, "repository"}


def test_each_address_and_column_of_a_frame_is_named_once():
    links = pl.DataFrame({"url": ["a/b", "a/b", "a/b"], "column_name": [HUB, GITHUB, HUB]})
    named = name_links(links)
    assert named.rows() == [
        ("a/b", HUB, "model", "a/b", True, None, None),
        ("a/b", GITHUB, "repository", "a/b", False, None, None),
    ]
    assert name_links(links.clear()).schema == LINK_NAMES


@pytest.mark.parametrize(
    ("url", "guessed"),
    [
        ("kettle-lab/steam", True),
        ("datasets/steam", True),
        ("https://huggingface.co/datasets/Kettle-Lab", True),
        ("https://huggingface.co/kettle-lab/steam", False),
        ("hf.co/kettle-lab/steam", False),
        ("datasets/kettle-lab/steam", False),
        ("https://huggingface.co/datasets/steam/viewer", False),
        ("https://huggingface.co/kettle-lab", False),
        ("https://github.com/kettle-lab/steam", False),
        ("null", None),
    ],
)
def test_a_kind_that_the_address_does_not_say_is_marked_as_guessed(url: str, guessed: bool | None):
    named = name_links(pl.DataFrame({"url": [url], "column_name": [HUB]}))
    assert named["is_kind_guessed"].to_list() == [guessed]


@pytest.mark.parametrize(
    ("cell", "urls"),
    [
        ("[Link](https://github.com/a/b), [Link](null)", ["https://github.com/a/b", "null"]),
        ("[Link](https://github.com/a/\n  b)", ["https://github.com/a/\n  b"]),
        ("[Link](https://github.com/a/b", ["https://github.com/a/b"]),
        ("[Link](https://example.org/a_(b))", ["https://example.org/a_(b)"]),
        ("[https://github.com/a/b](https://github.com/c/d)", ["https://github.com/c/d"]),
        ("https://github.com/a/b, https://github.com/c/d", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("github.com/a/b, c/d,", ["github.com/a/b", "c/d"]),
        ("https://github.com/a/b, github.com/c/d", ["https://github.com/a/b", "github.com/c/d"]),
        ("[code](https://github.com/a/b) hf.co/c/d", ["https://github.com/a/b", "hf.co/c/d"]),
        ("git@github.com:a/b.git; https://github.com/c/d", ["https://github.com/c/d", "git@github.com:a/b.git"]),
        ("https://github.com/a/b\nWWW.github.com/c/d", ["https://github.com/a/b", "WWW.github.com/c/d"]),
        ("https://a.example/x, evil.example/github.com/a/b", ["https://a.example/x"]),
        ("[github.com/a/b](https://github.com/a/b)", ["https://github.com/a/b"]),
        ("https://github.com/a/b;https://github.com/c/d", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("https://github.com/a/b; https://github.com/c/d;", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("https://github.com/a/b<br>https://github.com/c/d", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("https://github.com/a/b<BR/> https://github.com/c/d", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("https://github.com/a/b，https://github.com/c/d", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("https://github.com/a/b；https://github.com/c/d。", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("https://github.com/a/b、https://github.com/c/d", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("**https://github.com/a/b**, *https://github.com/c/d*", ["https://github.com/a/b", "https://github.com/c/d"]),
        (
            "__https://github.com/a/b__, ~~https://github.com/c/d~~",
            ["https://github.com/a/b", "https://github.com/c/d"],
        ),
        ("<https://github.com/a/b> <https://github.com/c/d>", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("`https://github.com/a/b` `https://github.com/c/d`", ["https://github.com/a/b", "https://github.com/c/d"]),
        (
            "['https://github.com/a/b', \"https://github.com/c/d\"]",
            ["https://github.com/a/b", "https://github.com/c/d"],
        ),
        ("https://github.com/a/b(code) https://github.com/c/d*", ["https://github.com/a/b", "https://github.com/c/d"]),
        ("https://github.com/a/b（code）", ["https://github.com/a/b"]),
        ('<a href="https://github.com/a/b">code</a>', ["https://github.com/a/b"]),
        ("<a class=x href='github.com/a/b'><b>code</b></a>, <a href=c/d>x</a>", ["github.com/a/b", "c/d"]),
        ("[code](<https://github.com/a/b>)", ["https://github.com/a/b"]),
        ('[code](https://github.com/a/b "the code")', ["https://github.com/a/b"]),
        ("**[code](https://github.com/a/b)**", ["https://github.com/a/b"]),
        ("a/b; c/d", ["a/b", "c/d"]),
        ("a/b<br>c/d", ["a/b", "c/d"]),
        ("`a/b`, **c/d**", ["a/b", "c/d"]),
        ("a/b and c/d & e/f", ["a/b", "c/d", "e/f"]),
        ("[Link]()", [""]),
        ("N/A", []),
        ("none", []),
        ("-", []),
        ("", []),
    ],
)
def test_links_of_a_cell_are_all_taken_as_written(cell: str, urls: list[str]):
    rows = pl.DataFrame(
        {"row": [7], "github": [cell], "hugging_face": [None]}, schema_overrides={"hugging_face": pl.String}
    )
    taken = read_links(rows).explode("links").unnest("links")
    assert taken["url"].to_list() == urls
    assert taken["position"].to_list() == list(range(1, len(urls) + 1))


@pytest.mark.parametrize(
    ("cell", "column", "doubted"),
    [
        ("https://github.com/a/b, c/d", GITHUB, {"c/d": "https://github.com/c/d"}),
        ("c/d; [code](https://github.com/a/b)", GITHUB, {"c/d": "https://github.com/c/d"}),
        ("github.com/a/b, https://github.com/e/f<br>`c/d`", GITHUB, {"c/d": "https://github.com/c/d"}),
        ("https://github.com/a/b（c/d）", GITHUB, {"c/d": "https://github.com/c/d"}),
        ("https://github.com/a/b, c/d and e/f, c/d", GITHUB, {n: f"https://github.com/{n}" for n in ("c/d", "e/f")}),
        ("https://github.com/a/b (PyTorch/JAX)", GITHUB, {"PyTorch/JAX": "https://github.com/PyTorch/JAX"}),
        ("https://hf.co/a/b, c/d.e", HUB, {"c/d.e": "https://huggingface.co/c/d.e"}),
        ("https://hf.co/a/b, datasets/c/d", HUB, {"datasets/c/d": "https://huggingface.co/datasets/c/d"}),
        ("[a/b] https://github.com/A/B", GITHUB, {}),  # its own label
        ("a/b: https://github.com/a/b", GITHUB, {}),
        ("https://github.com/a/b, N/A", GITHUB, {}),
        ("https://github.com/a/b ⭐ 123, see c/d too", GITHUB, {}),
        ("https://github.com/a/b, b", GITHUB, {}),
    ],
)
def test_name_without_a_host_beside_an_address_is_rejected_with_what_it_may_mean(cell, column, doubted):
    cells = {"row": [7], "github": [None], "hugging_face": [None], column: [cell]}
    links = read_links(pl.DataFrame(cells, schema={"row": pl.Int64, "github": pl.String, "hugging_face": pl.String}))
    links = links.explode("links").unnest("links")
    assert links["position"].to_list() == list(range(1, len(links) + 1))
    assert links.filter(pl.col("reason").is_null()).height == cell.count("://") + cell.startswith("github")
    rejected = links.filter(pl.col("reason") == "no_host")
    assert dict(rejected.select("url", "meant").iter_rows()) == doubted
    assert rejected.select("kind", "target", "is_kind_guessed").null_count().row(0) == (len(doubted),) * 3


def test_address_of_another_host_without_its_scheme_beside_an_address_is_taken():
    cells = {"row": [7], "github": ["https://github.com/a/b, gitlab.com/c/d"], "hugging_face": ["c/d"]}
    links = read_links(pl.DataFrame(cells)).explode("links").unnest("links")
    assert links["url"].to_list() == ["https://github.com/a/b", "gitlab.com/c/d", "c/d"]
    assert links["kind"].to_list() == ["repository", "other_code", "model"]
