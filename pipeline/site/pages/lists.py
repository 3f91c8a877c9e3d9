"""Papers by day, week, month and label."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import TypeVar

from pipeline.site import paths
from pipeline.site.listings import learnt, own_code, told_by
from pipeline.site.options import Files
from pipeline.site.report import OUTCOMES, count
from pipeline.site.world import Row, World, next_month

MOST_ON_FIRST_PAGE = 25  # papers, so that it stays small
MOST_IN_A_RANK = 5
MOST_OF_A_LABEL = 300  # papers on one page; more have a page a year

Key = TypeVar("Key")


def files(world: World, question_count: int) -> Files:
    yield home(world, question_count)
    yield from day_files(world)
    yield from week_files(world)
    yield from month_files(world)
    yield days(world)
    yield world.page("tasks.html", "tasks.html", tasks=list(world.tasks.items()))
    for name, papers in world.tasks.items():
        yield from task_files(world, name, papers)


def neighbours(keys: Sequence[Key]) -> Iterator[tuple[Key | None, Key, Key | None]]:
    """Yield each with the one before and the one after, None at either end."""
    padded = [None, *keys, None]
    for (before, here), (_, after) in pairwise(pairwise(padded)):
        assert here is not None
        yield before, here, after


def home(world: World, question_count: int) -> tuple[str, bytes]:
    """Return the newest day's papers without their summaries."""
    days = list(world.days)
    papers = world.days[days[-1]] if days else []
    return world.page(
        "index.html",
        "index.html",
        day=days[-1] if days else None,
        before=days[-2] if len(days) > 1 else None,
        papers=papers,
        most=MOST_ON_FIRST_PAGE,
        facts=count(papers),
        question_count=question_count,
    )


def day_files(world: World) -> Files:
    """Yield a page per day with a listing."""
    outcomes: dict[date, list[Row]] = {}
    for row in world.coverage:
        outcomes.setdefault(row["date"], []).append(row)
    for before, day, after in neighbours(list(world.days)):
        papers = world.days[day]
        yield world.page(
            paths.day_path(day),
            "day.html",
            day=day,
            before=before,
            after=after,
            papers=papers,
            facts=count(papers),
            # Who was not asked yet may be asked later, and says nothing of this day.
            outcomes=[row for row in outcomes.get(day, ()) if row["outcome"] != "not asked"],
            learnt=learnt(papers, day),
            words=OUTCOMES,
        )


def once(days: Mapping[date, list[Row]]) -> list[Row]:
    """Return each paper of some days once, as first listed if that is among them."""
    found: dict[str, Row] = {}
    for papers in days.values():
        for paper in papers:
            found.setdefault(paper["arxiv_id"], paper)
    return list(found.values())


def group(world: World, key: Callable[[date], date], end: Callable[[date], date]) -> dict[date, dict[date, list[Row]]]:
    """Return by first day of a time its days with their papers, as known at its end."""
    return {
        first: {day: [paper | told_by(paper, end(first)) for paper in world.days[day]] for day in days}
        for first, days in groupby(world.days, key=key)
    }


def week_files(world: World) -> Files:
    """Yield a page per ISO week with a listing."""
    weeks = group(world, monday_of, lambda monday: monday + timedelta(days=6))
    for before, monday, after in neighbours(list(weeks)):
        papers = once(weeks[monday])
        yield world.page(
            paths.week_path(monday),
            "week.html",
            monday=monday,
            sunday=monday + timedelta(days=6),
            before=before,
            after=after,
            count=len(papers),
            facts=count(papers),
            learnt=learnt(papers, monday + timedelta(days=6)),
            upvoted=best(papers, lambda paper: paper["upvotes_count"]),
            starred=[
                (paper, own_code(paper))
                for paper in best(papers, lambda paper: (own_code(paper) or {}).get("stars_count"))
            ],
            days=weeks[monday].items(),
        )


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def month_of(day: date) -> date:
    return day.replace(day=1)


def best(papers: Sequence[Row], number: Callable[[Row], int | None]) -> list[Row]:
    """Return the papers with most of something, of those of which it is known."""
    known = [(-count, paper["arxiv_id"], paper) for paper in papers if (count := number(paper))]
    return [paper for _, _, paper in sorted(known, key=lambda each: each[:2])[:MOST_IN_A_RANK]]


def month_files(world: World) -> Files:
    """Yield a page per month with a listing."""
    months = group(world, month_of, lambda first: next_month(first) - timedelta(days=1))
    for before, first, after in neighbours(list(months)):
        papers = once(months[first])
        counts: dict[str, int] = {}
        for paper in papers:
            for task in paper["tasks"] or ():
                counts[task] = counts.get(task, 0) + 1
        yield world.page(
            paths.month_path(first),
            "month.html",
            first=first,
            before=before,
            after=after,
            count=len(papers),
            facts=count(papers),
            learnt=learnt(papers, next_month(first) - timedelta(days=1)),
            tasks=sorted(counts.items(), key=lambda each: (-each[1], each[0])),
            days=months[first].items(),
        )


def days(world: World) -> tuple[str, bytes]:
    """Return the list of all days, newest month first."""
    months = [
        (
            first,
            [(week, [(day, len(world.days[day])) for day in days]) for week, days in groupby(listed, key=monday_of)],
        )
        for first, listed in groupby(world.days, key=month_of)
    ]
    return world.page("days.html", "days.html", months=months[::-1])


def task_files(world: World, name: str, papers: Sequence[Row]) -> Files:
    """Yield the page of a label, and of one with many papers a page for each year before the newest."""
    slug = world.task_slugs[name]
    by_year = {year: list(rows) for year, rows in groupby(papers, key=lambda row: row["first_listed_date"].year)}
    if len(papers) <= MOST_OF_A_LABEL:
        yield task_page(world, name, papers, None, [])
        return
    newest = next(iter(by_year))
    targets = {year: f"{slug}.html" if year == newest else f"{slug}-in-{year}.html" for year in by_year}
    for year, rows in by_year.items():
        yield task_page(world, name, rows, year, list(targets.items()))


def task_page(
    world: World, name: str, papers: Sequence[Row], year: int | None, years: list[tuple[int, str]]
) -> tuple[str, bytes]:
    slug = world.task_slugs[name]
    path = f"task/{dict(years)[year]}" if year is not None else f"task/{slug}.html"
    months = groupby(papers, key=lambda row: month_of(row["first_listed_date"]))
    return world.page(
        path,
        "task.html",
        name=name,
        year=year,
        years=years,
        count=len(papers),
        feed=slug,
        months=[(month, list(rows)) for month, rows in months],
    )
