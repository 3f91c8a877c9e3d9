"""What `papers doctor` says of what happens by itself: schedule and sensors, and alerts."""

from collections.abc import Sequence
from datetime import datetime

from pipeline.commands.doctor.finding import Finding
from pipeline.core.errors import PipelineError
from pipeline.core.home import dagster_home
from pipeline.core.settings import Settings

HOW_TO_START = "start `papers ui` or its unit, or use cron and switch it off"


def check_automation(now: datetime) -> Finding:
    """Say what is on and off, and when it comes next. On without a daemon that looks at it is bad."""
    from pipeline.defs.instance import open_instance
    from pipeline.defs.switches import LIVELY, last_heartbeat, next_tick, read_switches

    if not (dagster_home() / "dagster.yaml").is_file():
        switches, beat = list(read_switches(None)), None
        where = f"{dagster_home()} has no history yet, so as AUTOMATION says"
    else:
        try:
            with open_instance() as instance:
                switches, beat = list(read_switches(instance)), last_heartbeat(instance)
        except PipelineError as error:
            return Finding("automation", False, str(error))
        where = f"by {dagster_home()}"
    on = [switch.name for switch in switches if switch.is_on]
    off = [f"{switch.name}{'' if switch.is_declared else ' (in the UI)'}" for switch in switches if not switch.is_on]
    lives = beat is not None and now - beat < LIVELY
    text = f"{where}: on {', '.join(on)}; off {', '.join(off) or 'nothing'}"
    if "daily_schedule" not in on:
        return Finding("automation", True, f"{text}; no run starts by itself, unless by cron")
    text += f"; the schedule comes at {next_tick(now):%Y-%m-%d %H:%M} UTC"
    if not lives:
        since = f"since {beat:%Y-%m-%d %H:%M} UTC" if beat else "yet"
        return Finding("automation", False, f"{text}, but no daemon has looked {since}: {HOW_TO_START}")
    return Finding("automation", True, text)


def check_alerts(settings: Settings) -> Finding:
    """Say who is told, and what could not be sent."""
    from pipeline.defs.news.alerts import channels
    from pipeline.defs.news.outbox import read_outbox

    if settings.smtp_url and not settings.alert_email:
        return Finding("alerts", False, "SMTP_URL is set and ALERT_EMAIL is not: no mail is sent; set both")
    if settings.alert_email and not settings.smtp_url:
        return Finding("alerts", False, "ALERT_EMAIL is set and SMTP_URL is not: no mail is sent; set both")
    if not channels(settings):
        return Finding("alerts", True, "nobody is told of failures: set WEBHOOK_URL, or SMTP_URL and ALERT_EMAIL")
    box = read_outbox(settings.warehouse_dir / "private")
    faults = [
        f"{name} took nothing since {away['since'][:16].replace('T', ' ')} UTC ({away['why']})"
        for name, away in box.away.items()
        if name in channels(settings)
    ]
    if faults:
        count = len(box.waiting)
        waits = "1 message waits" if count == 1 else f"{count:,} messages wait"
        return Finding("alerts", False, f"{'; '.join(faults)}; {waits}, and the next run or tick sends again")
    known = [told["subject"] for troubles in box.told.values() for told in troubles.values()]
    return Finding("alerts", True, f"to {' and '.join(channels(settings))}; {told_of(known)}")


def told_of(known: Sequence[str]) -> str:
    return f"people know of: {'; '.join(known[:3])}" if known else "nothing is wrong that they were told"
