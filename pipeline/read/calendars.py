"""Every day of a source as a calendar, a row a year: one small drawing that fits a phone and takes the page's colours.

Each kind of day has a shape of its own, so that colour is not the only sign. Days of a kind are one path, so that years
of days take a few kilobytes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from markupsafe import Markup

Row = Mapping[str, Any]

STEP, LEFT, TOP = 6, 26, 10  # of a day; room for the year; room for the names of months
HEIGHT = 7 * STEP + 6  # of a year
WIDTH = LEFT + 54 * STEP  # a year can touch 54 weeks
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Within a square of five, from its upper left corner.
SHAPES = {
    "published": "h5v5h-5z",
    "empty": "m.5 2.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
    "absent": "m.5 2.5h4",
    "failed": "m.5.5l4 4m0-4l-4 4",
    "not yet": "m.5.5h4v4h-4z",
    "not asked": "m2 2h1v1h-1z",
}


def mark_open(rows: Sequence[Row], published_on: date) -> list[dict[str, Any]]:
    """Return the rows, in which a day without an outcome that goes on while the file is published is `not yet`."""
    return [
        {**row, "outcome": "not yet"} if row["outcome"] == "not asked" and row["date"] >= published_on else dict(row)
        for row in rows
    ]


def draw_history(rows: Sequence[Row], label: str) -> Markup:
    """Return the drawing of one source's days. Rows: date, outcome; in the order of days, at least one."""
    years = {year: list(days) for year, days in groupby(rows, key=lambda row: row["date"].year)}
    parts = [name_months(min(years))]
    for number, (year, days) in enumerate(reversed(years.items())):
        top = TOP + number * HEIGHT
        parts.append(Markup('<text x="0" y="{}">{}</text>').format(top + 4 * STEP, year))
        parts += draw_days(days, top)
    told = "; ".join(f"{year}: {tell(days)}" for year, days in reversed(years.items()))
    return Markup('<svg class="history" role="img" viewBox="0 0 {} {}" aria-label="{}">{}</svg>').format(
        WIDTH, TOP + len(years) * HEIGHT, f"{label}. {told}", Markup("").join(parts)
    )


def draw_days(days: Sequence[Row], top: int) -> Iterator[Markup]:
    """Yield a path for each kind of day in a year."""
    corners: dict[str, list[str]] = {}
    for row in days:
        left, down = place_of(row["date"])
        corners.setdefault(row["outcome"], []).append(f"M{left} {top + down}{SHAPES[row['outcome']]}")
    for outcome in SHAPES:
        if outcome in corners:
            yield Markup('<path class="{}" d="{}"/>').format(outcome.replace(" ", "-"), "".join(corners[outcome]))


def place_of(day: date) -> tuple[int, int]:
    """Return where a day stands: a column a week, from the one of 1 January, and a row a weekday."""
    first = date(day.year, 1, 1)
    monday = first - timedelta(days=first.weekday())
    return LEFT + (day - monday).days // 7 * STEP, day.weekday() * STEP


def name_months(year: int) -> Markup:
    names = [
        Markup('<text x="{}" y="{}">{}</text>').format(place_of(date(year, month, 1))[0], TOP - 3, name)
        for month, name in enumerate(MONTHS, 1)
    ]
    return Markup("").join(names)


def tell(days: Sequence[Row]) -> str:
    """Return how many days of each kind there are, for who does not see the drawing."""
    counts = Counter(row["outcome"] for row in days)
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in SHAPES if counts[outcome])


def draw_sign(outcome: str) -> Markup:
    """Return the shape of a kind of day, for a legend."""
    path = Markup('<path class="{}" d="M0 0{}"/>').format(outcome.replace(" ", "-"), SHAPES[outcome])
    return Markup('<svg class="history" viewBox="0 0 5 5" aria-hidden="true">{}</svg>').format(path)
