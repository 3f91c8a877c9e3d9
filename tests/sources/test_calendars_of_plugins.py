"""Calendars that packages bring: each that loads can be asked when to look next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.sources.calendar import Calendar
from pipeline.sources.known.joe0731 import SOURCE
from pipeline.sources.plugins import find_fault
from pipeline.sources.source import Source
from pipeline.sources.stored import next_look

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)


def with_calendar(**changed: Any) -> Source:
    return replace(SOURCE, source_id="me/weekly", calendar=Calendar(**changed))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"closing": timedelta(days=4)}, "a day should end from its midnight UTC"),
        ({"closing": timedelta(days=7)}, "a day should end"),
        ({"closing": timedelta(hours=-1)}, "a day should end"),
        ({"closing": 24}, "and closing a timedelta"),
        ({"zone": "Europe/Berlin"}, "the zone of its calendar should be a tzinfo"),
        ({"zone": None}, "the zone of its"),
        ({"zone": ZoneInfo("Pacific/Kiritimati"), "closing": timedelta()}, "a day should end"),
        ({"weekdays": (1, 2)}, "the weekdays of its calendar should be a frozenset of numbers from 1, Monday"),
        ({"weekdays": frozenset({0})}, "the weekdays of its calendar should be"),
        ({"weekdays": frozenset({"Monday"})}, "the weekdays of its calendar should be"),
        (
            {"settles": timedelta(days=1)},
            "the settles of its calendar should be a tuple of timedeltas from 0 to 366 days",
        ),
        ({"settles": (3,)}, "the settles of its calendar should be"),
        ({"settles": (timedelta(days=-1),)}, "the settles of its calendar should be"),
        ({"settles": (timedelta.max,)}, "the settles of its calendar should be"),
    ],
)
def test_a_calendar_that_cannot_be_asked_is_a_fault(changed: dict[str, Any], words: str):
    fault = find_fault(with_calendar(**changed))
    assert fault and words in fault


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Pacific/Kiritimati"), timezone(timedelta(hours=-14))])
@pytest.mark.parametrize("hours", [0, 14, 24, 34, 48])
def test_any_calendar_without_a_fault_says_when_to_look_next(zone: tzinfo, hours: int):
    for settles in ((), (timedelta(days=30),)):
        source = with_calendar(zone=zone, closing=timedelta(hours=hours), settles=settles)
        if find_fault(source) is None:
            assert all(next_look(source, {}, now) >= now for now in (NOW.replace(hour=hour) for hour in range(24)))
        else:
            assert (zone, hours) not in ((UTC, 0), (UTC, 48), (zone, 24))
