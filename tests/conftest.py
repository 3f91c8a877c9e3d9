"""What many tests need: settings that lead nowhere real, the real archives, and a warehouse of the demo."""

import logging
import os
import shutil
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.commands import dry_run
from pipeline.defs import resources
from pipeline.http.client import Web

# The same inputs at every run, so that a red run is a change's doing; HYPOTHESIS_PROFILE=explore looks further.
settings.register_profile("steady", derandomize=True)
settings.register_profile("explore")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

SHARED = Path(__file__).parents[1].parent / "shared"
DEMO_DAYS = (date(2025, 2, 24), date(2025, 3, 21))


@pytest.fixture(autouse=True)
def _nowhere_real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reaches a real service, a real token or the warehouse of the checkout."""
    for name in ("ARCHIVE_BASE_URL", "ARXIV_API_URL", "GITHUB_API_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.setenv("ARXIV_INTERVAL_SECONDS", "0")
    for name in ("GITHUB_TOKEN", "CONTACT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # no .env of the checkout
    logging.getLogger("pipeline").setLevel(logging.NOTSET)  # a test that runs `papers` in this process quietens it


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services that are down are asked again at once: everything but the waiting is as ever."""
    for module in (dry_run, resources):
        monkeypatch.setattr(module, "Web", partial(Web, sleep=lambda seconds: None))


@pytest.fixture
def archives() -> Path:
    """The real pages that lie beside a checkout of the founders; elsewhere there are none."""
    folder = SHARED / "archives"
    if not folder.is_dir():
        pytest.skip(f"the real archives are not here: {folder}")
    return folder


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of the invented demo archive, enriched by the stand-ins through a real Dagster run; made once."""
    from pipeline.commands.job import run_days
    from pipeline.standin import Standin

    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        standin.allow(5000, "anonymous")
        folders = {"WAREHOUSE_DIR": str(folder / "warehouse"), "DAGSTER_HOME": str(folder / "dagster")}
        others = {"ARXIV_INTERVAL_SECONDS": "0", "GITHUB_TOKEN": ""}
        for name, value in {**standin.environment, **folders, **others}.items():
            patch.setenv(name, value)
        outcome = run_days(*DEMO_DAYS)
    assert not outcome.failures, outcome.failures
    return folder / "warehouse"


@pytest.fixture
def demo_warehouse(demo_template: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the demo's warehouse folder, to be changed at will."""
    folder = tmp_path / "warehouse"
    shutil.copytree(demo_template, folder, symlinks=True)
    yield folder


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of the demo archive at two fixed moments a week apart, so that stars have a before and an after."""
    from pipeline.commands.example_warehouse import make_example

    return make_example(tmp_path_factory.mktemp("example") / "warehouse").folder
