"""Dagster's instance: its home folder, with settings that suit one writer."""

import fcntl
import os
import shutil
from pathlib import Path

import dagster as dg

from pipeline.core.home import dagster_home

HOME_SETTINGS = Path(__file__).with_name("dagster.yaml")


def prepare_home() -> Path:
    """Return the folder of Dagster's history, created if needed, with settings that suit one writer."""
    home = dagster_home()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        shutil.copyfile(HOME_SETTINGS, home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def open_instance() -> dg.DagsterInstance:
    """Open Dagster's history. Two first starts at once would spoil it, so they take turns."""
    home = prepare_home()
    with (home / ".starting").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return dg.DagsterInstance.get()
