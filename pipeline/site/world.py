"""What the published file holds, read at once by a few queries: pages take from it, and none asks for itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from pipeline.core import sql_files
from pipeline.read.calendars import mark_open
from pipeline.read.query import Connection
from pipeline.services.arxiv.ids import canonical_id
from pipeline.site import paths
from pipeline.site.listings import Row, by_day, labels_of, told_by
from pipeline.site.options import File, Options
from pipeline.site.render import render

EVER = {"from_date": date(1900, 1, 1), "to_date": date(9999, 1, 1)}


def ask(connection: Connection, folder: str, name: str, **parameters: object) -> list[Row]:
    """Return the rows of a query of ours, each by the names of its columns."""
    relation = connection.sql(sql_files.read_sql(folder, name), params=parameters or None)
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


@dataclass(frozen=True)
class World:
    """Papers by the day of their first listing and arXiv id, repositories by key, sources by id, days by source."""

    options: Options
    papers: tuple[Row, ...]
    repositories: tuple[Row, ...]
    other_names: tuple[Row, ...]
    sources: tuple[Row, ...]
    coverage: tuple[Row, ...]

    @cached_property
    def by_id(self) -> dict[str, Row]:
        return {paper["arxiv_id"]: paper for paper in self.papers}

    @cached_property
    def days(self) -> dict[date, list[Row]]:
        """By day with a listing its papers, each as known on that day, in the order of the day's page."""
        return by_day(self.papers)

    @cached_property
    def tasks(self) -> dict[str, list[Row]]:
        """By label the papers to which any listing gives it, newest first; labels by name."""
        found: dict[str, list[Row]] = {}
        for paper in reversed(self.papers):
            for task in labels_of(paper):
                found.setdefault(task, []).append(paper)
        return dict(sorted(found.items()))

    @cached_property
    def task_slugs(self) -> dict[str, str]:
        """By label its name for a path, which one that came first keeps."""
        return paths.slugs(label for paper in self.papers for label in labels_of(paper))

    @cached_property
    def licences(self) -> list[str]:
        """Each licence of the sources' pages, with its sources."""
        return list_licences(self.sources)

    @cached_property
    def folders(self) -> dict[int, str]:
        """By key of a repository its folder: of two with one name, the second has a hash."""
        found: dict[int, str] = {}
        taken: set[str] = set()
        for row in self.repositories:
            folder = paths.repository_folder(row["full_name"])
            if folder in taken:
                folder = f"repository/{paths.hashed(str(row['repository_key']))}"
            taken.add(folder)
            found[row["repository_key"]] = folder
        return found

    @cached_property
    def former_folders(self) -> dict[int, list[tuple[str, str]]]:
        """By key of a repository its other names, each with its folder, where no other repository stands."""
        found: dict[int, list[tuple[str, str]]] = {}
        taken = set(self.folders.values())
        for row in self.other_names:
            folder = paths.repository_folder(row["repository_name"])
            if folder not in taken:
                taken.add(folder)
                found.setdefault(row["repository_key"], []).append((row["repository_name"], folder))
        return found

    @cached_property
    def with_curve(self) -> set[int]:
        """The keys of repositories of whose stars there is a drawing."""
        return {row["repository_key"] for row in self.repositories if row["observations"] or row["star_dates"]}

    @cached_property
    def paged(self) -> tuple[Row, ...]:
        """The papers with a page of their own: all, or so many months of the newest as there is room for."""
        limit = self.options.pages
        if limit is None or limit >= len(self.papers):
            return self.papers
        first = self.papers[-limit]["first_listed_date"].replace(day=1)
        newest = self.papers[-1]["first_listed_date"].replace(day=1)
        since = first if self.papers[-limit - 1]["first_listed_date"] < first else next_month(first)
        return tuple(row for row in self.papers if row["first_listed_date"] >= min(since, newest))

    @cached_property
    def has_page(self) -> set[str]:
        return {paper["arxiv_id"] for paper in self.paged}

    def page(self, path: str, template: str, **values: Any) -> File:
        """Return a page of a template, with links from there."""
        return render(path, template, options=self.options, links=Links(self, "../" * path.count("/")), **values)


def list_licences(sources: Iterable[Row]) -> list[str]:
    """Return each licence with the sources whose pages have it, as a person reads it."""
    by_licence: dict[str, list[str]] = {}
    for source in sources:
        by_licence.setdefault(source["licence"] or "unknown licence", []).append(source["source_id"])
    return [f"{licence} ({', '.join(names)})" for licence, names in sorted(by_licence.items())]


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class Links:
    """Where things stand, seen from a page: `root` leads from there to the site's root."""

    world: World
    root: str

    def paper(self, arxiv_id: str) -> str | None:
        """Return the page of a paper, or its place on the page of its day; None for one that is not known."""
        if arxiv_id in self.world.has_page:
            return self.root + paths.paper_path(arxiv_id)
        paper = self.world.by_id.get(arxiv_id)
        return f"{self.day(paper['first_listed_date'])}#{anchor(arxiv_id)}" if paper else None

    def code(self, repository: Row) -> str | None:
        """Return the page of a repository, by its key, as two may have one name; None for one that is not known."""
        folder = self.world.folders.get(repository["repository_key"])
        return folder and f"{self.root}{folder}/index.html"

    def curve(self, repository: Row) -> str | None:
        """Return the drawing of a repository's stars; None without any."""
        key = repository["repository_key"]
        return f"{self.root}{self.world.folders[key]}/star.svg" if key in self.world.with_curve else None

    def task(self, name: str) -> str | None:
        slug = self.world.task_slugs.get(name)
        return slug and f"{self.root}task/{slug}.html"

    def source(self, source_id: str) -> str:
        return self.root + paths.source_path(source_id)

    def day(self, day: date) -> str:
        return self.root + paths.day_path(day)

    def week(self, day: date) -> str:
        return self.root + paths.week_path(day)

    def month(self, day: date) -> str:
        return self.root + paths.month_path(day)

    def anchor(self, arxiv_id: str) -> str:
        return anchor(arxiv_id)


def anchor(arxiv_id: str) -> str:
    """Return the name of a paper's place on a page."""
    is_id = canonical_id(arxiv_id) == arxiv_id
    return f"p-{arxiv_id.replace('/', '-') if is_id else paths.hashed(arxiv_id)}"


def read_world(connection: Connection, options: Options) -> World:
    return World(
        options,
        tuple(paper | told_by(paper, date.max) for paper in ask(connection, "site", "papers", **EVER)),
        tuple(ask(connection, "site", "repositories")),
        tuple(ask(connection, "site", "repository_names")),
        tuple(ask(connection, "site", "sources")),
        tuple(mark_open(ask(connection, "report", "coverage", **EVER), options.published_at.date())),
    )
