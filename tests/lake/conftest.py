"""A PostgreSQL and a stand-in for S3 of this machine, and hosts that share nothing else."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hosts import Lake, Postgres

KEYS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
}
NUMBERS = count()
COUNTED = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip all of these where the extra is not installed: they have an environment of their own."""
    missing = [name for name in ("psycopg", "obstore", "moto", "duckdb_extension_ducklake") if not is_installed(name)]
    for item in items:
        if missing and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(f"the extra lake is not here ({', '.join(missing)}): make test-lake"))


def is_installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this machine; skipped where there is none. It will not run as root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        pytest.skip("no PostgreSQL here (on Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="papers-lake-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server = Postgres(found[-1].parent, Path(folder), free_port())
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """A stand-in for S3 on this machine."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        url = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{url}/moto-api/", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        try:
            yield url
        finally:
            server.terminate()


@pytest.fixture
def lake(postgres: Postgres, endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lake:
    """A new database and a new bucket, named by the settings of this process."""
    name = f"papers{next(NUMBERS)}-{os.getpid()}"
    postgres.create(name)
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{name}", method="PUT"), timeout=10).close()
    settings = {
        **KEYS,
        "AWS_ENDPOINT_URL": endpoint,
        "WAREHOUSE_STORAGE": f"s3://{name}/papers",
        "WAREHOUSE_CATALOG": f"postgresql://papers:ssecret@127.0.0.1:{postgres.port}/{name}",
    }
    for setting, text in settings.items():
        monkeypatch.setenv(setting, text)
    return Lake(settings, tmp_path)
