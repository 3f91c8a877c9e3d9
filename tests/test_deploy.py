"""The processes of deploy/docker-compose.yml as they stand there, without containers, on this machine's PostgreSQL."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dagster_ui import DagsterUi, free_port, wait_for

from pipeline.standin import Standin

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_only_the_code_container_holds_the_warehouse_and_only_this_machine_reaches_the_ui() -> None:
    mounted = {name for name, service in SERVICES.items() if any("/warehouse" in v for v in service.get("volumes", ()))}
    assert mounted == {"code"}
    assert SERVICES["webserver"]["ports"] == ["127.0.0.1:3000:3000"]
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"webserver"}


def test_no_recipe_starts_a_webserver_without_the_guard() -> None:
    texts = [path.read_text("utf-8") for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert not [text for text in texts if re.search(r"dagster-webserver|dagster, dev|dagster dev|dg dev", text)]
    assert SERVICES["webserver"]["command"][:3] == ["python", "-m", "pipeline.ui.webserver"]
    unit = (DEPLOY / "systemd" / "papers.service").read_text("utf-8")
    assert re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE) == ["/opt/papers/bin/papers ui --port 3000"]


def test_every_container_has_a_health_check_and_waits_for_what_it_needs() -> None:
    assert all("healthcheck" in service for service in SERVICES.values())
    needs = {name: set(service.get("depends_on", ())) for name, service in SERVICES.items()}
    assert needs == {"postgres": set(), "code": {"postgres"}, "webserver": {"code"}, "daemon": {"code"}}


def test_the_files_of_the_deployment_agree() -> None:
    configuration = yaml.safe_load((DEPLOY / "dagster.yaml").read_text("utf-8"))
    ours = yaml.safe_load((DEPLOY.parent / "pipeline" / "defs" / "dagster.yaml").read_text("utf-8"))
    del ours["storage"]  # a file on this machine, where the deployment has PostgreSQL
    assert {name: configuration[name] for name in ours} == ours
    database = configuration["storage"]["postgres"]["postgres_db"]
    assert {value["env"] for value in database.values() if isinstance(value, dict)} <= set(
        COMPOSE["x-papers"]["environment"]
    )
    # SQLAlchemy 2.1 takes another driver for a bare postgresql://, which dagster-postgres does not bring
    assert database["scheme"] == "postgresql+psycopg2"
    server = yaml.safe_load((DEPLOY / "workspace.yaml").read_text("utf-8"))["load_from"][0]["grpc_server"]
    assert server["host"] in SERVICES and str(server["port"]) in SERVICES[server["host"]]["command"]
    # Dagster's libraries are released together: 0.29.27 goes with 1.13.27
    release = (DEPLOY / "requirements.in").read_text("utf-8").split("==")[1].strip().rpartition(".")[2]
    lock = (DEPLOY.parent / "requirements.lock").read_text("utf-8")
    assert any(line.startswith(f"dagster==1.13.{release} ") for line in lock.splitlines())


PIN = re.compile(
    r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)[^\n]*\\\n((?: +--hash=sha256:[0-9a-f]{64}[ \\]*\n)+)", re.MULTILINE
)


def test_what_is_deployed_is_what_was_tested_and_every_package_has_its_hashes() -> None:
    text = (DEPLOY / "requirements.lock").read_text("utf-8")
    deployed = {name: version for name, version, _ in PIN.findall(text)}
    tested = {name: version for name, version, _ in PIN.findall((ROOT / "requirements.lock").read_text("utf-8"))}
    assert len(deployed) == sum("==" in line for line in text.splitlines())
    assert {name for name, version in deployed.items() if tested.get(name) != version} == {
        "dagster-postgres",
        "psycopg2-binary",
    }
    assert "pytest" not in deployed
    assert not re.search(r"index-url|find-links|https?://|trusted-host| @ ", text)


@pytest.mark.parametrize("recipe", ["deploy/Dockerfile", "deploy/systemd/papers.service", "Makefile"])
def test_every_recipe_installs_packages_by_their_hashes(recipe: str) -> None:
    lines = [line for line in (ROOT / recipe).read_text("utf-8").splitlines() if "pip install" in line]
    assert any("--require-hashes -r" in line for line in lines)
    unpinned = [
        line for line in lines if "--require-hashes" not in line and "--no-deps --no-build-isolation" not in line
    ]
    assert [line for line in unpinned if ".tools/bin/pip" not in line] == []  # what only makes the lock


def test_the_image_gets_what_the_dockerfile_copies_and_no_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    copies = re.findall(r"^COPY (.+) \S+$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert {source for sources in copies for source in sources.split()} == allowed
    assert all((ROOT / source).exists() for source in allowed)


def test_images_can_be_pinned_by_their_digests() -> None:
    assert SERVICES["postgres"]["image"] == "${POSTGRES_IMAGE:-postgres:17-alpine}"
    assert COMPOSE["x-papers"]["build"]["args"] == {"PYTHON_IMAGE": "${PYTHON_IMAGE:-python:3.12-slim}"}
    assert "ARG PYTHON_IMAGE=python:3.12-slim\nFROM ${PYTHON_IMAGE}\n" in (DEPLOY / "Dockerfile").read_text("utf-8")
    assert all(
        name in (ROOT / "docs/operations.md").read_text("utf-8") for name in ("PYTHON_IMAGE=", "POSTGRES_IMAGE=")
    )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
@pytest.mark.parametrize("unit", ["papers.service", "papers-check.service"])
def test_the_units_are_valid_and_closed(unit: str, tmp_path: Path) -> None:
    text = (DEPLOY / "systemd" / unit).read_text("utf-8")
    (tmp_path / unit).write_text(re.sub(r"/opt/papers/bin/\S+", sys.executable, text))
    verify = ["systemd-analyze", "verify", str(tmp_path / unit)]
    verified = subprocess.run(verify, check=False, capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    closed = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(tmp_path / unit)]  # 20: 2.0 of 10
    assert subprocess.run(closed, check=False, capture_output=True).returncode == 0
    for wanted in (
        "LimitCORE=0",
        "MemoryMax=",
        "UMask=0027",
        "SystemCallFilter=@system-service",
        "NoNewPrivileges=true",
    ):
        assert f"\n{wanted}" in text


@pytest.mark.ui
def test_the_processes_of_the_containers_run_a_backfill_on_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("dagster_postgres", reason="dagster-postgres is not installed")
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(DEPLOY / "dagster.yaml", home / "dagster.yaml")
    code, web = free_port(), free_port()
    text = (DEPLOY / "workspace.yaml").read_text("utf-8").replace("host: code", "host: 127.0.0.1")
    (home / "workspace.yaml").write_text(text.replace("4000", str(code)))
    replaced: dict[str, str] = {"4000": str(code), "3000": str(web), "0.0.0.0": "127.0.0.1"}
    replaced["/dagster/workspace.yaml"] = str(home / "workspace.yaml")
    with ExitStack() as stack, Standin() as standin:
        standin.allow(5000)
        database = stack.enter_context(postgresql(stack))
        own = {"DAGSTER_HOME": str(home), "DAGSTER_LOGS": str(tmp_path / "logs")}
        for name, value in {**standin.environment, **database, **own}.items():
            monkeypatch.setenv(name, value)
        ui = DagsterUi(web)
        for name in ("code", "webserver", "daemon"):
            command = [replaced.get(word, word) for word in list[str](SERVICES[name]["command"])]
            stack.enter_context(process([str(Path(sys.executable).parent / command[0]), *command[1:]], tmp_path / name))
            if name == "code":
                check = [replaced.get(word, word) for word in list[str](SERVICES[name]["healthcheck"]["test"][1:])]
                check[0] = str(Path(sys.executable).parent / check[0])
                wait_for(lambda check=check: is_fine(check), "the code")
        wait_for(ui.is_ready, "webserver and daemon")
        for path, name in (("/graphql?query={version}", "127.0.0.1"), ("/", "rebound.example")):
            request = urllib.request.Request(f"{ui.url}{path}", headers={"Host": f"{name}:{web}"})
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(request, timeout=60)
        days = [date(2025, 3, day).isoformat() for day in range(17, 22)]
        backfill = ui.finished_backfill(ui.launch_backfill(days))
        alive = [str(Path(sys.executable).parent / "dagster-daemon"), "liveness-check"]
        assert is_fine(alive)
    assert backfill["status"] == "COMPLETED_SUCCESS"
    assert [run["status"] for run in backfill["runs"]] == ["SUCCESS"]
    with duckdb.connect(str(tmp_path / "warehouse" / "papers.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(distinct listing_date) from fct_source_day").fetchone() == (5,)


def is_fine(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextmanager
def postgresql(stack: ExitStack) -> Iterator[dict[str, str]]:
    """A PostgreSQL of this machine for one test; skipped where there is none. It will not run as root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        pytest.skip("no PostgreSQL here (on Debian: apt-get install postgresql)")
    programs, port = found[-1].parent, free_port()
    data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="papers-"))) / "data"
    drop: list[str] = []
    if os.geteuid() == 0:  # whose temporary folders of tests nobody else may enter
        shutil.chown(data.parent, "postgres", "postgres")
        drop = ["runuser", "-u", "postgres", "--"]
    make = [*drop, str(programs / "initdb"), "-D", str(data), "-U", "papers", "-A", "trust"]
    subprocess.run(make, check=True, capture_output=True, cwd="/")
    options = f"-h 127.0.0.1 -p {port} -k {data.parent}"
    control = [*drop, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    log = str(data.parent / "log")
    subprocess.run([*control, "-o", options, "-l", log, "start"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    try:
        create = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "papers", "papers"]
        subprocess.run(create, check=True, capture_output=True)
        names = {"HOST": "127.0.0.1", "PORT": str(port), "USER": "papers", "PASSWORD": "unused", "DB": "papers"}
        yield {f"POSTGRES_{name}": value for name, value in names.items()}
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], check=False, capture_output=True, cwd="/")


@contextmanager
def process(command: list[str], log: Path) -> Iterator[Any]:
    """A process with the test's environment, ended by SIGTERM like a container."""
    with log.with_suffix(".log").open("wb") as out:
        started = subprocess.Popen(command, stdout=out, stderr=out, cwd=log.parent)
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
