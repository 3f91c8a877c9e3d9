"""An HTML report that opens from disk: papers of a day or week, their code, models and tasks, and coverage."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

from markupsafe import Markup

from pipeline.core.errors import WarehouseError
from pipeline.core.files import replacing
from pipeline.lake.place import Place
from pipeline.read import charts, query
from pipeline.read.calendars import draw_history, draw_sign, mark_open
from pipeline.read.charts import Chart
from pipeline.read.drawing import draw_all
from pipeline.read.export import published_at
from pipeline.read.query import Connection
from pipeline.read.status.silence import ask_spoken
from pipeline.site.addresses import arxiv_url, repository_url
from pipeline.site.listings import learnt, rank, within
from pipeline.site.render import ASSETS, render
from pipeline.site.svg import finish
from pipeline.site.world import anchor, ask, list_licences

TREND_WEEKS = 12
COVERAGE_WEEKS = {"wide": 44, "narrow": 18}
CHART_WIDTHS = {"wide": 720, "narrow": 330}  # in pixels; CSS shows the one that fits
RANKED = "own"  # whose code is ranked by stars: tools and collections would lead every week
OUTCOMES = {
    "published": "papers",
    "empty": "a page without papers",
    "absent": "no page",
    "failed": "failed",
    "not yet": "may still come",
    "not asked": "not asked",
}

Rows = list[dict[str, Any]]
Drawings = dict[str, Markup | None]


def write_report(published: Place, to: Path, day: date | None = None, *, whole_week: bool = False) -> Path:
    """Write the page of `day` (default: the newest with a listing), or of its ISO week, and return its path.

    Without any listing, it is of the day of publishing. Same file, same day, same bytes. Raises WarehouseError if
    nothing is published, or the page cannot be written.
    """
    published = published.resolve()
    with query.open_published(published, threads=1) as connection:
        chosen = day or ask(connection, "report", "newest")[0]["listing_date"] or published_at(published).date()
        values = collect(connection, chosen, whole_week, published_at(published).date())
        # A page of a past day says nothing of what came later; the newest is as of its publishing.
        as_of = published_at(published).date() if day is None else values["last"]
        values["silences"] = tell_silences(connection, as_of)
    text = render_alone(values | {"published_at": published_at(published)})
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with replacing(to) as part:
            part.write_text(text, "utf-8")
    except OSError as error:
        raise WarehouseError(f"{to} cannot be written: {error.strerror or error}; choose another with --to") from error
    return to


def collect(connection: Connection, day: date, whole_week: bool, published_on: date) -> dict[str, Any]:
    """Return the values of the template, with charts drawn."""
    monday = day - timedelta(days=day.weekday())
    first, last = (monday, monday + timedelta(days=6)) if whole_week else (day, day)
    weeks = [monday - timedelta(weeks=n) for n in reversed(range(TREND_WEEKS))]
    papers = listed_papers(connection, first, last)
    rising = ask(connection, "report", "rising", to_date=last, link_role=RANKED)
    curves = ask(connection, "report", "curves", to_date=last, link_role=RANKED)
    tasks = ask(connection, "report", "tasks", from_week=weeks[0], to_date=last)
    told = [row["week_start"] for row in ask(connection, "report", "told_weeks", from_week=weeks[0], to_date=last)]
    earliest = monday - timedelta(weeks=COVERAGE_WEEKS["wide"] - 1)
    every_day = mark_open(ask(connection, "report", "coverage", from_date=date.min, to_date=last), published_on)
    coverage = [row for row in every_day if row["date"] >= earliest]
    return {
        "heading": f"Week {monday:%G-W%V}" if whole_week else f"{day:%A}, {day.day} {day:%B %Y}",
        "is_week": whole_week,
        "monday": monday,
        "last": last,
        "days": [(date, list(rows)) for date, rows in groupby(papers, key=lambda row: row["listing_date"])],
        "facts": count(papers),
        "learnt": learnt(papers, last),
        "outcomes": [row for row in coverage if first <= row["date"] <= last],
        "rising": rising,
        "curves": curves,
        "hub": ask(connection, "report", "hub", from_date=first, to_date=last),
        "last_told": told[-1] if told else None,
        "has_untold_week": any(later - week > timedelta(weeks=1) for week, later in pairwise(told)),
        "tasks": tabulate(tasks, told),
        "histories": draw_histories(every_day),
        "licences": list_licences(ask(connection, "site", "sources")),
        "charts": draw_charts(rising, curves, tasks, told, coverage, monday),
    }


def listed_papers(connection: Connection, first: date, last: date) -> Rows:
    """Return the papers listed from one day to another as known on the last, by day, in the order of a day's page."""
    asked = ask(connection, "site", "papers", from_date=first, to_date=last)
    papers = [row for paper in asked if (row := within(paper, first, last))]
    return sorted(papers, key=lambda row: (row["listing_date"], *rank(row)))


def draw_histories(rows: Rows) -> dict[str, Markup]:
    """Return by source a calendar of all its days."""
    by_source = groupby(rows, key=lambda row: row["source_id"])
    return {source_id: draw_history(list(days), f"Every day of {source_id}") for source_id, days in by_source}


def tell_silences(connection: Connection, day: date) -> dict[str, str]:
    """Return since when a source is silent, of those that were ever asked, as it was known on a day."""
    spoken = ask_spoken(connection, day)
    return {source_id: silence.sentence for source_id, silence in spoken.find_silences(day).items()}


def count(papers: Rows) -> dict[str, str]:
    return {
        "papers": str(len(papers)),
        "listed for the first time": str(sum(paper["is_first_listing"] for paper in papers)),
        "with code": count_told(papers, "has_code"),
        "with a model, data or demo": count_told(papers, "has_models"),
    }


def count_told(papers: Rows, name: str) -> str:
    """Return how many papers have something, of how many if not of all: no source may be able to tell of some."""
    told = [paper[name] for paper in papers if paper[name] is not None]
    if not told:
        return "unknown"
    return str(sum(told)) if len(told) == len(papers) else f"{sum(told)} of {len(told)} known"


def tabulate(tasks: Rows, told: Sequence[date]) -> list[tuple[str, float, float | None]]:
    """Return for each task its papers in the last of the weeks with labels, and the mean of the four such before."""
    found = {(row["task_name"], row["week_start"]): float(row["paper_weight"]) for row in tasks}
    names = dict.fromkeys(row["task_name"] for row in tasks)
    before = told[-5:-1]
    return [
        (
            name,
            found.get((name, told[-1]), 0.0),
            fmean(found.get((name, week), 0.0) for week in before) if before else None,
        )
        for name in names
    ]


def draw_charts(
    rising: Rows, curves: Rows, tasks: Rows, told: Sequence[date], coverage: Rows, last_week: date
) -> dict[str, dict[str, Drawings]]:
    """Return by screen width, then by kind, the drawings of a chart by name; coverage has one per source.

    A drawing is None where it failed; without rows there is none.
    """
    described = {
        (size, *key): chart
        for size in CHART_WIDTHS
        for key, chart in describe_charts(rising, curves, tasks, told, coverage, last_week, size)
    }
    drawn: dict[str, dict[str, Drawings]] = {
        size: {kind: {} for kind in ("rising", "curves", "tasks", "coverage")} for size in CHART_WIDTHS
    }
    svgs = draw_all([chart.described for chart in described.values()])
    for ((size, kind, name), chart), svg in zip(described.items(), svgs, strict=True):
        drawn[size][kind][name] = None if svg is None else trust(finish(svg, chart.label))
    return drawn


def describe_charts(
    rising: Rows, curves: Rows, tasks: Rows, told: Sequence[date], coverage: Rows, last_week: date, size: str
) -> Iterator[tuple[tuple[str, str], Chart]]:
    """Yield the charts for a screen, each with its kind and name."""
    width = CHART_WIDTHS[size]
    if rising:
        yield ("rising", ""), charts.describe_rising(rising, width)
    if curves:
        yield ("curves", ""), charts.describe_curves(curves, width, 2 if size == "wide" else 1)
    if tasks:
        yield ("tasks", ""), charts.describe_tasks(tasks, told, width, 2 if size == "wide" else 1)
    asked = [row["date"] for row in coverage if row["outcome"] != "not asked"]
    shown = [last_week - timedelta(weeks=n) for n in reversed(range(COVERAGE_WEEKS[size]))]
    shown = [week for week in shown if asked and week > min(asked) - timedelta(days=7)]
    for source_id, rows in groupby(coverage, key=lambda row: row["source_id"]):
        if days := [row for row in rows if shown and row["date"] >= shown[0]]:
            yield ("coverage", source_id), charts.describe_coverage(days, shown, f"Days of {source_id}, by outcome")


def trust(svg: str) -> Markup:
    """Mark a drawing as safe: Vega escapes the texts in it."""
    return Markup(svg)  # noqa: S704


@dataclass(frozen=True)
class Outward:
    """Where things stand that a single page names: elsewhere."""

    def paper(self, arxiv_id: str) -> str | None:
        return arxiv_url(arxiv_id)

    def code(self, repository: Mapping[str, Any]) -> str | None:
        """Return a repository at GitHub; None for one whose name now leads to another."""
        return None if repository["replaced_by_repository_id"] else repository_url(repository["full_name"])

    def task(self, name: str) -> None:
        """Return nothing: a single page has no page of a label beside it."""

    def anchor(self, arxiv_id: str) -> str:
        return anchor(arxiv_id)


def render_alone(values: Mapping[str, Any]) -> str:
    """Return the page as one file. Every value is escaped; only our own style and script may run, allowed by hash."""
    style, script = (Markup((ASSETS / name).read_text("utf-8")) for name in ("site.css", "filter.js"))  # noqa: S704
    ours = {
        "standalone": True,
        "style": style,
        "script": script,
        "digest": digest,
        "words": OUTCOMES,
        "sign": draw_sign,
    }
    return render("report.html", "report.html", links=Outward(), **values, **ours)[1].decode()


def digest(text: str) -> str:
    """Return the hash of an inline style or script as a Content-Security-Policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
