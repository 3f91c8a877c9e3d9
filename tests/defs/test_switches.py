"""What starts by itself is declared in a setting, so that a lost history switches nothing off in silence."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
)
from dagster._daemon.types import DaemonHeartbeat

from pipeline.commands.doctor.automation import check_alerts, check_automation
from pipeline.core.settings import read_settings
from pipeline.defs.instance import open_instance
from pipeline.defs.news import outbox
from pipeline.defs.schedules import daily_schedule
from pipeline.defs.switches import CRON, next_tick, read_switches

NOW = datetime(2026, 11, 27, 13, tzinfo=UTC)  # a Friday


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with open_instance() as instance:
        yield instance


def use_switch(instance: dg.DagsterInstance, status: InstigatorStatus) -> None:
    """As the UI does for the schedule."""
    repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("pipeline"), "__repository__")
    origin = RemoteInstigatorOrigin(repository, "daily_schedule")
    data = ScheduleInstigatorData(CRON, time.time())
    instance.add_instigator_state(InstigatorState(origin, InstigatorType.SCHEDULE, status, data))


def beat(instance: dg.DagsterInstance, at: datetime) -> None:
    instance.add_daemon_heartbeat(DaemonHeartbeat(at.timestamp(), "SCHEDULER", "id", []))


def is_on(instance: dg.DagsterInstance | None) -> bool:
    return next(switch.is_on for switch in read_switches(instance) if switch.name == "daily_schedule")


def test_what_is_declared_is_on_with_any_history_until_it_is_switched_in_the_ui(instance, monkeypatch):
    assert not is_on(None) and not is_on(instance)
    monkeypatch.setenv("AUTOMATION", "daily_schedule, leftovers_sensor")
    assert is_on(None) and is_on(instance)
    use_switch(instance, InstigatorStatus.STOPPED)
    assert is_on(None) and not is_on(instance)


def test_a_switch_that_was_used_in_the_ui_counts_without_a_setting(instance):
    use_switch(instance, InstigatorStatus.RUNNING)
    assert is_on(instance)


def test_dagster_loads_what_is_declared():
    script = (
        "from pipeline.defs.code_location import defs; s = defs.resolve_schedule_def('daily_schedule');"
        "print(s.default_status.value, *(x.default_status.value for x in defs.sensors))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "AUTOMATION": "daily_schedule"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == ["RUNNING", "STOPPED", "STOPPED", "STOPPED", "RUNNING", "RUNNING"]


@pytest.mark.parametrize(
    ("now", "tick"),
    [
        (NOW, datetime(2026, 11, 27, 14, 45, tzinfo=UTC)),
        (datetime(2026, 11, 27, 14, 45, tzinfo=UTC), datetime(2026, 11, 28, 2, 45, tzinfo=UTC)),
        (datetime(2026, 11, 28, 3, tzinfo=UTC), datetime(2026, 11, 29, 2, 45, tzinfo=UTC)),
        (datetime(2026, 11, 30, 3, tzinfo=UTC), datetime(2026, 11, 30, 12, 45, tzinfo=UTC)),
    ],
)
def test_the_next_tick_is_the_one_of_the_schedule(now, tick):
    assert next_tick(now) == tick
    assert daily_schedule.cron_schedule == CRON == ["45 12 * * 1-5", "45 14 * * 1-5", "45 2 * * *"]


def test_doctor_says_what_is_off_and_leaves_no_history_behind(tmp_path):
    finding = check_automation(NOW)
    assert finding.is_well and "off daily_schedule, archive_sensor, leftovers_sensor, report_sensor" in finding.text
    assert "no run starts by itself, unless by cron" in finding.text
    assert not (tmp_path / "dagster").exists()


def test_doctor_says_when_the_schedule_comes_and_that_nothing_looks_at_it(instance, monkeypatch):
    monkeypatch.setenv("AUTOMATION", "all")
    assert "no daemon has looked yet" in check_automation(NOW).text
    beat(instance, NOW - timedelta(hours=1))
    late = check_automation(NOW)
    assert not late.is_well and "no daemon has looked since 2026-11-27 12:00 UTC" in late.text
    beat(instance, NOW - timedelta(minutes=1))
    fine = check_automation(NOW)
    assert fine.is_well and fine.text.endswith("off nothing; the schedule comes at 2026-11-27 14:45 UTC")


def test_doctor_says_who_is_told_and_what_waits(monkeypatch):
    assert "nobody is told" in check_alerts(read_settings()).text
    monkeypatch.setenv("SMTP_URL", "smtp://mail.example.org")
    assert "ALERT_EMAIL is not" in check_alerts(read_settings()).text
    monkeypatch.setenv("ALERT_EMAIL", "me@example.org")
    assert check_alerts(read_settings()).text == "to the mail; nothing is wrong that they were told"
    private = read_settings().warehouse_dir / "private"
    with outbox.opened(private) as box:
        box.add(read_settings(), "a run failed", "why", NOW)
        box.note_answer("the mail", "ConnectionRefusedError from mail.example.org", NOW)
        outbox.save(private, box)
    finding = check_alerts(read_settings())
    assert not finding.is_well
    assert finding.text.startswith(
        "the mail took nothing since 2026-11-27 13:00 UTC (ConnectionRefusedError from mail.example.org); 1 message "
    )
