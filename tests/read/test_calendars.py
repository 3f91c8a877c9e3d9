"""All days of a source in one small drawing, in which each kind of day has a shape."""

import re
from datetime import date, timedelta

import pytest

from pipeline.read.calendars import LEFT, SHAPES, STEP, TOP, draw_history, draw_sign, mark_open, place_of


def days(first: date, *outcomes: str) -> list[dict[str, object]]:
    return [{"date": first + timedelta(days=n), "outcome": outcome} for n, outcome in enumerate(outcomes)]


def paths(svg: str) -> dict[str, str]:
    return dict(re.findall(r'<path class="([a-z-]+)" d="([^"]*)"', svg))


def test_each_kind_of_day_has_a_shape_and_a_name_for_the_colour():
    assert len(set(SHAPES.values())) == len(SHAPES) == 6
    svg = draw_history(days(date(2025, 3, 10), *SHAPES), "Days of a/b")
    drawn = paths(svg)
    assert set(drawn) == {outcome.replace(" ", "-") for outcome in SHAPES}
    assert all(drawn[outcome.replace(" ", "-")].endswith(shape) for outcome, shape in SHAPES.items())
    assert all(shape in draw_sign(outcome) for outcome, shape in SHAPES.items())


def test_years_stand_below_each_other_the_newest_first_and_none_is_left_out():
    every = [date(2023, 5, 4) + timedelta(days=n) for n in range(1304)]
    svg = draw_history([{"date": day, "outcome": "published"} for day in every], "Days of a/b")
    assert re.findall(r">(20\d\d)<", svg) == ["2026", "2025", "2024", "2023"]
    corners = re.findall(r"M(\d+) (\d+)h5", svg)
    assert len(corners) == len(set(corners)) == len(every)
    assert len(svg) < 30_000, "years of days are some kilobytes"


@pytest.mark.parametrize(
    ("day", "column", "row"),
    [
        (date(2025, 1, 1), 0, 2),  # a Wednesday
        (date(2025, 1, 6), 1, 0),
        (date(2028, 12, 31), 52, 6),
        (date(2012, 12, 31), 53, 0),  # the 54th week of a leap year that begins on a Sunday
    ],
)
def test_a_day_stands_in_the_column_of_its_week(day, column, row):
    assert place_of(day) == (LEFT + column * STEP, row * STEP)


def test_who_does_not_see_it_is_told_the_counts_of_each_year():
    rows = days(date(2024, 12, 31), "published", "absent", "failed", "failed")
    svg = draw_history(rows, 'Days of <a>&"b')
    label = re.search(r'aria-label="([^"]*)"', svg)
    assert label and label[1] == "Days of &lt;a&gt;&amp;&#34;b. 2025: 1 absent, 2 failed; 2024: 1 published"
    assert f'y="{TOP + 4 * STEP}">2025<' in svg


def test_a_day_that_goes_on_while_the_file_is_published_is_not_yet_there():
    rows = mark_open(days(date(2025, 3, 20), "not asked", "not asked", "published"), date(2025, 3, 21))
    assert [row["outcome"] for row in rows] == ["not asked", "not yet", "published"]
