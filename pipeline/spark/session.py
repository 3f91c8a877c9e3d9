"""A session on a Spark cluster, or one line that says why there is none. Nothing here waits without an end."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.core.errors import EngineError

MODULES = ("pyspark", "sqlglot", "pyarrow")  # of the extra `spark`
MASTER = re.compile(r"spark://(?P<hosts>[^/,:\s]+:\d{1,5}(,[^/,:\s]+:\d{1,5})*)|local\[(\d+|\*)\]")
OLDEST_JAVA = 17  # https://spark.apache.org/docs/4.2.1/#downloading
CONNECT_SECONDS = 10.0
WORKER_SECONDS = 60.0  # a worker needs some to start a JVM for us
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # as DuckDB's, without a zone
    "spark.sql.ansi.enabled": "true",  # what does not fit is an error
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",  # few small files
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


@contextmanager
def open_session(master: str, *, worker_seconds: float = WORKER_SECONDS) -> Generator[Any]:
    """Yield a Spark session on `master`, and stop it at the end. Raises EngineError if there can be none."""
    raise_unless_ready(master)
    # Not at the top: Spark is no part of the default installation.
    builder = import_module("pyspark.sql").SparkSession.builder.appName("papers rebuild").master(master)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # of the workers: it has this package
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (*refusals(), OSError) as error:  # or no JVM, or no way to it
        raise EngineError(f"{master} takes no application: {first_line(error)}") from error
    try:
        if not master.startswith("local"):
            wait_for_worker(session, master, worker_seconds)
        session.conf.set("spark.sql.shuffle.partitions", max(2, session.sparkContext.defaultParallelism))
        yield session
    finally:
        session.stop()


def refusals() -> tuple[type[Exception], ...]:
    """Return the errors by which Spark says no: its own, and those of the bridge to its JVM."""
    return import_module("pyspark.errors").PySparkException, import_module("py4j.protocol").Py4JError


def raise_unless_ready(master: str) -> None:
    """Raise EngineError for what is missing, without starting anything."""
    raise_unless_installed()
    raise_unless_java()
    raise_unless_reached(master)


def raise_unless_installed() -> None:
    missing = [name for name in MODULES if find_spec(name) is None]
    if missing:
        raise EngineError(f"{', '.join(missing)} not installed: pip install 'daily-ai-papers-warehouse[spark]'")


def raise_unless_java() -> None:
    """Raise EngineError if there is no Java, or one too old for Spark."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    remedy = f"Spark needs Java {OLDEST_JAVA} or newer: install it, or set JAVA_HOME"
    if java is None or not Path(java).is_file():
        raise EngineError(f"{java or 'java'} is not there: {remedy}")
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True).stderr  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f"{java} does not run ({first_line(error)}): {remedy}") from error
    found = re.search(r'version "(\d+)', told)
    if found and int(found[1]) < OLDEST_JAVA:
        raise EngineError(f"{java} is of version {found[1]}: {remedy}")


def raise_unless_reached(master: str) -> None:
    """Raise EngineError for an address of another kind, or if no host of it answers."""
    found = MASTER.fullmatch(master)
    if not found:
        raise EngineError(f"--master {master}: expected spark://host:port, or local[2] for this machine alone")
    if not found["hosts"]:
        return
    why = ""
    for address in found["hosts"].split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
        except (OSError, OverflowError) as error:
            why = first_line(error)
        else:
            return
    raise EngineError(f"{master} cannot be reached ({why}): start a master there, or name another with --master")


def wait_for_worker(session: Any, master: str, seconds: float) -> None:
    """Raise EngineError if no worker takes us: a job would wait for one without an end."""
    scala = session.sparkContext._jsc.sc()  # Python has no public name for it
    deadline = time.monotonic() + seconds
    while scala.getExecutorMemoryStatus().size() < 2:  # the driver is one of them
        if time.monotonic() > deadline:
            raise EngineError(
                f"{master} has no free worker after {seconds:.0f} s: start one with a free core and 1 GB of memory"
            )
        time.sleep(0.2)


def first_line(error: BaseException) -> str:
    """Return what an error says in one line: of a traceback of Python, its end."""
    lines = [line for line in str(error).strip().split("\n") if line.strip()]
    if len(lines) > 1 and lines[1].startswith("Traceback"):
        return next((line for line in lines[2:] if not line.startswith(" ")), lines[0])
    return lines[0] if lines else type(error).__name__
