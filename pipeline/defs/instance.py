"""Dagster's instance: its home folder, with settings that suit one writer."""

import fcntl
import os
import shutil
from pathlib import Path

import dagster as dg

HOME_SETTINGS = Path(__file__).with_name("dagster.yaml")


def prepare_home() -> Path:
    """Return the folder of Dagster's history, DAGSTER_HOME or .dagster here, with settings that suit one writer."""
    home = Path(os.environ.get("DAGSTER_HOME") or ".dagster").expanduser().absolute()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        shutil.copyfile(HOME_SETTINGS, home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def open_instance() -> dg.DagsterInstance:
    """Open Dagster's history. Two first starts at once would spoil it, so that they go one after the other."""
    home = prepare_home()
    with (home / ".starting").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return dg.DagsterInstance.get()
