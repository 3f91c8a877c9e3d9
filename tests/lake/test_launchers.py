"""The run launchers of deploy/launchers are what Dagster's packages for them take."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._config import process_config, resolve_to_config_type, validate_config
from dagster._core.instance.config import dagster_instance_config_schema

from pipeline.core.settings import NAMES, Settings

LAUNCHERS = Path(__file__).parents[2] / "deploy" / "launchers"
# What only those need who tell people or show the UI, and what the image says.
NOT_OF_RUNS = {"WEBHOOK_URL", "SMTP_URL", "ALERT_EMAIL", "UI_ORIGINS", "UI_URL", "AUTOMATION", "WAREHOUSE_DIR"}
KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
SECRET = {name.upper() for name, field in Settings.model_fields.items() if not field.repr} - NOT_OF_RUNS | KEYS


@pytest.mark.parametrize("name", sorted(path.stem for path in LAUNCHERS.glob("*.yaml")))
def test_a_launcher_is_what_its_package_takes(name: str) -> None:
    wanted: dict[str, Any] = yaml.safe_load((LAUNCHERS / f"{name}.yaml").read_text("utf-8"))
    assert wanted.keys() == {"run_launcher", "concurrency"}
    whole = yaml.safe_load((LAUNCHERS.parent / "dagster.yaml").read_text("utf-8")) | wanted
    instance = validate_config(dagster_instance_config_schema(), whole)
    assert instance.success, instance.errors
    launcher = wanted["run_launcher"]
    package = pytest.importorskip(launcher["module"])
    schema = getattr(package, launcher["class"]).config_type()
    checked = process_config(resolve_to_config_type(schema), launcher["config"])
    assert checked.success, checked.errors
    broken = process_config(resolve_to_config_type(schema), {**launcher["config"], "no_such_option": 1})
    assert not broken.success


def wanted_by(settings: object) -> set[str]:
    """The variables that a file for Dagster takes its values from."""
    if not isinstance(settings, dict):
        return set()
    own = {settings["env"]} if settings.keys() == {"env"} else set[str]()
    return own.union(*map(wanted_by, settings.values()))  # pyright: ignore[reportUnknownArgumentType]


HISTORY = wanted_by(yaml.safe_load((LAUNCHERS.parent / "dagster.yaml").read_text("utf-8")))
OF_RUNS = set(NAMES) - NOT_OF_RUNS | KEYS | {"AWS_REGION", "AWS_ENDPOINT_URL"} | HISTORY


def config_of(name: str) -> dict[str, Any]:
    return yaml.safe_load((LAUNCHERS / f"{name}.yaml").read_text("utf-8"))["run_launcher"]["config"]


def test_docker_hands_every_setting_on_and_the_daemon_has_each_if_only_empty() -> None:
    handed = config_of("docker")["env_vars"]
    assert set(handed) == OF_RUNS and len(handed) == len(set(handed))
    empty = [line for line in (LAUNCHERS / "settings.env").read_text("utf-8").splitlines() if not line.startswith("#")]
    compose = yaml.safe_load((LAUNCHERS.parent / "docker-compose.yml").read_text("utf-8"))
    assert {line.removesuffix("=") for line in empty} | set(compose["x-papers"]["environment"]) == OF_RUNS
    more = yaml.safe_load((LAUNCHERS / "docker-compose.yml").read_text("utf-8"))["services"]
    assert more.keys() <= compose["services"].keys() and "launchers/settings.env" in more["daemon"]["env_file"]


def test_kubernetes_hands_every_setting_on_and_what_is_secret_as_a_secret() -> None:
    text = (LAUNCHERS / "kubernetes-settings.yml").read_text("utf-8")
    plain, secret = list[dict[str, Any]](yaml.safe_load_all(text))
    config = config_of("kubernetes")
    assert (config["env_config_maps"], config["env_secrets"]) == (
        [plain["metadata"]["name"]],
        [secret["metadata"]["name"]],
    )
    assert secret["stringData"].keys() == SECRET | {"POSTGRES_PASSWORD"}
    assert plain["data"].keys() == OF_RUNS - secret["stringData"].keys()
    assert all(isinstance(value, str) for value in plain["data"].values())


def test_ecs_hands_every_setting_on_beside_those_of_the_history_which_the_task_of_the_daemon_has() -> None:
    config = config_of("ecs")
    secret = {each["name"] for each in config["secrets"]}
    assert secret == SECRET | {"POSTGRES_PASSWORD"}
    assert {line.partition("=")[0] for line in config["env_vars"]} == OF_RUNS - secret - HISTORY
    assert config["use_current_ecs_task_config"] is True


def test_the_image_of_the_launchers_has_the_lake_and_their_packages() -> None:
    lock = (LAUNCHERS.parent / "requirements-lake.lock").read_text("utf-8")
    tested = (LAUNCHERS.parents[1] / "requirements-lake.lock").read_text("utf-8")
    pins = {line.partition(" ")[0] for line in lock.splitlines() if "==" in line}
    assert {pin.partition("==")[0] for pin in pins} >= {"obstore", "duckdb-extension-ducklake", "dagster-postgres"}
    assert all(any(pin.startswith(f"{module}==") for pin in pins) for module in ("dagster-docker", "dagster-k8s"))
    assert pins <= {line.partition(" ")[0] for line in tested.splitlines()}
    assert "requirements-lake.lock" in (LAUNCHERS.parent / "Dockerfile").read_text("utf-8")
