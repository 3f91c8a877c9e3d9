"""Growth: an invented archive of 1, 10 and 100 times the days of the real ones; what a rebuild and a day cost then."""

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench.synthetic import LISTINGS_A_PAGE, Synthetic, answer_pages, answer_papers, answer_repositories, fill
from bench.timing import Cost, exponent, last_json, run, table
from pipeline.standin import Standin
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.publish import publish

TIMES = (1, 10, 100)
RUNS = 5
TOKEN = "for-the-stand-in"


def measure() -> str:
    found = [measure_archive(times) for times in TIMES]
    listings = [each["listings"] for each in found]
    rows: list[tuple[object, ...]] = [
        ("years of two sources", *(f"{times * 0.39:.1f}" for times in TIMES), ""),
        ("listings", *(f"{count:,.0f}" for count in listings), ""),
    ]
    for name, unit, key, a_listing in (
        ("rebuild from raw/, checks and publish", "s", "rebuild", True),
        ("memory of the rebuild", "MB", "rebuild_memory", False),
        ("a day staged and loaded", "s", "day", False),
        ("all checks", "s", "check", False),
        ("publish", "s", "publish", False),
        ("`papers run` with a new page, whole process", "s", "run", False),
        ("the same in CPU seconds", "s", "run_cpu", False),
        ("memory of that run", "MB", "run_memory", False),
        ("published file", "MB", "file", True),
        ("raw files", "MB", "raw", True),
    ):
        costs = [each[key] for each in found]
        digits = 0 if unit == "MB" else 2
        rows.append((f"{name}, {unit}", *(f"{cost:,.{digits}f}" for cost in costs), f"{exponent(listings, costs):.2f}"))
        if a_listing:
            scale, small = (1e6, "µs") if unit == "s" else (1e3, "kB")
            each = (f"{cost / count * scale:,.1f}" for cost, count in zip(costs, listings, strict=True))
            rows.append((f"the same a listing, {small}", *each, ""))
    head = ("", *(f"{times} times" for times in TIMES), f"exponent from 1 to {TIMES[-1]}")
    run_ratio = found[-1]["run"] / found[0]["run"]
    return (
        f"Invented archives of {TIMES} times 141 days: more years, not bigger days, {LISTINGS_A_PAGE} listings a page on "
        "average from two sources, with arXiv's answers for every paper and GitHub's for every repository three times, "
        "in a raw file a week. A cost that grows as the listings do has the exponent 1.\n\n"
        + table(head, rows)
        + f"\n\nOne day's run at {TIMES[-1]} times the history takes {run_ratio:.1f} times what it takes at once. Rebuilds "
        f"are measured once, days and runs {RUNS} times (medians); every step is a process of its own."
    )


def measure_archive(times: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        found = last_json(run(["-m", "bench.growth", "fill", folder, str(times)]).output)
        rebuild = run(["-m", "pipeline", "rebuild"], {"WAREHOUSE_DIR": folder})
        found |= {"rebuild": rebuild.seconds, "rebuild_memory": rebuild.memory_megabytes}
        found |= last_json(run(["-m", "bench.growth", "days", folder, str(times)]).output)
        runs = list(run_days(Path(folder)))
        warehouse = Warehouse(Path(folder))
        return found | {
            "run": median(cost.seconds for cost in runs),
            "run_cpu": median(cost.cpu_seconds for cost in runs),
            "run_memory": max(cost.memory_megabytes for cost in runs),
            "file": warehouse.published.stat().st_size / 1e6,
            "raw": sum(path.stat().st_size for path in warehouse.raw.files()) / 1e6,
        }


def run_days(folder: Path) -> list[Cost]:
    """Do daily runs from the command line, each with a page that nobody has seen yet."""
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory() as home, Standin(Path(home) / "archive", None, token=TOKEN) as standin:
        environment = {
            **standin.environment,
            "WAREHOUSE_DIR": str(folder),
            "DAGSTER_HOME": f"{home}/dagster",
            "ARXIV_INTERVAL_SECONDS": "0",
            "GITHUB_TOKEN": TOKEN,
        }
        for number in range(RUNS + 1):
            day = datetime.now(UTC).date()
            _, listed = next(Synthetic(number + 1, 90_000 + 100 * number).days(1))
            for answer in answer_pages(day, listed):
                source_id = answer.asked[0].rpartition("/")[0]
                path = Path(home) / "archive" / source_id / "main" / "archive" / f"{day:%Y/%m/%d}.md"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(answer.body or b"")
            costs.append(run(["-m", "pipeline", "run"], environment))
    return costs[1:]  # the first one makes Dagster's history


def fill_folder(folder: Path, times: int) -> dict[str, float]:
    return {"listings": fill(Warehouse(folder).raw, times)}


def measure_days(folder: Path, times: int) -> dict[str, float]:
    """Take in and load days after the last one, without Dagster; then check and publish."""
    warehouse = Warehouse(folder)
    warehouse.refresh()
    seconds: dict[str, list[float]] = {"day": [], "check": [], "publish": []}
    for number in range(RUNS):
        _, listed = next(Synthetic(1000 + number, 80_000 + 100 * number).days(1))
        day = datetime.now(UTC).date() - timedelta(days=30 + number)
        at = datetime.now(UTC)
        pages = [*answer_pages(day, listed)]
        names = [paper.repository.lower() for paper in listed if paper.repository]
        warehouse.raw.store(*pages, *answer_papers(at, listed), *answer_repositories(at, names))
        for name, work in (
            ("day", warehouse.refresh),
            ("check", warehouse.check),
            ("publish", lambda: publish(warehouse.private.build, warehouse.folder)),
        ):
            began = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - began)
    warehouse.raw.bundle()
    return {name: median(each) for name, each in seconds.items()}


if __name__ == "__main__":
    work = {"fill": fill_folder, "days": measure_days}[sys.argv[1]]
    print(json.dumps(work(Path(sys.argv[2]), int(sys.argv[3]))))
