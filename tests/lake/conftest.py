"""A PostgreSQL and a stand-in for S3 of this machine, and hosts that share nothing else."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from backends import find_initdb, make_place, serve_postgres, serve_store
from hosts import Lake, Postgres

NUMBERS = count()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip all of these where the extra is not installed: they have an environment of their own."""
    missing = [name for name in ("psycopg", "obstore", "moto", "duckdb_extension_ducklake") if not is_installed(name)]
    for item in items:
        if missing and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(f"the extra lake is not here ({', '.join(missing)}): make test-lake"))


def is_installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this machine; skipped where there is none."""
    initdb = find_initdb()
    if initdb is None:
        pytest.skip("no PostgreSQL here (on Debian: apt-get install postgresql)")
    with serve_postgres(initdb) as server:
        yield server


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """A stand-in for S3 on this machine."""
    with serve_store() as url:
        yield url


@pytest.fixture
def lake(postgres: Postgres, endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lake:
    """A new database and a new bucket, named by the settings of this process."""
    settings = make_place(postgres, endpoint, f"papers{next(NUMBERS)}-{os.getpid()}")
    for setting, text in settings.items():
        monkeypatch.setenv(setting, text)
    return Lake(settings, tmp_path)
