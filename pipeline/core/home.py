"""Dagster as it is installed here: the folder of its history, its release, and what to say of one that is unfit."""

import os
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from pipeline.core.errors import SettingError

RELEASE = version("dagster")
TESTED = "1.13.27"  # what the tests ran with


def dagster_home() -> Path:
    """Return DAGSTER_HOME, or .dagster in the working directory, as an absolute path. It need not exist."""
    return Path(os.environ.get("DAGSTER_HOME") or ".dagster").expanduser().absolute()


def unfit(why: str) -> SettingError:
    """Return the error of a release that cannot be used."""
    return SettingError(f"Dagster {RELEASE} {why}: install dagster=={TESTED}")


def lacking(error: ImportError) -> SettingError:
    """Return the error of a release that lacks what we import of it, or of a package of Dagster's that is not here.

    Raises what it got if another thing is lacking.
    """
    package = (error.name or "").partition(".")[0]
    if package == "dagster" or (package.startswith("dagster_") and find_spec(package)):
        return unfit(f"lacks a part that is used here ({error.msg})")
    if package.startswith("dagster_"):
        return SettingError(f"the package {package} is not here: pip install {package.replace('_', '-')}")
    raise error
