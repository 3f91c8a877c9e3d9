"""The papers and repositories of the stand-ins: from the demo's two files, or invented from a name."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.standin.invention import invent_paper, invent_repository

DEMO = Path(__file__).with_name("demo")


@dataclass(frozen=True)
class Paper:
    """A paper as arXiv has it now."""

    arxiv_id: str  # without version
    title: str
    abstract: str
    authors: tuple[tuple[str, ...], ...]  # in order: a name, then its affiliations
    categories: tuple[str, ...]  # the first is the primary one
    version: int  # the current one; all earlier ones exist too
    submitted_at: str  # of version 1; as arXiv writes it: 2025-02-24T08:15:00Z
    updated_at: str  # of the current version
    comment: str | None = None  # also tells of a withdrawal
    journal_ref: str | None = None
    dois: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repository:
    """A repository as GitHub has it on the stand-in's day 0."""

    number: int
    full_name: str  # renamed if it differs from the name requested
    created_at: str
    pushed_at: str
    stars_count: int
    stars_a_day: int = 0
    status: str = "found"  # found | dmca | tos; the last two are blocked
    owner_type: str = "Organization"  # or User
    description: str | None = None
    homepage: str | None = None
    language: str | None = None
    license: str | None = None  # NOASSERTION: one that GitHub does not know; null: none
    topics: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()
    default_branch: str = "main"
    is_archived: bool = False
    is_disabled: bool = False
    is_fork: bool = False
    parent: str | None = None  # of a fork

    @property
    def size_kilobytes(self) -> int:
        return self.number % 40_009

    @property
    def forks_count(self) -> int:
        return self.stars_count // 9

    @property
    def watchers_count(self) -> int:
        return self.stars_count // 30 + 1

    @property
    def open_issues_count(self) -> int:
        """Issues alone, as GraphQL counts them; REST adds the pull requests."""
        return self.number % 13

    @property
    def open_pulls_count(self) -> int:
        return self.number % 5

    @property
    def releases_count(self) -> int:
        return self.number % 4

    @property
    def commits_count(self) -> int:
        return self.number % 397 + 1

    @property
    def readme_bytes(self) -> int:
        return self.number % 9_001 + 20

    @property
    def languages(self) -> tuple[tuple[str, int], ...]:
        """Names and bytes, the largest first; the main one is the repository's."""
        if self.language is None:
            return ()
        size = self.size_kilobytes * 1024
        return (
            ((self.language, size - size // 5), ("Shell", size // 5))
            if self.language != "Shell"
            else (("Shell", size),)
        )


class Facts:
    """Papers by arXiv id, repositories by number and by name in any case; anything unknown does not exist.

    With a folder, its papers.json and repositories.json are all there is. Without one, every name has stable facts
    derived from it, and a small share is missing, renamed or blocked. Tests change facts with `put`.
    """

    def __init__(self, folder: Path | None) -> None:
        self._is_inventive = folder is None
        self._papers: dict[str, Paper | None] = {}
        self._repositories: dict[str, Repository | None] = {}
        self._numbered: dict[int, Repository] = {}
        if folder is not None:
            for paper in read_papers(folder / "papers.json"):
                self.put_paper(paper.arxiv_id, paper)
            for repository in read_repositories(folder / "repositories.json"):
                self.put(repository.full_name, repository)
                for name in repository.former_names:
                    self.put(name, repository)

    def paper(self, arxiv_id: str) -> Paper | None:
        if arxiv_id not in self._papers and self._is_inventive:
            facts = invent_paper(arxiv_id)
            self.put_paper(arxiv_id, None if facts is None else Paper(**facts))
        return self._papers.get(arxiv_id)

    def put_paper(self, arxiv_id: str, paper: Paper | None) -> None:
        """Set the paper of an id; None: arXiv does not know it."""
        self._papers[arxiv_id] = paper

    def repository(self, name: str) -> Repository | None:
        """Return the repository that a name leads to; after a rename its full name differs."""
        key = name.lower()
        if key not in self._repositories and self._is_inventive:
            facts = invent_repository(key)
            self.put(key, None if facts is None else Repository(**facts))
        return self._repositories.get(key)

    def numbered(self, number: int) -> Repository | None:
        """Return the repository with that number; an invented one only after a request by name."""
        return self._numbered.get(number)

    def put(self, name: str, repository: Repository | None) -> None:
        """Make a name lead to this repository; None: nowhere."""
        self._repositories[name.lower()] = repository
        if repository is not None:
            self._numbered[repository.number] = repository


def read_papers(file: Path) -> list[Paper]:
    """Return the papers of a JSON object: arXiv id to the other fields of Paper."""
    return [Paper(arxiv_id=arxiv_id, **freeze(facts)) for arxiv_id, facts in json.loads(file.read_bytes()).items()]


def read_repositories(file: Path) -> list[Repository]:
    """Return the repositories of a JSON list of the fields of Repository."""
    return [Repository(**freeze(facts)) for facts in json.loads(file.read_bytes())]


def freeze(value: Any) -> Any:
    """Return JSON's lists as tuples, at every depth."""
    if isinstance(value, dict):
        return {key: freeze(below) for key, below in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return tuple(freeze(below) for below in value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]
