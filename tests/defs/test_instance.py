"""Dagster's history: one, whoever opens it."""

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef

from pipeline.core.errors import SettingError
from pipeline.defs.instance import open_instance, prepare_home

ROOT = Path(__file__).parents[2]
POSTGRES = (ROOT / "deploy" / "dagster.yaml").read_text("utf-8")
FORMER_SETTINGS = """# Settings of the Dagster history that `papers` keeps: one writer, no telemetry.
concurrency:
  runs:
    max_concurrent_runs: 1
run_monitoring:
  enabled: true
telemetry:
  enabled: false
nux:
  enabled: false
"""


def open_as_dagster_does(folder: Path, home: Path) -> DagsterInstance:
    """As `dg dev` does without DAGSTER_HOME: a passing home, and the settings of the folder where it is started."""
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(home), config_dir=str(folder)))


def test_papers_and_dagster_in_the_checkout_share_one_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME")
    shutil.copyfile(ROOT / "dagster.yaml", tmp_path / "dagster.yaml")
    (tmp_path / "passing").mkdir()
    with open_as_dagster_does(tmp_path, tmp_path / "passing") as theirs:
        theirs.add_dynamic_partitions("days", ["2025-03-21"])
        places = theirs.storage_directory()
    with open_instance() as ours:
        assert ours.get_dynamic_partitions("days") == ["2025-03-21"]
        assert Path(ours.storage_directory()) == (tmp_path / places).absolute()
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("runs.db")] == [Path(".dagster/history/runs.db")]
    assert list((tmp_path / "passing").iterdir()) == []


def test_a_home_of_an_earlier_version_gets_the_storage_of_this_one(tmp_path: Path) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(FORMER_SETTINGS)
    prepare_home()
    assert yaml.safe_load((home / "dagster.yaml").read_text())["storage"]["custom"]["config"] == {"base_dir": str(home)}


def test_the_settings_of_a_person_stay(tmp_path: Path) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(FORMER_SETTINGS + "# mine\n")
    prepare_home()
    assert (home / "dagster.yaml").read_text().endswith("# mine\n")


def test_a_home_that_was_moved_goes_on_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_instance() as before:
        before.add_dynamic_partitions("days", ["2025-03-21"])
    moved = (tmp_path / "dagster").rename(tmp_path / "moved")
    monkeypatch.setenv("DAGSTER_HOME", str(moved))
    with DagsterInstance.get() as after:  # as `dagster` does, which does not renew the settings
        assert after.get_dynamic_partitions("days") == ["2025-03-21"]
    with open_instance() as after:
        assert after.get_dynamic_partitions("days") == ["2025-03-21"]
    assert not (tmp_path / "dagster").exists()


def test_a_home_is_opened_by_its_folder_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_instance() as ours:
        ours.add_dynamic_partitions("days", ["2025-03-21"])
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "another"))
    with DagsterInstance.from_config(str(tmp_path / "dagster")) as theirs:
        assert theirs.get_dynamic_partitions("days") == ["2025-03-21"]


def test_a_home_from_before_there_were_pools_gets_them_and_one_with_a_change_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    prepare_home()
    path = home / "dagster.yaml"
    now = path.read_text()
    before = re.sub(r"  pools:.*\n(    .*\n){2}", "", now)
    assert before != now
    path.write_text(before + "# mine\n")
    prepare_home()
    assert path.read_text() == before + "# mine\n"
    path.write_text(before)
    prepare_home()
    assert path.read_text() == now


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (POSTGRES, "names a package: the package dagster_postgres is not here: pip install dagster-postgres"),
        ("storage: [", "while parsing a flow node"),
        ("- a list\n", "to parse to dictionary"),
        ("storag: {}\n", 'unexpected config entry "storag"'),
        ("storage: {sqlite: {base_dir: {env: NOT_SET}}}\n", "NOT_SET"),
        ("storage: {custom: {module: nowhere.at_all, class: History}}\n", "nowhere"),
        ("storage: {sqlite: {base_dir: /dev/null}}\n", "Dagster's history cannot be opened"),
        (b"\xff\xfe\x00", "can't decode byte"),
    ],
)
def test_settings_of_a_person_that_cannot_be_used_are_named_in_one_line_with_what_to_do(
    settings: str | bytes, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dagster_postgres", None)  # as where it is not installed
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_bytes(settings if isinstance(settings, bytes) else settings.encode())
    with pytest.raises(SettingError) as raised:
        open_instance()
    said = str(raised.value)
    assert why in said and str(home / "dagster.yaml") in said and "\n" not in said
    assert re.search(r"pip install|moved? .*away", said)


def test_a_history_that_is_no_database_is_named_in_one_line(tmp_path: Path) -> None:
    open_instance().dispose()
    for file in (tmp_path / "dagster" / "history").rglob("*.db*"):
        file.write_bytes(b"tea" * 5000)
    with pytest.raises(SettingError, match=r"Dagster's history cannot be opened.*not a database.*does not need it$"):
        open_instance()


@pytest.mark.parametrize(("kind", "why"), [("file", "not a folder"), ("link", "a link that leads nowhere")])
def test_a_home_that_is_no_folder_is_said_to_be_none(
    kind: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.touch() if kind == "file" else home.symlink_to(tmp_path / "nowhere")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with pytest.raises(SettingError, match=rf"^DAGSTER_HOME is '{home}' \({why}\): it should be a folder"):
        prepare_home()
