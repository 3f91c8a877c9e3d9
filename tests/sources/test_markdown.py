"""Pages in, rows out. The pages in fixtures/ are invented; test_archives.py reads real ones."""

import json
import re
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages_of_rows import DAY, SIX, THREE, parse, read_text, reasons, row, titles

from pipeline.core.errors import PageError
from pipeline.services.arxiv.ids import canonical_id
from pipeline.sources.layouts.markdown import REASONS, parse_pages
from pipeline.sources.markup import bodies
from pipeline.sources.reading import LISTINGS, PAGE_READINGS, PAGES, REJECTED_ROWS, Parsed

FIXTURES = Path(__file__).parents[1] / "fixtures"


def parse_fixture(name: str) -> Parsed:
    return parse(read_text((FIXTURES / name).read_bytes()))


def first_of(text: str, column: str) -> object:
    return parse(SIX + text).listings.item(0, column)


def test_six_columns_give_title_authors_summary_tasks_and_links():
    parsed = parse_fixture("six_columns.md")
    listing = parsed.listings.row(0, named=True)
    links = listing.pop("links")
    assert listing == {
        "source_id": "a/b",
        "listing_date": DAY,
        "position": 1,
        "line": 7,
        "arxiv_id": "3105.00001",
        "title": "Teapots Are All You Boil",
        "summary": "- This paper boils water. - It does so twice.",
        "authors": ["Ada Kettle", "brewmaster7"],
        "tasks": ["Kitchen Physics", "Steam-to-Text"],
        "extra": None,
    }
    assert [
        (link["position"], link["column_name"], link["kind"], link["target"], link["reason"]) for link in links
    ] == [
        (1, "github", "repository", "kettle-lab/teapots", None),
        (2, "github", "project_page", "kettle-lab.github.io", None),
        (3, "hugging_face", "model", "kettle-lab/teapot-7b", None),
        (4, "hugging_face", "dataset", "kettle-lab/steam", None),
    ]
    assert parsed.listings.item(1, "links").to_list() == []


def test_brackets_and_parentheses_stay_in_a_title():
    assert titles(parse_fixture("six_columns.md"))[1] == ("3105.00002", "Spoons (and Forks) [Extended]")
    assert titles(parse_fixture("read_more_in_brackets.md"))[1] == ("3105.00002", "Spoons (and Forks) [Extended]")


def test_link_column_names_the_paper_and_leaves_the_title_alone():
    parsed = parse_fixture("link_column.md")
    assert titles(parsed) == [("3105.00001", "Teapots Are All You Boil"), ("3105.00003", "[Re] On Whisks")]
    assert parsed.listings["authors"].to_list() == [["Ada Kettle", "brewmaster7"], []]
    assert parsed.listings["summary"].to_list() == ["The paper boils water.", None]


@pytest.mark.parametrize("name", ["six_columns.md", "link_column.md", "read_more.md", "read_more_in_brackets.md"])
def test_the_same_paper_has_the_same_title_in_every_layout(name: str):
    assert titles(parse_fixture(name))[0] == ("3105.00001", "Teapots Are All You Boil")


def test_paper_without_arxiv_link_is_known_by_its_hugging_face_page():
    assert titles(parse_fixture("read_more.md"))[1] == ("3105.00004", "A Ladle")


def test_rows_that_wrap_in_any_way_are_one_row_each():
    parsed = parse_fixture("wrapped_rows.md")
    assert titles(parsed) == [
        ("3105.00001", "A Title That Wraps and Wraps Again"),
        ("3105.00002", "A Link That Is Broken"),
        ("3105.00003", "A Summary That Goes On Behind a Pipe"),
        ("3105.00004", "A Title That Goes On | Behind a Pipe"),
        ("3105.00005", "A Row That Nobody Closed"),
        ("3105.00006", "The Row Behind It"),
    ]
    assert parsed.listings["summary"].to_list()[1:3] == ["first point\n\nsecond point", "the norm\n|x - y| of tea"]
    assert parsed.listings.item(1, "links").to_list()[0]["target"] == "kettle-lab/teapots"
    assert parsed.listings["tasks"].to_list() == [["Tea"]] * 6
    assert reasons(parsed) == []


def test_rows_that_cannot_be_listings_are_refused_with_line_reason_and_text():
    parsed = parse_fixture("refused_rows.md")
    assert [title for _, title in titles(parsed)] == ["Accepted", "Behind a Second Header", "Last"]
    assert reasons(parsed) == [
        (6, "too_few_cells"),
        (7, "no_arxiv_id"),
        (8, "no_title"),
        (9, "duplicate_paper"),
        (13, "repeated_header"),
        (15, "stray_separator"),
    ]
    assert parsed.rejected.item(0, "text") == "| [Too Short](https://arxiv.org/abs/3105.00002) | Ada Kettle | cut |"
    assert parsed.listings["position"].to_list() == [1, 6, 8]


def test_text_of_a_refused_row_keeps_its_escapes():
    assert parse(THREE + r"| a \| b | c |").rejected.item(0, "text") == r"| a \| b | c |"


def test_unknown_columns_are_kept_as_extra_and_missing_ones_are_named():
    parsed = parse_fixture("other_columns.md")
    assert json.loads(parsed.listings.item(0, "extra")) == {"Venue": 'Tea "Days"', "Cups": "5"}
    assert parsed.listings.item(0, "summary") == "It boils | or not."
    assert parsed.listings.item(0, "links").to_list()[0]["target"] == "kettle-lab/teapots"
    page = parsed.pages.row(0, named=True)
    assert (page["unknown_columns"], page["missing_columns"]) == (
        ["Venue", "Cups"],
        ["authors", "tasks", "hugging_face"],
    )


def test_two_unknown_columns_of_one_name_are_both_kept():
    parsed = parse("| Title | Cup | Cup |\n|---|---|---|\n| [T](https://arxiv.org/abs/3105.00001) | 1 | 2 |\n")
    assert json.loads(parsed.listings.item(0, "extra")) == {"Cup": "1", "Cup (3)": "2"}


def test_table_without_a_title_column_refuses_every_row_and_shows_its_header():
    parsed = parse_fixture("unknown_layout.md")
    assert reasons(parsed) == [(5, "unknown_layout"), (6, "unknown_layout")]
    assert parsed.pages.item(0, "header") == "| Kettle | Litres |"


def test_each_table_of_a_page_is_read_by_its_own_header():
    parsed = parse_fixture("two_tables.md")
    assert titles(parsed) == [("3105.00001", "Teapots"), ("3105.00002", "Spoons")]
    assert parsed.listings["summary"].to_list() == ["It boils.", "It stirs."]
    assert reasons(parsed) == []


def test_table_without_rows_is_an_empty_page():
    page = parse_fixture("empty_table.md").pages.row(0, named=True)
    assert (page["row_count"], page["listing_count"], page["heading_date"]) == (0, 0, date(2031, 5, 14))


def test_batches_without_pages_or_rows_have_the_types_of_full_ones():
    for parsed in (parse(), parse("no table"), parse(SIX), parse(SIX + row(1))):
        assert (parsed.listings.schema, parsed.rejected.schema) == (LISTINGS, REJECTED_ROWS)
        assert parsed.pages.schema == PAGE_READINGS


def test_pages_of_a_batch_do_not_run_into_each_other():
    parsed = parse("nothing here", SIX + row(1).removesuffix("|\n"), "| stray |\n", SIX + row(1) + row(2))
    assert parsed.pages["row_count"].to_list() == [0, 1, 0, 2]
    assert parsed.listings["position"].to_list() == [1, 1, 2]


def test_pipes_that_nobody_escaped_belong_to_the_summary():
    parsed = parse(SIX + row(1, summary="|x| or || y") + row(2, summary=r"\|z\|"))
    assert parsed.listings["summary"].to_list() == ["|x| or || y", "|z|"]
    assert parsed.listings["tasks"].to_list() == [["Tea"], ["Tea"]]


def test_pipe_before_the_link_of_a_title_belongs_to_the_title():
    parsed = parse(THREE + "| P(a | b) (Read more on [arXiv](https://arxiv.org/abs/3105.00001))| Ada | c | d |\n")
    assert titles(parsed) == [("3105.00001", "P(a | b)")]
    assert parsed.listings.item(0, "summary") == "c | d"


def test_blank_cells_behind_the_last_column_shift_nothing():
    assert first_of(row(1).rstrip() + " |\n", "tasks").to_list() == ["Tea"]  # pyright: ignore


def test_row_that_lacks_only_its_first_pipe_is_a_row():
    assert [i for i, _ in titles(parse(SIX + row(1) + row(2)[2:] + row(3)))] == [
        "3105.00001",
        "3105.00002",
        "3105.00003",
    ]


def test_row_that_is_cut_does_not_swallow_the_next():
    parsed = parse(SIX + "| [T](https://arxiv.org/abs/3105.00001) | Ada | cut\n" + row(2))
    assert reasons(parsed) == [(3, "too_few_cells")]
    assert titles(parsed) == [("3105.00002", "T")]


def test_text_after_the_table_is_in_no_row():
    short = "| [T](https://arxiv.org/abs/3105.00001) | Ada |\n\nBrewed by a machine.\n"
    assert parse(THREE + short).rejected["text"].to_list() == ["| [T](https://arxiv.org/abs/3105.00001) | Ada |"]
    assert first_of(row(1) + "\nBrewed by a machine.\n", "links").to_list() == []  # pyright: ignore


def test_windows_line_ends_tabs_and_trailing_spaces_change_nothing():
    plain = SIX + row(1, title="A\n  B") + row(2)
    messy = plain.replace("\n", " \t\r\n")
    assert parse(messy).listings.equals(parse(plain).listings)


@pytest.mark.parametrize(
    ("link", "arxiv_id"),
    [
        ("http://arxiv.org/abs/3105.00001v12", "3105.00001"),
        ("https://www.arxiv.org/pdf/3105.00001.pdf", "3105.00001"),
        ("https://export.arxiv.org/pdf/3105.00001v2.pdf", "3105.00001"),
        ("HTTPS://ArXiv.org/abs/3105.00001/", "3105.00001"),
        ("arxiv.org/abs/3105.00001.", "3105.00001"),
        ("https://arxiv.org/abs/0704.0001", "0704.0001"),
        ("https://arxiv.org/abs/cs/0112017", "cs/0112017"),
        ("https://arxiv.org/abs/math.GT/0309136v1", "math/0309136"),
        ("https://hf.co/papers/3105.00001", "3105.00001"),
        ("https://arxiv.org/abs/arXiv:3105.00001", "3105.00001"),
        ("https://arxiv.org/abs//3105.00001v1", "3105.00001"),
        ("https://arxiv.org/abs/ 3105.00001", "3105.00001"),
        ("https://arxiv.org/format/3105.00001", "3105.00001"),
        ("https://arxiv.org/src/3105.00001v2", "3105.00001"),
        ("https://arxiv.org/e-print/3105.00001", "3105.00001"),
        ("https://arxiv.org/ftp/arxiv/papers/3105/3105.00001.pdf", "3105.00001"),
        ("https://arxiv.org/html/math.GT/0309136v1", "math/0309136"),
        ("https://arxiv.org:443/abs/3105.00001", "3105.00001"),
        ("http://cn.arxiv.org/abs/3105.00001", "3105.00001"),
        ("https://de.arxiv.org/pdf/3105.00001.pdf", "3105.00001"),
        ("https://browse.arxiv.org/html/3105.00001v1", "3105.00001"),
        ("https://ar5iv.labs.arxiv.org/html/3105.00001", "3105.00001"),
        ("https://ar5iv.org/abs/3105.00001", "3105.00001"),
        ("https://www.alphaxiv.org/abs/3105.00001v1", "3105.00001"),
        ("https://alphaxiv.org/pdf/3105.00001", "3105.00001"),
        ("https://www.alphaxiv.org/overview/3105.00001", "3105.00001"),
        ("https://doi.org/10.48550/arXiv.3105.00001", "3105.00001"),
        ("https://dx.doi.org/10.48550/ARXIV.3105.00001", "3105.00001"),
        ("https://doi.org/10.48550%2FarXiv.3105.00001", "3105.00001"),
        ("10.48550/arXiv.3105.00001", "3105.00001"),
        ("doi:10.48550/arXiv.cs/0112017", "cs/0112017"),
        ("https://huggingface.co/papers/3105.00001?utm=x#comments", "3105.00001"),
        ("https://arxiv.org/abs/3105.000011", None),
        ("https://arxiv.org/abs/3105.0001", None),
        ("https://arxiv.org/abs/31050.00001", None),
        ("https://evil-arxiv.org/abs/3105.00001", None),
        ("https://web.archive.org/web/2031/https://arxiv.org/abs/3105.00001", None),
        ("https://example.org/search?q=https://arxiv.org/abs/3105.00001", None),
        ("https://doi.org/10.1000/arXiv.3105.00001", None),
        ("https://arxiv.org/abs/3113.00001", None),
        ("https://arxiv.org.example.org/abs/3105.00001", None),
        ("https://example.org/arxiv.org/abs/3105.00001", None),
        ("https://arxiv.org/list/cs.AI/recent", None),
    ],
)
def test_arxiv_id_is_read_from_every_form_of_link_and_from_no_other_host(link: str, arxiv_id: str | None):
    parsed = parse(SIX + f"| [T]({link}) | Ada | S | [] | N/A | N/A |\n")
    assert parsed.listings["arxiv_id"].to_list() == ([arxiv_id] if arxiv_id else [])


@pytest.mark.parametrize(
    ("cell", "tasks"),
    [
        ("['Tea', 'Hot Milk']", ["Tea", "Hot Milk"]),
        ('["Tea", "Children\'s Tea"]', ["Tea", "Children's Tea"]),
        ("['Children's Tea', \"Milk\"]", ["Children's Tea", "Milk"]),
        ("['Tea, Black', 'Milk']", ["Tea, Black", "Milk"]),
        ("['Tea','Milk'", ["Tea", "Milk"]),
        ("'Tea', 'Milk'", ["Tea", "Milk"]),
        ("[Tea, Milk]", ["Tea", "Milk"]),
        ("Tea, Milk", ["Tea", "Milk"]),
        ("['Tea',\n  'Milk']", ["Tea", "Milk"]),
        ("['Tea', 'Tea', '']", ["Tea"]),
        ("[__import__('os')]", ["__import__('os')"]),
        ("[]", []),
        ("N/A", []),
        ("None", []),
        ("", []),
    ],
)
def test_labels_are_read_however_the_list_is_written(cell: str, tasks: list[str]):
    assert first_of(row(1, tasks=cell), "tasks").to_list() == tasks  # pyright: ignore


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"429: Too Many Requests", "Too Many Requests"),
        (b"", "no table header"),
        (b"\xff\xfe|\x00", "not UTF-8"),
        (b" <!DOCTYPE html>\n<p>| a |\n|---|", "HTML"),
        (b"<HTML><body>", "HTML"),
        (b"## Papers for 2031-05-06\n\n| Title | Auth", "no table header"),
        (b"| Title | Authors |\n|---|--", "cut short"),
        ((SIX + row(1)).encode()[:-3], "cut short"),
        ((SIX + row(1)).encode()[:-30], "cut short"),
        ((SIX + "| [T](https://arxiv.org/abs/3105.00001) | Ada |").encode(), "cut short"),
    ],
)
def test_body_that_is_no_whole_page_is_an_error_that_says_why(body: bytes, message: str):
    with pytest.raises(PageError, match=message) as error:
        read_text(body)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_page_may_have_so_many_lines_however_they_end(end: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "MOST_LINES", 20)
    body = (SIX + row(1) + "\n" * (20 - (SIX + row(1)).count("\n"))).replace("\n", end).encode()
    assert read_text(body)
    with pytest.raises(PageError, match="it has 21 lines, and the most that a day may have are 20"):
        read_text(body + end.encode())


def test_page_whose_bytes_are_verified_may_end_without_a_pipe():
    body = (SIX + row(1)).encode()[:-3]
    assert titles(parse(read_text(body, whole=True))) == [("3105.00001", "T")]


def test_page_may_end_without_newline_and_begin_with_a_byte_order_mark():
    text = (SIX + row(1)).rstrip()
    assert read_text(b"\xef\xbb\xbf" + text.encode()) == text


def test_text_below_a_closed_table_is_no_cut():
    text = SIX + row(1) + "\nBrewed by a machine"
    assert read_text(text.encode()) == text


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=len(SIX + row(1) + row(2))))
def test_page_cut_anywhere_is_an_error_or_lacks_whole_rows_only(length: int):
    body = (SIX + row(1) + row(2)).encode()[:length]
    try:
        parsed = parse(read_text(body))
    except PageError:
        return
    assert reasons(parsed) == []
    assert titles(parsed) == [("3105.00001", "T"), ("3105.00002", "T")][: parsed.listings.height]


MARKS = [
    "|",
    "\n",
    "\r\n",
    "\\",
    "[",
    "](",
    ")",
    "---",
    " ",
    "\0",
    "'",
    ",",
    "| Title |",
    "| Papers |",
    "|---|---|",
    "<!--",
    "-->",
    "```",
    "<a href=",
    ">",
    "**",
    "`",
    ";",
    "\n\n",
    "\ufffe",
    "\u200b",
    THREE,
    "github.com/a/b",
]
LINKS = ["https://arxiv.org/abs/", "3105.00001", "(Read more on [arXiv](https://arxiv.org/abs/3105.00002))"]
MESS = st.lists(st.sampled_from(MARKS + LINKS) | st.text(max_size=5), max_size=40).map("".join)


@settings(max_examples=300, deadline=None)
@given(MESS)
def test_no_text_raises_anything_but_a_page_error_and_every_row_is_counted(text: str):
    pages = [text, THREE + text, SIX + row(1) + text]
    with suppress(PageError):
        pages.append(read_text(text.encode()))
    parsed = parse(*pages)
    counts = parsed.pages.select(pl.col("listing_count") + pl.col("rejected_count"), "row_count").rows()
    assert all(judged == rows for judged, rows in counts)
    assert sum(rows for _, rows in counts) == parsed.listings.height + parsed.rejected.height
    assert parsed.listings.select("listing_date", "position").is_unique().all()
    assert parsed.rejected.select("listing_date", "line").is_unique().all()
    assert set(parsed.rejected["reason"]) <= set(REASONS)
    assert "\0" not in "".join(parsed.rejected["text"])
    assert parsed.listings.filter(pl.col("title").is_null() | (pl.col("title") == "")).is_empty()


@settings(max_examples=100, deadline=None)
@given(st.lists(MESS, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_what_a_page_says_does_not_hang_on_the_pages_beside_it(texts: list[str], random: Random):
    rows = [("a/b", DAY + timedelta(days=i), header + text) for i, text in enumerate(texts) for header in (THREE,)]
    shuffled = random.sample(rows, len(rows))
    there, here = (parse_pages(pl.DataFrame(each, schema=PAGES, orient="row")) for each in (rows, shuffled))
    alone = [parse_pages(pl.DataFrame([each], schema=PAGES, orient="row")) for each in rows]
    for name in Parsed._fields:
        frames = [getattr(parsed, name) for parsed in alone]
        assert getattr(there, name).equals(pl.concat(frames))
        assert getattr(here, name).sort("listing_date", maintain_order=True).equals(getattr(there, name))


LISTED = st.lists(st.sampled_from(["short", "prose", "blank", "comment", "row", "other"]), max_size=12)
PIECES = {
    "short": "| cut |\n",
    "prose": "\nPrev | Next\n\n",
    "blank": "\n",
    "comment": "<!-- | hidden | -->\n",
    "other": "\n| Label | Papers |\n|---|---|\n| Tea | 3 |\n\n" + SIX,
}


@settings(max_examples=100, deadline=None)
@given(LISTED)
def test_every_paper_of_a_page_is_listed_whatever_stands_between(kinds: list[str]):
    text = SIX + "".join(PIECES.get(kind, row(i)) for i, kind in enumerate(kinds)) + row(99)
    parsed = parse(read_text(text.encode()))
    listed = [int(arxiv_id[-5:]) for arxiv_id in parsed.listings["arxiv_id"]]
    assert listed == [*(i for i, kind in enumerate(kinds) if kind == "row"), 99]
    assert set(parsed.listings["summary"]) == {"S"}


# A title that marks enclose loses them: test_titles.py.
WORDS = st.text(st.sampled_from("abcXYZ 09.,;:()'\"*_$é漢-"), min_size=1, max_size=20).filter(
    lambda word: re.search(r"[^\W_]", word) and not re.search(r"[*_]{2}|^\s*[*_].*[*_]\s*$", word)
)
LABELS = st.lists(st.text(st.sampled_from("abcXYZ09-"), max_size=9).map("a {}".format).map(str.strip), unique=True)
PARTS = st.lists(WORDS | st.sampled_from(["|", " | ", "\n", "\n\n", "||"]))
# Lines of a summary that begin or end with a pipe can be rows of their own: wrapped_rows.md shows what is understood.
SUMMARIES = PARTS.map("".join).map(str.strip).filter(lambda text: not re.search(r"\n\s*\||\|\s*\n", text))
PAPERS = st.lists(st.tuples(WORDS, SUMMARIES, LABELS), max_size=6)


@settings(max_examples=100, deadline=None)
@given(PAPERS)
def test_cells_of_a_table_come_back_as_they_went_in(papers: list[tuple[str, str, list[str]]]):
    text = SIX + "".join(row(i, title, summary, repr(labels)) for i, (title, summary, labels) in enumerate(papers))
    parsed = parse(read_text(text.encode()))
    assert parsed.listings["title"].to_list() == [" ".join(title.split()) for title, _, _ in papers]
    assert parsed.listings["summary"].to_list() == [summary.strip() or None for _, summary, _ in papers]
    assert [tasks.to_list() for tasks in parsed.listings["tasks"]] == [labels for _, _, labels in papers]


# The Kelvin sign and the long s are letters that a careless comparison takes for k and s.
IDS = st.from_regex(r"([a-zKS\u212a\u017f-]{1,9}(\.[A-Za-z]{2})?/)?[0-9]{4}\.?[0-9]{3,5}(v[0-9]{1,2})?", fullmatch=True)


@settings(max_examples=100, deadline=None)
@given(st.lists(IDS, min_size=10, max_size=40))
def test_ids_of_papers_are_canonical_and_no_canonical_id_is_missed(ids: list[str]):
    parsed = parse(SIX + "".join(f"| [T](https://arxiv.org/abs/{text}) | Ada | S | [] | N/A | N/A |\n" for text in ids))
    listed = parsed.listings["arxiv_id"].to_list()
    assert [canonical_id(arxiv_id) for arxiv_id in listed] == listed
    assert {canonical_id(text) for text in ids} - {None} <= set(listed)


@pytest.mark.parametrize(
    "name", ["cs/0113017", "cs/0704001", "cs/9012017", "-cs/0112017", "c--s/0112017", "\u212acs/0112017"]
)
def test_id_that_arxiv_never_gave_is_no_id(name: str):
    assert reasons(parse(SIX + f"| [T](https://arxiv.org/abs/{name}) | Ada | S | [] | N/A | N/A |\n")) == [
        (3, "no_arxiv_id")
    ]


@pytest.mark.parametrize("piece", ["|", "| [", "](", "| a\n", "\n", "-", " ", "\\|", "'", "[x](", "| Title |\n|---|\n"])
def test_hostile_repetition_ends(piece: str):
    text = THREE + row(1).rstrip() + piece * 20_000
    parsed = parse(read_text(text.encode(), whole=True))
    assert parsed.pages.item(0, "row_count") == parsed.listings.height + parsed.rejected.height
