"""A standalone Spark cluster on loopback, from the pyspark wheel: a master and workers of one core, ended by pid."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

CONF = Path(__file__).parent / "spark" / "conf"
START_SECONDS = 120  # a JVM on a busy machine


def spark_home() -> Path:
    found = find_spec("pyspark")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


def environment() -> dict[str, str]:
    """What master, workers and driver share: settings for small data, and loopback."""
    small = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    return {
        "SPARK_HOME": str(spark_home()),
        "SPARK_CONF_DIR": str(CONF),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": small,
    }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def process(folder: Path, name: str, *arguments: str) -> Iterator[None]:
    """Run a class of Spark's until the end of the block; its words come to a file."""
    command = [str(spark_home() / "bin" / "spark-class"), *arguments]
    with (folder / f"{name}.log").open("w") as log:
        running = subprocess.Popen(
            command, env={**os.environ, **environment()}, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            running.terminate()
            try:
                running.wait(30)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


@contextmanager
def open_cluster(folder: Path, workers: int) -> Iterator[str]:
    """Start a master and so many workers, and yield the master's address."""
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    here = ("--host", "127.0.0.1", "--webui-port", "0")
    with ExitStack() as stack:
        stack.enter_context(
            process(folder, "master", "org.apache.spark.deploy.master.Master", *here, "--port", str(port))
        )
        wait_for(port)
        for number in range(workers):
            worker = ("org.apache.spark.deploy.worker.Worker", *here, "--cores", "1", "--memory", "1g", "--work-dir")
            stack.enter_context(process(folder, f"worker{number}", *worker, str(folder / f"work{number}"), master))
        yield master


def wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the master does not listen: see master.log"
            time.sleep(0.1)
