"""Dagster's instance: its home folder, with settings that suit one writer."""

import fcntl
import hashlib
import json
import os
import re
import sqlite3
from pathlib import Path

import dagster as dg
from dagster_shared.check import CheckError
from dagster_shared.error import DagsterError
from sqlalchemy.exc import SQLAlchemyError
from yaml import YAMLError

from pipeline.core.errors import SettingError
from pipeline.core.files import open_plain, replacing, why_no_folder
from pipeline.core.home import dagster_home, lacking
from pipeline.core.terminal import one_line
from pipeline.defs.canary import raise_if_unfit

HOME_SETTINGS = Path(__file__).with_name("dagster.yaml")
REASON_CHARACTERS = 400
# The sha256 of former ones: of 0.1.0, over the storage of Dagster itself, and before there were pools.
FORMER = {
    "6cb51cd5c0ab06a977afbb78ded96c37bb766176a4df39407c095fed8130c54e",
    "e9c9f9a62c63ff3217de03bb2841c9605af0f92e4a2bc9880591da51b9df56c9",
}


def prepare_home() -> Path:
    """Return the folder of Dagster's history, DAGSTER_HOME or .dagster here, with settings that suit one writer.

    Raises SettingError if it cannot be made or written.
    """
    home = dagster_home()
    if why := why_no_folder(home):
        raise SettingError(
            f"DAGSTER_HOME is {str(home)!r} ({why}): it should be a folder, which is made where it is missing"
        )
    try:
        home.mkdir(parents=True, exist_ok=True)
        settings, wanted = home / "dagster.yaml", settings_of(home)
        found = settings.read_text("utf-8", "replace") if settings.exists() else None
        if found is None or (found != wanted and is_ours(found)):
            with replacing(settings) as part:
                part.write_text(wanted, "utf-8")
    except OSError as error:
        raise SettingError(f"DAGSTER_HOME is {str(home)!r}, which cannot be written ({error.strerror})") from error
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def settings_of(home: Path) -> str:
    """Return the settings that `papers` gives a home: they name it, for whoever opens it without DAGSTER_HOME."""
    named = f"    class: History\n    config:\n      base_dir: {json.dumps(str(home))}\n"
    return HOME_SETTINGS.read_text("utf-8").replace("    class: History\n", named)


def is_ours(settings: str) -> bool:
    """Whether `papers` gave these settings to a home, this one or where it was before; else a person wrote them."""
    unnamed = re.sub(r" {4}config:\n {6}base_dir: .*\n", "", settings, count=1)
    return unnamed == HOME_SETTINGS.read_text("utf-8") or hashlib.sha256(unnamed.encode()).hexdigest() in FORMER


def open_instance() -> dg.DagsterInstance:
    """Open Dagster's history. Two first starts at once would spoil it, so that they go one after the other.

    Raises SettingError if its folder or this release of Dagster cannot be used.
    """
    home = prepare_home()
    raise_if_unfit(home)
    path = home / ".starting"
    try:
        descriptor = open_plain(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW)
    except OSError as error:
        raise SettingError(f"DAGSTER_HOME has a {path} that cannot be used ({error.strerror}): remove it") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return open_by_settings(home / "dagster.yaml")
    finally:
        os.close(descriptor)


def open_by_settings(settings: Path) -> dg.DagsterInstance:
    """Open the history that the settings name. Raises SettingError if they, a package or the history cannot be used."""
    try:
        return dg.DagsterInstance.get()
    except (DagsterError, CheckError, YAMLError, ValueError) as error:
        cause = error.__cause__ or error.__context__
        if isinstance(cause, ModuleNotFoundError) and (cause.name or "").startswith("dagster_"):
            raise SettingError(f"{settings} names a package: {lacking(cause)}") from error
        why = "correct it, or move it away, and `papers` writes its own"
        raise SettingError(f"{settings} cannot be used ({reason(error)}): {why}") from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        why = "a damaged one may be moved away, the warehouse does not need it"
        raise SettingError(
            f"Dagster's history cannot be opened, where {settings} has it ({reason(error)}): {why}"
        ) from error


def reason(error: Exception) -> str:
    """Return what is wrong, without the statement that SQLAlchemy was at."""
    return one_line(str(getattr(error, "orig", None) or error))[:REASON_CHARACTERS]
