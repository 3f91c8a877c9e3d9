"""A warehouse to be ill-treated, what it must come to in the end, and the counts of the suite as it ran."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from lab import ALL_DAYS, EARLIER_DAYS, Lab, Rows, read_rows

from pipeline.standin import Standin


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was tried and survived; every number comes from the tests that ran."""
    ran = [
        (report, dict(report.user_properties))
        for kind in ("passed", "failed")
        for report in reports(terminalreporter, kind)
    ]
    faults = [report for report, noted in ran if "fault" in noted]
    skipped = [report for report in reports(terminalreporter, "skipped") if "faults" in report.nodeid]
    ends = [report for report in terminalreporter.stats.get("", []) if report.when == "teardown"]
    inputs = sum(int(str(dict(report.user_properties).get("inputs", 0))) for report in ends)
    checks = {noted["failing check"] for report, noted in ran if "failing check" in noted and report.passed}
    terminalreporter.section("counts of this run")
    terminalreporter.line(
        f"faults tried: {sum(struck(report) for report in faults)}, survived: "
        f"{sum(struck(report) for report in faults if report.passed)}, not to be had on this machine: {len(skipped)}"
    )
    terminalreporter.line(f"inputs fuzzed: {inputs:,}")
    terminalreporter.line(f"checks with a failing example: {len(checks)}")


def reports(terminalreporter: pytest.TerminalReporter, kind: str) -> list[pytest.TestReport]:
    return [report for report in terminalreporter.stats.get(kind, []) if report.when == "call" or kind == "skipped"]


def struck(report: pytest.TestReport) -> int:
    """How many faults a test noted: each after it had seen that the fault really struck."""
    return sum(name == "fault" for name, _ in report.user_properties)


@pytest.fixture(scope="session")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Rows]:
    """Every table's rows after a run that met no fault."""
    folder = tmp_path_factory.mktemp("calm")
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        standin.allow(100_000, "anonymous")
        lab = Lab(folder, standin, patch)
        assert not lab.run(*ALL_DAYS).failures
        return read_rows(lab.warehouse.published)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse that holds the earlier days and has published them; made once."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        standin.allow(100_000, "anonymous")
        lab = Lab(folder, standin, patch)
        assert not lab.run(*EARLIER_DAYS).failures
    return folder


@pytest.fixture
def lab(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> Iterator[Lab]:
    """A copy of the template, in the reach of stand-ins."""
    with Standin() as standin:
        standin.allow(100_000, "anonymous")
        lab = Lab(tmp_path / "lab", standin, monkeypatch, note=lambda fault: record_property("fault", fault))
        lab.copy(template)
        yield lab
