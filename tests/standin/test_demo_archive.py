"""The demo's archive keeps every oddity that it was written to show."""

import re
from collections import Counter
from datetime import date, timedelta

import pytest

from pipeline.standin import DEMO
from pipeline.standin.facts import read_papers, read_repositories

SIX_COLUMNS, FOUR_LAYOUTS = "timlrx/daily-ai-papers", "gabrielchua/daily-ai-papers"
TEAPOT, BEEKEEPER = "2502.90007", "2503.90188"


def pages(source: str) -> dict[date, str]:
    root = DEMO / "archive" / source / "main/archive"
    return {
        date(int(file.parts[-3]), int(file.parts[-2]), int(file.stem)): file.read_text() for file in root.rglob("*.md")
    }


@pytest.mark.parametrize(
    ("source", "oddity", "pattern"),
    [
        (FOUR_LAYOUTS, "a column for the link", r"\| Summary \| Link \|\n(.|\n)*\| \[Read more\]\(https://arxiv"),
        (FOUR_LAYOUTS, "read more after a dash", r" - read more on \[arXiv\]\([^)]*\) or \[HuggingFace\]\([^)]*\) \|"),
        (FOUR_LAYOUTS, "read more in brackets", r" \(Read more on \[arXiv\]\([^)]*\) or \[HuggingFace\]\([^)]*\)\)\|"),
        (SIX_COLUMNS, "six columns", r"\| Classification \| GitHub URLs \| HuggingFace URLs \|"),
        (SIX_COLUMNS, "a title over two lines", r"\n\| \[[^]|]*\n  [^]|]*\]\(https://arxiv"),
        (FOUR_LAYOUTS, "a title over two lines", r"\n\| [^|]*\n  [^|]* \(Read more on"),
        (SIX_COLUMNS, "a pipe in a summary", r" p\(x \| context, manners\)"),
        (FOUR_LAYOUTS, "pipes in a summary", r" p\(answer \| text \| nothing\)"),
        (SIX_COLUMNS, "two pipes in a row in a summary", r"\|\|dE\|\| / \|\|E\|\|"),
        (SIX_COLUMNS, "authors missing", r"\]\(https://arxiv\.org/abs/[\d.]+\) \|  \| "),
        (FOUR_LAYOUTS, "authors missing", r"\)\)\|  \| "),
        (SIX_COLUMNS, "authors by account", r"\| [^|\n]*\b(nebel-leo|hoshi99)[^|\n]* \|"),
        (SIX_COLUMNS, "a list of labels", r"\| \['Audio', 'Multimodal'\] \|"),
        (SIX_COLUMNS, "a list without labels", r"\| \[\] \|"),
        (SIX_COLUMNS, "a label with an apostrophe", r", \"Children's Education\"\]"),
        (SIX_COLUMNS, "several links in a cell", r"\[Link\]\([^)]*\), \[Link\]\([^)]*\), \[Link\]\([^)]*\)"),
        (SIX_COLUMNS, "a link broken over lines", r"\[Link\]\(https://github\.com/[^)\n]*\n[^)]*\)"),
        (SIX_COLUMNS, "null", r"\[Link\]\(null\)"),
        (SIX_COLUMNS, "None", r"\[Link\]\(None\)"),
        (SIX_COLUMNS, "string", r"\[Link\]\(string\)"),
        (SIX_COLUMNS, "[data]", r"\[Link\]\(\[data\]\)"),
        (SIX_COLUMNS, "a cell of words", r"\| Coming soon \|"),
        (SIX_COLUMNS, "a deep link to a folder", r"github\.com/[\w-]+/[\w-]+/tree/"),
        (SIX_COLUMNS, "a deep link to a file", r"github\.com/[\w-]+/[\w-]+/blob/"),
        (SIX_COLUMNS, "a missing scheme", r"\(github\.com/"),
        (SIX_COLUMNS, "a scheme that begins with slashes", r"\(//huggingface\.co/"),
        (SIX_COLUMNS, "www.", r"https://www\.github\.com/"),
        (SIX_COLUMNS, "hf.co", r"https://hf\.co/"),
        (SIX_COLUMNS, ".git", r"github\.com/[\w-]+/[\w-]+\.git\)"),
        (SIX_COLUMNS, "a slash at the end", r"github\.com/[\w-]+/[\w-]+/\)"),
        (SIX_COLUMNS, "a dot at the end", r"github\.com/[\w-]+/[\w-]+\.\)"),
        (SIX_COLUMNS, "a Cyrillic letter in a name", "github\\.com/[\\w-]+/[a-z-]*\u043e"),
        (SIX_COLUMNS, "Hugging Face in the GitHub column", r"\] \| \[Link\]\(https://huggingface\.co/"),
        (SIX_COLUMNS, "GitHub in the Hugging Face column", r"\| \[Link\]\(https://github\.com/[\w/-]+\) \|\n"),
        (SIX_COLUMNS, "a GitHub account", r"\(https://github\.com/[\w-]+\)"),
        (SIX_COLUMNS, "no more than the host", r"\(https://github\.com/\)"),
        (SIX_COLUMNS, "a Hugging Face account", r"\(https://huggingface\.co/[\w-]+\)"),
        (SIX_COLUMNS, "a project page", r"\.github\.io/"),
        (SIX_COLUMNS, "a dataset", r"huggingface\.co/datasets/[\w-]+/"),
        (SIX_COLUMNS, "a space", r"huggingface\.co/spaces/[\w-]+/"),
        (SIX_COLUMNS, "a collection", r"huggingface\.co/collections/[\w-]+/"),
        (SIX_COLUMNS, "another host", r"\(https://zenodo\.org/"),
        (SIX_COLUMNS, "a row without an arXiv link", r"\n\| \[[^]]*\]\(https://openreview\.net/"),
        (FOUR_LAYOUTS, "a row without any link", r"\n\| Untitled Draft[^\n(]*\|\n"),
    ],
)
def test_demo_has(source: str, oddity: str, pattern: str) -> None:
    assert any(re.search(pattern, page) for page in pages(source).values()), (
        f"no page of {source} has {oddity} any more"
    )


def test_demo_has_weekdays_without_a_page_and_no_page_at_a_weekend() -> None:
    weekdays = {day for n in range(26) if (day := date(2025, 2, 24) + timedelta(n)).weekday() < 5}
    assert weekdays - pages(SIX_COLUMNS).keys() == {date(2025, 3, 12)}
    assert weekdays - pages(FOUR_LAYOUTS).keys() == {date(2025, 3, 5)}
    assert pages(SIX_COLUMNS).keys() | pages(FOUR_LAYOUTS).keys() == weekdays


def test_demo_has_a_day_with_header_and_separator_only() -> None:
    lines = pages(SIX_COLUMNS)[date(2025, 3, 10)].splitlines()
    assert lines[-1].startswith("|---")
    assert sum(line.startswith("|") for line in lines) == 2


def test_demo_has_the_same_paper_on_three_days_and_the_same_row_twice() -> None:
    days = [day for day, page in pages(SIX_COLUMNS).items() if TEAPOT in page]
    rows = Counter(re.split(r"\n(?=\| )", pages(FOUR_LAYOUTS)[date(2025, 3, 18)].strip()))
    assert len(days) == 3
    assert max(rows.values()) == 2


def test_demo_sources_overlap_but_are_not_the_same() -> None:
    listed = [
        set(re.findall(r"arxiv\.org/abs/([\d.]+)", "".join(pages(name).values())))
        for name in (SIX_COLUMNS, FOUR_LAYOUTS)
    ]
    assert len(listed[0] & listed[1]) > 60
    assert listed[0] - listed[1]
    assert listed[1] - listed[0]


def test_demo_has_papers_that_are_unknown_withdrawn_and_in_later_versions() -> None:
    listed = set(re.findall(r"arxiv\.org/abs/([\d.]+)", "".join(pages(FOUR_LAYOUTS).values())))
    papers = {paper.arxiv_id: paper for paper in read_papers(DEMO / "papers.json")}
    comments = [paper.comment for paper in papers.values() if paper.comment]
    assert BEEKEEPER in listed - papers.keys()
    assert {paper.version for paper in papers.values()} == {1, 2, 3}
    assert sum(bool(re.match(r"(This paper has been w|W)ithdrawn", comment)) for comment in comments) == 2
    assert any("withdrawn" in comment and comment[0].isdigit() for comment in comments)  # which is no withdrawal
    assert max(len(paper.authors) for paper in papers.values()) > 30
    assert {len(paper.dois) for paper in papers.values()} == {0, 1, 2}


def test_demo_has_repositories_of_every_kind() -> None:
    repositories = read_repositories(DEMO / "repositories.json")
    assert {repository.status for repository in repositories} == {"found", "dmca", "tos"}
    assert {"NOASSERTION", None, "MIT"} <= {repository.license for repository in repositories}
    assert None in {repository.language for repository in repositories}
    assert {repository.is_archived for repository in repositories} == {True, False}
    assert {repository.is_fork for repository in repositories} == {True, False}
    assert {repository.owner_type for repository in repositories} == {"User", "Organization"}
    assert {len(repository.former_names) for repository in repositories} == {0, 1}
    assert len({repository.number for repository in repositories}) == len(repositories)


def test_demo_lists_repositories_that_github_does_not_have() -> None:
    known = {repository.full_name.lower() for repository in read_repositories(DEMO / "repositories.json")}
    linked = set(re.findall(r"\(https://github\.com/([a-z-]+/[a-z-]+)\)", "".join(pages(SIX_COLUMNS).values())))
    assert "fictive-lab/breadcrurnbs" in linked - known
    assert len(linked & known) > 40


def test_demo_says_that_it_is_invented_and_stays_small() -> None:
    files = [file for file in DEMO.rglob("*") if file.is_file()]
    abstracts = [paper.abstract.strip() for paper in read_papers(DEMO / "papers.json")]
    descriptions = [repository.description or "" for repository in read_repositories(DEMO / "repositories.json")]
    assert all(text.startswith("Invented for the demo") for text in [*abstracts, *filter(None, descriptions)])
    assert (DEMO / "README.md").read_text().startswith("# The demo's archive: everything here is invented")
    assert sum(file.stat().st_size for file in files) < 250_000
