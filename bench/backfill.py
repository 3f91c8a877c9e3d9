"""Backfill of the whole archive from the command line, against one run a day, and against the same work without Dagster."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median

from bench.pages import open_archive
from bench.timing import Cost, run, table
from pipeline.standin import Standin

ROUNDS = 3
SINGLE_DAYS = 10
TOKEN = "for-the-stand-in"
IMPORTS = {
    "Python alone": "pass",
    "with DuckDB and polars": "import duckdb, polars",
    "with Dagster": "import duckdb, polars, dagster",
    "with our graph": "from pipeline.definitions import defs; defs.resolve_job_def('daily_run')",
}


def measure() -> str:
    with open_archive() as archive, Standin(archive.folder, None, token=TOKEN) as standin:
        days, origin = archive.days(), archive.describe()
        first, last = days[0], days[-1]
        whole, bare, again = [], [], []
        for _ in range(ROUNDS):
            with new_home(standin) as home:
                whole.append(backfill(home, first, last))
                again.append(backfill(home, first, last))
            with new_home(standin) as home:
                bare.append(run(["-m", "bench.undagstered", str(first), str(last)], home))
        with new_home(standin) as home:
            single = [run_alone(home, day) for day in days[:SINGLE_DAYS]]
        with new_home(standin) as home:
            backfill(home, first, last)
            slope = measure_slope(home, days)
            nothing = [run(["-m", "pipeline", "run", "--date", str(last)], home) for _ in range(ROUNDS)]
    calendar = (last - first).days + 1
    return describe(origin, calendar, len(days), whole, bare, again, single) + describe_dagster(slope, nothing)


@contextmanager
def new_home(standin: Standin) -> Iterator[dict[str, str]]:
    """Settings that lead to an empty warehouse and an empty history."""
    with tempfile.TemporaryDirectory() as folder:
        for quota in ("graphql", "token", "list"):
            standin.allow(50_000, quota)
        yield {
            **standin.environment,
            "WAREHOUSE_DIR": f"{folder}/warehouse",
            "DAGSTER_HOME": f"{folder}/dagster",
            "ARXIV_INTERVAL_SECONDS": "0",
            "GITHUB_TOKEN": TOKEN,
            "SOURCES": "gabrielchua/daily-ai-papers,timlrx/daily-ai-papers",  # of others the archive has no pages
        }


def backfill(home: dict[str, str], first: date, last: date) -> Cost:
    return run(["-m", "pipeline", "backfill", "--from", str(first), "--to", str(last)], home)


def run_alone(home: dict[str, str], day: date) -> Cost:
    """Run one day as Dagster does by itself: a run a day, a process a step."""
    folder = Path(home["DAGSTER_HOME"])
    folder.mkdir(exist_ok=True)
    tags = json.dumps({"dagster/partition": str(day)})
    command = ["-m", "dagster", "job", "execute", "-m", "bench.multiprocess", "-j", "daily_run", "--tags", tags]
    return run(command, home)


def measure_slope(home: dict[str, str], days: list[date]) -> list[tuple[int, float]]:
    """Return how long backfills take that find all stored: so many days, so many seconds."""
    first = days[0]
    spans = [(last - first).days + 1 for last in (days[0], days[len(days) // 2], days[-1])]
    ends = (days[0], days[len(days) // 2], days[-1])
    seconds = [
        median(
            run(["-m", "pipeline", "backfill", "--from", str(first), "--to", str(last), "--missing"], home).seconds
            for _ in range(ROUNDS)
        )
        for last in ends
    ]
    return list(zip(spans, seconds, strict=True))


def describe(
    origin: str,
    calendar: int,
    published: int,
    whole: list[Cost],
    bare: list[Cost],
    again: list[Cost],
    single: list[Cost],
) -> str:
    ours = median(cost.seconds for cost in whole)
    a_day = median(cost.seconds for cost in single)
    others = [
        ("ours: `papers backfill`, whole process", ours, median(cost.cpu_seconds for cost in whole)),
        (
            "the same range again, nothing new",
            median(cost.seconds for cost in again),
            median(c.cpu_seconds for c in again),
        ),
        ("the same work without Dagster", median(cost.seconds for cost in bare), median(c.cpu_seconds for c in bare)),
        (
            f"one run a day, {calendar} times {a_day:.1f} s",
            calendar * a_day,
            calendar * median(c.cpu_seconds for c in single),
        ),
        (
            f"one run for each of the {published} days with a page",
            published * a_day,
            published * median(c.cpu_seconds for c in single),
        ),
    ]
    rows = [(name, f"{wall:.1f}", f"{cpu:.1f}", f"{wall / ours:.1f}") for name, wall, cpu in others]
    return (
        f"All days of {origin} ({calendar} calendar days), with papers and repositories, from stand-ins on loopback "
        "without delay. One run a day is a process for every run and every step, as Dagster does by itself; measured on "
        f"{SINGLE_DAYS} days into an empty warehouse, and multiplied.\n\n"
        + table(("", "s", "CPU s", "times as long as ours"), rows)
    )


def describe_dagster(slope: list[tuple[int, float]], nothing: list[Cost]) -> str:
    imports = [(name, median(run(["-c", code]).seconds for _ in range(5))) for name, code in IMPORTS.items()]
    (few, start), (many, end) = slope[0], slope[-1]
    per_day = (end - start) / (many - few) * 1000
    rows = [(f"import: {name}", f"{seconds:.2f}") for name, seconds in imports]
    rows += [(f"backfill of {days} days, all stored", f"{seconds:.2f}") for days, seconds in slope]
    rows += [("`papers run` with nothing new", f"{median(cost.seconds for cost in nothing):.2f}")]
    return (
        "\n\nWhere Dagster's time goes: the imports, once a process; then the events that it writes for each of the two "
        f"assets by day, {per_day:.0f} ms a day of the range.\n\n" + table(("", "s"), rows)
    )
