"""Why a page is refused, in words that a person can read."""

import polars as pl
import pytest
from pages_of_rows import SIX, THREE, parse, read_text, row, short

from pipeline.core.errors import PageError
from pipeline.sources.layouts.refusals import explain_refusals


def refusals(*texts: str) -> list[str | None]:
    return explain(*texts).to_list()


def explain(*texts: str) -> pl.Series:
    parsed = parse(*texts)
    pages, rejected = (frame.rename({"source_id": "document_id"}) for frame in (parsed.pages, parsed.rejected))
    return explain_refusals(pages, rejected)["refusal"]


def test_page_that_is_read_is_not_refused():
    assert refusals(SIX + row(1), SIX, SIX + row(1) + row(1)) == [None, None, None]


def test_refusal_says_each_reason_with_its_count_and_what_is_unknown():
    header = "| Title | Cups | Venue |\n|---|---|---|\n"
    bad = "| [A](https://example.org/a) | 1 | x |\n| [B](https://example.org/b) | 2 | y |\n| short |\n"
    assert refusals(header + bad) == [
        "3 of 3 rows cannot be read: 2 no_arxiv_id, 1 too_few_cells; unknown columns: 'Cups', 'Venue'; "
        "the table's header is: | Title | Cups | Venue |"
    ]


def test_header_that_repeats_is_told_once():
    header = "| Title | Cups |\n|---|---|\n"
    [text] = refusals((header + "| a | 1 |\n\n") * 30)
    assert text is not None
    assert text.count("Cups") == 2


def test_refusal_is_readable_in_any_script_and_harmless_in_a_terminal():
    [text] = refusals("| 标题 | 작성자 | כותרת\u202e\x1b[31m |\n|---|---|---|\n| a | b | c |\n")
    assert text is not None
    assert "'标题', '작성자', 'כותרת\\u202e\\x1b[31m'" in text
    assert text.isprintable()


def test_reasons_of_one_page_are_not_told_of_another():
    first, second = refusals(THREE + "| a |\n", THREE + "| [A](https://example.org/a) | b | c |\n")
    assert "1 too_few_cells" in str(first)
    assert "1 no_arxiv_id;" in str(second)


def test_page_whose_tables_list_no_papers_is_refused_also_without_rows():
    assert refusals("| Kettle |\n|---|\n", "| Kettle |\n|---|\n| a |\n") == [
        "no table of papers; unknown columns: 'Kettle'; the table's header is: | Kettle |",
        "1 of 1 rows cannot be read: 1 unknown_layout; unknown columns: 'Kettle'; the table's header is: | Kettle |",
    ]


def test_long_headers_are_cut():
    names = "".join(f" column{i} |" for i in range(200))
    [text] = refusals(f"|{names}\n|{'---|' * 200}\n| a |\n")
    assert text is not None
    assert "and 188 more" in text
    assert len(text) < 1000


def test_no_refusals_have_the_type_of_some():
    assert explain().dtype == pl.String


@pytest.mark.parametrize("body", ["今日の論文はありません\u202e\x1b[2J", "| 标题\n\n" + short(1)])
def test_excerpts_of_pages_are_readable_in_any_script(body: str):
    with pytest.raises(PageError) as error:
        read_text(body.encode())
    assert body[:5].strip() in str(error.value)
    assert str(error.value).isprintable()


def test_the_text_of_a_rejected_row_has_no_comment_and_its_references_have_their_address():
    text = f"{SIX}| [T][1] | Ada <!-- a note --> | S | [] | N/A | N/A |\n\n[1]: https://example.org/x\n"
    [found] = parse(text).rejected["text"]
    assert found == "| [T](https://example.org/x) | Ada  | S | [] | N/A | N/A |"
