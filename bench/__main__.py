"""`python -m bench [part ...]`: measure, print, and write docs/benchmarks.md; parts that are not named stay as they are."""

import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count, sysconf
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PARTS = {
    "parsing": "Parsing",
    "loading": "Loading",
    "backfill": "Backfill through Dagster",
    "running": "A run, against what it imports",
    "years": "Years of quiet runs",
    "growth": "Growth",
    "reading": "Readers while a backfill publishes",
    "asking": "Questions",
    "lake": "A lake, against one machine",
}
ELSEWHERE = ("lake",)  # in an environment of its own: `make bench-lake`
LIBRARIES = ("duckdb", "polars", "dagster", "mistune", "dlt")


def main() -> None:
    unknown = set(sys.argv[1:]) - PARTS.keys()
    if unknown:
        sys.exit(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    wanted = [part for part in PARTS if part in (sys.argv[1:] or PARTS.keys() - ELSEWHERE)]
    if len(wanted) == 1:
        measure(wanted[0])
        return
    for part in wanted:  # each in a process of its own: Linux counts a parent's memory as its children's
        subprocess.run([sys.executable, "-m", "bench", part], check=True)


def measure(part: str) -> None:
    sections, title = read_sections(), PARTS[part]
    sections[title] = f"{import_module(f'bench.{part}').measure()}\n\n*{describe_machine()}*"
    print(f"## {title}\n\n{sections[title]}\n", flush=True)
    RESULTS.write_text(write_sections(sections), "utf-8")


def read_sections() -> dict[str, str]:
    text = RESULTS.read_text("utf-8") if RESULTS.is_file() else ""
    found = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return {title: body.strip() for title, body in zip(found[1::2], found[2::2], strict=True)}


def write_sections(sections: dict[str, str]) -> str:
    head = (
        "# Benchmarks\n\nMade by `make bench`. Times depend on the machine and on what else it does; the ratios less."
    )
    parts = [f"## {title}\n\n{sections[title]}" for title in PARTS.values() if title in sections]
    return "\n\n".join([head, *parts]) + "\n"


def describe_machine() -> str:
    memory = sysconf("SC_PAGE_SIZE") * sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {number}" for name in LIBRARIES if (number := find_version(name)))
    system = f"{platform.system()} {platform.machine()}, {cpu_count()} cores, {memory:.0f} GB, {find_processor()}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {system}; Python {platform.python_version()}, {versions}"


def find_version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def find_processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or "a processor that does not say its name"


if __name__ == "__main__":
    main()
