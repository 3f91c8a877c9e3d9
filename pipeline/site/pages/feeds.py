"""Atom and JSON feeds: of all papers, each label, each named search, and of weeks. One entry a paper, its id stays."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from pipeline.core import sql_files
from pipeline.core.wording import amount_of
from pipeline.read import query
from pipeline.read.latex import readable
from pipeline.read.query import Connection
from pipeline.site import paths
from pipeline.site.addresses import arxiv_url
from pipeline.site.listings import told_by
from pipeline.site.options import Files
from pipeline.site.pages.lists import monday_of
from pipeline.site.render import environment, render
from pipeline.site.texts import clean
from pipeline.site.world import Row, World

MOST_ENTRIES = 60
MOST_WEEKS = 20
EVERY = "1000000"  # papers that a search may find
JSON_FEED = "https://jsonfeed.org/version/1.1"

Entry = Mapping[str, Any]


def files(connection: Connection, world: World) -> Files:
    newest = world.papers[::-1]
    listed = [("All papers", "feed"), ("Weeks", "weeks")]
    yield from feed(world, "feed", "Daily AI papers", "index.html", paper_entries(world, newest))
    yield from feed(world, "weeks", "Daily AI papers: weeks", "days.html", week_entries(world))
    search_slugs = paths.slugs(world.options.searches)
    for name, words in world.options.searches.items():
        target = f"feeds/{search_slugs[name]}"
        found = find(connection, world, words)
        yield from feed(world, target, f"Daily AI papers: {name}", "feeds.html", paper_entries(world, found))
        listed.append((f"Search {name}: {words}", target))
    for name, papers in world.tasks.items():
        target = f"task/{world.task_slugs[name]}"
        yield from feed(world, target, f"Daily AI papers: {name}", f"{target}.html", paper_entries(world, papers))
        listed.append((name, target))
    yield world.page("feeds.html", "feeds.html", feeds=listed)


def find(connection: Connection, world: World, words: str) -> list[Row]:
    """Return the papers that a search finds, newest first."""
    given = {"words": words, "limit": EVERY}
    relation = query.run_query(connection, sql_files.read_sql("queries", "search"), given)
    found = {row[0] for row in relation.project("arxiv_id").fetchall()}
    return [paper for paper in reversed(world.papers) if paper["arxiv_id"] in found]


def paper_entries(world: World, papers: Sequence[Row]) -> list[Entry]:
    return [paper_entry(world, paper) for paper in papers[:MOST_ENTRIES]]


def paper_entry(world: World, paper: Row) -> Entry:
    """Return an entry as listings told it on its first day, with the text that arXiv gives now, and since when."""
    told = told_by(paper, paper["first_listed_date"])
    outside = arxiv_url(paper["arxiv_id"])
    return {
        "id": outside or name_apart(paper["arxiv_id"]),
        "url": page_url(world, paper) or outside,
        "title": clean(readable(paper["title"])),
        "published": moment(paper["first_listed_date"]),
        "updated": max(moment(paper["first_listed_date"]), last_told(paper)),
        "authors": [clean(author) for author in told["authors"] or ()],
        "tags": [clean(task) for task in told["tasks"] or ()],
        "html": content(text=told["summary"] or told["any_abstract"], repositories=told["repositories"] or ()),
    }


def last_told(paper: Row) -> str:
    """Return when we were told the text that arXiv now gives of a paper; an empty text if it has not told any."""
    return max((f"{each['valid_from']:%Y-%m-%dT%H:%M:%SZ}" for each in paper["told_versions"]), default="")


def first_title(paper: Row) -> str:
    """Return the title that arXiv told first, which stays; until it has told one, that of the listing."""
    return next((each["title"] for each in paper["told_versions"] if each["title"]), paper["title"])


def page_url(world: World, paper: Row) -> str | None:
    """Return where a paper's page stands; None where nobody said where the site will."""
    if world.options.url is None or paper["arxiv_id"] not in world.has_page:
        return None
    return f"{world.options.url}/{paths.paper_path(paper['arxiv_id'])}"


def week_entries(world: World) -> list[Entry]:
    """Return an entry for each of the newest weeks that were over when the newest day was listed, newest first."""
    weeks = [(monday, list(days)) for monday, days in groupby(world.days, key=monday_of)]
    return [week_entry(world, monday, days) for monday, days in weeks[-2 : -MOST_WEEKS - 2 : -1]]


def week_entry(world: World, monday: date, days: Sequence[date]) -> Entry:
    firsts = [paper for day in days for paper in world.days[day] if paper["is_first_listing"]]
    firsts.sort(key=lambda paper: (paper["first_listed_date"], paper["arxiv_id"]))
    papers = [
        {"title": readable(first_title(paper)), "url": page_url(world, paper) or arxiv_url(paper["arxiv_id"])}
        for paper in firsts
    ]
    path = paths.week_path(monday)
    return {
        "id": name_apart(f"{world.options.url or ''}/{path}"),
        "url": f"{world.options.url}/{path}" if world.options.url else None,
        "title": f"Week {monday:%G-W%V}: {amount_of(len(papers), 'paper')} listed for the first time",
        "published": moment(monday + timedelta(days=7)),
        "updated": moment(monday + timedelta(days=7)),
        "authors": [],
        "tags": [],
        "html": content(papers=papers),
    }


def content(**values: Any) -> str:
    given = {"text": None, "repositories": (), "papers": ()} | values
    return environment().get_template("entry.html").render(given).strip()


def moment(day: date) -> str:
    return f"{day}T00:00:00Z"


def name_apart(text: str) -> str:
    """Return an id that stays, and is an address of nothing."""
    return uuid.uuid5(uuid.NAMESPACE_URL, clean(text)).urn


def feed(world: World, target: str, title: str, page: str, entries: Sequence[Entry]) -> Files:
    """Yield a feed as Atom and as JSON, newest first."""
    base = world.options.url
    updated = max((entry["updated"] for entry in entries), default=moment(date(1970, 1, 1)))
    yield render(
        f"{target}.xml",
        "feed.xml",
        title=title,
        id=name_apart(f"{base or ''}/{target}"),
        updated=updated,
        self_url=base and f"{base}/{target}.xml",
        page_url=base and f"{base}/{page}",
        entries=entries,
    )
    described: dict[str, Any] = {"version": JSON_FEED, "title": clean(title), "language": "en"}
    if base:
        described |= {"home_page_url": f"{base}/{page}", "feed_url": f"{base}/{target}.json"}
    described["items"] = [json_item(entry) for entry in entries]
    yield f"{target}.json", (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode()


def json_item(entry: Entry) -> dict[str, Any]:
    item = {
        "id": entry["id"],
        "url": entry["url"],
        "title": entry["title"],
        "content_html": entry["html"],
        "date_published": entry["published"],
        "date_modified": entry["updated"] if entry["updated"] > entry["published"] else None,
        "authors": [{"name": name} for name in entry["authors"]],
        "tags": entry["tags"],
    }
    return {name: value for name, value in item.items() if value}
