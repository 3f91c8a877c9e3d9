"""What a run costs, as a multiple of what it must import: CPU time of all its processes, measured in turns."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median

from bench.backfill import TOKEN, backfill, new_home
from bench.pages import open_archive
from bench.timing import run, table
from pipeline.core.files import size_of
from pipeline.standin import Standin

ROUNDS = 5
# By row: what it is measured against, the target, and what it was on 2026-11-27, before Dagster's history had a storage
# of ours.
ROWS = {
    "`papers run` with nothing new": ("import dagster", 2.5, 8.6),
    "`papers run` with a new day": ("import dagster", 3.5, None),
    "`papers backfill` of all days": ("the same without Dagster", 2.0, None),
    '`papers query "select 1"`': ("imports of a question", 1.3, 1.3),
    "`papers status`": ("imports of a question", 1.3, 1.4),
    "`papers --help`": ("import click", 1.3, None),
}
SCRIPTS = {
    "import dagster": ["-c", "import dagster"],
    "import click": ["-c", "import click"],
    "imports of a question": ["-c", "import click, duckdb, polars, pydantic_settings"],
    '`papers query "select 1"`': ["-m", "pipeline", "query", "select 1"],
    "`papers status`": ["-m", "pipeline", "status"],
    "`papers --help`": ["-m", "pipeline", "--help"],
}


def measure() -> str:
    with open_archive() as archive, Standin(archive.folder, None, token=TOKEN) as standin:
        days, origin = archive.days(), archive.describe()
        with tempfile.TemporaryDirectory() as cache:
            # Modules are compiled once, as where `papers` is installed, whatever the environment says.
            compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": cache}
            with new_home(standin) as home:
                bare = run(["-m", "bench.undagstered", str(days[0]), str(days[-1])], home | compiled)
            with new_home(standin) as home:
                whole = backfill(home | compiled, days[0], days[-1])
            with new_home(standin) as home:
                backfill(home | compiled, days[0], days[-ROUNDS - 1])
                costs = measure_runs(home | compiled, days[-ROUNDS:])
                history = measure_history(home | compiled, days[-1])
    costs |= {"`papers backfill` of all days": whole.cpu_seconds, "the same without Dagster": bare.cpu_seconds}
    return describe(origin, costs, history)


def measure_runs(home: Mapping[str, str], days: Sequence[date]) -> dict[str, float]:
    """Return the CPU seconds of runs and of what they are compared with; each day is run twice, new and known."""
    seconds: dict[str, list[float]] = {}
    for day in days:
        daily = ["-m", "pipeline", "run", "--date", str(day)]
        commands = {"`papers run` with a new day": daily, "`papers run` with nothing new": daily, **SCRIPTS}
        for name, command in commands.items():
            seconds.setdefault(name, []).append(run(command, home).cpu_seconds)
    return {name: median(each) for name, each in seconds.items()}


def measure_history(home: Mapping[str, str], day: date) -> float:
    """Return the bytes that quiet runs add to Dagster's history, each."""
    before = size_of(Path(home["DAGSTER_HOME"]))
    for _ in range(ROUNDS):
        run(["-m", "pipeline", "run", "--date", str(day)], home)
    return (size_of(Path(home["DAGSTER_HOME"])) - before) / ROUNDS


def describe(origin: str, costs: Mapping[str, float], history: float) -> str:
    rows = [
        (
            name,
            f"{costs[name]:.2f}",
            f"{costs[base]:.2f} ({base})",
            "–" if before is None else f"{before:.1f}",
            f"{costs[name] / costs[base]:.1f}",
            goal,
        )
        for name, (base, goal, before) in ROWS.items()
    ]
    return (
        f"On {origin}, with all services, from stand-ins on loopback. CPU seconds of the process and of those that it "
        f"starts; medians of {ROUNDS} in turns, backfills once. `Before` is of 2026-11-27, with Dagster's own storage of "
        "events.\n\n"
        + table(("", "CPU s", "against CPU s of", "before, times", "now, times", "target"), rows)
        + f"\n\nA quiet run adds {history / 1e3:.0f} kB to Dagster's history until it is pruned."
    )
