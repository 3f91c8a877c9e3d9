"""Section pages: each section is a listing, read right, or a reject with a reason."""

import contextlib
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from effort import tries
from hypothesis import given, settings
from hypothesis import strategies as st
from pages_of_rows import grows_with_its_size, has_its_shape

from pipeline.core.errors import PageError
from pipeline.sources.layouts.sections.descriptions import SUMMARIES, WATCH_DOG, SectionLayout
from pipeline.sources.layouts.sections.fields import PLAIN, read_marked, read_plain
from pipeline.sources.layouts.sections.pages import REASONS, Sections, read_section_page
from pipeline.sources.layouts.sections.split import find_sections, prepare_page
from pipeline.sources.markup import bodies
from pipeline.sources.reading import PAGES, Look

FIXTURES = Path(__file__).parents[1] / "fixtures"
LISTS = Path(__file__).parents[2].parent / "shared" / "lists"
DAY = date(2031, 5, 6)
ADDRESS = "https://huggingface.co/papers/3105.00002"
SECTIONS = (FIXTURES / "sections.md").read_text("utf-8")
SUMMARISED = (FIXTURES / "summarised_sections.md").read_text("utf-8")
ABOUT = "## About [me](https://example.org)\n\nTea.\n"
BOTH = pytest.mark.parametrize(("text", "layout"), [(SECTIONS, WATCH_DOG), (SUMMARISED, SUMMARIES)])

needs_lists = pytest.mark.skipif(not LISTS.is_dir(), reason="needs the lists in ../shared")


def parse(*texts: str, layout: SectionLayout = WATCH_DOG) -> Look:
    return Sections(layout).parse(pl.DataFrame([("a/b", DAY, text) for text in texts], schema=PAGES, orient="row"))


def section(number: int, title: str = "T", abstract: str = "S", ids: str | None = None, more: str = "") -> str:
    arxiv_id = f"3105.{number:05}"
    ids = f"[{arxiv_id}](https://arxiv.org/abs/{arxiv_id})" if ids is None else ids
    return (
        f"## {number}. [{title}](https://huggingface.co/papers/{arxiv_id})\n\n**ArXiv ID**: {ids}\n\n"
        f"**Authors**: Ada\n\n**Upvotes**: {number}\n\n{more}### Abstract\n\n{abstract}\n\n---\n\n"
    )


def page(*sections: str, total: int | None = None) -> str:
    count = len(sections) if total is None else total
    return f"# Daily Papers - 2031-05-06\n\nTotal papers: {count}\n\n---\n\n" + "".join(sections)


def summarised(*sections: str) -> str:
    return "# Papers for 2031-05-06\n\n" + "".join(sections)


def summary(number: int, title: str = "T", text: str = "S") -> str:
    return f"## {number}.[{title}](https://arxiv.org/pdf/3105.{number:05})\nsummary:{text}\n\n"


def numbers(look: Look) -> list[int]:
    return [int(arxiv_id[-5:]) for arxiv_id in look.parsed.listings["arxiv_id"]]


def reasons(look: Look) -> list[tuple[int, str]]:
    return look.parsed.rejected.select("line", "reason").rows()


def titles(look: Look) -> list[str]:
    return look.parsed.listings["title"].to_list()


def summaries(look: Look) -> list[str]:
    return look.parsed.listings["summary"].to_list()


def test_section_gives_all_that_it_says():
    text = read_section_page(SECTIONS.encode(), WATCH_DOG)
    first, second, third = parse(text).parsed.listings.to_dicts()
    assert (first["position"], first["line"], first["arxiv_id"]) == (1, 9, "3105.00001")
    assert first["title"] == "Steeping Tea in the Dark: A Study of [Cold] Kettles"
    assert first["authors"] == ["Ada Brewster", 'Bo "Leaf" Lind', "Çetin Øre"]
    assert first["summary"] == (
        "Tea that is steeped in the dark\nis no darker.\n\n"
        "  We show it with three kettles, ## 4 cups and a **spoon**: `a --- b`."
    )
    assert [(link["column_name"], link["position"], link["url"], link["target"]) for link in first["links"]] == [
        ("github", 1, "https://github.com/kettle-house/cold", "kettle-house/cold"),
        ("project_page", 2, "https://kettle-house.github.io/cold_(dark)/", "kettle-house.github.io/cold_(dark)"),
    ]
    assert json.loads(first["extra"]) == {
        "organization": "Kettle House, Lund",
        "published_at": "2031-05-02",
        "submitted_at": "2031-05-06",
        "submitted_by": "leafling",
        "upvotes_then": "41",
    }
    assert (second["authors"], second["tasks"], third["links"], third["line"]) == ([], [], [], 51)


def test_page_says_its_day_its_counts_and_its_first_headings():
    reading = parse(SECTIONS).parsed.pages.row(0, named=True)
    assert (reading["heading_date"], reading["row_count"], reading["listing_count"]) == (DAY, 3, 3)
    assert reading["header"].startswith("## 1. [Steeping Tea in the Dark:\n## 2. [Sugar]")
    assert (reading["unknown_columns"], reading["missing_columns"]) == ([], ["tasks", "hugging_face"])


def test_upvotes_are_those_of_the_moment_when_the_page_was_written_and_no_sightings():
    look = parse(SECTIONS)
    assert look.sightings.is_empty()
    extras = [json.loads(extra) for extra in look.parsed.listings["extra"]]
    assert [extra["upvotes_then"] for extra in extras] == ["41", "0", "7"]


def test_summarised_sections_give_title_paper_and_summary():
    look = parse(read_section_page(SUMMARISED.encode(), SUMMARIES), layout=SUMMARIES)
    assert look.parsed.listings.select("position", "line", "arxiv_id", "title").rows() == [
        (1, 3, "3105.00001", "Steeping Tea in the Dark"),
        (2, 6, "3105.00002", "Sugar: [None] Is Needed"),
    ]
    assert summaries(look)[1] == "茶不需要糖。  一句话。"
    assert look.parsed.pages.row(0, named=True)["missing_columns"] == ["authors", "tasks", "github", "hugging_face"]


@pytest.mark.parametrize("mark", ["Summary:", "summary\uff1a", "**summary**:", "**Summary:**", "SUMMARY :"])
def test_marks_of_summaries_may_be_written_in_other_ways(mark: str):
    text = SUMMARISED.replace("summary:", mark)
    look = parse(read_section_page(text.encode(), SUMMARIES), layout=SUMMARIES)
    assert summaries(look) == summaries(parse(SUMMARISED, layout=SUMMARIES))


@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize(
    "mark", ["Gist: ", "\u6458\u8981\uff1a", "- summary: ", "**Gist**: ", "### Summary\n", "Words "]
)
def test_section_whose_summary_is_marked_in_an_unknown_way_is_of_another_layout(mark: str, between: str):
    broken = summary(1).replace("\nsummary:", between + mark)
    look = parse(read_section_page(summarised(broken, summary(2)).encode(), SUMMARIES), layout=SUMMARIES)
    assert (numbers(look), reasons(look)) == ([2], [(3, "unknown_layout")])
    assert look.parsed.rejected.item(0, "text") == broken


@pytest.mark.parametrize("whole", [False, True])
def test_page_without_any_known_mark_of_a_summary_is_refused_with_what_stands_there(whole: bool):
    text = summarised(summary(1), summary(2)).replace("summary:", "Gist: ")
    with pytest.raises(PageError, match=r"no section has a summary, its first headings are 'Papers.*Gist: S"):
        read_section_page(text.encode(), SUMMARIES, whole=whole)


def test_page_may_have_so_many_lines_however_they_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "MOST_LINES", 20)
    for end in ("\n", "\r", "\r\n"):
        with pytest.raises(PageError, match="it has 21 lines, and the most that a day may have are 20"):
            read_section_page((end * 21).encode(), SUMMARIES)


def test_labelled_lines_may_follow_the_heading_at_once():
    text = page(section(1).replace("00001)\n\n**A", "00001)\n**A", 1), section(2))
    assert (
        parse(text)
        .parsed.listings.drop("line")
        .equals(parse(page(section(1), section(2))).parsed.listings.drop("line"))
    )


def test_headings_need_no_number():
    text = re.sub("## [0-9].", "## ", SUMMARISED)
    assert titles(parse(read_section_page(text.encode(), SUMMARIES), layout=SUMMARIES)) == titles(
        parse(SUMMARISED, layout=SUMMARIES)
    )


@BOTH
def test_frames_have_their_shape_with_and_without_pages(text: str, layout: SectionLayout):
    for look in (parse(text, layout=layout), parse(layout=layout), parse("", layout=layout)):
        assert has_its_shape(look.parsed)


@BOTH
def test_line_breaks_and_a_byte_order_mark_change_nothing(text: str, layout: SectionLayout):
    expected = parse(text, layout=layout)
    for written in ("\ufeff" + text, text.replace("\n", "\r\n"), text.replace("\n", "\r")):
        look = parse(read_section_page(written.encode(), layout), layout=layout)
        assert look.parsed.listings.equals(expected.parsed.listings)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Tea [with Milk]", "Tea [with Milk]"),
        ("[Hot] Tea", "[Hot] Tea"),
        ("Tea] and [Cake", "Tea] and [Cake"),
        ("Tea\n  in\tCups ", "Tea in Cups"),
        ("**Tea**", "Tea"),
        ("`Tea`", "Tea"),
        ("**Tea** in *Cups*", "**Tea** in *Cups*"),
        ("$T^2$ea: *-Leaves for O(n) Cups (Long)", "$T^2$ea: *-Leaves for O(n) Cups (Long)"),
        ("1. Tea First", "1. Tea First"),
        ("2031: A Year in Tea", "2031: A Year in Tea"),
        ("`Tea' and ``Milk''", "`Tea' and ``Milk''"),
        ("<think> Tea", "<think> Tea"),
        ("Tea | Milk", "Tea | Milk"),
        ("### Tea", "### Tea"),
        ("Tea\0", "Tea\ufffd"),
    ],
)
def test_titles_are_read_as_they_are_written(written: str, read: str):
    assert titles(parse(page(section(1, written), section(2)))) == [read, "T"]
    if "\n" not in written and "\0" not in written:
        assert titles(parse(summarised(summary(1, written)), layout=SUMMARIES)) == [read]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (section(2).replace("papers/3105.00002", "papers/none").replace("3105.00002", "n/a"), "no_arxiv_id"),
        (section(2, ids="").replace("https://huggingface.co/papers/3105.00002", ""), "no_arxiv_id"),
        (section(2, ids="[3105.00007](https://arxiv.org/abs/3105.00007)"), "two_papers"),
        (section(2, ids="[3105.00007](https://arxiv.org/abs/3105.00002)"), "two_papers"),
        (section(2, ids="3105.00007"), "two_papers"),
        (section(2, title=""), "no_title"),
        (section(2, title=" \u200b "), "no_title"),
        (section(2, title=f"**{ADDRESS}**"), "no_title"),
        (section(2).replace("[T](https://huggingface.co/papers/3105.00002)", ADDRESS), "no_title"),
        (section(2, title="A [B](https://example.org) C"), "broken_title"),
        (section(2, title="Word " * 100), "broken_title"),
        (section(2).replace("[T](https", "[T] (https"), "broken_title"),
        (section(2).replace("## 2. [T]", "## 2. T]"), "broken_title"),
        (section(2, title="T\n\nU"), "broken_title"),
        (section(1), "duplicate_paper"),
        ("## 2. T\n\nWords.\n\n---\n\n", "unknown_layout"),
        (section(2).replace("### Abstract", "Words that nobody expects."), "unknown_layout"),
    ],
)
def test_section_that_cannot_be_read_is_a_reject_with_its_reason(broken: str, reason: str):
    look = parse(page(section(1), broken, section(3)))
    assert numbers(look) == [1, 3]
    assert reasons(look) == [(21, reason)]
    assert reason in REASONS
    assert look.parsed.rejected.item(0, "text") == broken
    assert look.parsed.listings["position"].to_list() == [1, 3]
    assert look.parsed.pages.select("row_count", "listing_count", "rejected_count").row(0) == (3, 2, 1)


def test_title_without_a_link_counts_where_its_id_is_given():
    look = parse(page(re.sub(r"\[T\]\([^)]*\)", "Plain Tea", section(1))))
    assert (numbers(look), titles(look)) == ([1], ["Plain Tea"])


def test_versions_and_other_addresses_name_the_same_paper():
    text = section(1, ids="[3105.00001v2](https://arxiv.org/pdf/3105.00001v2.pdf)")
    assert numbers(parse(page(text.replace("huggingface.co/papers", "www.alphaxiv.org/abs")))) == [1]


def test_labels_within_an_abstract_are_its_text():
    abstract = "S\n\n**Authors**: Eve\n\n**Links**: [GitHub](https://github.com/eve/l)\n\n### Abstract\n\nMore."
    listing = parse(page(section(1, abstract=abstract))).parsed.listings.row(0, named=True)
    assert (listing["authors"], listing["links"], listing["summary"]) == (["Ada"], [], abstract)


@pytest.mark.parametrize(
    "abstract",
    [
        "a\n\n## Results\n\nb",
        "a\n---\nb",
        "a\n## b",
        "a\n\n---\n\nb",
        "a\n\n### b\n\n# c",
        "## a",
        "a\n\n## 1. b\n\nc",
        "a\n  ## b",
        "a\n## 7. [z](https://arxiv.org/abs/3105.00077)\n\nc",
        "a\n\n## [z](https://example.org)",
    ],
)
def test_headings_and_rules_within_an_abstract_are_its_text(abstract: str):
    look = parse(read_section_page(page(section(1, abstract=abstract), section(2)).encode(), WATCH_DOG))
    assert (summaries(look), reasons(look)) == ([abstract, "S"], [])


@pytest.mark.parametrize("footer", ["*Brewed daily*\n", "## Tea\n", "## About\n\nA list.\n", ABOUT])
def test_what_stands_behind_the_last_rule_is_of_no_section(footer: str):
    look = parse(read_section_page((page(section(1)) + footer).encode(), WATCH_DOG))
    assert (summaries(look), reasons(look)) == (["S"], [])


@pytest.mark.parametrize("rule", ["---", "***", "* * *", "___"])
def test_rules_may_be_written_with_any_of_their_marks(rule: str):
    text = page(section(1), section(2)).replace("---", rule) + "*Brewed daily*\n"
    look = parse(read_section_page(text.encode(), WATCH_DOG))
    assert (summaries(look), reasons(look)) == (["S", "S"], [])


@pytest.mark.parametrize("footer", ["---\n*Brewed daily*\n", "***\n\nBrewed daily.\n\nTea.\n", "---\n"])
def test_footer_below_a_rule_is_of_no_summary(footer: str):
    text = summarised(summary(1, text="a ---\n\n---\n\nb"), summary(2)) + footer
    look = parse(read_section_page(text.encode(), SUMMARIES), layout=SUMMARIES)
    assert (summaries(look), reasons(look)) == (["a ---\n\n---\n\nb", "S"], [])


def test_heading_of_something_else_ends_a_summary():
    for heading in ("## About\n\nTea.\n", ABOUT):
        text = read_section_page(summarised(summary(1), heading).encode(), SUMMARIES)
        look = parse(text, layout=SUMMARIES)
        assert (summaries(look), reasons(look)) == (["S"], [])


def test_heading_with_a_line_below_it_is_a_heading():
    underlined = section(2).replace("## 2.", "2.").replace("00002)\n\n**A", "00002)\n------\n\n**A", 1)
    look = parse(page(section(1), underlined, section(3)))
    assert (numbers(look), reasons(look)) == ([1, 2, 3], [])
    assert look.parsed.listings["line"].to_list() == [7, 21, 36]
    indented = page(section(1), "  " + section(2) + " " + section(3))
    assert numbers(parse(indented)) == [1, 2, 3]


@pytest.mark.parametrize("hidden", ["```\n{}```\n\n", "~~~md\n{}~~~\n", "<!--\n{}-->\n", "<!-- a\n\n{}\nb -->\n\n"])
def test_sections_in_fences_and_comments_are_none(hidden: str):
    text = page(section(1), hidden.format(section(2)), section(3), total=2)
    look = parse(read_section_page(text.encode(), WATCH_DOG))
    assert (numbers(look), reasons(look)) == ([1, 3], [])
    assert numbers(parse(summarised(summary(1), hidden.format(summary(2)), summary(3)), layout=SUMMARIES)) == [1, 3]


def test_fenced_code_in_an_abstract_is_its_text_and_a_comment_is_not():
    fenced = "a\n\n```\n## 7. [b](https://arxiv.org/abs/3105.00007)\n```\n\nc"
    look = parse(page(section(1, abstract=fenced), section(2, abstract="d<!-- e --> f")))
    assert (summaries(look), reasons(look)) == ([fenced, "d f"], [])


def test_fence_that_nobody_closes_hides_no_section_of_which_the_page_says_that_it_is_there():
    text = page(section(1, abstract="a\n```\nb"), section(2), section(3))
    look = parse(read_section_page(text.encode(), WATCH_DOG))
    assert (numbers(look), summaries(look)) == ([1, 2, 3], ["a\n```\nb", "S", "S"])


def test_labels_that_nobody_knows_are_kept_and_named():
    more = "**Venue**: TeaConf | **Pages**: 12\n\nBrewed by hand.\n\n**Venue**: Again\n\n"
    look = parse(page(section(1, more=more)))
    extra = json.loads(look.parsed.listings.item(0, "extra"))
    named = {"Venue": "TeaConf\nAgain", "Pages": "12", "text": "Brewed by hand."}
    assert extra == {"upvotes_then": "1", **named}
    assert look.parsed.pages.row(0, named=True)["unknown_columns"] == ["Venue", "Pages"]


LABELLED = {
    "ArXiv ID": "3105.00001",
    "Authors": "Ann Lee, Bob Ray",
    "Upvotes": "5",
    "Links": "[GitHub](https://github.com/a/b)",
}


@pytest.mark.parametrize(
    ("form", "between"),
    [
        ("**{}**: {}", "\n"),
        ("**{}:** {}", "\n"),
        ("**{}**: {}", "  \n"),
        ("**{}**\uff1a{}", "\n\n"),
        ("- **{}**: {}", "\n"),
        ("* **{}:** {}", "\n"),
        ("+ **{}**: {}", "\n\n"),
        ("{}: {}", "\n"),
        ("- {}: {}", "\n"),
        ("{}\uff1a{}", "\n\n"),
        ("__{}__: {}", "\n"),
        ("**{}**:\n- {}", "\n\n"),
        ("**{}**:\n\n- {}", "\n\n"),
        ("**{}**: {}", " | "),
        ("**{}**: {}", " \u00b7 "),
        ("**{}**: {}", " "),
    ],
)
def test_labelled_lines_are_read_however_they_are_marked_and_parted(form: str, between: str):
    lines = between.join(form.format(label, value) for label, value in LABELLED.items())
    look = parse(
        page(f"## 1. [T](https://huggingface.co/papers/3105.00001)\n\n{lines}\n\n### Abstract\n\nS\n\n---\n\n")
    )
    listing = look.parsed.listings.row(0, named=True)
    assert (listing["authors"], listing["summary"]) == (["Ann Lee", "Bob Ray"], "S")
    assert [link["target"] for link in listing["links"]] == ["a/b"]
    assert json.loads(listing["extra"]) == {"upvotes_then": "5"}
    assert look.parsed.pages.item(0, "unknown_columns").is_empty()


@pytest.mark.parametrize(
    "more",
    [
        "<b>Authors</b>: Ann\n\n",
        "| Authors | Ann |\n\n",
        "Authors = Ann\n\n",
        "Tea. [GitHub](https://github.com/a/b)\n\n",
        "> **Upvotes** 5\n\n",
    ],
)
def test_what_seems_to_be_a_labelled_line_and_is_none_refuses_its_section(more: str):
    assert reasons(parse(page(section(1), section(2, more=more)))) == [(21, "unknown_layout")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ann Lee; Bob Ray and Cid Fox et al.", ["Ann Lee", "Bob Ray", "Cid Fox"]),
        ("Ann Lee,Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee\uff0c Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("Lee, Ann; Ray, Bob", ["Lee, Ann", "Ray, Bob"]),
        ("Ann Lee,\n  Bob\nRay", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee, Bob Ray\n\n**Authors**: Cid Fox", ["Ann Lee", "Bob Ray", "Cid Fox"]),
        ("\n- Lee, Ann\n- Ray, Bob", ["Lee, Ann", "Ray, Bob"]),
        ("N/A", []),
    ],
)
def test_authors_are_read_as_those_of_a_table_are(written: str, read: list[str]):
    look = parse(page(section(1).replace("Ada", written)))
    assert look.parsed.listings["authors"].to_list() == [read]


def test_label_that_stands_twice_says_both():
    extra = parse(page(section(1, more="**Upvotes**: 7\n\n"))).parsed.listings.item(0, "extra")
    assert json.loads(extra) == {"upvotes_then": "1\n7"}


def test_links_are_named_by_their_text():
    more = "**Links**: [GitHub](https://github.com/a/b.git) | [Project Page](https://github.com/a/c) | "
    more += "[Hugging Face](https://huggingface.co/a/d) | https://example.org/e | [Demo](https://x.org/a b)\n\n"
    links = parse(page(section(1, more=more))).parsed.listings.explode("links")["links"].struct.unnest()
    assert links.select("column_name", "kind", "target", "reason").rows() == [
        ("github", "repository", "a/b", None),
        ("project_page", "repository", "a/c", None),
        ("hugging_face", "model", "a/d", None),
        ("project_page", "project_page", "example.org/e", None),
        ("project_page", None, None, "other_host"),
    ]
    assert links["url"].to_list()[-2:] == ["https://example.org/e", "https://x.org/a b"]


@pytest.mark.parametrize("between", [", ", ",", " | ", "|", "; ", " \u00b7 ", " ", "\n", "\uff0c", " and "])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("[GitHub](https://github.com/a/b)", "[Code](https://github.com/c/d)"),
        ("<https://github.com/a/b>", "[Code](<https://github.com/c/d>)"),
        ("https://github.com/a/b", "https://github.com/c/d"),
        ('[GitHub: x|y](https://github.com/a/b "Tea")', "github.com/c/d"),
    ],
)
def test_links_are_read_whatever_stands_between_them(first: str, second: str, between: str):
    look = parse(page(section(1, more=f"**Links**: {first}{between}{second}\n\n")))
    links = look.parsed.listings.explode("links")["links"].struct.unnest()
    assert links["target"].to_list() == ["a/b", "c/d"]
    assert not links["url"].str.contains("[<> ]").any()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[Project](https://x.org/a(b)", [("https://x.org/a(b", None)]),
        (
            "[Project](https://x.org/a_(b)), [P](https://x.org/c)",
            [("https://x.org/a_(b)", None), ("https://x.org/c", None)],
        ),
        ("[Project](https://x.org/a b)", [("https://x.org/a b", "other_host")]),
        ("soon", [("soon", "not_a_link")]),
        ("N/A", []),
        ("[GitHub]()", []),
    ],
)
def test_links_are_kept_as_they_are_written(written: str, read: list[tuple[str, str]]):
    listing = parse(page(section(1, more=f"**Links**: {written}\n\n"))).parsed.listings.row(0, named=True)
    assert [(link["url"], link["reason"]) for link in listing["links"]] == read


@BOTH
def test_page_that_ends_too_early_is_refused_unless_its_hash_was_compared_and_no_rule_ends_it(
    text: str, layout: SectionLayout
):
    first = 0 if layout.is_ruled else text.rindex("##") + 1
    for end in range(first, len(text.rstrip()), 3 if layout.is_ruled else 1):
        with pytest.raises(PageError, match=r"cut short|no section|no heading"):
            read_section_page(text[:end].encode(), layout)
    if not layout.is_ruled:
        whole = text[:-9]
        assert read_section_page(whole.encode(), layout, whole=True) == whole


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("end", ["", "Brewed daily.\n", "---", ABOUT, "## About\n\nA list.\n"])
def test_page_whose_last_rule_is_missing_is_refused_since_nobody_knows_where_its_abstract_ends(end: str, whole: bool):
    text = page(section(1), section(2)).removesuffix("---\n\n").rstrip() + "\n" + end
    with pytest.raises(PageError, match="page cut short: it ends within"):
        read_section_page(text.encode(), WATCH_DOG, whole=whole)


@pytest.mark.parametrize("whole", [False, True])
def test_page_with_fewer_sections_than_it_says_is_cut(whole: bool):
    with pytest.raises(PageError, match="it says that it has 3 papers, and has 2 sections"):
        read_section_page(page(section(1), section(2), total=3).encode(), WATCH_DOG, whole=whole)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    "sections",
    [
        [section(1), section(2)],
        [section(1, abstract="a\n\n---\n\n## 7. [z](https://arxiv.org/abs/3105.00077)\n\nc")],
        [section(1), "## 7. [z](https://huggingface.co/papers/3105.00077)\n\nTea.\n"],
    ],
)
def test_page_with_more_sections_than_it_says_is_refused(sections: list[str], whole: bool):
    """A heading within an abstract may look like that of a section."""
    with pytest.raises(PageError, match="it says that it has 1 paper, and has 2 sections"):
        read_section_page(page(*sections, total=1).encode(), WATCH_DOG, whole=whole)


def test_number_of_papers_that_an_abstract_states_is_not_that_of_the_page():
    text = page(section(1, abstract="Total papers: 12"))
    assert read_section_page(text.encode(), WATCH_DOG) == text
    without = text.replace("Total papers: 1\n\n", "", 1)
    assert read_section_page(without.encode(), WATCH_DOG) == without


def test_empty_day_is_a_page():
    sourced = page().replace("Total", "> source: [List](https://huggingface.co/papers/date/2031-05-06)\n\nTotal")
    for text, layout in (
        (page(), WATCH_DOG),
        (sourced, WATCH_DOG),
        (summarised(), SUMMARIES),
        ("# Papers for 2031-05-06", SUMMARIES),
    ):
        look = parse(read_section_page(text.encode(), layout), layout=layout)
        assert look.parsed.pages.select("heading_date", "row_count").row(0) == (DAY, 0)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("text", "layout"),
    [
        (summarised("Error: rate limit exceeded while summarising\n"), SUMMARIES),
        (summarised() + "No connection.", SUMMARIES),
        ("# 2031-05-06: Service Unavailable\n", SUMMARIES),
        (page() + "Error: rate limit exceeded\n", WATCH_DOG),
        (page() + "> quota exceeded\n", WATCH_DOG),
        (page().replace("# Daily", "# 502\n\n# Daily"), WATCH_DOG),
        ("Total papers: 0\n", WATCH_DOG),
        (page(section(1).replace("## 1.", "# 1.")), WATCH_DOG),
        (page(section(1).replace("## 1.", "### 1.")), WATCH_DOG),
        (page(section(1).replace("## 1.", "### 1."), total=0), WATCH_DOG),
        (page(total=3), WATCH_DOG),
    ],
)
def test_page_without_sections_that_has_more_than_its_heading_is_no_empty_day(
    text: str, layout: SectionLayout, whole: bool
):
    with pytest.raises(PageError, match="not a page: no section of a paper"):
        read_section_page(text.encode(), layout, whole=whole)


@pytest.mark.parametrize("layout", [WATCH_DOG, SUMMARIES])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no heading, ''"),
        (b"404: Not Found", "no heading, '404: Not Found'"),
        (b"<!DOCTYPE html><html><h2>1. [T]</h2>", "HTML"),
        (b"\xff\xfe#", "not UTF-8 at byte 0"),
        ("# Tea 茶\n\n### 1. [T](https://arxiv.org/abs/3105.00001)\n".encode(), "'Tea 茶' and '1. [T]"),
        (
            b"# Tea\n\n## Leaves\n\n- [T](https://arxiv.org/abs/3105.00001)\n\n## Cups\x1b[31m\n",
            r"'Tea' and 'Leaves' and 'Cups\\x1b",
        ),
        (b"# Papers for 2031-05-06\n\n| Title |\n|---|\n| [T](https://arxiv.org/abs/3105.00001) |\n", "no section"),
        (b"## 1. Introduction\n\nTea.\n\n## 2. Cups\n", "'1. Introduction' and '2. Cups'"),
        (b"\n" * 300_000, "300000 lines"),
    ],
)
def test_body_of_another_layout_is_refused_with_its_first_headings(layout: SectionLayout, body: bytes, message: str):
    with pytest.raises(PageError, match=re.escape(message).replace(r"\\\\", r"\\")):
        read_section_page(body, layout)


def test_pages_are_read_together_as_each_by_itself():
    texts = [SECTIONS, page(), page(section(1), section(1)), "", "words", page(section(4, abstract="a\n\n## b"))]
    together = parse(*texts)
    for name in ("listings", "rejected", "pages"):
        alone = pl.concat([getattr(parse(text).parsed, name) for text in texts])
        assert getattr(together.parsed, name).equals(alone), name


PIECES = st.sampled_from(
    [
        *("## ", "##", "# ", "### Abstract\n", "1. ", "[", "](", ")", "https://huggingface.co/papers/3105.00001", "\n"),
        *("\n\n", "---\n", "\n\n---\n", "**", "**Authors**: ", "**ArXiv ID**: ", "**Links**: ", " | ", "```\n", "<!--"),
        *("-->", "summary:", "Total papers: 1\n", "\0", "\r", "T", "3105.00002", "**Upvotes**: 5", "\u200b", "~~~"),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=5).filter(lambda text: text.isprintable()), max_size=40).map("".join)


@settings(max_examples=tries(150, 3000))
@given(TEXTS, st.sampled_from([WATCH_DOG, SUMMARIES]), st.booleans())
def test_any_text_is_refused_or_counted(text: str, layout: SectionLayout, whole: bool):
    with contextlib.suppress(PageError):
        read_section_page(text.encode(), layout, whole=whole)
    look = parse(text, SECTIONS, layout=layout)
    counted = look.parsed.pages.row(0, named=True)
    assert counted["row_count"] == counted["listing_count"] + counted["rejected_count"]
    rows = look.parsed.pages["row_count"].sum()
    assert rows == look.parsed.listings.height + look.parsed.rejected.height
    assert len(find_sections(prepare_page(text, layout), layout)) == counted["row_count"]
    assert set(look.parsed.rejected["reason"]) <= set(REASONS)
    assert not look.parsed.listings.filter(pl.col("title") == "").height


PARTS = ["**Authors**: ", "**Venue**: ", "**x y**: ", " | ", "\n\n", "\n", "Ann, ", "- ", ";", "*", "a", " "]
LINES = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)


@settings(max_examples=tries(150, 3000))
@given(st.lists(LINES, max_size=30), st.sampled_from([WATCH_DOG, SUMMARIES]))
def test_plain_lines_are_read_as_all_others_are(lines: list[str], layout: SectionLayout):
    lines += ["**Authors**: a;| | **x y**: c- | **Venue**: b \n\n\n**ArXiv ID**: c"]
    sections = pl.DataFrame({"row": range(len(lines)), "paragraphs": lines}, schema_overrides={"row": pl.UInt32})
    plain = sections.filter(pl.col("paragraphs").str.contains(PLAIN))
    assert not plain.is_empty()
    assert read_plain(plain).equals(read_marked(plain, layout))


HOSTILE: dict[str, Callable[[int], str]] = {
    "headings": lambda n: page(section(1) + "## 1.\n" * (n // 8)),
    "headings of something else": lambda n: page(section(1) + "## b\n" * (n // 8)),
    "rules": lambda n: page(section(1, abstract="\n\n---" * (n // 12))),
    "dashes": lambda n: page(section(1, abstract="\n\n" + "- " * (n // 2) + "x")),
    "blank lines": lambda n: page(section(1, abstract="a" + "\n \t" * (n // 6))),
    "brackets": lambda n: page(section(1, title="[" * n)),
    "opened links": lambda n: page(section(1, title="](" * (n // 2))),
    "underlined links": lambda n: page(section(1) + "1. [" + "](b) " * (n // 5) + "\n--- a\n"),
    "links": lambda n: page(section(1, more="**Links**: " + "[a](b) | " * (n // 9) + "\n\n")),
    "labels": lambda n: page(section(1, more="".join(f"**l{i}**: v\n\n" for i in range(n // 12)))),
    "ids": lambda n: page(section(1, ids="[3105.00001](https://arxiv.org/abs/3105.00001) " * (n // 48))),
    "marks": lambda n: page(section(1, abstract="### Abstract\n" * (n // 13))),
    "comments": lambda n: page(section(1, abstract="a <!-- \n" * (n // 8))),
    "fences": lambda n: page(section(1, abstract="```\n~~~\n" * (n // 16))),
    "one line": lambda n: page(section(1, abstract="x" * n)),
    "authors": lambda n: page(section(1).replace("Ada", "A, " * (n // 3))),
}


def read_whole(text: str) -> None:
    with contextlib.suppress(PageError):
        read_section_page(text.encode(), WATCH_DOG, whole=True)
    parse(text)


@pytest.mark.parametrize("shape", HOSTILE)
def test_time_grows_with_the_size_of_a_page_and_not_with_its_square(shape: str):
    assert grows_with_its_size(read_whole, HOSTILE[shape])


def read_list(folder: str, pattern: str, layout: SectionLayout) -> Look:
    days: list[tuple[str, date, str]] = []
    for path in sorted((LISTS / folder).glob(pattern)):
        day = "-".join(re.findall("[0-9]+", str(path.with_suffix("").relative_to(LISTS / folder)))[-3:])
        days.append((folder, date.fromisoformat(day), read_section_page(path.read_bytes(), layout)))
    return Sections(layout).parse(pl.DataFrame(days, schema=PAGES, orient="row"))


@needs_lists
def test_each_real_day_is_what_the_json_beside_it_says():
    folder = "joe0731/hf_paper_watch_dog"
    look = read_list(folder, "main/papers/*/*/*.md", WATCH_DOG)
    assert look.parsed.rejected.is_empty()
    days = sorted((LISTS / folder).glob("main/papers/*/*/*.json"))
    for path in days:
        expected = json.loads(path.read_text("utf-8"))["papers"]
        found = look.parsed.listings.filter(listing_date=date.fromisoformat(path.stem)).to_dicts()
        assert [describe_listing(listing) for listing in found] == [describe_paper(paper) for paper in expected]
    assert (len(days), look.parsed.listings.height) == (41, 721)
    assert look.parsed.pages.filter(pl.col("heading_date") == pl.col("listing_date")).height == 41
    assert look.parsed.pages.explode("unknown_columns").is_empty()


def describe_listing(listing: dict[str, object]) -> dict[str, object]:
    links = [(link["column_name"], link["url"]) for link in listing["links"]]  # pyright: ignore
    extra = json.loads(str(listing["extra"]))
    kept = {name: listing[name] for name in ("arxiv_id", "title", "authors", "summary")}
    kept["upvotes_count"] = int(extra["upvotes_then"])
    return kept | {"links": links} | {"organization": extra.get("organization", ""), "by": extra["submitted_by"]}


def describe_paper(paper: dict[str, str]) -> dict[str, object]:
    links = [("github", paper["github_repo"]), ("project_page", paper["project_page"])]
    return {
        "arxiv_id": paper["arxiv_id"],
        "title": " ".join(paper["title"].split()),
        "authors": paper["authors"],
        "summary": paper["abstract"].strip(),
        "upvotes_count": paper["upvotes"],
        "links": [(column, url) for column, url in links if url],
        "organization": paper["organization"].strip(),
        "by": paper["submitted_by"],
    }


@needs_lists
def test_all_summarised_sections_of_the_real_days_are_read():
    look = read_list("chenin-wang/daily_huggingface_paper", "main/archive/*/*/*.md", SUMMARIES)
    assert look.parsed.pages["listing_count"].to_list() == [20, 15, 40, 24, 14, 35]
    assert look.parsed.rejected.is_empty()
    assert look.parsed.listings["summary"].null_count() == 0
