"""What was tried, at the end of a run of tests: every number comes from the tests that ran."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was tried, and what survived; of a suite that tries none of it, nothing."""
    ran = [
        (report, dict(report.user_properties))
        for kind in ("passed", "failed")
        for report in reports(terminalreporter, kind)
    ]
    faults = [report for report, noted in ran if "fault" in noted]
    skipped = [report for report in reports(terminalreporter, "skipped") if "faults" in report.nodeid]
    ends = [report for report in terminalreporter.stats.get("", []) if report.when == "teardown"]
    inputs = sum(int(str(dict(report.user_properties).get("inputs", 0))) for report in ends)
    answers = sum(int(str(noted.get("answers", 0))) for _, noted in ran)
    checks = {noted["failing check"] for report, noted in ran if "failing check" in noted and report.passed}
    counts = {
        f"faults tried: {sum(struck(report) for report in faults)}, survived: "
        f"{sum(struck(report) for report in faults if report.passed)}, not to be had on this machine: {len(skipped)}": (
            faults
        ),
        f"inputs fuzzed: {inputs:,}": inputs,
        f"random answers: {answers:,}": answers,
        f"checks with a failing example: {len(checks)}": checks,
    }
    if any(counts.values()):
        terminalreporter.section("counts of this run")
    for line, count in counts.items():
        if count:
            terminalreporter.line(line)


def reports(terminalreporter: pytest.TerminalReporter, kind: str) -> list[pytest.TestReport]:
    return [report for report in terminalreporter.stats.get(kind, []) if report.when == "call" or kind == "skipped"]


def struck(report: pytest.TestReport) -> int:
    """How many faults a test noted: each after it had seen that the fault really struck."""
    return sum(name == "fault" for name, _ in report.user_properties)
