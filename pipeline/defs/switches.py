"""What starts runs by itself: on or off, and when next. A switch that was used in the UI counts; else AUTOMATION does.

Switches are in Dagster's history. Where that is lost, what AUTOMATION names is on all the same, and all else is off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import dagster as dg

from pipeline.core.settings import read_usable_settings
from pipeline.core.settings.checks import NEVER_OFF_BY_DEFAULT, SWITCHES

EVERY_DAY, WEEKDAYS = "*", "1-5"
TICKS = ((time(12, 45), WEEKDAYS), (time(14, 45), WEEKDAYS), (time(2, 45), EVERY_DAY))  # of the schedule, UTC
CRON = [f"{at.minute} {at.hour} * * {days}" for at, days in TICKS]
LIVELY = timedelta(minutes=5)  # since the last heartbeat of a daemon that lives


@dataclass(frozen=True)
class Switch:
    """One schedule or sensor."""

    name: str
    is_on: bool
    is_declared: bool  # nobody has switched it in the UI


def is_declared_on(name: str) -> bool:
    """Whether something starts by itself where nobody has used its switch. `papers doctor` names a wrong setting."""
    declared = read_usable_settings()[0].automation or frozenset[str]()
    return name in NEVER_OFF_BY_DEFAULT or name in declared


def schedule_default(name: str) -> dg.DefaultScheduleStatus:
    return dg.DefaultScheduleStatus.RUNNING if is_declared_on(name) else dg.DefaultScheduleStatus.STOPPED


def sensor_default(name: str) -> dg.DefaultSensorStatus:
    return dg.DefaultSensorStatus.RUNNING if is_declared_on(name) else dg.DefaultSensorStatus.STOPPED


def read_switches(instance: dg.DagsterInstance | None) -> Iterator[Switch]:
    """Yield every schedule and sensor; without an instance as they are declared."""
    used: dict[str, bool] = {}
    for state in instance.all_instigator_state() if instance else ():
        if state.status.value in ("RUNNING", "STOPPED"):
            used[state.instigator_name] = used.get(state.instigator_name, False) or state.status.value == "RUNNING"
    for name in (*SWITCHES, *NEVER_OFF_BY_DEFAULT):
        yield Switch(name, used.get(name, is_declared_on(name)), name not in used)


def next_tick(now: datetime) -> datetime:
    """Return when the schedule comes next, in UTC."""
    moment = now.astimezone(UTC)
    days = [moment.date() + timedelta(days=step) for step in range(4)]
    ticks = [
        datetime.combine(day, at, UTC)
        for day in days
        for at, wanted in TICKS
        if wanted == EVERY_DAY or day.isoweekday() <= 5
    ]
    return min(tick for tick in ticks if tick > moment)


def last_heartbeat(instance: dg.DagsterInstance) -> datetime | None:
    """Return when a daemon last looked at schedules and sensors; None if none ever has."""
    beats = [
        beat.timestamp for kind, beat in instance.get_daemon_heartbeats().items() if kind in ("SCHEDULER", "SENSOR")
    ]
    return datetime.fromtimestamp(max(beats), UTC) if beats else None
