"""Stand-in for Hugging Face: the list of a day's papers, in pages and as of now; its other answers are in hub/."""

import json
import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from pipeline.standin.archive import Archive
from pipeline.standin.facts import Facts, Paper
from pipeline.standin.hub.papers import HubPapers
from pipeline.standin.hub.resources import Hub
from pipeline.standin.invention import draw, invent_listing, invent_person
from pipeline.standin.quota import Quota
from pipeline.standin.wire import Request, Response, json_response, text_response

PATH = "/api/daily_papers"
NEW_YORK = ZoneInfo("America/New_York")
DAY_BEGINS = time(21, 30)  # in New York, on the evening before
WINDOW = timedelta(minutes=5)
PARAMETERS = frozenset({"date", "limit", "p", "sort"})
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LISTED = re.compile(r"(?:arxiv\.org/(?:abs|pdf)|huggingface\.co/papers)/(\d{4}\.\d{4,5})")
REPOSITORY = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+")
HALF = timedelta(days=2)  # after so long, half of all upvotes have come

Entry = dict[str, Any]  # as the service sends it


@dataclass(frozen=True)
class Course:
    """What becomes of an invented paper on the list."""

    comes_after: timedelta  # from the beginning of the day
    links_after: timedelta  # from when it came; zero: it has its repository from the start
    upvotes_in_the_end: int
    comments_in_the_end: int


class HuggingFace:
    """`token`: the only valid one; None: none is.

    lists: a folder of `YYYY-MM-DD.json`, each a day's whole list, read at every request. Without one, a day lists the
    papers of the archive's pages, with what is invented of each: more papers, upvotes, comments and links as time goes
    by. `put` goes before both.
    """

    def __init__(self, facts: Facts, archive: Archive, lists: Path | None, now: Callable[[], datetime]) -> None:
        self.lists = lists
        self.url = ""  # known once the port is
        self.token: str | None = None
        self.quotas = {"list": Quota("api", 500, now, WINDOW), "list with token": Quota("api", 1_000, now, WINDOW)}
        self.hub = Hub(now)
        self.papers = HubPapers(facts)
        self._facts = facts
        self._archive = archive
        self._put: dict[date, list[tuple[datetime, list[Entry]]]] = {}

    @staticmethod
    def knows(path: str) -> bool:
        return path == PATH or Hub.knows(path) or HubPapers.knows(path)

    def put(self, day: date, entries: Sequence[Entry], since: datetime | None = None) -> None:
        """Make these the day's list, in the order placed, from that moment until one that is put for a later moment."""
        since = since or datetime.min.replace(tzinfo=UTC)
        looks = [look for look in self._put.get(day, []) if look[0] != since]
        self._put[day] = sorted([*looks, (since, list(entries))], key=lambda look: look[0])

    def answer(self, request: Request) -> Response:
        """Check who asks, then their quota, then answer."""
        authorization = request.headers.get("authorization")
        if authorization is not None and (self.token is None or authorization != f"Bearer {self.token}"):
            return refuse(401, "Invalid credentials in Authorization header")
        quota = self.quotas["list" if authorization is None else "list with token"]
        quota.renew()
        is_allowed = quota.spend()
        answer = self._answer(request) if is_allowed else refuse(429, "Too many requests, says the stand-in")
        return Response(answer.status, answer.body, {**answer.headers, **quota.draft_headers()})

    def _answer(self, request: Request) -> Response:
        path = urlsplit(request.path).path
        if HubPapers.knows(path):
            return self.papers.answer(request)
        if Hub.knows(path):
            return self.hub.answer(request, has_token="authorization" in request.headers)
        return self._answer_query(request)

    def _answer_query(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return refuse(405, "Method not allowed")
        pairs = parse_qsl(urlsplit(request.path).query, keep_blank_values=True)
        query = dict(pairs)
        if fault := find_fault(query, has_doubles=len(query) < len(pairs)):
            return refuse(400, fault)
        today = current_day(request.at)
        day = date.fromisoformat(query.get("date", today.isoformat()))
        if day > today:
            return refuse(400, f'Invalid query: "date" must be less than or equal to "{today}T00:00:00.000Z"')
        return self._answer_page(query, self.entries(day, request.at))

    def _answer_page(self, query: dict[str, str], entries: Sequence[Entry]) -> Response:
        size, page = int(query.get("limit", "50")), int(query.get("p", "0"))
        shown = sorted(entries, key=lambda entry: -entry["paper"].get("upvotes", 0))  # else in the order placed
        following = urlencode({**query, "p": str(page + 1)})
        has_more = (page + 1) * size < len(shown)
        link = {"Link": f'<{self.url}{PATH}?{following}>; rel="next"'} if has_more else {}
        return json_response(200, shown[page * size : (page + 1) * size], link)

    def entries(self, day: date, at: datetime) -> list[Entry]:
        """Return a day's list as it is at that moment, in the order placed."""
        if looks := self._put.get(day):
            count = bisect([since for since, _ in looks], at)
            return looks[count - 1][1] if count else []
        if self.lists is None:
            return list(self._invent_day(day, at))
        file = self.lists / f"{day}.json"
        return json.loads(file.read_bytes()) if file.is_file() else []

    def _invent_day(self, day: date, at: datetime) -> Iterator[Entry]:
        for arxiv_id, link in find_listed(self._archive, day).items():
            paper, course = self._facts.paper(arxiv_id), Course(**invent_listing(arxiv_id))
            came_at = begin(day) + course.comes_after
            if paper is not None and came_at <= at:
                has_link = link is not None and came_at + course.links_after <= at
                yield self._describe(paper, course, day, at - came_at, link if has_link else None)

    def _describe(self, paper: Paper, course: Course, day: date, age: timedelta, link: str | None) -> Entry:
        share = age / (age + HALF)
        published = datetime.fromisoformat(paper.submitted_at).astimezone(UTC)
        inner: Entry = {
            "id": paper.arxiv_id,
            "authors": [describe_author(paper.arxiv_id, name) for name, *_ in paper.authors],
            "publishedAt": stamp(published),
            "submittedOnDailyAt": f"{day}T00:00:00.000Z",
            "title": paper.title,
            "submittedOnDailyBy": describe_account(f"{paper.arxiv_id} submitter"),
            "summary": paper.abstract,
            "upvotes": round(course.upvotes_in_the_end * share),
            "discussionId": number(f"{paper.arxiv_id} discussion"),
            "ai_keywords": [category.lower() for category in paper.categories],
        }
        if link is not None:
            repository = self._facts.repository(link.removeprefix("https://github.com/"))
            inner |= {"githubRepo": link, "githubRepoAddedBy": "user"}
            inner |= {"githubStars": repository.stars_count} if repository else {}
        return {
            "paper": inner,
            "publishedAt": stamp(published.astimezone(NEW_YORK)),  # New York's time, with the mark of UTC all the same
            "title": paper.title,
            "summary": paper.abstract,
            "numComments": round(course.comments_in_the_end * share),
            "submittedBy": inner["submittedOnDailyBy"],
            "isAuthorParticipating": False,
        }


def find_fault(query: dict[str, str], has_doubles: bool) -> str | None:
    """Return what is wrong with the parameters; None if nothing is."""
    if has_doubles or not query.keys() <= PARAMETERS:
        return "Invalid query: an unknown parameter, or one given twice"
    if "date" in query and not is_day(query["date"]):
        return 'Invalid query: "date" must be a date like 2026-11-27'
    if not re.fullmatch("[1-9][0-9]?|100", query.get("limit", "50")):
        return 'Invalid query: "limit" must be a number from 1 to 100'
    if not re.fullmatch("0|[1-9][0-9]{0,5}", query.get("p", "0")):
        return 'Invalid query: "p" must be a number from 0'
    if query.get("sort", "publishedAt") not in ("publishedAt", "trending"):
        return 'Invalid query: "sort" must be one of [publishedAt, trending]'
    return None


def is_day(text: str) -> bool:
    try:
        return DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def refuse(status: int, error: str) -> Response:
    """Return an error in this service's form."""
    return json_response(status, {"error": error})


def describe_failure(status: int, phrase: str) -> Response:
    """Return a failure as this service sends it: a refusal as JSON, an outage as text."""
    return refuse(status, phrase) if status < 500 else text_response(status, phrase)


def begin(day: date) -> datetime:
    """Return when a day begins, in UTC."""
    return datetime.combine(day - timedelta(days=1), DAY_BEGINS, NEW_YORK).astimezone(UTC)


def current_day(at: datetime) -> date:
    """Return the day whose list is filled at that moment."""
    today = at.astimezone(NEW_YORK).date()
    tomorrow = today + timedelta(days=1)
    return tomorrow if at >= begin(tomorrow) else today


def find_listed(archive: Archive, day: date) -> dict[str, str | None]:
    """Return the papers of a day's pages in order, each with the first repository that stands behind its link."""
    found: dict[str, str | None] = {}
    for folder in archive.folders:
        for page in sorted(folder.glob(f"*/*/*/archive/{day:%Y/%m/%d}.md")):
            parts = LISTED.split(page.read_text("utf-8"))
            for arxiv_id, text in zip(parts[1::2], parts[2::2], strict=True):
                link = REPOSITORY.search(text)
                found[arxiv_id] = found.get(arxiv_id) or (link[0] if link else None)
    return found


def describe_author(arxiv_id: str, name: str) -> Entry:
    author: Entry = {"_id": number(f"{arxiv_id} {name}"), "name": name, "hidden": False}
    if draw(f"{name} account", 5) == 0:
        author |= {"user": describe_account(name), "status": "claimed_verified"}
    return author


def describe_account(seed: str) -> Entry:
    name = invent_person(seed)
    account = name.lower().replace(" ", "-")
    return {"_id": number(account), "user": account, "name": account, "fullname": name, "type": "user", "isPro": False}


def number(seed: str) -> str:
    """Return an id of 24 hexadecimal digits."""
    return f"{draw(seed, 2**62):024x}"


def stamp(moment: datetime) -> str:
    """Format a moment as this service does, to the millisecond."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
