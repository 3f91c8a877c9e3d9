"""A title is the text of its link, read by structure, or what stands beside links that only say where they lead."""

import pytest
from pages_of_rows import THREE, parse, reasons, titles

from pipeline.sources.layouts.titles import judge_titles, read_title
from pipeline.sources.markup.references import resolve_references

U = "https://arxiv.org/abs/3105.00001"
ID = "3105.00001"


def title_of(cell: str) -> str | None:
    parsed = parse(THREE + f"| {cell} | Ada | S |\n")
    assert parsed.pages.item(0, "row_count") == 1
    return titles(parsed)[0][1] if titles(parsed) else None


@pytest.mark.parametrize(
    "cell",
    [
        f"[Tea]({U})",
        f"**[Tea]({U})**",
        f"[**Tea**]({U})",
        f"__[Tea]({U})__",
        f"*[Tea]({U})*",
        f"_[_Tea_]({U})_",
        f"***[Tea]({U})***",
        f"~~[Tea]({U})~~",
        f"`[Tea]({U})`".replace("`", ""),
        f"[`Tea`]({U})",
        f"\U0001f525 [Tea]({U})",
        f"[Tea]({U}) \U0001f525\ufe0f",
        f":fire: [Tea]({U})",
        f"1. [Tea]({U})",
        f"(12) [Tea]({U})",
        f"NEW! [Tea]({U})",
        f"![badge](https://img.example/x.svg) [Tea]({U})",
        f"[![badge](https://img.example/x.svg)](https://example.org) [Tea]({U})",
        f"[Tea]({U}) ![stars](https://img.example/x.svg)",
        f"[Tea ![stars](https://img.example/x.svg)]({U})",
        f'<a id="tea"></a>[Tea]({U})',
        f'<a name="tea" />**[Tea]({U})**',
        f'<a href="{U}">Tea</a>',
        f"<a href='{U}' target=_blank><b>Tea</b></a>",
        f"<a href={U}>Tea</a>",
        f"<strong>[Tea]({U})</strong>",
        f"<span style='color:red'>[Tea]({U})</span>",
        f"[Tea]({U} 'tip')",
        f'[Tea](<{U}> "tip")',
        f"[Tea]({U}) (ICLR 2031)",
        f"[Tea]({U}) [[code]](https://github.com/a/b)",
        f"[Tea]({U})[pdf](https://arxiv.org/pdf/{ID})",
        f"[arXiv]({U}) [Tea](https://arxiv.org/pdf/{ID})",
        f"**Tea** [arXiv]({U})",
        f"**Tea** ([arXiv]({U}), [code](https://github.com/a/b))",
        f"**Tea**<br>[[{ID}]]({U})",
        f"**Tea** [arXiv:{ID}v2 [cs.CL]]({U})",
        f"\U0001f525 **Tea** · [paper]({U})",
        f"3) **Tea** — [\U0001f4c4 PDF]({U})",
        f"[Tea](https://example.org/tea) [PDF]({U})",
        f"Tea {U}",
        f"Tea (<{U}>)",
        f"Tea - read more on [arXiv]({U})",
        f"**Tea** (Read more on [arXiv]({U}) or [HuggingFace](https://huggingface.co/papers/{ID}))",
        f"[NEW] [Tea]({U})",
        f"[x] **[Tea]({U})**",
        f"- [ ] [Tea]({U})",
        f"[Oral] new: [Tea]({U})",
        f"[[{ID}] Tea]({U})",
        f"[arXiv:{ID}v2: Tea]({U})",
        f"Tea [[paper]({U})]",
        f"Tea [[paper]({U})] [[code](https://github.com/a/b)]",
        f"Tea [Read the paper]({U})",
        f"Tea [click here]({U})",
        f"Tea [View on arXiv]({U})",
        f"Tea [v2]({U})",
        f"Tea [\u8bba\u6587]({U})",
        f"Tea [\u94fe\u63a5]({U})",
        f"![badge](https://img.example/x.svg) Tea (Read more on [arXiv]({U}))",
        f"\U0001f525 1. Tea (Read more on [arXiv]({U}))",
    ],
)
def test_markup_around_a_title_is_not_in_it(cell: str):
    assert title_of(cell) == "Tea"


@pytest.mark.parametrize(
    "title",
    [
        "Tea with [milk] in",
        "[Re] On Whisks",
        "Spoons (and Forks) [Extended]",
        "Milk on [0, 1)",
        "S*: Scaling at the Table",
        "A*-Search for Cups*",
        "Do I see a `cup.n.01`?",
        "`Cup` of Tea",
        "2.5 Years of Tea",
        "$\\gamma$-Tea",
        "GPT-[n] and o-[n]",
        "The <think> Token and a < b",
        "Tea ~ Milk",
        "HTML link",
        "1984",
        "360° of Tea",
        "Tea [a] or [b]",
        "[a] or [b]: Tea",
        "2024.5 Cups",
        "Tea ] Milk",
    ],
)
@pytest.mark.parametrize("form", ["[{}](" + U + ")", "{} (Read more on [arXiv](" + U + "))"])
def test_what_is_the_titles_own_stays(title: str, form: str):
    assert title_of(form.format(title)) == title


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"\[Tea\] Y", "[Tea] Y"),
        (r"Tea\_Bot \#2 \& \*Milk\*", "Tea_Bot #2 & *Milk*"),
        (r"1\. Tea \- a \<cup\>", "1. Tea - a <cup>"),
        (r"Tea for \$5", "Tea for $5"),
        (r"\[$\alpha\_1$\] Tea", r"[$\alpha\_1$] Tea"),
        (r"$\{a \% b\}$ \{Tea\}", r"$\{a \% b\}$ {Tea}"),
        (r"\(n^2\) Cups \(of Tea\)", r"\(n^2\) Cups (of Tea)"),
        (r"M\"obius T\'{e}a", r"M\"obius T\'{e}a"),
        (r"C:\Tea\Milk \alpha", r"C:\Tea\Milk \alpha"),
        ("Tea &amp; Milk", "Tea & Milk"),
        ("Tea &lt;cup&gt; &#39;Q&#x26;A&#39;", "Tea <cup> 'Q&A'"),
        ("Tea &amp;lt; Milk", "Tea &lt; Milk"),
        (r"Tea \&amp; Milk", "Tea &amp; Milk"),
        ("$a &lt; b$ Tea", "$a < b$ Tea"),
        ("Tea&nbsp;&#10; &#1;Milk&#0;", "Tea Milk\ufffd"),
        ("R&D; AT&T, &unknown; Tea", "R&D; AT&T, &unknown; Tea"),
    ],
)
@pytest.mark.parametrize("form", ["[{}](" + U + ")", "**[{}](" + U + ")**", "{} (Read more on [arXiv](" + U + "))"])
def test_escapes_and_entities_are_resolved_once_outside_of_latex(written: str, title: str, form: str):
    assert title_of(form.format(written)) == title


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (U, "no_title"),
        (f"<{U}>", "no_title"),
        (f"[{U}]({U})", "no_title"),
        (f"**[{U}v2]({U})**", "no_title"),
        (f"**[arXiv]({U})**", "no_title"),
        (f"[arxiv.org/abs/{ID}]({U})", "no_title"),
        (f"[www.arxiv.org/pdf/{ID}.pdf]({U})", "no_title"),
        (f"[https://huggingface.co/papers/{ID}](https://huggingface.co/papers/{ID})", "no_title"),
        (f"[huggingface.co/papers/{ID}]({U})", "no_title"),
        (f"[https://doi.org/10.48550/arXiv.{ID}]({U})", "no_title"),
        (f"{U} (Read more on [arXiv]({U}))", "no_title"),
        (f"[\u200b\u202e]({U})", "no_title"),
        (f"[&nbsp;&#8203;]({U})", "no_title"),
        (f"Half of Tea]({U})", "broken_title"),
        (f"**Half of Tea]({U})**", "broken_title"),
        (f"[Tea ({U})", "broken_title"),
        (f"[arXiv]({U})", "no_title"),
        (f"[{ID}]({U})", "no_title"),
        (f"\U0001f525 [PDF]({U})", "no_title"),
        (f"[![badge](https://img.example/x.svg)]({U})", "no_title"),
        (f"[{'Tea ' * 600}more]({U}) x", "broken_title"),
        (f"[{'Tea ' * 120}more]({U})", "broken_title"),
        (f"{'Tea ' * 120}[Paper]({U})", "broken_title"),
        (f"How to Boil Water Twice [with milk]({U})", "broken_title"),
        ("[Tea][1]", "no_arxiv_id"),
        (f"Follow-up of [Old](https://arxiv.org/abs/3105.00009): [Tea]({U})", "two_papers"),
        (f"[Tea]({U}) and [Milk](https://huggingface.co/papers/3105.00002)", "two_papers"),
        (f"Tea [arXiv]({U}) [arXiv](https://arxiv.org/abs/3105.00002)", "two_papers"),
        (f"Tea {U} https://arxiv.org/abs/3105.00002", "two_papers"),
        ("[A](https://alphaxiv.org/abs/3105.00001) [B](https://alphaxiv.org/abs/3105.00002)", "two_papers"),
        ("[A](https://ar5iv.org/abs/3105.00001) [B](https://ar5iv.org/abs/3105.00002)", "two_papers"),
        (f"Tea (Read more on [arXiv]({U}) or [HuggingFace](https://hf.co/papers/3105.00002))", "two_papers"),
    ],
)
def test_cell_that_does_not_say_which_title_is_refused(cell: str, reason: str):
    assert reasons(parse(THREE + f"| {cell} | Ada | S |\n")) == [(3, reason)]


def test_read_more_says_which_of_two_papers_the_row_is_about():
    cell = "Follow-up of [Old](https://arxiv.org/abs/3105.00009): Tea (Read more on [arXiv]({}) or [HuggingFace]({}))"
    links = (U, f"https://huggingface.co/papers/{ID}")
    parsed = parse(THREE + f"| {cell.format(*links)} | Ada | S |\n")
    assert titles(parsed) == [(ID, "Follow-up of Old: Tea")]


@pytest.mark.parametrize(
    ("cell", "title"),
    [
        ("1) **Tea** - a paper that boils water, twice.", "Tea"),
        ("**Tea** — " + "it boils and boils " * 20, "Tea"),
        ("**Tea**: A Study of Cups", "Tea: A Study of Cups"),
        ("**Tea** - and **Milk**", "Tea - and Milk"),
    ],
)
def test_name_in_bold_before_a_sentence_is_the_title(cell: str, title: str):
    for text in (f"|{cell}|[Paper]({U}), [Tweet](https://x.example/1)|\n", f"|{cell}|<div>{U}</div>|\n"):
        assert titles(parse("|Paper|Links|\n|---|---|\n" + text)) == [(ID, title)]


def test_link_by_reference_is_found_where_the_page_defines_it():
    page = THREE + "| **[Tea][1]** | Ada | S |\n| [Milk][] | Bo | S |\n| [Cups][x] | Cy | S |\n\n"
    page += f"[1]: {U} 'tip'\n[milk]: <https://arxiv.org/abs/3105.00002>\n"
    parsed = parse(page)
    assert titles(parsed) == [(ID, "Tea"), ("3105.00002", "Milk")]
    assert reasons(parsed) == [(5, "no_arxiv_id")]


def test_link_without_an_address_beside_it_is_its_text():
    assert read_title("[Tea][1]", ID) == "Tea"


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (
            "Publish Date|Title|Authors|PDF|Code",
            f"2031|**Tea**|Ada et.al.|[{ID}]({U})|**[link](https://github.com/a/b)**",
        ),
        ("Date|Title|Paper|Code", f"2031|Tea|[arXiv]({U})|[GitHub](https://github.com/a/b)"),
        ("Paper|Title|Code", f"[arXiv]({U})|Tea|https://github.com/a/b"),
        ("Title|PDF URL|Code", f"Tea|{U}|https://github.com/a/b"),
        ("Title|Arxiv Number|Code", f"Tea|{ID}v2|https://github.com/a/b"),
        ("Title|arXiv ID|Code", f"Tea|arXiv:{ID} [cs.CL]|https://github.com/a/b"),
        ("Title|arXiv|Code", f"**Tea**|[`{ID}`]({U})|https://github.com/a/b"),
        ("Title|Url|Code", f"Tea|<{U}>|https://github.com/a/b"),
        ("Paper Title|Paper Link|Code", f"Tea|<a href='{U}'>pdf</a>|https://github.com/a/b"),
        ("Title|PDF|arXiv|Code", f"Tea|[pdf](https://example.org/a.pdf)|[abs]({U})|https://github.com/a/b"),
        ("<b>Title</b>|**arXiv**|`Code`", f"Tea|{U}|https://github.com/a/b"),
        ("Date|Paper|Links|Code", f"2031|**Tea**|[arXiv]({U}) · [Site](https://a.example)|https://github.com/a/b"),
    ],
)
def test_the_paper_is_found_in_any_column_of_links(header: str, cells: str):
    count = header.count("|") + 1
    parsed = parse(f"|{header}|\n|{'---|' * count}\n|{cells}|\n")
    assert titles(parsed) == [(ID, "Tea")]
    assert [link["target"] for link in parsed.listings.item(0, "links")] == ["a/b"]


def test_second_column_of_a_role_is_kept_as_unknown():
    parsed = parse(f"|Title|PDF|arXiv|\n|---|---|---|\n|Tea|{U}|[abs]({U})|\n")
    assert parsed.pages.item(0, "unknown_columns").to_list() == ["arXiv"]
    assert parsed.listings.item(0, "extra") == f'{{"arXiv": "[abs]({U})"}}'


def test_title_and_column_of_links_that_name_different_papers_are_refused():
    header = "|Title|PDF|arXiv|\n|---|---|---|\n"
    other = "https://arxiv.org/abs/3105.00002"
    assert reasons(parse(header + f"|[Tea]({U})|[pdf]({other})|-|\n")) == [(3, "two_papers")]
    assert reasons(parse(header + f"|Tea|[pdf]({U})|[abs]({other})|\n")) == [(3, "two_papers")]
    assert titles(parse(header + f"|[Tea]({U})|[pdf]({U}), [related]({other})|-|\n")) == [(ID, "Tea")]


def test_references_add_no_more_than_a_page_can_bear():
    lines: list[str | None] = ["| " + "[a][1]" * 20_000 + " | Ada |", "[1]: https://example.org/" + "x" * 270]
    grown = "".join(line or "" for line in resolve_references(lines))
    assert len(grown) < 6 * 20_000 + 1_100_000
    assert grown.count("](https://example.org/") > 1000 and "[a][1]" in grown


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        (U, "no_title"),
        (f"<{U}>", "no_title"),
        (f"“{U}v2.”", "no_title"),
        (f"ArXiv.org/abs/{ID}", "no_title"),
        ("//huggingface.co/papers/3105.00001", "no_title"),
        ("https://github.com/kettle-house/cold", "no_title"),
        (f"{U} https://github.com/kettle-house/cold", "no_title"),
        ("", "no_title"),
        (" \u200b", "no_title"),
        (None, "broken_title"),
        ("Tea " * 120, "broken_title"),
        ("Tea of https://tea.example", None),
        ("https://tea.example: a Kettle", None),
        ("// is no Comment", None),
        ("Paper", None),
        ("茶", None),
    ],
)
def test_every_format_takes_the_same_for_no_title(title: str | None, reason: str | None):
    assert judge_titles([title]) == [reason]
