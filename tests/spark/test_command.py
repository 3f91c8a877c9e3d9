"""`papers rebuild --engine spark`: usage, and what is said where something is missing."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.core.errors import EngineError
from pipeline.spark import session


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--engine", "spark"), "--engine spark needs --master, like spark://host:7077"),
        (("--master", "local[2]"), "--master and --exchange are for --engine spark"),
        (("--exchange", "shared"), "--master and --exchange are for --engine spark"),
        (("--engine", "trino"), "'trino' is not one of 'duckdb', 'spark'"),
    ],
)
def test_wrong_usage_is_said(options: tuple[str, ...], why: str):
    result = CliRunner().invoke(cli, ["rebuild", *options])
    assert result.exit_code == 2
    assert why in result.output


def test_what_is_missing_is_said_before_anything_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(session, "MODULES", ("no_such_engine",))
    folder = tmp_path / "warehouse"
    options = ["rebuild", "--engine", "spark", "--master", "spark://127.0.0.1:9"]
    result = CliRunner().invoke(cli, options, env={"WAREHOUSE_DIR": str(folder)})
    assert isinstance(result.exception, EngineError)
    assert "no_such_engine not installed" in str(result.exception)
    assert not folder.exists()
