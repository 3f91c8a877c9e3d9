"""What the columns of a table mean, read from its header line. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from pipeline.sources.markup.inline import strip_marks, strip_tags

ESCAPED_PIPE = "\0"  # stands for `\|` from the lines of a table to its cells
WIDEST = 300  # cells; a table with a wider header lists no papers
LONGEST_CELL = 200  # characters; a longer header cell means nothing
TITLE = re.compile(r"(paper)?titles?|papers?names?")
PAPER = re.compile(r"papers?")  # the title if no other column is, else a link
ROLES = {  # a header cell reduced to its letters, in lower case
    "title": TITLE,
    "authors": re.compile(r"(paper)?authors?(names?|list)?"),
    "summary": re.compile(r"(ai|paper|short)?summar(y|ies)|abstracts?|tldr"),
    "tasks": re.compile(
        r"(task|label|tag|topic|categor(y|ie)|classification|field)s?(task|label|tag|categor(y|ie))?s?"
    ),
    "github": re.compile(r"(github|code|repo(sitor(y|ie))?)s?(repo(sitor(y|ie))?)?s?(url|link)?s?"),
    "hugging_face": re.compile(r"(huggingface|hf)(hub|model|resource)?s?(url|link)?s?"),
    "link": re.compile(
        r"(paper|arxiv|pdf)?(link|url)s?|(paper|arxiv)?(pdf|abs)s?|arxivs?(id|number|num|no)?s?|preprints?|readmore"
    ),
}
LAYOUTS = pl.Schema(
    {
        "layout": pl.UInt32,  # its index among those given
        "width": pl.Int64,  # cells
        "squeezed": pl.String,  # the header without white space, outer pipes and case, to recognise it among the rows
        "unknown": pl.List(pl.Struct({"name": pl.String, "at": pl.Int64})),
        "more_links": pl.List(pl.Int64),  # columns of links to the paper after the first
        **{f"at_{role}": pl.Int64 for role in ROLES},  # from 0, null if the header has no such column
    }
)


@dataclass(frozen=True)
class Layout:
    """The columns of a table, by its header line; places count from 0."""

    header: str
    width: int
    leads: bool  # its rows begin with a pipe
    trails: bool  # its rows end with one
    places: dict[str, int] = field(default_factory=dict[str, int])  # by role
    unknown: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])  # names and places
    more_links: list[int] = field(default_factory=list[int])
    counts_papers: bool = False  # its title column is called papers, as a column of counts may be

    @property
    def summary_is_last(self) -> bool:
        return self.places.get("summary") == self.width - 1

    @property
    def link_places(self) -> list[int]:
        """Return the columns of links after the summary."""
        roles = ("github", "hugging_face", "link")
        places = [*(self.places[role] for role in roles if role in self.places), *self.more_links]
        return [place for place in places if place > self.places.get("summary", self.width)]


def header_cells(header: str) -> list[str]:
    """Return the cells of a header line, white space squeezed, without markup."""
    inner = header.strip().removeprefix("|").removesuffix("|")
    cells = (strip_tags(cell.replace(ESCAPED_PIPE, "|")) for cell in inner.split("|"))
    return [strip_marks(" ".join(cell.split())) for cell in cells]


def read_header(header: str) -> Layout:
    """Read a header line. A second column of a role is unknown, but each column of links counts."""
    leads, trails = header.lstrip(" \t").startswith("|"), header.rstrip(" \t").endswith("|")
    width = header.strip().removeprefix("|").removesuffix("|").count("|") + 1
    if width > WIDEST:
        return Layout(header, width, leads, trails)
    cells = header_cells(header)
    letters = [re.sub(r"[^a-z]", "", name.lower()) if len(name) <= LONGEST_CELL else "" for name in cells]
    has_title = any(TITLE.fullmatch(name) for name in letters)
    roles = [find_role(name, has_title=has_title) for name in letters]
    places = {role: roles.index(role) for role in ROLES if role in roles}
    unknown = [(name, i) for i, name in enumerate(number_duplicates(cells)) if places.get(roles[i] or "") != i]
    more_links = [i for i, role in enumerate(roles) if role == "link" and places[role] != i]
    counts_papers = letters[places.get("title", 0)] == "papers"
    return Layout(header, width, leads, trails, places, unknown, more_links, counts_papers)


def number_duplicates(names: list[str]) -> list[str]:
    """Add its place to each name that an earlier cell has too."""
    first = {name: i for i, name in reversed([*enumerate(names)])}
    return [name if first[name] == i else f"{name} ({i + 1})" for i, name in enumerate(names)]


def find_role(letters: str, *, has_title: bool) -> str | None:
    if PAPER.fullmatch(letters):
        return "link" if has_title else "title"
    return next((role for role, spelling in ROLES.items() if spelling.fullmatch(letters)), None)


def layout_frame(layouts: Iterable[Layout]) -> pl.DataFrame:
    """Return a row per layout as LAYOUTS."""
    rows = [
        {
            "layout": i,
            "width": layout.width,
            "squeezed": "".join(layout.header.split()).strip("|").lower(),
            "unknown": [{"name": name, "at": at} for name, at in layout.unknown],
            "more_links": layout.more_links,
            **{f"at_{role}": layout.places.get(role) for role in ROLES},
        }
        for i, layout in enumerate(layouts)
    ]
    return pl.DataFrame(rows, schema=LAYOUTS)
