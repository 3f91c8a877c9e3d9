"""Trends, coverage, a page per source, and what the numbers mean."""

from collections.abc import Iterator, Mapping
from datetime import date
from importlib.metadata import version
from itertools import groupby
from typing import Any

from pipeline.read.calendars import draw_sign
from pipeline.site import paths
from pipeline.site.options import Files
from pipeline.site.pages.lists import month_of
from pipeline.site.pages.papers import ROLES
from pipeline.site.report import OUTCOMES
from pipeline.site.world import Row, World

TELLS = {"labels": "labels", "code": "code", "models": "models", "abstracts": "abstracts", "upvotes": "upvotes"}


def files(world: World, values: Mapping[str, Any]) -> Files:
    """Yield the pages; `values` are those of the report of the newest day."""
    given = {**values, "words": OUTCOMES, "sign": draw_sign, "published_at": world.options.published_at}
    yield world.page("trends.html", "trends.html", **given)
    yield world.page("coverage.html", "coverage.html", **given, sources=world.sources)
    yield from source_files(world, given)
    yield about(world)
    yield missing(world)
    yield "robots.txt", robots(world)


def missing(world: World) -> tuple[str, bytes]:
    """Return the page that a host shows for every path that is not there: its links begin with the host's root."""
    if world.options.url is None:
        return world.page("404.html", "missing.html")
    folder = world.options.url.partition("://")[2].partition("/")[2]
    return world.page("404.html", "missing.html", root=f"/{folder}/" if folder else "/")


def robots(world: World) -> bytes:
    map_of_site = f"Sitemap: {world.options.url}/sitemap.xml\n" if world.options.url else ""
    return f"User-agent: *\nAllow: /\n{map_of_site}".encode()


def source_files(world: World, given: Mapping[str, Any]) -> Files:
    """Yield a page per source that was ever asked, with every day of it in one drawing."""
    days = {source_id: list(rows) for source_id, rows in groupby(world.coverage, key=lambda row: row["source_id"])}
    for source in world.sources:
        source_id = source["source_id"]
        yield world.page(
            paths.source_path(source_id),
            "source.html",
            source=source,
            tells=[name for name in TELLS.values() if source[f"lists_{name}"]],
            silence=given["silences"].get(source_id),
            history=given["histories"].get(source_id),
            sign=draw_sign,
            listed={month_of(day) for day in world.days},
            months=list(count_months(days.get(source_id, []))),
            words=OUTCOMES,
        )


def count_months(days: list[Row]) -> Iterator[tuple[date, int, int]]:
    """Yield each month that was asked for, newest first, with its days with papers and its listings."""
    asked = [row for row in reversed(days) if row["outcome"] != "not asked"]
    for month, rows in groupby(asked, key=lambda row: row["date"].replace(day=1)):
        counts = [row["listing_count"] or 0 for row in rows]
        yield month, sum(number > 0 for number in counts), sum(counts)


def about(world: World) -> tuple[str, bytes]:
    return world.page(
        "about.html",
        "about.html",
        roles=ROLES,
        sources=world.sources,
        version=version("daily-ai-papers-warehouse"),
        paper_count=len(world.papers),
        repository_count=len(world.repositories),
        day_count=len(world.days),
        left_out=len(world.papers) - len(world.paged),
    )
