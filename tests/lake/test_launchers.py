"""The run launchers of deploy/launchers are what Dagster's packages for them take."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._config import process_config, resolve_to_config_type, validate_config
from dagster._core.instance.config import dagster_instance_config_schema

LAUNCHERS = Path(__file__).parents[2] / "deploy" / "launchers"


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
