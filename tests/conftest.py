"""What many tests need: settings that lead nowhere real, the real archives, and a warehouse of the demo."""

import fcntl
import logging
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import pytest
from counts import pytest_terminal_summary  # noqa: F401, a hook of pytest
from hypothesis import settings

from pipeline.commands.output import TELLING, output, stderr, summary
from pipeline.http.client import Web
from pipeline.sources import registry
from pipeline.sources.source import GitArchive, Source
from pipeline.warehouse.build import prepare

# The same inputs at every run, so that a red run is a change's doing; HYPOTHESIS_PROFILE=explore looks further.
# No deadline for an example: on a busy machine it would say nothing but that the machine is busy.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# A registry of the tests' own, of two archives with a page a day: what they count does not change with a source more.
# The real ones are registry.OURS.
TESTED_SOURCES = {"gabrielchua/daily-ai-papers", "timlrx/daily-ai-papers"}
registry.SOURCES = tuple(
    replace(source, place=GitArchive(), last_date=None)
    for source in registry.OURS
    if source.source_id in TESTED_SOURCES
)

# A process that a test starts has the real ones; it asks no others than these.
os.environ["SOURCES"] = ",".join(sorted(TESTED_SOURCES))

SHARED = Path(__file__).parents[1].parent / "shared"
DEMO_DAYS = (date(2025, 2, 24), date(2025, 3, 21))
# What `pytest --quick` leaves out: test modules that load Dagster, make a warehouse, or need the UI.
SLOW = re.compile(
    r"^(?:from|import) (?:dagster|defs|demo_world|desk|empty|histories|lab|playwright|sql_lineage"
    r"|pipeline\.(?:cli|definitions|defs|ui\.service|warehouse\.folder|commands\.(?!dates|run\b)))\b"
    r"|^from pipeline import cli\b|\bmark\.ui\b|\b(?:demo_template|demo_warehouse|example): Path\b",
    re.MULTILINE,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only tests that are over soon and do not load Dagster")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --quick, leave out slow test modules before they are imported."""
    if not config.getoption("--quick") or collection_path.suffix != ".py":
        return None
    return True if SLOW.search(collection_path.read_text("utf-8")) else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--quick") and "dagster" in sys.modules:
        pytest.exit("a quick test has loaded Dagster: add what loads it to SLOW in tests/conftest.py", returncode=1)


@pytest.fixture
def all_sources(monkeypatch: pytest.MonkeyPatch) -> tuple[Source, ...]:
    """Every source that is known, registered and chosen."""
    monkeypatch.setattr(registry, "SOURCES", registry.OURS)
    monkeypatch.setenv("SOURCES", ",".join(source.source_id for source in registry.OURS))
    return registry.OURS


@pytest.fixture(autouse=True)
def _own_words() -> Iterator[None]:
    """A command that a test runs in this process does not decide what later ones say, and how."""
    loggers = [logging.getLogger(name) for name in (None, "pipeline", *TELLING, summary.name)]
    before, levels = dict(vars(output)), [logger.level for logger in loggers]
    yield
    vars(output).update(before)
    logging.getLogger().removeHandler(stderr)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def _nowhere_real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reaches a real service, a real token or the warehouse of the checkout."""
    for name in (
        "ARCHIVE_BASE_URL",
        "HF_API_URL",
        "ARXIV_API_URL",
        "DATACITE_API_URL",
        "GITHUB_API_URL",
        "SEMANTIC_SCHOLAR_API_URL",
    ):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.setenv("ARXIV_INTERVAL_SECONDS", "0")
    for name in (
        "GITHUB_TOKEN",
        "HF_TOKEN",
        "SEMANTIC_SCHOLAR_API_KEY",
        "CONTACT",
        "WAREHOUSE_STORAGE",
        "WAREHOUSE_CATALOG",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # no .env of the checkout
    logging.getLogger("pipeline").setLevel(logging.NOTSET)  # a test that runs `papers` in this process quietens it


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services that are down are asked again at once: everything but the waiting is as ever."""
    from pipeline.commands import dry_run
    from pipeline.defs import resources

    for module in (dry_run, resources):
        monkeypatch.setattr(module, "Web", partial(Web, sleep=lambda seconds: None))


@pytest.fixture
def archives() -> Path:
    """The real pages that lie beside a checkout of the founders; elsewhere there are none."""
    folder = SHARED / "archives"
    if not folder.is_dir():
        pytest.skip(f"the real archives are not here: {folder}")
    return folder


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that the first process of this run to ask for it fills, while the others wait for it."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / name
    with folder.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            folder.mkdir()
            make(folder)
            (folder / "made").touch()
    return folder


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Makes a folder by its name once for all processes of this run of tests, as `made_once`."""
    return partial(made_once, tmp_path_factory)


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of the invented demo archive, enriched by the stand-ins through a real Dagster run; made once."""
    return made_once(tmp_path_factory, "demo", run_demo) / "warehouse"


def run_demo(folder: Path) -> None:
    from pipeline.commands.job import run_days
    from pipeline.standin import Standin

    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        standin.allow(5000, "anonymous")
        folders = {"WAREHOUSE_DIR": str(folder / "warehouse"), "DAGSTER_HOME": str(folder / "dagster")}
        others = {"ARXIV_INTERVAL_SECONDS": "0", "GITHUB_TOKEN": ""}
        for name, value in {**standin.environment, **folders, **others}.items():
            patch.setenv(name, value)
        outcome = run_days(*DEMO_DAYS)
    assert not outcome.failures, outcome.failures


@pytest.fixture
def demo_warehouse(demo_template: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the demo's warehouse folder, to be changed at will."""
    folder = tmp_path / "warehouse"
    shutil.copytree(demo_template, folder, symlinks=True)
    yield folder


@pytest.fixture
def star() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse in memory."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as staging; attach ':memory:' as build; use build")
    prepare(connection)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of the demo archive at two fixed moments a week apart, so that stars have a before and an after."""
    from pipeline.commands.demo.example_warehouse import make_example

    return made_once(tmp_path_factory, "example", lambda folder: make_example(folder / "warehouse")) / "warehouse"
