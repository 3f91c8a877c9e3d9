"""Arguments that several commands have, and what is read from them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


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
