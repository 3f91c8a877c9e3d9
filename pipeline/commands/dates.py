"""Days and weeks as a person writes them on the command line."""

import re
from datetime import UTC, date, datetime, timedelta

import click


class Day(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]  generic since click 8.4 only
    """A calendar day as YYYY-MM-DD, not before the first page of any source and not in the future (UTC)."""

    name = "YYYY-MM-DD"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(str(value)) if len(str(value)) == 10 else None
        except ValueError:
            day = None
        if day is None:
            self.fail(f"{value!r} is not a day: write it as 2025-03-31", param, ctx)
        if not first_day() <= day <= today():
            self.fail(
                f"{day} is out of range: the first page is from {first_day()}, and today is {today()} (UTC)", param, ctx
            )
        return day


class Week(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]  generic since click 8.4 only
    """An ISO week as YYYY-Www, of a year that has it, not yet to come; its value is its Monday."""

    name = "YYYY-Www"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        found = re.fullmatch(r"(\d{4})-W(\d{2})", str(value), re.ASCII)
        if not found:
            self.fail(f"{value!r} is not an ISO week: write it as 2025-W13", param, ctx)
        year, week = map(int, found.groups())
        try:
            monday = date.fromisocalendar(year, week, 1)  # strptime takes a week 53 for the next year's first
        except ValueError:
            self.fail(f"{year} has no week {week}", param, ctx)
        if monday > today() or monday + timedelta(days=6) < first_day():
            first = first_day()
            self.fail(f"{value} is out of range: pages begin on {first}, and today is {today()} (UTC)", param, ctx)
        return monday


DAY, WEEK = Day(), Week()


class FirstDayOption(click.Option):
    """The first day of a range. What is the earliest is known by the sources alone, which only its help needs."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = f"First day of the range, {first_day()} at the earliest."
        return super().get_help_record(ctx)


def first_day() -> date:
    """Return the first day of any source. They take a quarter of a second to import: not for a help text."""
    from pipeline.sources import registry

    return registry.first_day()


def today() -> date:
    return datetime.now(UTC).date()
