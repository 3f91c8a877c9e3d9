"""The folder of Dagster's history."""

import os
from pathlib import Path


def dagster_home() -> Path:
    """Return DAGSTER_HOME, or .dagster in the working directory, as an absolute path. It need not exist."""
    return Path(os.environ.get("DAGSTER_HOME") or ".dagster").expanduser().absolute()
