"""Charts that take their colours from the page's style, so that one drawing fits light and dark mode.

The functions describe a chart in Vega-Lite; drawing.py draws it as SVG.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any, NamedTuple

from pipeline.core.wording import amount_of

Row = Mapping[str, Any]
Spec = dict[str, Any]  # a part of a chart, as https://vega.github.io/vega-lite/docs/ describes it

OUTCOMES = ("published", "empty", "absent", "failed", "not yet", "not asked")
UNKNOWN = "?"
MARKS = {"empty": "○", "failed": "×", "not yet": "…"}  # so that colour is not the only sign
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ROOM: Spec = {"type": "point", "opacity": 0, "aria": False}  # above the highest bar, for a number
HEIGHT: Spec = {"field": "room", "type": "quantitative", "axis": None, "scale": {"domainMin": 0}}
BANDS: Spec = {"paddingInner": 0.12, "paddingOuter": 0}
FONT = "system-ui, sans-serif"


# What XML 1.0 has no place for or warns of, two ends of line that are none in JavaScript, and what turns the direction
# of writing.
UNDRAWABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028-\u202e\u2066-\u2069]")
WIDE = ("W", "F")  # letters of Chinese, Japanese and Korean take the room of two
LETTER = 8  # pixels, of the widest of usual fonts


SCHEMA = "https://vega.github.io/schema/vega-lite/v6.4.1.json"  # names the version; nothing is fetched


class Chart(NamedTuple):
    """A chart in Vega-Lite, and what it is called to those who cannot see it."""

    label: str
    described: Spec


def describe(chart: Spec, label: str) -> Chart:
    config: Spec = {
        "background": None,
        "padding": {"left": 1, "right": 1, "top": 4, "bottom": 4},
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": "var(--muted)",
            "labelFontSize": 12,
            "grid": False,
            "ticks": False,
            "domainColor": "var(--line)",
            "title": None,
        },
        "header": {"labelColor": "var(--ink)", "labelFontSize": 13, "title": None},
        "text": {"fill": "var(--ink)", "fontSize": 12},
    }
    return Chart(label, chart | {"$schema": SCHEMA, "config": config})


def field(name: str, kind: str, **more: Any) -> Spec:
    """Return where a channel takes its values from: the field of that name, nominal, ordinal or quantitative."""
    return {"field": name, "type": kind, **more}


def layer(mark: Spec, channels: Spec, only: str | None = None) -> Spec:
    """Return one kind of marks; `only` for values of which that field is true."""
    filtered = {"transform": [{"filter": f"datum.{only}"}]} if only else {}
    return {"mark": mark, "encoding": channels, **filtered}


def coloured(since: str) -> Spec:
    """Return a colour that is strong where that field is true."""
    return {"condition": {"test": f"datum.{since}", "value": "var(--accent)"}, "value": "var(--soft)"}


def panels(values: Sequence[Spec], name: str, layers: Sequence[Spec], width: int, columns: int) -> Spec:
    """Return a panel for each value of the field `name`, in order of appearance, each with its own scale."""
    panel_width = (width - 24 * (columns - 1)) // columns - 4
    return {
        "data": {"values": list(values)},
        "facet": name_panels([str(value[name]) for value in values], name, panel_width),
        "spec": {"layer": list(layers), "height": 60, "width": panel_width},
        "bounds": "flush",  # otherwise the numbers push rows of panels out of line
        "columns": columns,
        "spacing": {"row": 48, "column": 24},
        "resolve": {"axis": {"x": "independent"}, "scale": {"y": "independent"}},
    }


def name_panels(names: Sequence[str], name: str, width: int) -> Spec:
    """Return a facet in the order of the names, each shortened to the width of its panel."""
    order = list(dict.fromkeys(names))
    shown = json.dumps({each: shorten(each, width) for each in order})
    header = {"labelAnchor": "start", "labelLimit": 0, "labelExpr": f"({shown})[datum.value]"}
    return field(name, "nominal", sort=order, header=header)


def drawable(text: str) -> str:
    """Return a text without what ends a drawing."""
    return UNDRAWABLE.sub("", text)


def shorten(text: str, width: int) -> str:
    """Return a text that fits into so many pixels, its end an ellipsis if it was cut."""
    room = width // LETTER
    sizes = [2 if unicodedata.east_asian_width(letter) in WIDE else 1 for letter in text]
    if sum(sizes) <= room:
        return text
    fitting = sum(total < room for total in accumulate(sizes))
    return text[:fitting].rstrip() + "…"


def describe_rising(rows: Sequence[Row], width: int) -> Chart:
    """Describe one bar per repository, as long as its stars a day, with its name above and the days behind it.

    Rows: full_name, stars_gained, elapsed_days, stars_gained_per_day.
    """
    values = [
        {
            "name": drawable(row["full_name"]),
            "shown": shorten(drawable(row["full_name"]), width),
            "gained": row["stars_gained_per_day"],
            "text": f"+{row['stars_gained']:,} in {row['elapsed_days']:.1f} days",
        }
        for row in rows
    ]
    order = [value["name"] for value in values]
    y = field("name", "nominal", sort=order, axis=None)
    x = field("gained", "quantitative", axis=None, scale={"domainMin": 0, "range": [0, width - 150]})
    bar: Spec = {"type": "bar", "fill": "var(--accent)", "height": 10, "cornerRadiusEnd": 3, "yOffset": 8}
    name: Spec = {"type": "text", "align": "left", "baseline": "bottom", "dy": 0}
    gain: Spec = {"type": "text", "align": "left", "dx": 5, "dy": 8, "fill": "var(--muted)"}
    layers = [
        layer(bar, {"x": x, "y": y, "description": field("name", "nominal")}),
        layer(name, {"x": {"value": 0}, "y": y, "text": field("shown", "nominal")}),
        layer(gain, {"x": x, "y": y, "text": field("text", "nominal")}),
    ]
    chart: Spec = {"data": {"values": values}, "layer": layers, "width": width, "height": {"step": 38}}
    return describe(chart, "Stars gained a day, by repository")


def describe_curves(rows: Sequence[Row], width: int, columns: int) -> Chart:
    """Describe one panel per repository with one bar per day that is told, those since its first listing in colour.

    Rows: full_name, star_date, days_since_listing, stars_kept_count. Each panel has its own scale.
    """
    highest: dict[str, Row] = {}  # of days with equally many the first, as numbers side by side would cover each other
    for row in rows:
        if row["stars_kept_count"] > highest.setdefault(row["full_name"], row)["stars_kept_count"]:
            highest[row["full_name"]] = row
    values = [
        {
            "name": drawable(row["full_name"]),
            "day": row["days_since_listing"],
            "stars": row["stars_kept_count"],
            "room": highest[row["full_name"]]["stars_kept_count"] * 1.3,
            "is_since": row["days_since_listing"] >= 0,
            "is_most": row is highest[row["full_name"]],
            "about": f"{row['star_date']}: {amount_of(row['stars_kept_count'], 'star')}",
        }
        for row in rows
    ]
    days = list(range(-7, 31))
    axis = {"labelAngle": 0, "values": [-7, 0, 7, 14, 21, 28]}
    x = field("day", "ordinal", scale={"domain": days}, axis=axis)
    stars = field("stars", "quantitative")
    layers = [
        layer(ROOM, {"x": x, "y": HEIGHT}),
        layer(
            {"type": "bar"},
            {"x": x, "y": stars, "fill": coloured("is_since"), "description": field("about", "nominal")},
        ),
        layer({"type": "text", "dy": -7}, {"x": x, "y": stars, "text": stars}, only="is_most"),
    ]
    chart = panels(values, "name", layers, width, columns)
    return describe(chart, "Stars by day around the first listing, by repository")


def describe_tasks(rows: Sequence[Row], weeks: Sequence[date], width: int, columns: int) -> Chart:
    """Describe one panel per task with one bar per week, the last in colour. Rows: task_name, week_start, paper_weight.

    `weeks` are those with labels. Each panel has its own scale, begins with the first week that has any of the tasks
    and ends with the last of `weeks`; a week between them that is not among `weeks` has a mark and no bar.
    """
    first = min(row["week_start"] for row in rows)
    values, order = fill_weeks(rows, [week for week in weeks if week >= first])
    axis = {"labelAngle": 0, "values": order[::-3], "labelPadding": 4}
    x = field("week", "nominal", sort=order, axis=axis, scale=BANDS)
    papers = field("papers", "quantitative")
    gap: Spec = {"type": "text", "dy": -7, "fill": "var(--muted)"}
    layers = [
        layer(ROOM, {"x": x, "y": HEIGHT}),
        layer({"type": "bar"}, {"x": x, "y": papers, "fill": coloured("is_last")}),
        layer(gap, {"x": x, "y": {"datum": 0}, "text": {"value": UNKNOWN}}, only="is_unknown"),
        layer({"type": "text", "dy": -7}, {"x": x, "y": papers, "text": field("text", "nominal")}, only="is_named"),
    ]
    return describe(panels(values, "task", layers, width, columns), "Papers by task and week")


def fill_weeks(rows: Sequence[Row], weeks: Sequence[date]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return a value for each task and week from the first to the last, and the names of the weeks in order.

    A week without a paper of the task is zero; one that is not among `weeks` is unknown, and null.
    """
    every = [weeks[0] + timedelta(weeks=n) for n in range((weeks[-1] - weeks[0]).days // 7 + 1)]
    found = {(row["task_name"], row["week_start"]): float(row["paper_weight"]) for row in rows}
    values: list[dict[str, Any]] = []
    for name in dict.fromkeys(row["task_name"] for row in rows):
        papers = {week: found.get((name, week), 0.0) for week in weeks}
        most = max(papers.values())
        highest = next(week for week in weeks if papers[week] == most)
        for week in every:
            weight = papers.get(week)
            values.append(
                {
                    "task": drawable(name),
                    "week": name_week(week),
                    "papers": None if weight is None else round(weight, 1),
                    "room": most * 1.3,
                    "is_last": week == every[-1],
                    "is_named": week in (every[-1], highest),
                    "is_unknown": weight is None,
                    "text": f"{weight or 0:.1f}".removesuffix(".0"),
                }
            )
    return values, [name_week(week) for week in every]


def name_week(week: date) -> str:
    return f"W{week.isocalendar().week:02}"


def describe_coverage(rows: Sequence[Row], weeks: Sequence[date], label: str) -> Chart:
    """Describe one source's days as a calendar with a column per week. Rows: date, outcome, listing_count."""
    mondays = [week.isoformat() for week in weeks]
    values: list[dict[str, Any]] = [
        {
            "week": (row["date"] - timedelta(days=row["date"].weekday())).isoformat(),
            "weekday": WEEKDAYS[row["date"].weekday()],
            "outcome": row["outcome"],
            "mark": MARKS.get(row["outcome"], ""),
            "about": f"{row['date']}: {row['outcome']}"
            + (f", {amount_of(row['listing_count'], 'paper')}" if row["listing_count"] else ""),
        }
        for row in rows
    ]
    x = field("week", "ordinal", axis=month_axis(mondays), scale={"domain": mondays})
    axis = {"values": ["Mon", "Wed", "Fri"], "domain": False, "labelPadding": 6}
    y = field("weekday", "nominal", sort=list(WEEKDAYS), axis=axis)
    colours = {
        "domain": list(OUTCOMES),
        "range": [f"var(--{outcome.replace(' ', '-')})" for outcome in OUTCOMES],
    }
    fill = field("outcome", "nominal", scale=colours, legend=None)
    day: Spec = {"type": "rect", "width": 12, "height": 12, "cornerRadius": 2, "stroke": "var(--line)"}
    mark: Spec = {"type": "text", "fontSize": 11, "aria": False}
    layers = [
        layer(day, {"x": x, "y": y, "fill": fill, "description": field("about", "nominal")}),
        layer(mark, {"x": x, "y": y, "text": field("mark", "nominal")}),
    ]
    chart: Spec = {"data": {"values": values}, "layer": layers, "width": {"step": 14}, "height": {"step": 14}}
    return describe(chart, label)


def month_axis(weeks: Sequence[str]) -> Spec:
    """Name each month above its first week, except the leftmost, which may be incomplete."""
    firsts: dict[str, str] = {}
    for week in weeks:
        firsts.setdefault(week[:7], week)
    names = {week: date.fromisoformat(week).strftime("%b") for week in list(firsts.values())[1:]}
    return {
        "values": list(names),
        "labelExpr": f"({names})[datum.value]",
        "labelAngle": 0,
        "labelAlign": "left",
        "labelOffset": -6,
        "orient": "top",
        "domain": False,
    }
