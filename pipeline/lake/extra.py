"""The packages of the extra `lake`, which are not there unless somebody asked for them."""

from importlib import import_module
from typing import Any

from pipeline.core.errors import SettingError

INSTALL = "install the extra `lake` in an environment of its own: `make lake`, or pip install '.[lake]'"


def load(module: str) -> Any:
    """Return a module of the extra. Raises SettingError where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise SettingError(f"WAREHOUSE_STORAGE is set, and the package {package} is not here: {INSTALL}") from error
