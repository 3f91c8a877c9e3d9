"""Dagster's instance: its home folder, with settings that suit one writer."""

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

import dagster as dg

from pipeline.core.errors import SettingError
from pipeline.core.files import open_plain, replacing
from pipeline.core.home import dagster_home

HOME_SETTINGS = Path(__file__).with_name("dagster.yaml")
# The sha256 of those of 0.1.0, over the storage of Dagster itself.
FORMER = "6cb51cd5c0ab06a977afbb78ded96c37bb766176a4df39407c095fed8130c54e"


def prepare_home() -> Path:
    """Return the folder of Dagster's history, DAGSTER_HOME or .dagster here, with settings that suit one writer.

    Raises SettingError if it cannot be made or written.
    """
    home = dagster_home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        if is_outdated(home / "dagster.yaml"):
            with replacing(home / "dagster.yaml") as part:
                shutil.copyfile(HOME_SETTINGS, part)
    except OSError as error:
        raise SettingError(f"DAGSTER_HOME is {str(home)!r}, which cannot be written ({error.strerror})") from error
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def is_outdated(settings: Path) -> bool:
    """Whether a home has no settings yet, or those that an earlier version gave it; those of a person stay."""
    if not settings.exists():
        return True
    return hashlib.sha256(settings.read_bytes()).hexdigest() == FORMER


def open_instance() -> dg.DagsterInstance:
    """Open Dagster's history. Two first starts at once would spoil it, so that they go one after the other.

    Raises SettingError if its folder cannot be used.
    """
    path = prepare_home() / ".starting"
    try:
        descriptor = open_plain(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW)
    except OSError as error:
        raise SettingError(f"DAGSTER_HOME has a {path} that cannot be used ({error.strerror}): remove it") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return dg.DagsterInstance.get()
    finally:
        os.close(descriptor)
