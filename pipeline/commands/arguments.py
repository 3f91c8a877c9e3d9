"""Arguments and settings that several commands have, and what is read from them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipeline.core.settings import Settings
    from pipeline.lake.place import Place


def target_folder(what: str) -> Callable[[Any], Any]:
    """Return the option --to of a command that replaces a whole folder."""
    kind = click.Path(path_type=Path)
    told = f"New folder, or one of an earlier {what}, which is replaced."
    return click.option("--to", "folder", type=kind, required=True, help=told)


def read_file(path: Path) -> str:
    """Return the text of a file. Raises UsageError."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read as UTF-8 text: {error}") from error


def split_param(text: str) -> tuple[str, str]:
    """Return the name and the value of --param. Raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise click.UsageError(f"--param {text!r}: write it as NAME=VALUE")
    return name, value


def read_settings() -> "Settings":
    """Take the settings of this process. Pydantic and the sources take a while to import: not for a help text."""
    from pipeline.core import settings
    from pipeline.sources.registry import choose_sources

    found = settings.read_settings()
    choose_sources(found.sources)
    return found


def published_file() -> "Place":
    """Return where readers ask: the file of this host, brought up to date; or the store's own if there is no folder."""
    settings = read_settings()
    if settings.warehouse_storage is None:
        return settings.warehouse_dir / "papers.duckdb"
    from pipeline.lake import place

    return place.find_place(settings)
