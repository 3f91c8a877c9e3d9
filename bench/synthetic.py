"""An archive of invented pages, as many years as one likes, with the answers of arXiv and GitHub to what it lists.

The sizes follow the two real archives in autumn 2025: eleven to twelve papers a page, a summary of some 900 characters,
four to five names listed and eight known to arXiv, half of the listings with a repository. Names and repositories come
from pools where whoever was drawn often is drawn again, and new ones keep coming. Both sources list a paper on the same
day, and one in a hundred again later. A repository is observed on the day it is listed, a week and a month later.
Nothing depends on anything but the seed.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.sources import registry
from pipeline.sources.layouts.markdown import PIPE_TABLES
from pipeline.sources.pages import page_url, subject_of
from pipeline.standin.arxiv import FEED, write_entry
from pipeline.standin.facts import Paper
from pipeline.warehouse.raw import Raw, identify, write_durably

FIRST_DAY = date(2024, 9, 27)
DAYS_OF_ONE = 141  # times two sources: as many pages as the archives that lie beside the project
DAYS_A_SEGMENT = 7
LISTINGS_A_PAGE = 11.6
REPOSITORIES_A_QUERY, PAPERS_A_QUERY = 50, 100
SYLLABLES = ["ka", "lo", "mi", "ter", "ra", "du", "sen", "vi", "po", "nal", "que", "ri", "tas", "mon", "be", "lu"]
TASKS = ["Robotics", "Multimodal", "Other", "Translation", "Summarization", "Audio", "Tabular", "Text-to-Image"]
SIX = "| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |\n|-|-|-|-|-|-|\n"
FOUR = "| Title | Authors | Summary |\n|-|-|-|\n"


@dataclass(frozen=True)
class Listed:
    """One paper as the pages list it."""

    arxiv_id: str
    title: str
    summary: str
    authors: tuple[str, ...]
    tasks: tuple[str, ...]
    repository: str
    hub_resource: str


@dataclass
class Pool:
    """Members drawn before, each as likely as it was frequent; a share of the draws brings a new one."""

    chance: random.Random
    stem: str
    novelty: float

    def __post_init__(self) -> None:
        self.drawn: list[int] = [0]
        self.count = 0

    def draw(self) -> int:
        if self.chance.random() < self.novelty:
            self.count += 1
            self.drawn.append(self.count)
        else:
            self.drawn.append(self.chance.choice(self.drawn))
        return self.drawn[-1]


class Synthetic:
    """The archive, a day after the other."""

    def __init__(self, seed: int = 20241122, first_number: int = 0) -> None:
        self.chance = random.Random(seed)
        self.words = ["".join(self.chance.choices(SYLLABLES, k=self.chance.randint(1, 4))) for _ in range(4000)]
        self.weights = [1 / (rank + 10) for rank in range(len(self.words))]
        self.sentences = [self.write(16).capitalize() + "." for _ in range(4000)]
        self.authors = Pool(self.chance, "author", 0.35)
        self.repositories = Pool(self.chance, "repository", 0.85)
        self.first_number = first_number  # papers of a month are numbered from the next one on
        self.papers_of_month: dict[str, int] = {}
        self.recent: list[Listed] = []

    def write(self, count: int) -> str:
        return " ".join(self.chance.choices(self.words, self.weights, k=count))

    def word(self, number: int) -> str:
        return self.words[number * 7919 % len(self.words)]

    def days(self, count: int) -> Iterator[tuple[date, list[Listed]]]:
        """Yield so many days with what is listed on each."""
        for step in range(count):
            day = FIRST_DAY + timedelta(days=step)
            listed = {paper.arxiv_id: paper for paper in (self.draw(day) for _ in range(self.draw_size()))}
            yield day, list(listed.values())

    def draw_size(self) -> int:
        return max(1, round(self.chance.gauss(LISTINGS_A_PAGE, 4)))

    def draw(self, day: date) -> Listed:
        if self.recent and self.chance.random() < 0.01:
            return self.chance.choice(self.recent)
        month = f"{day:%y%m}"
        self.papers_of_month[month] = number = self.papers_of_month.get(month, self.first_number) + 1
        listed = Listed(
            f"{month}.{number:05}",
            self.write(9).title(),
            " ".join(self.chance.choices(self.sentences, k=9)),
            tuple(self.name_author(self.authors.draw()) for _ in range(max(1, round(self.chance.gauss(4.6, 2))))),
            tuple(dict.fromkeys(self.chance.choices(TASKS, k=self.chance.randint(1, 4)))),
            self.name_repository(self.repositories.draw()) if self.chance.random() < 0.5 else "",
            f"{self.word(number)}/pot-{day:%y%m%d}-{number}" if self.chance.random() < 0.4 else "",
        )
        self.recent = [*self.recent[-200:], listed]
        return listed

    def name_author(self, number: int) -> str:
        return f"{self.word(number)} {self.word(number // 3 + 11)} {number % 89}".title()

    def name_repository(self, number: int) -> str:
        return f"{self.word(number % 1997)}/{self.word(number)}-{number}"


def link(host: str, name: str) -> str:
    return f"[Link](https://{host}/{name})" if name else "N/A"


def write_page(source_id: str, day: date, listed: Sequence[Listed]) -> bytes:
    """Return the page of a source: one has labels and links, the other has not."""
    lines: list[str] = []
    for paper in listed:
        authors = ", ".join(paper.authors)
        if source_id.startswith("timlrx"):
            title = f"[{paper.title}](https://arxiv.org/abs/{paper.arxiv_id})"
            links = f"{link('github.com', paper.repository)} | {link('huggingface.co', paper.hub_resource)}"
            lines.append(f"| {title} | {authors} | {paper.summary} | {list(paper.tasks)} | {links} |\n")
        else:
            more = f"(Read more on [arXiv](https://arxiv.org/abs/{paper.arxiv_id}))"
            lines.append(f"| {paper.title} {more} | {authors} | {paper.summary} |\n")
    table = SIX if source_id.startswith("timlrx") else FOUR
    return f"## Papers for {day}\n\n{table}{''.join(lines)}".encode()


def answer_pages(day: date, listed: Sequence[Listed]) -> list[Exchange]:
    at = datetime.combine(day, time(23), UTC)
    return [
        Exchange(
            "archive",
            (subject_of(source.source_id, day),),
            1,
            page_url("https://raw.githubusercontent.com", source, day),
            "GET",
            200,
            {},
            at + timedelta(seconds=number),
            write_page(source.source_id, day, listed),
            None,
        )
        for number, source in enumerate(
            source for source in registry.SOURCES if source.documents[0].format is PIPE_TABLES
        )
    ]


def answer_papers(at: datetime, papers: Sequence[Listed]) -> Iterator[Exchange]:
    for number in range(0, len(papers), PAPERS_A_QUERY):
        asked = papers[number : number + PAPERS_A_QUERY]
        entries = "".join(write_entry(describe_paper(paper, at), 1) for paper in asked)
        feed = FEED.format(
            id="urn:x", title="t", now="2025-01-01T00:00:00Z", href='"urn:x"', size=1, total=1, start=0, entries=entries
        )
        subjects = tuple(paper.arxiv_id for paper in asked)
        later = at + timedelta(seconds=number)
        yield Exchange("arxiv", subjects, 1, "https://export.arxiv.org/", "GET", 200, {}, later, feed.encode(), None)


def describe_paper(paper: Listed, at: datetime) -> Paper:
    more = [(f"{name} Jr",) for name in paper.authors[:3]]
    stamp = f"{at - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    return Paper(
        paper.arxiv_id,
        paper.title,
        paper.summary + paper.summary[:300],
        (*((name,) for name in paper.authors), *more),
        ("cs.CL", "cs.AI", "cs.LG")[: 1 + len(paper.title) % 3],
        1,
        stamp,
        stamp,
    )


def answer_repositories(at: datetime, names: Sequence[str]) -> Iterator[Exchange]:
    for number in range(0, len(names), REPOSITORIES_A_QUERY):
        asked = tuple(names[number : number + REPOSITORIES_A_QUERY])
        nodes = {f"r{place}": describe_repository(name, at) for place, name in enumerate(asked)}
        body = json.dumps({"data": nodes}).encode()
        later = at + timedelta(seconds=number)
        yield Exchange("github", asked, 1, "https://api.github.com/graphql", "POST", 200, {}, later, body, None)


def describe_repository(name: str, at: datetime) -> dict[str, object]:
    number = int(name.rpartition("-")[2])
    return {
        "databaseId": 10_000_000 + number,
        "nameWithOwner": name,
        "owner": {"__typename": "User", "login": name.split("/", maxsplit=1)[0]},
        "description": f"Code number {number}.",
        "createdAt": "2024-01-01T00:00:00Z",
        "pushedAt": "2024-06-01T00:00:00Z",
        "isArchived": False,
        "isFork": False,
        "stargazerCount": number % 1000 + at.toordinal() % 100,
        "forkCount": number % 50,
        "primaryLanguage": {"name": "Python"},
        "repositoryTopics": {"nodes": [{"topic": {"name": "demo"}}]},
    }


def fill(raw: Raw, times: int) -> int:
    """Write the raw files of an archive so many times as long as the real ones; returns how many listings it has."""
    count, week, due = 0, list[tuple[date, list[Listed]]](), dict[date, list[str]]()
    for day, listed in Synthetic().days(DAYS_OF_ONE * times):
        count += 2 * len(listed)
        week.append((day, listed))
        if len(week) == DAYS_A_SEGMENT:
            keep_segment(raw, answer_week(week, due))
            week = []
    keep_segment(raw, answer_week(week, due))
    return count


def answer_week(week: Sequence[tuple[date, list[Listed]]], due: dict[date, list[str]]) -> list[Exchange]:
    """Return a week's answers; `due` are the repositories to be observed again in later weeks."""
    if not week:
        return []
    end = week[-1][0]
    # Nothing of the past is due again: a run after this one asks for its own day's papers only.
    at = max(datetime.combine(end, time(23, 30), UTC), datetime.now(UTC) - timedelta(minutes=10))
    papers = list({paper.arxiv_id: paper for _, listed in week for paper in listed}.values())
    names = list(dict.fromkeys(paper.repository.lower() for paper in papers if paper.repository))
    again = due.pop(end, [])
    for later in (7, 28):
        due.setdefault(end + timedelta(days=later), []).extend(names)
    answers = [answer for day, listed in week for answer in answer_pages(day, listed)]
    answers += answer_papers(at, papers)
    return answers + list(answer_repositories(at + timedelta(minutes=5), list(dict.fromkeys([*names, *again]))))


def keep_segment(raw: Raw, answers: Sequence[Exchange]) -> None:
    """Write a bundled segment at once, as a run's loose files end up."""
    if answers:
        frame = exchanges_frame(answers)
        first = min(frame["fetched_at"])
        raw.list_segment(write_durably(frame, raw.segments / f"{first:%Y}", first), identify(frame))


def write_archive(folder: Path, days: int) -> None:
    """Write the pages of so many days as files, as a clone of both sources has them."""
    for day, listed in Synthetic().days(days):
        for answer in answer_pages(day, listed):
            path = folder / answer.asked[0].rpartition("/")[0] / "main" / "archive" / f"{day:%Y/%m/%d}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(answer.body or b"")
