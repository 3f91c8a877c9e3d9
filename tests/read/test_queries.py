"""The queries of sql/queries/ on the demo, each against an answer out of the raw pages and the invented facts."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from demo_world import (
    RELEASES,
    TIMLRX,
    Listed,
    World,
    by_group,
    monday_of,
    month_of,
    quarter_of,
    rounded,
)

from pipeline.cli import cli
from pipeline.core import sql_files
from pipeline.read import query
from pipeline.standin.hub.papers import invent_page
from pipeline.standin.hub.resources import invent_resource
from pipeline.standin.providers.semantic_scholar import count_citations, is_unknown
from pipeline.standin.records import View, created_date, stars_until, sunday

Rows = list[dict[str, Any]]
NAMES = sql_files.names("queries")
ROOT = Path(__file__).parents[2]
EXPECTED: dict[str, Callable[["Asked"], Rows]] = {}


@dataclass(frozen=True)
class Asked:
    """What an expectation may lean on: the demo's world, and when the services were asked, which no page can tell."""

    world: World
    day: date  # UTC, of the answers
    star_day: date  # of Los Angeles, when the last of them came


def expect(function: Callable[[Asked], Rows]) -> Callable[[Asked], Rows]:
    """Make a function of a query's name its expectation: rows in order, with the columns that matter."""
    EXPECTED[function.__name__] = function
    return function


# Facts do not say whose code a link leads to; tests/read/test_roles_of_code.py has what is ranked by default.
PARAMETERS = {
    name: {"link_role": "all"} for name in ("most_starred", "digest", "stars_after_listing", "fastest_starts")
}


def ask(published: Path, name: str, **parameters: str) -> Rows:
    with query.open_published(published) as connection:
        relation = query.run_query(connection, sql_files.read_sql("queries", name), parameters)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


@pytest.fixture(scope="session")
def world() -> World:
    return World()


@pytest.fixture
def asked(world: World, published: Path) -> Asked:
    with query.open_published(published) as connection:
        [(last,)] = connection.execute("select max(attempted_at) from enrichment_attempt").fetchall()
    here = last.replace(tzinfo=UTC).astimezone(ZoneInfo("America/Los_Angeles"))
    return Asked(world, last.date(), here.date())


@pytest.fixture
def published(demo_template: Path) -> Path:
    return demo_template / "papers.duckdb"


@pytest.mark.parametrize("file", ["README.md", "CHANGELOG.md", "docs/SKILL.md"])
def test_the_number_of_questions_that_is_written_is_that_of_the_queries(file: str):
    found = re.findall(r"(\d+) (?:analysts' )?questions", (ROOT / file).read_text("utf-8"))
    assert found and set(found) == {str(len(NAMES))}, f"write {len(NAMES)} questions in {file}"


def test_no_two_queries_have_one_place_in_the_list():
    places = [place for name in NAMES if (place := sql_files.header("queries", name).get("Order"))]
    assert len(set(places)) == len(places)


def test_every_query_has_an_expectation_here():
    odd = sorted({*EXPECTED} ^ {*NAMES})
    assert not odd, f"write a function under @expect for each of {odd}, or delete it (CONTRIBUTING, Add a query)"


@pytest.mark.parametrize("name", NAMES)
def test_query_answers_what_the_pages_and_facts_say(name: str, asked: Asked, published: Path):
    expected = EXPECTED[name](asked)
    actual = ask(published, name, **PARAMETERS.get(name, {}))
    columns = list(expected[0]) if expected else []
    assert [{column: row[column] for column in columns} for row in actual] == expected


@pytest.mark.parametrize("name", NAMES)
def test_query_names_the_trap_that_it_avoids_and_only_uses_parameters_with_a_default(name: str):
    text = sql_files.read_sql("queries", name)
    assert sql_files.header("queries", name)["Trap"]
    assert set(re.findall(r"\$(\w+)", sql_files.without_comments(text))) == set(sql_files.parameters(text))


def test_papers_query_without_a_name_lists_all_queries_with_their_questions():
    lines = CliRunner().invoke(cli, ["query"]).output.splitlines()
    assert {line.split()[0] for line in lines} == set(NAMES)
    assert lines[0].split(maxsplit=1) == ["tasks_by_week", "Papers per task and ISO week; which tasks rise fastest?"]


def risen(counts: dict[tuple[date, str], Fraction], column: str) -> Rows:
    """Weeks against their predecessors: newest week first, then what rose most. What is unknown does not rise."""
    weeks = sorted({week for week, _ in counts})
    members = {member for _, member in counts}
    rows: list[tuple[Any, ...]] = []
    for before, week in zip([None, *weeks], weeks, strict=False):
        for member in members:
            papers = counts.get((week, member), Fraction(0))
            rise = None
            if before is not None and member != "(unknown)":
                rise = papers - counts.get((before, member), Fraction(0))
            if papers or rise:
                rows.append((week, member, rounded(papers, 2), None if rise is None else rounded(rise, 2)))
    rows.sort(key=lambda row: (-row[0].toordinal(), row[3] is None, -(row[3] or 0), -row[2], row[1]))
    return [{"week_start": week, column: member, "papers": papers, "rise": rise} for week, member, papers, rise in rows]


@expect
def tasks_by_week(asked: Asked) -> Rows:
    counts: Counter[tuple[date, str]] = Counter()
    for paper in asked.world.papers.values():
        for label in paper.labels:
            counts[monday_of(paper.label_day), label] += Fraction(1, len(paper.labels))  # type: ignore[assignment]
    return risen(counts, "task_name")  # type: ignore[arg-type]


@expect
def categories_by_week(asked: Asked) -> Rows:
    counts = Counter(
        (monday_of(paper.first_day), paper.facts.categories[0] if paper.facts else "(unknown)")
        for paper in asked.world.papers.values()
    )
    return risen(counts, "category_code")  # type: ignore[arg-type]


@expect
def new_labels(asked: Asked) -> Rows:
    days = by_group((task, listing.day) for listing in asked.world.listings for task in listing.tasks)
    newest = month_of(max(listing.day for listing in asked.world.listings))
    rows = [
        {"task_name": task, "first_listed_date": min(found), "listings_since": len(found)}
        for task, found in days.items()
        if month_of(min(found)) == newest
    ]
    return sorted(rows, key=lambda row: (row["first_listed_date"], row["task_name"]))


def months_of_linking_source(world: World) -> dict[date, list[Listed]]:
    """Papers that timlrx lists, the one source that gives links, by month of their first listing."""
    papers = sorted(world.papers.values(), key=lambda paper: paper.first_day)
    return by_group((month_of(paper.first_day), paper) for paper in papers if TIMLRX in paper.sources)


@expect
def code_share_by_month(asked: Asked) -> Rows:
    rows: Rows = []
    for month, papers in months_of_linking_source(asked.world).items():
        with_code = sum(bool(paper.repositories) for paper in papers)
        share = rounded(Fraction(with_code, len(papers)), 3)
        rows.append({"month": month, "papers": len(papers), "papers_with_code": with_code, "code_share": share})
    return rows


@expect
def release_share_by_month(asked: Asked) -> Rows:
    rows: Rows = []
    for month, papers in months_of_linking_source(asked.world).items():
        kinds = [{kind for kind, _ in paper.hub_resources} for paper in papers]
        counts = {f"papers_with_{kind}": sum(kind in found for found in kinds) for kind in RELEASES}
        share = Fraction(sum(bool(found & set(RELEASES)) for found in kinds), len(papers))
        rows.append({"month": month, "papers": len(papers), **counts, "release_share": rounded(share, 3)})
    return rows


@expect
def days_to_first_listing(asked: Asked) -> Rows:
    days = by_group(
        (label, (paper.first_day - paper.submitted.date()).days)
        for paper in asked.world.found_papers
        for label in paper.labels
    )
    return [
        {"task_name": task, "papers": len(found), "median_days": median(found), "most_days": max(found)}
        for task, found in sorted(days.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


@expect
def most_starred(asked: Asked) -> Rows:
    rows = [
        {
            "full_name": name,
            "stars_count": found.stars_count,
            "language": found.language,
            "papers": [paper.title for paper in papers],
        }
        for name, papers in asked.world.repositories.items()
        if (found := asked.world.repository(name))
    ]
    return sorted(rows, key=lambda row: (-row["stars_count"], row["full_name"]))[:20]


@expect
def stars_gained(asked: Asked) -> Rows:
    return []  # one observation is no gain; tests/read/test_marts.py has a second one


@expect
def repository_timing(asked: Asked) -> Rows:
    rows: Rows = []
    for name, papers in asked.world.repositories.items():
        found = asked.world.repository(name)
        for paper in papers:
            if not (found and paper.facts):
                continue
            created = moment(found.created_at)
            if created < paper.submitted:
                row = ("before submission", (paper.submitted.date() - created.date()).days)
            elif created.date() > paper.first_day:
                row = ("after listing", (created.date() - paper.first_day).days)
            else:
                continue
            rows.append({"created": row[0], "full_name": name, "arxiv_id": paper.arxiv_id, "days_apart": row[1]})
    return sorted(rows, key=lambda row: (row["created"], -row["days_apart"], row["full_name"], row["arxiv_id"]))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


@expect
def authors(asked: Asked) -> Rows:
    papers = by_group((name, paper) for paper in asked.world.papers.values() for name in dict.fromkeys(paper.authors))
    newest = month_of(max(listing.day for listing in asked.world.listings))
    rows = [
        {
            "author_name": name,
            "papers": len(found),
            "papers_from_arxiv": sum(paper.facts is not None for paper in found),
            "is_new_in_month": month_of(min(paper.first_day for paper in found)) == newest,
        }
        for name, found in papers.items()
    ]
    return sorted(rows, key=lambda row: (-row["papers"], not row["is_new_in_month"], row["author_name"]))[:50]


@expect
def author_pairs(asked: Asked) -> Rows:
    strengths: dict[tuple[str, str], list[Fraction]] = {}
    for paper in asked.world.found_papers:
        names = sorted(set(paper.authors))
        if 2 <= len(names) <= 20:
            for pair in combinations(names, 2):
                strengths.setdefault(pair, []).append(Fraction(1, len(names) - 1))
    rows = [
        {
            "author_name": one,
            "other_author_name": other,
            "papers": len(shares),
            "strength": rounded(sum(shares, Fraction(0)), 3),
        }
        for (one, other), shares in strengths.items()
    ]
    return sorted(
        rows, key=lambda row: (-row["papers"], -row["strength"], row["author_name"], row["other_author_name"])
    )[:50]


@expect
def first_and_last_authors(asked: Asked) -> Rows:
    lists = [paper.authors for paper in asked.world.found_papers]
    first = Counter(names[0] for names in lists)
    last = Counter(names[-1] for names in lists if len(names) > 1)
    rows = [
        {"author_name": name, "papers_as_first": first[name], "papers_as_last": last[name]}
        for name in first | last
        if first[name] > 1 or last[name] > 1
    ]
    return sorted(rows, key=lambda row: (-row["papers_as_first"] - row["papers_as_last"], row["author_name"]))


@expect
def code_languages(asked: Asked) -> Rows:
    found: dict[tuple[date, str, str], set[str]] = {}
    for name, papers in asked.world.repositories.items():
        repository = asked.world.repository(name)
        language = (repository.language or "(none)") if repository else "(not known)"
        for paper in papers:
            for task in paper.labels:
                found.setdefault((quarter_of(paper.first_day), task, language), set()).add(name)
    rows = [
        {"quarter_start": quarter, "task_name": task, "language": language, "repositories": len(names)}
        for (quarter, task, language), names in found.items()
    ]
    return sorted(rows, key=lambda row: (row["quarter_start"], row["task_name"], -row["repositories"], row["language"]))


@expect
def code_licences(asked: Asked) -> Rows:
    described = {name: asked.world.repository(name) for name in asked.world.repositories}
    counts = Counter((found.license or "(none)") if found else "(not known)" for found in described.values())
    total = sum(found is not None for found in described.values())
    return [
        {
            "licence": licence,
            "repositories": count,
            "share_of_found": None if licence == "(not known)" else rounded(Fraction(count, total), 3),
        }
        for licence, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


@expect
def dead_code_links(asked: Asked) -> Rows:
    states: Counter[str] = Counter()
    links: list[str] = []
    for paper in asked.world.papers.values():  # a repository linked by its old and its new name is one link
        links += {asked.world.full_name(name): name for name in reversed(paper.repositories)}.values()
    for name in links:
        found = asked.world.facts.repository(name)
        if found is None or found.status != "found":
            states["blocked" if found else "not_found"] += 1
        else:
            states["alive" if found.full_name.lower() == name else "renamed"] += 1
    dead = Fraction(states["not_found"] + states["blocked"], len(links))
    assert asked.day - max(listing.day for listing in asked.world.listings) > timedelta(days=365)
    return [
        {
            "listing_age": "a year and more",
            "links": len(links),
            **{state: states[state] for state in ("alive", "renamed", "not_found", "blocked")},
            "not_asked": 0,
            "dead_share": rounded(dead, 3),
        }
    ]


@expect
def released_code(asked: Asked) -> Rows:
    # The demo has no token, and REST does not tell: tests/defs/test_enrichment.py asks with one.
    assert {asked.world.repository(name) for name in asked.world.repositories} != {None}
    return []


@expect
def quiet_repositories(asked: Asked) -> Rows:
    found = {name: asked.world.repository(name) for name in asked.world.repositories}
    rows = [
        {
            "full_name": name,
            "is_archived": repository.is_archived,
            "silent_days": (asked.day - moment(repository.pushed_at).date()).days,
        }
        for name, repository in found.items()
        if repository
    ]
    quiet = [row for row in rows if row["is_archived"] or row["silent_days"] >= 180]
    return sorted(quiet, key=lambda row: (-row["silent_days"], row["full_name"]))


@expect
def hub_organisations(asked: Asked) -> Rows:
    links = [
        (resource.partition("/")[0], (kind, resource.lower()), paper.arxiv_id)
        for paper in asked.world.papers.values()
        for kind, resource in paper.hub_resources
        if kind in RELEASES
    ]
    rows: Rows = []
    for owner, found in by_group((owner, (release, paper)) for owner, release, paper in links).items():
        releases = {release for release, _ in found}
        kinds = Counter(kind for kind, _ in releases)
        rows.append(
            {
                "owner": owner,
                "releases": len(releases),
                **{kind if kind == "unsure" else f"{kind}s": kinds[kind] for kind in RELEASES},
                "papers": len({paper for _, paper in found}),
            }
        )
    return sorted(rows, key=lambda row: (-row["releases"], -row["papers"], row["owner"]))


def find_resources(world: World) -> dict[tuple[str, str], set[str]]:
    """Return the papers that link to each model, data set and space, by its kind and name."""
    found: dict[tuple[str, str], set[str]] = {}
    for listing in world.listings:
        for link in listing.links:
            if link["kind"] in ("model", "dataset", "space"):
                found.setdefault((link["kind"], link["target"]), set()).add(listing.arxiv_id)
    return found


@expect
def hub_downloads(asked: Asked) -> Rows:
    midnight = datetime(asked.day.year, asked.day.month, asked.day.day, tzinfo=UTC)
    rows: Rows = []
    for (kind, name), arxiv_ids in find_resources(asked.world).items():
        entry = invent_resource(f"{kind}s", name, midnight)
        if kind != "space" and entry is not None:
            rows.append(
                {
                    "kind": kind,
                    "hub_name": entry["id"],
                    "status": "found",
                    "is_gated": entry["gated"] is not False,
                    "downloads_30_days_count": entry["downloads"],
                    "downloads_all_time_count": entry["downloadsAllTime"],
                    "likes_count": entry["likes"],
                    "papers": len(arxiv_ids),
                    "arxiv_ids": sorted(arxiv_ids),
                }
            )
    return sorted(rows, key=lambda row: (-row["downloads_30_days_count"], row["kind"], row["hub_name"]))


@expect
def hub_papers(asked: Asked) -> Rows:
    rows: Rows = []
    for paper in asked.world.found_papers:
        page = invent_page(paper.arxiv_id, "")
        if page is not None:
            code = page.get("githubRepo")
            rows.append(
                {
                    "arxiv_id": paper.arxiv_id,
                    "upvotes_count": page["upvotes"],
                    "code_url": code,
                    "code_added_by": page.get("githubRepoAddedBy"),
                    "organisation": page["organization"]["name"] if "organization" in page else None,
                    "models_count": len(page["linkedModels"]),
                    "datasets_count": len(page["linkedDatasets"]),
                    "spaces_count": len(page["linkedSpaces"]),
                }
            )
    return sorted(rows, key=lambda row: (-row["upvotes_count"], row["arxiv_id"]))[:20]


@expect
def later_versions(asked: Asked) -> Rows:
    rows = [
        {
            "arxiv_id": paper.arxiv_id,
            "version": paper.facts.version,
            "days_after_listing": (paper.updated.date() - paper.first_day).days,
            "days_to_version_2": (paper.updated.date() - paper.submitted.date()).days
            if paper.facts.version == 2
            else None,
        }
        for paper in asked.world.found_papers
        if paper.facts and paper.facts.version > 1 and paper.updated.date() > paper.first_day
    ]
    return sorted(rows, key=lambda row: (-row["days_after_listing"], row["arxiv_id"]))


@expect
def withdrawn_papers(asked: Asked) -> Rows:
    withdrawn = ("2503.90131", "2503.90162")  # the comment of a third says that of one claim only
    papers = sorted((asked.world.papers[arxiv_id] for arxiv_id in withdrawn), key=lambda paper: paper.first_day)
    return [
        {
            "arxiv_id": paper.arxiv_id,
            "comment": paper.facts and paper.facts.comment,
            "listings": len(paper.listings),
            "sources": paper.sources,
        }
        for paper in papers
    ]


@expect
def repeated_listings(asked: Asked) -> Rows:
    rows = [
        {
            "arxiv_id": paper.arxiv_id,
            "title": paper.title,
            "days": len({listing.day for listing in paper.listings}),
            "source_count": len(paper.sources),
            "listings": len(paper.listings),
            "days_apart": (paper.listings[-1].day - paper.first_day).days,
        }
        for paper in asked.world.papers.values()
        if len(paper.listings) > 1
    ]
    return sorted(rows, key=lambda row: (-row["days"], -row["listings"], -row["days_apart"], row["arxiv_id"]))


@expect
def incomplete_days(asked: Asked) -> Rows:
    rows: Rows = []
    for offset in range(26):
        day = date(2025, 2, 24) + timedelta(days=offset)
        for source in sorted({source for source, _ in asked.world.pages}):
            page = asked.world.pages.get((source, day))
            outcome = "absent" if page is None else "published" if page["row_count"] else "empty"
            rejected = page["rejected_count"] if page else 0
            if (outcome != "published" or rejected) and not (outcome == "absent" and day.isoweekday() > 5):
                rows.append({"source_id": source, "date": day, "outcome": outcome, "rejected_count": rejected})
    return rows


@expect
def listed_by_one_source(asked: Asked) -> Rows:
    sources = {source for source, _ in asked.world.pages}
    full = {key for key, page in asked.world.pages.items() if page["listing_count"]}
    covered = {day for _, day in full if all((source, day) in full for source in sources)}
    rows = [
        {"source_id": paper.sources[0], "arxiv_id": paper.arxiv_id, "title": paper.title, "listing_date": min(days)}
        for paper in asked.world.papers.values()
        if len(paper.sources) == 1 and (days := {listing.day for listing in paper.listings} & covered)
    ]
    return sorted(rows, key=lambda row: (row["source_id"], row["listing_date"], row["arxiv_id"]))


@expect
def labels_and_categories(asked: Asked) -> Rows:
    both = [paper for paper in asked.world.found_papers if paper.labels != ("(unknown)",)]
    tasks = Counter(task for paper in both for task in paper.labels)
    categories = Counter(category for paper in both if paper.facts for category in set(paper.facts.categories))
    pairs = Counter(
        (task, category)
        for paper in both
        if paper.facts
        for task in paper.labels
        for category in set(paper.facts.categories)
    )
    rows = [
        {
            "task_name": task,
            "category_code": category,
            "papers": count,
            "share_of_task": rounded(Fraction(count, tasks[task]), 3),
            "share_of_category": rounded(Fraction(count, categories[category]), 3),
            "lift": rounded(Fraction(count * len(both), tasks[task] * categories[category]), 3),
        }
        for (task, category), count in pairs.items()
    ]
    return sorted(rows, key=lambda row: (-row["papers"], -row["lift"], row["task_name"], row["category_code"]))


@expect
def shared_repositories(asked: Asked) -> Rows:
    rows = [
        {"full_name": name, "papers": len(papers), "arxiv_ids": sorted(paper.arxiv_id for paper in papers)}
        for name, papers in asked.world.repositories.items()
        if len(papers) > 1
    ]
    return sorted(rows, key=lambda row: (-row["papers"], row["full_name"]))


@expect
def code_owners_by_quarter(asked: Asked) -> Rows:
    found = by_group(
        ((quarter_of(min(linked_days(asked.world, name, papers))), name.partition("/")[0]), (name, papers))
        for name, papers in asked.world.repositories.items()
    )
    rows = [
        {
            "quarter_start": quarter,
            "owner": owner,
            "repositories": len(repositories),
            "papers": len({paper.arxiv_id for _, papers in repositories for paper in papers}),
        }
        for (quarter, owner), repositories in found.items()
    ]
    return sorted(rows, key=lambda row: (row["quarter_start"], -row["repositories"], -row["papers"], row["owner"]))


def linked_days(world: World, full_name: str, papers: list[Listed]) -> list[date]:
    """The days of all listings that link to a repository."""
    listings = [listing for paper in papers for listing in paper.listings]
    return [
        listing.day for listing in listings if full_name in {world.full_name(name) for name in listing.repository_names}
    ]


@expect
def search(asked: Asked) -> Rows:
    from read.test_search import best_papers

    return [{"arxiv_id": arxiv_id} for arxiv_id, _ in best_papers(asked.world, ["language", "model"])][:20]


@expect
def one_paper(asked: Asked) -> Rows:
    paper = max(asked.world.papers.values(), key=lambda paper: (paper.first_day, paper.arxiv_id))
    assert paper.facts is not None
    return [
        {
            "arxiv_id": paper.arxiv_id,
            "title": paper.title,
            "abstract": paper.facts.abstract,
            "first_listed_date": paper.first_day,
            "sources": paper.sources,
            "tasks": sorted(set(paper.labels) - {"(unknown)"}) if paper.can_tell else None,
            "authors": list(paper.authors),
            "categories": [paper.facts.categories[0], *sorted(paper.facts.categories[1:])],
            "listings": [
                {
                    "listing_date": listing.day,
                    "source_id": listing.source,
                    "position": listing.position,
                    "is_in_markdown": True,
                    "is_in_json": False,
                    "title": listing.title,
                    "summary": listing.summary,
                    "is_abstract": False,
                }
                for listing in paper.listings
            ],
        }
    ]


@expect
def digest(asked: Asked) -> Rows:
    newest = max(listing.day for listing in asked.world.listings)
    rows: list[tuple[int, int, Listed, list[str]]] = []
    for paper in asked.world.papers.values():
        today = [listing for listing in paper.listings if listing.day == newest]
        if today:
            sources = sorted(listing.source for listing in today)
            rows.append((-len(sources), min(listing.position for listing in today), paper, sources))
    return [
        {
            "arxiv_id": paper.arxiv_id,
            "title": paper.title,
            "listed_by": sources,
            "is_first_listing": paper.first_day == newest,
            "stars_count": max((found.stars_count for found in described(asked.world, paper)), default=None),
            "tasks": sorted(set(paper.labels) - {"(unknown)"}) if paper.can_tell else None,
            "hub_resources": sorted(resource for _, resource in paper.hub_resources) if paper.can_tell else None,
            "summary": next((one.summary for one in paper.listings if one.day == newest and one.summary), None),
        }
        for _, _, paper, sources in sorted(rows, key=lambda row: (row[0], row[1], row[2].arxiv_id))
    ]


def described(world: World, paper: Listed) -> list[Any]:
    return [found for name in paper.repositories if (found := world.repository(name))]


@expect
def changes(asked: Asked) -> Rows:
    pages = [("page new", f"{source} {day}") for source, day in asked.world.pages]
    papers = [
        ("paper enriched" if paper.facts else "paper not found", paper.arxiv_id)
        for paper in asked.world.papers.values()
    ]
    repositories = [
        ("repository enriched" if asked.world.repository(name) else "repository gone", name)
        for name in asked.world.repositories
    ]
    return [{"change": change, "subject": subject} for change, subject in sorted([*pages, *papers, *repositories])]


@expect
def enrichment(asked: Asked) -> Rows:
    papers = Counter("found" if paper.facts else "not_found" for paper in asked.world.papers.values())
    states = Counter(
        "found" if asked.world.repository(name) else "blocked" if asked.world.facts.repository(name) else "not_found"
        for name in asked.world.repositories
    )
    resources = Counter(
        "found" if invent_resource(f"{kind}s", name, datetime(2025, 3, 21, tzinfo=UTC)) else "not_public"
        for kind, name in find_resources(asked.world)
    )
    return [
        {
            "service": service,
            "status": status,
            "reason": None,
            "subjects": count,
            "share": rounded(Fraction(count, counts.total()), 3),
        }
        for service, counts in (("arxiv", papers), ("github", states), ("hub", resources))
        for status, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


@expect
def runs(asked: Asked) -> Rows:
    names = {name for paper in asked.world.papers.values() for name in paper.repositories}
    suggested = {name for paper in asked.world.papers.values() for name in tried_names(paper)}
    rejected = sum(page["rejected_count"] for page in asked.world.pages.values())
    return [
        {
            "date": asked.day,
            "service": service,
            "subject_count": subjects,
            "settled_count": subjects,
            "listing_count": listings,
            "rejected_count": rejects,
        }
        for service, subjects, listings, rejects in (
            ("archive", 2 * 26, len(asked.world.listings), rejected),
            ("arxiv", len(asked.world.papers), 0, 0),
            ("datacite", len(list(asked.world.found_papers)), 0, 0),
            ("github", len(names | suggested), 0, 0),
            ("hub", len(find_resources(asked.world)), 0, 0),
            ("hub_paper", len(asked.world.papers), 0, 0),
            ("semantic_scholar", len(asked.world.papers), 0, 0),
            ("star_history", count_star_pages(asked), 0, 0),
        )
    ]


def count_star_pages(asked: Asked) -> int:
    """Return the pages of thirty weeks since each repository began."""
    found = [asked.world.repository(name) for name in asked.world.repositories]
    began = [sunday(created_date(View(repository, 0, ""))) for repository in found if repository]
    return sum((sunday(asked.star_day) - first).days // 7 // 30 + 1 for first in began)


def tried_names(paper: Listed) -> list[str]:
    """Return the repositories that the addresses of a paper's project pages suggest."""
    links = [link for listing in paper.listings for link in listing.links if link["kind"] == "project_page"]
    parts = [link["url"].removeprefix("https://").strip("/").split("/") for link in links]
    return [f"{host.removesuffix('.github.io')}/{path[0]}".lower() for host, *path in parts if path]


@expect
def summary_lengths(asked: Asked) -> Rows:
    months = by_group(((month_of(listing.day), listing.source), listing.summary) for listing in asked.world.listings)
    rows: Rows = []
    for (month, source), summaries in sorted(months.items()):
        lengths = [len(summary) for summary in summaries if summary is not None]
        rows.append(
            {
                "month": month,
                "source_id": source,
                "listings": len(summaries),
                "without_summary": len(summaries) - len(lengths),
                "median_characters": median(lengths),
                "most_characters": max(lengths),
            }
        )
    return rows


@expect
def filter_bias(asked: Asked) -> Rows:
    return []  # no source of this world publishes a day twice: test_documents.py


@expect
def upvotes(asked: Asked) -> Rows:
    return []  # nobody shows any here: test_documents.py


@expect
def code_witness(asked: Asked) -> Rows:
    return []  # nobody else names a repository here: test_documents.py


@expect
def work_elsewhere(asked: Asked) -> Rows:
    rows: Rows = []
    for paper in asked.world.papers.values():
        links = [link for listing in paper.listings for link in listing.links]
        pages = sorted({link["url"] for link in links if link["kind"] == "project_page"})
        code = sorted({link["url"] for link in links if link["kind"] == "other_code"})
        if paper.repositories or not pages + code:
            continue
        rows.append(
            {
                "arxiv_id": paper.arxiv_id,
                "title": paper.title,
                "last_listed_date": max(listing.day for listing in paper.listings),
                "has_code": False if paper.can_tell else None,
                "other_code_urls": code,
                "project_urls": pages,
                "page_repository_name": min(filter(asked.world.repository, tried_names(paper)), default=None),
            }
        )

    def usefulness(row: dict[str, Any]) -> tuple[bool, bool, int, str]:
        newest = -row["last_listed_date"].toordinal()
        return (not row["other_code_urls"], row["page_repository_name"] is None, newest, row["arxiv_id"])

    return sorted(rows, key=usefulness)[:20]


@expect
def citations(asked: Asked) -> Rows:
    rows: Rows = []
    for paper in asked.world.papers.values():
        if not paper.facts or is_unknown(paper.facts):
            continue
        count = count_citations(paper.arxiv_id)
        stars = [found.stars_count for name in paper.repositories if (found := asked.world.repository(name))]
        row = {"arxiv_id": paper.arxiv_id, "title": paper.title, "citation_count": count}
        rows.append(row | {"influential_citation_count": count // 10, "stars_count": max(stars, default=None)})
    return sorted(rows, key=lambda row: (-row["citation_count"], row["arxiv_id"]))[:20]


@dataclass(frozen=True)
class Start:
    """A repository around its first listing, as GitHub tells its stars by day."""

    view: View
    first: date
    papers: list[Listed]

    @property
    def name(self) -> str:
        return self.view.repository.full_name

    def stars(self, first: int, last: int) -> int:
        """Stars of the days from `first` to `last` after the listing."""
        before, until = (self.first + timedelta(days=place) for place in (first - 1, last))
        return stars_until(self.view, until, date.max) - stars_until(self.view, before, date.max)

    @property
    def before(self) -> int | None:
        """Stars of the 7 days before; None for one that was created in them or later."""
        created = moment(self.view.repository.created_at).date()
        return self.stars(-7, -1) if (created - self.first).days <= -7 else None

    @property
    def gain(self) -> Fraction | None:
        return None if self.before is None else Fraction(self.stars(0, 6) - self.before, 7)


def starts(world: World) -> list[Start]:
    """Repositories whose history reaches back to their first listing."""
    found: list[Start] = []
    for name, papers in world.repositories.items():
        repository = world.repository(name)
        linked = [(world.full_name(link), each.day) for each in world.listings for link in each.repository_names]
        first = min(day for meant, day in linked if meant == name)
        if repository and sunday(created_date(View(repository, 0, ""))) <= first:
            found.append(Start(View(repository, 0, ""), first, papers))
    return found


@expect
def stars_after_listing(asked: Asked) -> Rows:
    rows = [
        {
            "full_name": start.name,
            "first_listed_date": start.first,
            "stars_kept_7_after_count": start.stars(0, 6),
            "stars_kept_30_after_count": start.stars(0, 29),
            "stars_kept_90_after_count": start.stars(0, 89),
            "last_told_date": start.first + timedelta(days=89),
        }
        for start in starts(asked.world)
    ]
    counts = ("stars_kept_30_after_count", "stars_kept_7_after_count")
    return sorted(rows, key=lambda row: (*(-row[count] for count in counts), row["full_name"]))[:20]


@expect
def stars_taken_back(asked: Asked) -> Rows:
    """The demo asks for each page once; tests/read/test_star_loss.py has second looks."""
    return []


@expect
def fastest_starts(asked: Asked) -> Rows:
    def order(start: Start) -> tuple[Any, ...]:
        return start.gain is None, -(start.gain or 0), -start.stars(0, 6), start.name

    return [
        {
            "full_name": start.name,
            "gain_per_day": None if start.gain is None else rounded(start.gain, 2),
            "per_day_before": None if start.before is None else rounded(Fraction(start.before, 7), 2),
            "per_day_7_after": rounded(Fraction(start.stars(0, 6), 7), 2),
            "per_day_30_after": rounded(Fraction(start.stars(0, 29), 30), 2),
            "papers": [paper.title for paper in start.papers],
        }
        for start in sorted(starts(asked.world), key=order)[:20]
    ]


@expect
def task_growth(asked: Asked) -> Rows:
    found_starts = starts(asked.world)
    pairs = [
        (task, start) for start in found_starts for task in {each for paper in start.papers for each in paper.labels}
    ]
    rows: Rows = []
    for task, found in by_group(pairs).items():
        per_day = [Fraction(start.stars(0, 29), 30) for start in found]
        old = [(after, start.before) for after, start in zip(per_day, found, strict=True) if start.before is not None]
        gains = [after - Fraction(before, 7) for after, before in old]
        row = {"task_name": task, "repositories": len(found), "median_per_day_30_after": rounded(median(per_day), 2)}
        row |= {"compared_repositories": len(gains)}
        rows.append(row | {"median_gain_per_day": rounded(median(gains), 2) if gains else None})
    shown = [row for row in rows if row["task_name"] != "(unknown)" and row["repositories"] >= 3]
    return sorted(shown, key=lambda row: (-row["median_per_day_30_after"], row["task_name"]))


@expect
def attention_half_life(asked: Asked) -> Rows:
    rows: Rows = []
    for start in starts(asked.world):
        whole = start.stars(0, 89)
        if whole >= 10:
            half = next(days for days in range(1, 91) if 2 * start.stars(0, days - 1) >= whole)
            row = {"full_name": start.name, "first_listed_date": start.first, "stars_kept_90_after_count": whole}
            rows.append(row | {"half_life_days": half})
    middle = float(median(row["half_life_days"] for row in rows))
    ordered = sorted(rows, key=lambda row: (row["half_life_days"], -row["stars_kept_90_after_count"], row["full_name"]))
    return [row | {"median_half_life_days": middle} for row in ordered[:50]]
