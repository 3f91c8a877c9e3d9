"""The demo's services, with one warehouse and one history for the tests of a module, in their order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.standin import Standin


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def one_history(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    with Standin() as standin:
        standin.allow(5000)
        settings = {"WAREHOUSE_DIR": str(home / "warehouse"), "DAGSTER_HOME": str(home / "dagster")}
        for name, value in {**standin.environment, **settings}.items():
            monkeypatch.setenv(name, value)
        yield standin
