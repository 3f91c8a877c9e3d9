"""The whole of what Dagster knows, as readable text: `python tests/defs/graph.py` writes graph.txt anew."""

import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline.definitions import defs

FILE = Path(__file__).with_name("graph.txt")


def describe() -> str:
    return "\n".join([*assets(), *checks(), *jobs(), *schedules(), *sensors()]) + "\n"


def assets() -> Iterator[str]:
    graph = defs.resolve_asset_graph()
    for key in sorted(graph.materializable_asset_keys, key=str):  # the others are as many as there are sources
        node = graph.get(key)
        days = f", by {type(node.partitions_def).__name__}" if node.partitions_def else ""
        yield f"asset {key.to_user_string()} ({node.group_name}{days})"
        yield from (f"    <- {parent.to_user_string()}" for parent in sorted(node.parent_keys, key=str))


def checks() -> Iterator[str]:
    for key in sorted(defs.resolve_asset_graph().asset_check_keys, key=str):
        yield f"check {key.name} of {key.asset_key.to_user_string()}"


def jobs() -> Iterator[str]:
    for name in sorted(job.name for job in defs.jobs or ()):
        selected = defs.resolve_job_def(name).asset_layer.executable_asset_keys
        yield f"job {name}"
        yield from (f"    {key.to_user_string()}" for key in sorted(selected, key=str))


def schedules() -> Iterator[str]:
    for schedule in sorted(defs.schedules or (), key=lambda each: each.name):
        times = defs.resolve_schedule_def(schedule.name).cron_schedule
        yield f"schedule {schedule.name}: {times if isinstance(times, str) else ', '.join(times)}"


def sensors() -> Iterator[str]:
    for sensor in sorted(defs.sensors or (), key=lambda each: each.name):
        found = defs.resolve_sensor_def(sensor.name)
        yield f"sensor {found.name}: every {found.minimum_interval_seconds} s, {found.default_status.value.lower()}"


if __name__ == "__main__":
    FILE.write_text(describe(), "utf-8")
    sys.exit(0)
