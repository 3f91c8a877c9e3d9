"""A repository in the form of GitHub's two APIs, and its stars by day: weeks of Los Angeles, newest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import isqrt
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from pipeline.standin.facts import Repository
from pipeline.standin.invention import draw, stamp
from pipeline.standin.wire import Response, json_response, message_response

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
MOST_A_PAGE = 30
PAGES = 100
GROWING_DAYS = 300  # in which a repository gets the stars of day 0, most of them early
LICENSE_NAMES = {"MIT": "MIT License", "Apache-2.0": "Apache License 2.0", "NOASSERTION": "Other"}


@dataclass(frozen=True)
class View:
    """A repository some days after day 0: only its stars have grown."""

    repository: Repository
    drift_days: int
    url: str  # of the API, without a slash at its end

    @property
    def stars_count(self) -> int:
        return self.repository.stars_count + self.repository.stars_a_day * self.drift_days

    @property
    def updated_at(self) -> str:
        """A new star counts as an update."""
        pushed = datetime.fromisoformat(self.repository.pushed_at).astimezone(UTC)
        return stamp(pushed + timedelta(days=self.drift_days if self.repository.stars_a_day else 0))


def describe_for_rest(view: View) -> dict[str, object]:
    """Return the JSON of GET /repos/{owner}/{name}, without links that nobody follows."""
    repository = view.repository
    owner, name = repository.full_name.split("/")
    address = f"{view.url}/repos/{repository.full_name}"
    open_count = repository.open_issues_count + repository.open_pulls_count
    return {
        "id": repository.number,
        "node_id": f"R_standin{repository.number}",
        "name": name,
        "full_name": repository.full_name,
        "private": False,
        "owner": {
            "login": owner,
            "id": draw(owner.lower(), 10**8),
            "type": repository.owner_type,
            "url": f"{view.url}/users/{owner}",
            "html_url": f"https://github.com/{owner}",
        },
        "html_url": f"https://github.com/{repository.full_name}",
        "url": address,
        "tags_url": f"{address}/tags",
        "description": repository.description,
        "homepage": repository.homepage,
        "fork": repository.is_fork,
        **({} if repository.parent is None else {"parent": {"full_name": repository.parent}}),
        "created_at": repository.created_at,
        "updated_at": view.updated_at,
        "pushed_at": repository.pushed_at,
        "size": repository.size_kilobytes,
        "stargazers_count": view.stars_count,
        "watchers_count": view.stars_count,
        "watchers": view.stars_count,
        "subscribers_count": repository.watchers_count,
        "forks_count": repository.forks_count,
        "forks": repository.forks_count,
        "open_issues_count": open_count,
        "open_issues": open_count,
        "language": repository.language,
        "license": describe_license(repository.license),
        "topics": list(repository.topics),
        "archived": repository.is_archived,
        "disabled": repository.is_disabled,
        "is_template": False,
        "visibility": "public",
        "default_branch": repository.default_branch,
    }


def describe_license(spdx_id: str | None) -> dict[str, object] | None:
    if spdx_id is None:
        return None
    key = "other" if spdx_id == "NOASSERTION" else spdx_id.lower()
    url = None if spdx_id == "NOASSERTION" else f"https://api.github.com/licenses/{key}"
    return {"key": key, "name": LICENSE_NAMES.get(spdx_id, spdx_id), "spdx_id": spdx_id, "url": url}


def describe_for_graphql(view: View) -> dict[str, object]:
    """Return the fields of the type Repository; one that takes arguments is a function of them."""
    repository = view.repository
    owner, name = repository.full_name.split("/")
    spdx_id = repository.license
    topics = [{"topic": {"name": topic}} for topic in repository.topics]

    def choose_topics(arguments: dict[str, object]) -> object:
        first = arguments.get("first")
        return {"totalCount": len(topics), "nodes": topics[: first if isinstance(first, int) else 0]}

    return {
        "__typename": "Repository",
        "id": f"R_standin{repository.number}",
        "databaseId": repository.number,
        "name": name,
        "nameWithOwner": repository.full_name,
        "owner": {"__typename": repository.owner_type, "login": owner},
        "description": repository.description,
        "homepageUrl": repository.homepage,
        "url": f"https://github.com/{repository.full_name}",
        "createdAt": repository.created_at,
        "updatedAt": view.updated_at,
        "pushedAt": repository.pushed_at,
        "stargazerCount": view.stars_count,
        "forkCount": repository.forks_count,
        "watchers": {"totalCount": repository.watchers_count},
        "issues": count_by_state(repository.open_issues_count),
        "pullRequests": count_by_state(repository.open_pulls_count),
        "primaryLanguage": None if repository.language is None else {"name": repository.language},
        "licenseInfo": None if spdx_id is None else {"spdxId": spdx_id, "name": LICENSE_NAMES.get(spdx_id, spdx_id)},
        "repositoryTopics": choose_topics,
        "isArchived": repository.is_archived,
        "archivedAt": repository.pushed_at if repository.is_archived else None,
        "isDisabled": repository.is_disabled,
        "isFork": repository.is_fork,
        "isLocked": False,
        "isPrivate": False,
        "isTemplate": False,
        "parent": None if repository.parent is None else {"nameWithOwner": repository.parent},
        "releases": {"totalCount": repository.releases_count},
        "latestRelease": describe_release(repository),
        "languages": describe_languages(repository),
        "object": partial(describe_object, repository),
        "diskUsage": repository.size_kilobytes,
        "defaultBranchRef": {
            "name": repository.default_branch,
            "target": {
                "__typename": "Commit",
                "committedDate": repository.pushed_at,
                "history": {"totalCount": repository.commits_count},
            },
        },
    }


def describe_release(repository: Repository) -> dict[str, object] | None:
    if not repository.releases_count:
        return None
    return {"tagName": f"v0.{repository.releases_count}", "publishedAt": repository.pushed_at}


def describe_languages(repository: Repository) -> Callable[[dict[str, object]], object]:
    """Return the connection, the largest language first as the query must ask."""
    edges = [{"size": size, "node": {"name": name}} for name, size in repository.languages]

    def choose(arguments: dict[str, object]) -> object:
        first = arguments.get("first")
        return {
            "totalSize": sum(size for _, size in repository.languages),
            "edges": edges[: first if isinstance(first, int) else 0],
        }

    return choose


def describe_object(repository: Repository, arguments: dict[str, object]) -> dict[str, object] | None:
    """Return the blob of the README, the only file that the stand-in has."""
    return (
        {"__typename": "Blob", "byteSize": repository.readme_bytes}
        if arguments.get("expression") == "HEAD:README.md"
        else None
    )


def count_by_state(open_count: int) -> object:
    """Return a connection that also counts closed ones, twice as many, unless limited to OPEN."""

    def count(arguments: dict[str, object]) -> object:
        states = arguments.get("states")
        return {"totalCount": open_count if states in ("OPEN", ["OPEN"]) else open_count * 3}

    return count


def answer_history(view: View, query: str, now: datetime) -> Response:
    """Return a page; a `per_page` that is too large is cut in silence, and past the last week the list is empty."""
    asked = parse_qs(query)
    size, page = read_number(asked, "per_page", MOST_A_PAGE), read_number(asked, "page", 1)
    if page > PAGES:
        return message_response(422, f"Pagination is limited to {PAGES} pages")
    size = min(size, MOST_A_PAGE)
    weeks = list_weeks(view, now)
    first = (page - 1) * size
    shown = [describe_week(view, week, now) for week in weeks[first : first + size]]
    link = write_link(view, size, page, -(-len(weeks) // size))
    return json_response(200, shown, {"Link": link, "Cache-Control": "private, max-age=60"} if link else {})


def read_number(asked: dict[str, list[str]], name: str, default: int) -> int:
    """Return a positive number of the query; anything else is the default, as with GitHub."""
    written = asked.get(name, [""])[-1]
    return int(written) if written.isascii() and written.isdigit() and int(written) > 0 else default


def list_weeks(view: View, now: datetime) -> list[date]:
    """Return the Sundays from this week back to the week in which the repository was created."""
    last, first = sunday(now.astimezone(LOS_ANGELES).date()), sunday(created_date(view))
    return [last - timedelta(weeks=step) for step in range((last - first).days // 7 + 1)]


def sunday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() % 7)


def created_date(view: View) -> date:
    return datetime.fromisoformat(view.repository.created_at).astimezone(LOS_ANGELES).date()


def describe_week(view: View, week: date, now: datetime) -> dict[str, object]:
    today = now.astimezone(LOS_ANGELES).date()
    days = [stars_of(view, week + timedelta(days=step), today) for step in range(7)]
    label = int(datetime(week.year, week.month, week.day, tzinfo=UTC).timestamp())
    return {"week": label, "total": sum(days), "days": days}


def stars_of(view: View, day: date, today: date) -> int:
    """Return the stars of a day that still stand; all days together have those that the repository shows."""
    if day > today:
        return 0
    return stars_until(view, day, today) - stars_until(view, day - timedelta(days=1), today)


def stars_until(view: View, day: date, today: date) -> int:
    """Return the stars up to a day: fast at first, then slower; what came after day 0 came today."""
    if day >= today:
        return view.stars_count
    age = (day - created_date(view)).days + 1
    if age <= 0:
        return 0
    stars = view.repository.stars_count
    return min(stars, isqrt(stars * stars * age // GROWING_DAYS))


def write_link(view: View, size: int, page: int, last: int) -> str:
    """Return the Link header; there is no next page after the last one."""
    address = f"{view.url}/repositories/{view.repository.number}/stargazers/history?per_page={size}"
    pages = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page <= 1:
        del pages["prev"], pages["first"]
    if page >= last:
        del pages["next"], pages["last"]
    return ", ".join(f'<{address}&page={number}>; rel="{name}"' for name, number in pages.items())
