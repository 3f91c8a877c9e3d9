"""Where a table begins, where a row ends, and what on a page is no row."""

from collections.abc import Callable

import pytest
from pages_of_rows import SIX, THREE, grows_with_its_size, numbers, parse, read_text, reasons, row, short

from pipeline.core.errors import PageError
from pipeline.sources.layouts.tables import find_tables

PROSE = [
    "Yesterday | Today | Tomorrow",
    "[Prev](2031-05-05.md) | [Next](2031-05-07.md)",
    "*Brewed by a kettle | Source: the tap*",
    "See P(A|B).",
    "`a | b`",
    "| [Prev](2031-05-05.md) | [Next](2031-05-07.md) |",
    "| Yesterday | Today | Tomorrow |",
    "> quoted | words",
]


@pytest.mark.parametrize("prose", PROSE)
@pytest.mark.parametrize("end", ["", "\n", "\n\nMore."])
@pytest.mark.parametrize(("header", "line"), [(SIX, row(1)), (THREE, short(1))])
def test_prose_below_a_table_is_no_row_and_in_no_cell(header: str, line: str, prose: str, end: str):
    text = header + line + "\n" + prose + end
    assert read_text(text.encode()) == text
    parsed = parse(text)
    assert numbers(parsed) == [1]
    assert reasons(parsed) == []
    assert parsed.listings["summary"].to_list() == ["S"]


@pytest.mark.parametrize("prose", PROSE[:5])
@pytest.mark.parametrize(("header", "line"), [(SIX, row(1)), (THREE, short(1))])
def test_prose_right_below_a_row_is_in_no_cell(header: str, line: str, prose: str):
    parsed = parse(header + line + prose + "\n\n## More\n\n" + header + line.replace("00001", "00002"))
    assert numbers(parsed) == [1, 2]
    assert reasons(parsed) == []
    assert parsed.listings["summary"].to_list() == ["S", "S"]


def test_last_paper_keeps_its_link_column_above_prose():
    header = "| Title | Authors | Summary | Link |\n|---|---|---|---|\n"
    parsed = parse(header + "| T | Ada | S | [x](https://arxiv.org/abs/3105.00001) |\n\nYesterday | Today | Tomorrow\n")
    assert (numbers(parsed), reasons(parsed)) == ([1], [])


@pytest.mark.parametrize("prose", ["Yesterday | Today | Tomorrow", "Prev | Next |", "See P(A|B)."])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_damaged_row_takes_no_prose_for_its_summary(prose: str, gap: str):
    parsed = parse(THREE + "| [T](https://arxiv.org/abs/3105.00001) | Ada |" + gap + prose + "\n\n" + short(2))
    assert numbers(parsed) == [2]
    assert reasons(parsed)[0] == (3, "too_few_cells")
    assert parsed.rejected.item(0, "text") == "| [T](https://arxiv.org/abs/3105.00001) | Ada |"


def test_row_whose_end_cannot_be_told_is_refused():
    unclosed = "| [T](https://arxiv.org/abs/3105.00001) | Ada | cut"
    for rest in ("\n\nPrev | Next\n", "\nBrewed by a kettle.\n", "\n\nsecond | third |\n"):
        assert reasons(parse(THREE + unclosed + rest)) == [(3, "open_end")]
    assert reasons(parse(THREE + short(1, "the norm |x|") + "of tea |\n" + short(2))) == [(3, "open_end")]


def test_row_goes_on_over_blank_lines_while_it_lacks_cells():
    first = "| [T](https://arxiv.org/abs/3105.00001) | Ada |"
    parsed = parse(
        SIX + first + "\n\n- one\n\n- two | ['Tea'] | N/A | N/A |\n" + row(2),
        SIX + first + " one\n\ntwo\n\n| ['Tea'] | N/A | N/A |\n" + row(2),
        SIX + first + " one\n\n\ntwo | ['Tea'] | [L](https://github.com/a/b) | N/A |\n" + row(2),
    )
    assert parsed.listings["summary"].to_list() == ["- one\n\n- two", "S", "one\n\ntwo", "S", "one\n\n\ntwo", "S"]
    assert reasons(parsed) == []


def test_row_that_seems_full_too_early_goes_on_if_only_then_its_links_are_links():
    wrapped = "| [T](https://arxiv.org/abs/3105.00001) | Ada | a |b| c |d|\nand e | ['Tea'] | N/A | N/A |\n"
    parsed = parse(SIX + wrapped + row(2), SIX + wrapped.replace("\nand", "\n\nand") + row(2))
    assert parsed.listings["summary"].to_list() == ["a |b| c |d|\nand e", "S", "a |b| c |d|\n\nand e", "S"]
    assert parsed.listings["tasks"].to_list() == [["Tea"]] * 4


def test_prose_that_ends_with_a_pipe_gives_no_label_and_no_link():
    unclosed = "| [T](https://arxiv.org/abs/3105.00001) | Ada | cut\n\nPrev | Next | Top | Home |\n"
    assert reasons(parse(SIX + unclosed + row(2))) == [(3, "too_few_cells")]
    leading = unclosed.replace("Prev | Next | Top | Home |", "| Prev | Next | Top |")
    assert reasons(parse(SIX + leading + row(2)))[0] == (3, "too_few_cells")


def test_row_that_lost_its_first_line_is_refused():
    damaged = row(1, title="Second Half")[3:]
    assert damaged.startswith("Second Half](https://")
    parsed = parse(SIX + damaged + row(2) + damaged.replace("00001", "00003"))
    assert numbers(parsed) == [2]
    assert reasons(parsed) == [(3, "broken_title"), (5, "broken_title")]
    more = "Half (Read more on [arXiv](https://arxiv.org/abs/3105.00001)) | Ada | S |\n"
    assert reasons(parse(THREE + short(2) + more)) == [(4, "broken_title")]
    shorter = "Second Half](https://arxiv.org/abs/3105.00001) | Ada | S\n"
    assert reasons(parse(SIX + row(2) + shorter)) == [(4, "too_few_cells")]


def test_rows_behind_prose_and_between_blank_lines_are_rows():
    other = "| [Elsewhere](https://example.org/a) | Ada | S |\n"
    parsed = parse(THREE + short(1) + "\nSome words.\n\n" + short(2) + "\n" + other + "\n" + short(3))
    assert numbers(parsed) == [1, 2, 3]
    assert reasons(parsed) == [(9, "no_arxiv_id")]


def test_tables_may_have_no_outer_pipes():
    header = "Title | Authors | Summary\n---|---|---\n"
    line = "[T](https://arxiv.org/abs/3105.00001) | Ada | S\n"
    parsed = parse(header + line + line.replace("00001", "00002") + "\nPrev | Next | Top\n")
    assert (numbers(parsed), reasons(parsed)) == ([1, 2], [])
    assert reasons(parse(header + line + "and more of it\n")) == [(3, "open_end")]
    assert read_text((header + line).encode())
    with pytest.raises(PageError, match="cut short"):
        read_text((header + line).rstrip().encode())


FOREIGN = [
    "| Label | Papers |\n|---|---|\n| Tea | 1 |\n| Milk | **12** |\n",
    "| Topic | Link |\n|---|---|\n| Tea | [go](#tea) |\n",
    "| Category | Count |\n|---|---|\n| Tea | 3 |\n| Milk | 4 |\n| Cups | 5 |\n",
    "| # | Title |\n|---|---|\n| 1 | [Tea](#tea) |\n",
    "| Author | Paper |\n|---|---|\n| Ada | 12 papers |\n",
    "| Source | Papers |\n|---|---|\n| arXiv | 30 |\n",
    "| Label |\n|---|\n",
]


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("header", [SIX, THREE])
def test_tables_that_list_no_papers_count_against_nothing(foreign: str, header: str):
    line = row(1) if header == SIX else short(1)
    for text in (foreign + "\n" + header + line, header + line + "\n" + foreign, header + line + foreign):
        parsed = parse(read_text(text.encode()), read_text(text.rstrip().encode()))
        assert (numbers(parsed), reasons(parsed)) == ([1, 1], [])
        assert parsed.pages["unknown_columns"].to_list() == [[], []]


def test_page_without_any_table_of_papers_is_refused_row_by_row():
    assert reasons(parse("".join(FOREIGN[:2]))) == [(3, "unknown_layout"), (4, "unknown_layout"), (7, "unknown_layout")]


def test_papers_below_columns_that_nobody_knows_are_refused_and_counted():
    unknown = "| Kettle | Litres |\n|---|---|\n| [A](https://arxiv.org/abs/3105.00002) | 2 |\n"
    assert reasons(parse(THREE + short(1) + "\n" + unknown)) == [(7, "unknown_layout")]


@pytest.mark.parametrize("mark", ["```", "~~~", "   ```md", "\t~~~~", "````", "- ```"])
def test_fenced_rows_are_none(mark: str):
    close = mark.strip("\t -md") or mark
    fenced = f"{mark}\n{THREE}{short(2)}{close}\n"
    parsed = parse(THREE + short(1) + fenced + short(3), fenced + "\n" + THREE + short(1) + short(3))
    assert (numbers(parsed), reasons(parsed)) == ([1, 3, 1, 3], [])


def test_fence_ends_only_at_a_line_of_its_own_kind_and_hides_the_rest_if_at_none():
    fenced = "~~~~\n" + short(2) + "~~~\n```\n" + short(3) + "~~~~ not yet\n" + short(4)
    assert numbers(parse(THREE + short(1) + fenced)) == [1]
    assert numbers(parse(THREE + short(1) + fenced + "~~~~~\n\n" + short(5))) == [1, 5]
    assert numbers(parse(THREE + short(1) + "```a``` | b\n\n" + short(2))) == [1, 2]


def test_no_row_goes_on_over_a_fence():
    parsed = parse(SIX + "| [T](https://arxiv.org/abs/3105.00001) | Ada | a\n```\nb\n```\nc | ['Tea'] | N/A | N/A |\n")
    assert reasons(parsed)[0] == (3, "too_few_cells")


@pytest.mark.parametrize(
    "comment",
    [
        "<!--\n{}-->\n",
        "<!-- {}-->",
        "<!-- a\n\n{}\nb -->\n",
        "<!-- <!-- {}-->\n",
        "<!-- -- -> {}-->\n",
        "\nwords <!--\n{}--> words\n\n",
        "<!-->{}".replace("{}", "<!-- {}-->"),
    ],
)
def test_rows_in_comments_are_none(comment: str):
    hidden = comment.format(short(2))
    parsed = parse(THREE + short(1) + hidden + short(3), hidden.lstrip() + "\n" + THREE + short(1) + short(3))
    assert (numbers(parsed), reasons(parsed)) == ([1, 3, 1, 3], [])
    assert parsed.pages["row_count"].to_list() == [2, 2]


def test_comment_ends_at_the_first_mark_that_ends_one():
    assert numbers(parse(THREE + short(1) + "<!-- <!-- -->\n" + short(2) + "-->\n")) == [1, 2]
    assert numbers(parse(THREE + short(1) + "\n<!-- for ever\n" + short(2) + "\n\n" + short(3))) == [1]


def test_comment_within_a_row_is_not_in_its_cells():
    parsed = parse(THREE + short(1, "a<!-- b | c --> d") + short(2, "e <!-- f\ng --> h"))
    assert parsed.listings["summary"].to_list() == ["a d", "e  h"]


def test_mark_of_a_comment_in_code_or_without_an_end_is_text():
    parsed = parse(THREE + short(1, "how `<!--` works") + short(2, "a <!-- b") + "\nwords --> words\n")
    assert parsed.listings["summary"].to_list() == ["how `<!--` works", "a <!-- b"]


@pytest.mark.parametrize(
    "end", ["", "\n", "\n\nBrewed | by a kettle", "\n\n| Label | Papers |\n|---|---|\n| Tea | 1 |"]
)
def test_whole_page_is_whole_with_and_without_the_hash_of_a_listing(end: str):
    text = SIX + row(1) + row(2).rstrip() + end
    assert read_text(text.encode()) == read_text(text.encode(), whole=True)


@pytest.mark.parametrize("length", [3, 30, 60, 90])
def test_page_that_ends_within_a_row_is_cut(length: int):
    for before in ("", "\n| Label | Papers |\n|---|---|\n| Tea | 1 |\n\n" + SIX):
        with pytest.raises(PageError, match="cut short"):
            read_text((SIX + row(1) + before + row(2)).encode()[:-length])


@pytest.mark.parametrize("length", range(3, 70, 7))
def test_page_that_ends_within_its_first_row_is_cut(length: int):
    with pytest.raises(PageError, match="cut short"):
        read_text((SIX + row(1)).encode()[:-length])


def test_rows_whose_titles_are_empty_are_refused_and_not_passed_over():
    empty = "| | Ada | S |\n| - | Bo | S |\n"
    assert reasons(parse(THREE + short(1) + "\n" + THREE + empty)) == [(7, "no_arxiv_id"), (8, "no_arxiv_id")]


def test_header_with_more_cells_than_a_table_of_papers_has_is_unknown():
    cells = "".join(f" c{i} |" for i in range(400))
    wide = f"| Title |{cells}\n|{'---|' * 401}\n| [T](https://arxiv.org/abs/3105.00001) |{cells}\n"
    parsed = parse(wide)
    assert reasons(parsed) == [(3, "unknown_layout")]
    assert parsed.pages["unknown_columns"].to_list() == [[]]


def test_page_of_more_lines_than_any_day_has_is_refused_at_once():
    with pytest.raises(PageError, match="400002 lines"):
        read_text((THREE + "|\n" * 400_000).encode())


def test_escaped_pipes_and_nul_do_not_meet():
    table = find_tables("| Title |\n|---|\n| a\\|b\0c |\n")[0]
    assert table.rows[0].text == "| a\0b\ufffdc |"


HOSTILE: dict[str, Callable[[int], str]] = {
    "distinct header cells": lambda n: f"|{'|'.join(map(str, range(n // 4)))}|\n|---|\n{row(1)}",
    "headers": lambda n: "".join(f"|Title|{i}|\n|---|---|\n" for i in range(n // 25)),
    "a long header over rows": lambda n: f"| Title | {'x' * (n // 2)} |\n|---|---|\n" + "| a | b |\n" * (n // 20),
    "columns that nobody knows": lambda n: (
        f"|Title|{'|'.join(map(str, range(250)))}|\n|---|\n"
        + f"|[T](https://arxiv.org/abs/3105.00001)|{'|' * 250}\n" * (n // 300)
    ),
    "pipes": lambda n: SIX + "|" * n,
    "rows": lambda n: SIX + "|\n" * (n // 8),
    "rows that open a link": lambda n: SIX + "| [b\n" * (n // 8),
    "a row that never ends": lambda n: SIX + row(1)[:50] + "x\n" * (n // 4),
    "lines behind a row": lambda n: SIX + row(1) + "a |\n" * (n // 8),
    "brackets": lambda n: SIX + "| " + "[" * n,
    "closing brackets": lambda n: SIX + "| [T](https://arxiv.org/abs/3105.00001) " + "](" * (n // 2) + "|\n",
    "back-ticks": lambda n: SIX + "| <!-- " + "".join("`" * (i % 300) + " " for i in range(n // 150)),
    "comments": lambda n: SIX + "a <!-- \n" * (n // 8),
    "fences": lambda n: SIX + "```\n~~~\n" * (n // 8),
    "one line": lambda n: SIX + "x" * n,
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_time_grows_with_the_size_of_a_page_and_not_with_its_square(shape: str):
    assert grows_with_its_size(parse, HOSTILE[shape])
