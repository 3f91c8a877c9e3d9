"""Stars of a repository as a drawing and as CSV: those observed, and those by day that still stood. Never one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise

from pipeline.site.world import Row

LOOKS_APART = timedelta(days=45)  # longer between two looks is a gap; a look is due each month at the latest
LEFT, RIGHT, TOP, BOTTOM = 9, 711, 28, 126  # of a panel, in pixels
MOST_DOTS = 60

Point = tuple[date, int]


@dataclass(frozen=True)
class Panel:
    """One curve: its unbroken parts as paths of SVG, dots where somebody looked, and what stands around it."""

    title: str
    colour: str
    paths: list[str]
    dots: list[tuple[str, str]]
    first: date | None
    last: date | None
    most: str


def draw(repository: Row) -> list[Panel]:
    """Return the panel of observed stars and that of stars that still stood."""
    return [
        draw_panel("Stars observed", "#0f8563", observed(repository), LOOKS_APART, has_dots=True),
        draw_panel("Stars by day, still standing (a lower bound)", "#b7791f", kept(repository), timedelta(days=1)),
    ]


def observed(repository: Row) -> list[Point]:
    return [(each["observed_at"].date(), each["stars_count"]) for each in repository["observations"]]


def kept(repository: Row) -> list[Point]:
    """Return the sum of the stars of the days told so far, for each of these days."""
    counts: list[int] = repository["stars_kept"]
    return list(zip(repository["star_dates"], accumulate(counts), strict=True))


def draw_panel(title: str, colour: str, points: Sequence[Point], apart: timedelta, *, has_dots: bool = False) -> Panel:
    """Draw a curve from its first to its last day, broken where days are further apart."""
    if not points:
        return Panel(title, colour, [], [], None, None, "")
    first, last = points[0][0], points[-1][0]
    most = max(count for _, count in points)
    days = max((last - first).days, 1)

    def place(point: Point) -> tuple[str, str]:
        x = LEFT + (RIGHT - LEFT) * (point[0] - first).days / days
        return f"{x:.0f}", f"{BOTTOM - (BOTTOM - TOP) * point[1] / max(most, 1):.1f}"

    segments = split(points, apart)
    paths = [path for segment in segments if (path := draw_path([place(point) for point in segment]))]
    alone = [place(segment[0]) for segment in segments if len(segment) == 1]
    dots = [place(point) for point in points] if has_dots and len(points) <= MOST_DOTS else alone
    return Panel(title, colour, paths, dots, first, last, f"{points[-1][1]:,} on {last}")


def split(points: Sequence[Point], apart: timedelta) -> list[list[Point]]:
    segments = [[points[0]]]
    for (before, _), point in pairwise(points):
        if point[0] - before > apart:
            segments.append([])
        segments[-1].append(point)
    return segments


def draw_path(places: Sequence[tuple[str, str]]) -> str:
    """Return a line through places; of several in one column of pixels the first and the last."""
    kept = [
        here
        for before, here, after in zip([None, *places], places, [*places[1:], None], strict=False)
        if before is None or after is None or here[0] != before[0] or here[0] != after[0]
    ]
    return f"M{'L'.join(f'{x} {y}' for x, y in kept)}" if len(kept) > 1 else ""


def as_csv(repository: Row) -> bytes:
    """Return both series: day, what it is, count. Observed days are of UTC, the others of Los Angeles."""
    lines = ["date,series,stars"]
    lines += [f"{day},observed,{count}" for day, count in observed(repository)]
    days = zip(repository["star_dates"], repository["stars_kept"], strict=True)
    lines += [f"{day},given_that_day_and_kept,{count}" for day, count in days]
    return ("\n".join(lines) + "\n").encode()
