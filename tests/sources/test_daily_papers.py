"""Hugging Face's list of a day: its answers in, its identity, listings and sightings out."""

import json
import random
import re
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from effort import tries
from hypothesis import given, settings
from hypothesis import strategies as st
from pages_of_rows import has_its_shape

from pipeline.core.errors import PageError
from pipeline.sources.feeds.daily_papers import identify_day, parse_days, read_day
from pipeline.sources.reading import PAGES, SIGHTINGS, Look

SHARED = Path(__file__).parents[2].parent / "shared"
RAW_DAYS = SHARED / "lists" / "2404589803" / "hf-daily-paper-newsletter-chinese" / "main" / "Paper_metadata_download"
DAY = date(2031, 5, 6)
BROKEN_DAYS = {"2024-12-11", "2024-12-20", "2024-12-31", "2025-01-09", "2025-01-10"}
Entry = dict[str, Any]
FACE = {"_id": "0a1b", "avatarUrl": "/avatars/0a1b.svg", "isPro": False, "type": "user", "followerCount": 3}

needs_days = pytest.mark.skipif(not RAW_DAYS.is_dir(), reason="needs the lists in ../shared")
needs_recordings = pytest.mark.skipif(not (SHARED / "recordings").is_dir(), reason="needs the recordings in ../shared")


def entry(number: int, upvotes: int = 0, **changed: Any) -> Entry:
    """Return an entry with every field that has been met; `changed` are fields of its paper."""
    paper = {
        "id": f"3105.{number:05}",
        "authors": [
            {"_id": "1", "name": "Ada Brewster", "hidden": False},
            {"_id": "2", "name": "Bo  Lind", "hidden": True},
            {
                "_id": "3",
                "name": "Çe\ntin",
                "user": {**FACE, "user": "cetin", "fullname": "C"},
                "status": "claimed_verified",
            },
        ],
        "publishedAt": "2031-05-05T17:59:00.000Z",
        "submittedOnDailyAt": "2031-05-06T00:00:00.000Z",
        "submittedOnDailyBy": {**FACE, "fullname": "Leaf Ling", "user": "leafling"},
        "title": f"Tea\n  Number {number}",
        "summary": " It is steeped\nin the dark.\n",
        "upvotes": upvotes,
        "discussionId": "2c",
        "githubRepo": "https://github.com/kettle-house/cold",
        "githubStars": 7,
        "githubRepoAddedBy": "user",
        "projectPage": "https://kettle-house.github.io/cold",
        "organization": {"_id": "3d", "name": "kettles", "fullname": "Kettle House", "avatar": "https://x.org/a.png"},
        "ai_summary": "Tea, in short.",
        "ai_keywords": ["tea", "dark"],
    }
    return {
        "paper": paper | changed,
        "publishedAt": "2031-05-05T13:59:00.000Z",
        "title": f"Tea Number {number}",
        "summary": "It is steeped in the dark.",
        "thumbnail": "https://x.org/t.png",
        "numComments": 2,
        "submittedBy": FACE,
        "isAuthorParticipating": True,
    }


def body(*entries: object) -> bytes:
    return json.dumps(list(entries)).encode()


def parse(*bodies: bytes) -> Look:
    """Read days of one answer each."""
    texts = [("a/b", DAY, read_day([each]).text) for each in bodies]
    return parse_days(pl.DataFrame(texts, schema=PAGES, orient="row"))


def identity(*bodies: bytes) -> str:
    return identify_day(read_day(bodies).found)


def reasons(look: Look) -> list[str]:
    return look.parsed.rejected["reason"].to_list()


def ids(look: Look) -> list[int]:
    return [int(arxiv_id[-5:]) for arxiv_id in look.parsed.listings["arxiv_id"]]


def test_entry_gives_all_that_it_says():
    look = parse(body(entry(1)))
    listing = look.parsed.listings.row(0, named=True)
    assert (listing["arxiv_id"], listing["title"]) == ("3105.00001", "Tea Number 1")
    assert listing["summary"] == "It is steeped\nin the dark."
    assert (listing["authors"], listing["tasks"]) == (["Ada Brewster", "Çe tin"], [])
    assert [(link["column_name"], link["url"], link["target"]) for link in listing["links"]] == [
        ("github", "https://github.com/kettle-house/cold", "kettle-house/cold"),
        ("project_page", "https://kettle-house.github.io/cold", "kettle-house.github.io/cold"),
    ]
    assert listing["extra"] is None  # it may come later: the look has it
    assert json.loads(look.sightings.item(0, "extra")) == {
        "published_at": "2031-05-05T17:59:00.000Z",
        "submitted_at": "2031-05-06T00:00:00.000Z",
        "submitted_by": "Leaf Ling",
        "organization": "Kettle House",
        "organization_account": "kettles",
        "accounts": [{"author": "Çe tin", "account": "cetin", "status": "claimed_verified"}],
        "keywords": ["tea", "dark"],
        "ai_summary": "Tea, in short.",
        "github_repo_added_by": "user",
    }


def test_entry_of_the_first_days_has_little_and_is_a_listing():
    first = {"paper": {"id": "2305.00001", "title": "Tea", "authors": [{"name": "Ada"}], "summary": "", "upvotes": 1}}
    listing = parse(body(first)).parsed.listings.row(0, named=True)
    assert (listing["summary"], listing["authors"], listing["links"], listing["extra"]) == (None, ["Ada"], [], None)


def test_sightings_say_what_moves_in_the_order_shown():
    unseen = entry(1)
    for key in ("upvotes", "githubStars"):
        del unseen["paper"][key]
    del unseen["numComments"]
    look = parse(body(entry(3, upvotes=41), entry(2, upvotes=5, githubStars=0), unseen))
    assert look.sightings.drop("source_id", "listing_date", "extra").rows() == [
        ("3105.00003", 1, 41, 2, 7),
        ("3105.00002", 2, 5, 2, 0),
        ("3105.00001", 3, None, None, None),
    ]


@pytest.mark.parametrize("absurd", [True, -1, 1.5, "41", 2**31, 10**400, None, [], {}])
def test_count_that_is_none_is_null(absurd: object):
    look = parse(body(entry(1, upvotes=absurd, githubStars=absurd) | {"numComments": absurd}))  # pyright: ignore
    assert look.sightings.select("upvotes_count", "comments_count", "stars_count").row(0) == (None, None, None)
    assert ids(look) == [1]


def test_position_is_the_order_in_which_arxiv_numbered_the_papers():
    old = entry(9, id="cs/0112017")
    look = parse(body(entry(3), old, entry(1, id="3104.99999v2"), entry(2)))
    assert look.parsed.listings.select("position", "line", "arxiv_id").rows() == [
        (1, 1, "cs/0112017"),
        (2, 2, "3104.99999"),
        (3, 3, "3105.00002"),
        (4, 4, "3105.00003"),
    ]


MOVES: dict[str, Callable[[Entry], object]] = {
    "upvotes": lambda one: one["paper"].update(upvotes=99),
    "comments": lambda one: one.update(numComments=12),
    "stars": lambda one: one["paper"].update(githubStars=900),
    "faces": lambda one: one.update(submittedBy={**FACE, "avatarUrl": "/avatars/9.svg", "followerCount": 4}),
    "an author's account": lambda one: one["paper"]["authors"][0].update(user={**FACE, "user": "ada"}),
    "what a model wrote": lambda one: one["paper"].update(ai_summary="Tea.", ai_keywords=["cups"]),
    "white space": lambda one: one["paper"].update(title="Tea Number 1 "),
    "a new field": lambda one: one["paper"].update(kettle=True),
    "the outer title": lambda one: one.update(title="Coffee"),
}
CORRECTIONS: dict[str, Callable[[Entry], object]] = {
    "title": lambda one: one["paper"].update(title="Coffee"),
    "abstract": lambda one: one["paper"].update(summary="It is not."),
    "authors": lambda one: one["paper"]["authors"].pop(),
    "a hidden author": lambda one: one["paper"]["authors"][0].update(hidden=True),
    "repository": lambda one: one["paper"].pop("githubRepo"),
    "project page": lambda one: one["paper"].update(projectPage="https://x.org"),
    "organisation": lambda one: one["paper"].pop("organization"),
    "paper": lambda one: one["paper"].update(id="3105.00009"),
    "no title": lambda one: (one["paper"].pop("title"), one.pop("title")),
}


@pytest.mark.parametrize("what", MOVES)
def test_what_moves_is_not_in_the_identity_of_a_day(what: str):
    moved = entry(1)
    MOVES[what](moved)
    assert identity(body(entry(2), moved)) == identity(body(entry(1), entry(2)))


@pytest.mark.parametrize("what", CORRECTIONS)
def test_what_is_corrected_is_in_the_identity_of_a_day(what: str):
    corrected = entry(1)
    CORRECTIONS[what](corrected)
    assert identity(body(corrected, entry(2))) != identity(body(entry(1), entry(2)))
    assert identity(body(entry(1))) != identity(body(entry(1), entry(2)))


def test_identity_has_a_line_for_each_row_where_the_row_says_that_it_stands():
    rows = parse(body(entry(2), {"paper": {"id": "x", "title": "T"}}, entry(1)))
    lines = identity(body(entry(2), {"paper": {"id": "x", "title": "T"}}, entry(1))).splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["3105.00001", "3105.00002", None]
    assert rows.parsed.listings["line"].to_list() + rows.parsed.rejected["line"].to_list() == [1, 2, 3]


def test_order_of_an_answer_changes_nothing_but_sightings():
    entries: list[object] = [*(entry(number) for number in range(1, 9)), "words", {"paper": {}}, {"paper": {"id": 3}}]
    expected = parse(body(*entries))
    for seed in range(5):
        random.Random(seed).shuffle(entries)
        look = parse(body(*entries))
        assert look.parsed.listings.equals(expected.parsed.listings)
        assert identity(body(*entries)) == identity(body(*reversed(entries)))


def test_pages_of_an_answer_are_united_and_a_paper_that_moved_between_them_is_one():
    first, second = body(entry(1), entry(2)), body(entry(2), entry(3))
    day = read_day([first, second, body()])
    assert [shown["paper"]["id"][-1] for shown in day.found] == ["1", "2", "3"]  # pyright: ignore
    assert json.loads(day.text) == day.found
    assert identity(first, second) == identity(body(entry(3), entry(2), entry(1)))


UNREADABLE = entry(1, authors=[{"nom": "Ada"}])
SHORTER = entry(1, title="Tea")


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("beside", [UNREADABLE, entry(1, id="tea") | {"n": 1}, SHORTER, entry(1, upvotes=9)])
def test_of_a_paper_shown_twice_what_it_says_is_chosen_and_not_where_it_stands(beside: Entry, moved: bool):
    titles: set[str] = set()
    identities: set[str] = set()
    for pair in ([entry(1), beside], [beside, entry(1)]):
        day = read_day([body(each) for each in pair] if moved else [body(*pair)])
        look = parse_days(pl.DataFrame([("a/b", DAY, day.text)], schema=PAGES, orient="row"))
        titles.update(look.parsed.listings["title"])
        identities.add(str(day.identity))
        assert look.parsed.listings.height == 1
    assert titles == {"Tea Number 1"}
    assert len(identities) == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("words", "unknown_layout"),
        (None, "unknown_layout"),
        ({"paper": None}, "unknown_layout"),
        ({"paper": []}, "unknown_layout"),
        (entry(2, id=None), "no_arxiv_id"),
        (entry(2, id=31050), "no_arxiv_id"),
        (entry(2, id="tea"), "no_arxiv_id"),
        (entry(2, title=None) | {"title": " \n"}, "no_title"),
        (entry(2, title="https://arxiv.org/abs/3105.00002"), "no_title"),
        (entry(2, title="\u200b"), "no_title"),
        (entry(2, title="Word " * 100), "broken_title"),
        (entry(1, id="3105.00001v3"), "duplicate_paper"),
        (entry(2, githubRepo={"url": "https://github.com/a/b"}), "unknown_layout"),
        (entry(2, githubRepo=["https://github.com/a/b", 3]), "unknown_layout"),
        (entry(2, projectPage=3), "unknown_layout"),
        (entry(2, summary=["Steeped."]), "unknown_layout"),
        (entry(2, authors={"first": "Ada"}), "unknown_layout"),
        (entry(2, authors=[["Ada"]]), "unknown_layout"),
        (entry(2, authors=[{"fullname": "Ada"}]), "unknown_layout"),
        (entry(2, authors=[{"name": {"first": "Ada"}}]), "unknown_layout"),
        (entry(2, authors=[{"name": "Ada", "hidden": "true"}]), "unknown_layout"),
        (entry(2, authors=[{"name": "Ada", "hidden": 1}]), "unknown_layout"),
    ],
)
def test_entry_that_cannot_be_read_is_a_reject_with_its_reason(broken: object, reason: str):
    look = parse(body(entry(1), broken, entry(3)))
    assert (ids(look), reasons(look)) == ([1, 3], [reason])
    assert json.loads(look.parsed.rejected.item(0, "text")) == broken
    assert look.parsed.pages.select("row_count", "listing_count", "rejected_count").row(0) == (3, 2, 1)
    assert look.sightings["position"].to_list() == [1, 3]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "not JSON, ''"),
        (b"<!doctype html><title>Too many requests</title>", "HTML"),
        (b'[{"paper": {"id"', "not JSON"),
        (body(entry(1))[:-40], "not JSON"),
        (b"[NaN]", "no entry has a paper.id, 'NaN'"),
        (b"\xff[]", "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b"[1" + b"0" * 10_000 + b"]", "no entry has a paper.id, 'Infinity'"),
        (b'{"error":"it must be less than or equal to \\"2031-05-05\\""}', 'an object, \'{"error":"it must be'),
        (b"null", "'null'"),
        (b'"words"', "words"),
        (json.dumps([str(entry(1))]).encode(), "a list of texts, '{'paper': {'id': '3105.00001'"),
        (json.dumps({"status": "success", "data": [entry(1)]}).encode(), "an object"),
        (body({"id": "3105.00001", "title": "Tea"}), 'no entry has a paper.id, \'{"id":"3105.00001"'),
        (b"[1, null]", "no entry has a paper.id"),
    ],
)
def test_answer_that_is_no_list_of_papers_is_refused(answer: bytes, message: str):
    for bodies in ([answer], [body(entry(1)), answer] if b"paper.id" not in message.encode() else [answer]):
        with pytest.raises(PageError, match=re.escape(message)):
            read_day(bodies)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1" * 5000, "-" + "1" * 5000, "1e999", "9" * 400])
def test_number_that_cannot_be_held_costs_its_own_field(number: str):
    def look_at(key: str, value: Any) -> Look:
        broken = json.dumps([entry(1), entry(2, **{key: value}), entry(3)]).replace('"odd"', number).encode()
        day = read_day([broken])
        return parse_days(pl.DataFrame([("a/b", DAY, day.text)], schema=PAGES, orient="row"))

    counted = look_at("upvotes", "odd")
    assert (ids(counted), reasons(counted)) == ([1, 2, 3], [])
    assert counted.sightings["upvotes_count"].to_list() == [0, None, 0]
    assert ids(look_at("thumbnail", "odd")) == [1, 2, 3]
    for key, value in {"githubRepo": "odd", "authors": ["odd"], "summary": "odd"}.items():
        rejected = look_at(key, value)
        assert (ids(rejected), reasons(rejected)) == ([1, 3], ["unknown_layout"])
    assert reasons(look_at("id", "odd")) == ["no_arxiv_id"]


def test_nesting_that_python_cannot_follow_is_refused_or_shown_as_such():
    for depth in range(100, 1000, 5):
        nested = json.dumps([entry(1), entry(2, id="x", deep=0)]).replace(
            '"deep": 0', f'"deep": {"[" * depth}{"]" * depth}'
        )
        for bodies in ([nested.encode()], [nested.encode(), body(entry(3))]):
            try:
                day = read_day(bodies)
            except PageError as error:
                assert "not JSON" in str(error) or "nested too deeply" in str(error)
                continue
            look = parse_days(pl.DataFrame([("a/b", DAY, day.text)], schema=PAGES, orient="row"), [day.found])
            assert (reasons(look), day.text[0]) == (["no_arxiv_id"], "[")


def test_no_answer_is_refused_and_an_empty_one_is_an_empty_day():
    with pytest.raises(PageError, match="no answer"):
        read_day([])
    look = parse(b"[]")
    assert look.parsed.pages.select("row_count", "missing_columns").row(0) == (0, ["tasks", "hugging_face"])
    assert identity(b"[]") == ""


@pytest.mark.parametrize("written", [["Ada Lee", "Bo"], "Ada Lee, Bo", "Ada Lee and Bo", [{"name": "Ada Lee"}, "Bo"]])
def test_authors_may_be_names_alone(written: object):
    assert parse(body(entry(1, authors=written))).parsed.listings.item(0, "authors").to_list() == ["Ada Lee", "Bo"]


def test_names_that_differ_only_in_their_encoding_are_one_author():
    written = [{"name": "Jose\u0301"}, {"name": "Jos\u00e9"}, "Ada\u200b Lee", {"name": "Ada Lee"}, "Bo", "Bo"]
    read = parse(body(entry(1, authors=written))).parsed.listings.item(0, "authors").to_list()
    assert read == ["Jos\u00e9", "Ada Lee", "Bo", "Bo"]


def test_links_may_be_a_list_and_another_one_is_a_correction():
    one, two = (entry(1, githubRepo=[f"https://github.com/a/{name}"], projectPage=None) for name in "bc")
    assert [link["target"] for link in parse(body(one)).parsed.listings.item(0, "links")] == ["a/b"]
    assert identity(body(one)) != identity(body(two))


def test_keys_that_nobody_knows_are_named():
    new = entry(1, kettle=1) | {"cups": 2, "\ud800": 3}
    assert parse(body(new)).parsed.pages.row(0, named=True)["unknown_columns"] == ["?", "cups", "paper.kettle"]


def test_text_that_cannot_be_stored_is_made_so():
    odd = entry(1, title="T\x00e\x1ba \ud83d", summary="a\x00\ud800b", githubRepo="https://github.com/a/\ud800")
    look = parse(body(odd, {"paper": {"id": "\ud800", "title": "\ud800"}}))
    listing = look.parsed.listings.row(0, named=True)
    assert (listing["title"], listing["summary"]) == ("T\ufffdea ?", "a\ufffd?b")
    assert identity(body(odd)).encode()
    assert look.parsed.rejected.write_json().encode()


def test_what_was_loaded_once_need_not_be_loaded_again():
    day = read_day([body(entry(1), entry(2))])
    pages = pl.DataFrame([("a/b", DAY, day.text)], schema=PAGES, orient="row")
    again, once = parse_days(pages), parse_days(pages, [day.found])
    assert once.sightings.equals(again.sightings)
    assert all(one.equals(other) for one, other in zip(once.parsed, again.parsed, strict=True))


def test_frames_have_their_shape_with_and_without_days():
    for look in (parse(body(entry(1), "words")), parse(b"[]"), parse()):
        assert has_its_shape(look.parsed)
        assert look.sightings.schema == SIGHTINGS


ABSURD: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=9)
    | st.just("\ud800\0\x1b"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["paper", "title", "summary", "numComments", *(f"paper.{key}" for key in entry(1)["paper"])])


@st.composite
def damaged_entries(draw: st.DrawFn) -> Entry:
    """Return an entry of which some fields are missing, null, of another type or absurd."""
    damaged = deepcopy(entry(draw(st.integers(1, 3))))
    for key in draw(st.lists(KEYS, max_size=4)):
        inner = damaged.get("paper") if key.startswith("paper.") else damaged
        if not isinstance(inner, dict):
            continue
        if draw(st.booleans()):
            inner.pop(key.removeprefix("paper."), None)  # pyright: ignore
        else:
            inner[key.removeprefix("paper.")] = draw(ABSURD)
    return damaged


@settings(max_examples=tries(150, 3000))
@given(st.lists(damaged_entries() | ABSURD, max_size=6), st.integers(0, 6))
def test_any_answer_is_refused_or_counted(entries: list[object], split: int):
    bodies = [body(*entries[:split]), body(*entries[split:])]
    try:
        day = read_day(bodies)
    except PageError:
        return
    look = parse_days(pl.DataFrame([("a/b", DAY, day.text)], schema=PAGES, orient="row"))
    counted = look.parsed.pages.row(0, named=True)
    assert counted["row_count"] == look.parsed.listings.height + look.parsed.rejected.height == len(day.found)
    assert look.sightings["arxiv_id"].sort().equals(look.parsed.listings["arxiv_id"].sort())
    assert identify_day(day.found).count("\n") == len(day.found)
    assert look.parsed.listings.write_json().encode()


@settings(max_examples=tries(100, 3000))
@given(ABSURD | st.text(max_size=30))
def test_any_json_is_refused_or_a_day(value: object):
    try:
        parse(json.dumps(value).encode())
        parse(str(value).encode("utf-8", "replace"))
    except PageError:
        return


@needs_days
def test_every_real_day_is_read_and_every_broken_one_refused():
    days: list[tuple[str, date, str]] = []
    refused: dict[str, str] = {}
    for path in sorted(RAW_DAYS.glob("*.json")):
        try:
            days.append(("a/b", date.fromisoformat(path.stem), read_day([path.read_bytes()]).text))
        except PageError as error:
            refused[path.stem] = str(error)
    assert refused.keys() == BROKEN_DAYS
    assert all("a list of texts" in refused[day] or "an object" in refused[day] for day in BROKEN_DAYS)
    look = parse_days(pl.DataFrame(days, schema=PAGES, orient="row"))
    assert (len(days), look.parsed.listings.height, look.parsed.rejected.height) == (45, 887, 0)
    assert look.sightings.null_count().select("upvotes_count", "comments_count", "position").row(0) == (0, 0, 0)
    assert look.sightings["stars_count"].count() == 239
    assert look.parsed.pages.explode("unknown_columns").is_empty()
    links = look.parsed.listings.explode("links")["links"].struct.unnest()
    assert links.filter(column_name="github", kind="repository").height == 314
    assert links.filter(column_name="project_page").height == 233
    authors = [
        author
        for _, _, text in days
        for shown in json.loads(text)
        for author in shown["paper"]["authors"]
        if not author["hidden"]
    ]
    assert look.parsed.listings["authors"].list.len().sum() == len(authors)


@needs_days
@pytest.mark.parametrize("day", ["2024-06-21", "2024-10-10", "2025-01-20"])
def test_both_mirrors_of_a_day_tell_the_same_of_the_same_papers(day: str):
    mirror = (
        SHARED / "lists" / "joe0731" / "hf_paper_watch_dog" / "main" / "papers" / day[:4] / day[5:7] / f"{day}.json"
    )
    later = {paper["arxiv_id"]: paper for paper in json.loads(mirror.read_text("utf-8"))["papers"]}
    early = parse((RAW_DAYS / f"{day}.json").read_bytes()).parsed.listings.to_dicts()
    assert {listing["arxiv_id"] for listing in early} <= later.keys()
    for listing in early:
        paper = later[listing["arxiv_id"]]
        assert listing["title"] == " ".join(paper["title"].split())
        assert listing["summary"].split() == paper["abstract"].split()


@needs_recordings
def test_every_recording_of_the_list_is_read():
    recordings = sorted((SHARED / "recordings").glob("hf_200_daily_papers_*.json"))
    bodies = [json.loads(path.read_text("utf-8"))["body"].encode() for path in recordings]
    look = parse(*bodies)
    assert look.parsed.pages["listing_count"].to_list() == [len(json.loads(each)) for each in bodies] == [3, 3, 3, 2]
    error = json.loads((SHARED / "recordings" / "hf_404_error_body.json").read_text("utf-8"))["body"]
    with pytest.raises(PageError, match=r"an object, .*find the page"):
        read_day([error.encode()])
