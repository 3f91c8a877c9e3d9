"""The services of a lake, on this machine: a PostgreSQL, and a stand-in for S3. For tests and `make bench-lake`."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from hosts import Postgres

KEYS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
}


def find_initdb() -> Path | None:
    """Return PostgreSQL's program that makes a database; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    return found[-1] if found[-1].is_file() else None


@contextmanager
def serve_postgres(initdb: Path) -> Generator[Postgres]:
    """Yield a PostgreSQL of this machine; it will not run as root."""
    with tempfile.TemporaryDirectory(prefix="papers-lake-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server = Postgres(initdb.parent, Path(folder), free_port())
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def serve_store() -> Generator[str]:
    """Yield the address of a stand-in for S3."""
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


def make_place(postgres: Postgres, endpoint: str, name: str) -> dict[str, str]:
    """Make a new database and a new bucket, and return the settings that name them."""
    postgres.create(name)
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{name}", method="PUT"), timeout=10).close()
    return {
        **KEYS,
        "AWS_ENDPOINT_URL": endpoint,
        "WAREHOUSE_STORAGE": f"s3://{name}/papers",
        "WAREHOUSE_CATALOG": f"postgresql://papers:ssecret@127.0.0.1:{postgres.port}/{name}",
    }


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
