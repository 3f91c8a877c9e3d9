"""Days and weeks as a person writes them on the command line."""

from datetime import UTC, date, datetime

import click

from pipeline.sources.registry import first_day


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
    """An ISO week as YYYY-Www; its value is its Monday."""

    name = "YYYY-Www"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return datetime.strptime(f"{value}-1", "%G-W%V-%u").date()
        except ValueError:
            self.fail(f"{value!r} is not an ISO week: write it as 2025-W13", param, ctx)


DAY, WEEK = Day(), Week()


def today() -> date:
    return datetime.now(UTC).date()
