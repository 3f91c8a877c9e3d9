"""Times, memory and ratios: measured side by side, in turns, since a machine is never alone."""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    seconds: float
    cpu_seconds: float
    memory_megabytes: float  # the most that was resident at once
    output: str


def interleave(contestants: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each contestant in each round; in every round all of them run, one after the other."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            began = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - began)
    return seconds


def ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    """Return the median over the rounds of how many times as long the first took as the second."""
    return median(one / other for one, other in zip(slow, fast, strict=True))


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a process to its end. Raises RuntimeError, with what it said, where it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{output}")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Cost(time.perf_counter() - began, cpu_seconds, usage.ru_maxrss / 1024, output)


def last_json(output: str) -> dict[str, float]:
    """Return what a process of ours printed on its last line."""
    return json.loads(next(line for line in reversed(output.splitlines()) if line.startswith("{")))


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return by which power of the size the cost grows from the first to the last."""
    return math.log(costs[-1] / costs[0]) / math.log(sizes[-1] / sizes[0])


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
