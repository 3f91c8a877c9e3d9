"""Which release of Dagster is installed, which one the tests ran with, and what to say of one that is unfit."""

from importlib.metadata import version

from pipeline.core.errors import SettingError

RELEASE = version("dagster")
TESTED = "1.13.27"


def unfit(why: str) -> SettingError:
    """Return the error of a release that cannot be used."""
    return SettingError(f"Dagster {RELEASE} {why}: install dagster=={TESTED}")


def lacking(error: ImportError) -> SettingError:
    """Return the error of a release that lacks what we import of it. Raises what it got if another thing is lacking."""
    if not (error.name or "").startswith("dagster"):
        raise error
    return unfit(f"lacks a part that is used here ({error.msg})")
