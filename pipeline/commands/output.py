"""How much a command says, and in which form: `--verbose`, `--quiet`, `--log-format`."""

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from pipeline.core.terminal import HarmlessFormatter, harmless

FORMATS = ("text", "json")
TELLING = ("pipeline.core.progress", "pipeline.http.retry")  # how far the work is, and why it waits
summary = logging.getLogger("pipeline.summary")
Command = TypeVar("Command", bound=Callable[..., Any])


class JsonFormatter(logging.Formatter):
    """Writes each log line as a JSON object: time (UTC), level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = harmless(record.getMessage())
        return json.dumps({"time": time, "level": record.levelname.lower(), "logger": record.name, "message": message})


class Stderr(logging.Handler):
    """Writes to what stderr is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        click.echo(self.format(record), err=True)


stderr = Stderr()


@dataclass
class Output:
    """What was asked for; one for the process."""

    is_verbose: bool = False
    is_quiet: bool = False
    is_json: bool = False

    @property
    def has_bar(self) -> bool:
        """Whether a bar shows the progress: on a terminal, unless lines do."""
        return sys.stderr.isatty() and not (self.is_verbose or self.is_quiet or self.is_json)

    def apply(self) -> None:
        """Set up logging to stderr. Warnings of a run stand in its summary and its history, and are not logged too."""
        text = HarmlessFormatter("%(asctime)s %(levelname)s: %(message)s", "%H:%M:%S")
        stderr.setFormatter(JsonFormatter() if self.is_json else text)
        logging.getLogger().addHandler(stderr)  # once, however often
        logging.getLogger().setLevel(logging.WARNING)
        ours = logging.DEBUG if self.is_verbose else logging.ERROR
        logging.getLogger("pipeline").setLevel(ours)
        has_lines = not (self.is_quiet or self.has_bar)
        for name in TELLING:
            logging.getLogger(name).setLevel(logging.INFO if has_lines else logging.ERROR)
        summary.setLevel(logging.INFO)

    def say(self, line: str) -> None:
        """Write a line of a result: to stdout, or into the log that is JSON; not at all if only failures matter."""
        if self.is_json:
            summary.log(logging.DEBUG if self.is_quiet else logging.INFO, "%s", line)
        elif not self.is_quiet:
            click.echo(harmless(line))

    def fail(self, line: str) -> None:
        """Write why something failed, to stderr."""
        if self.is_json:
            summary.error("%s", line)
        else:
            click.echo(harmless(f"papers: {line}"), err=True)


output = Output()


def output_options(command: Command) -> Command:
    """Give a command `--verbose`, `--quiet` and `--log-format`."""
    options = [
        click.option("-v", "--verbose", is_flag=True, expose_value=False, callback=set_verbose, help="Every request."),
        click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=set_quiet, help="Only what failed."),
        click.option(
            "--log-format",
            type=click.Choice(FORMATS),
            default="text",
            show_default=True,
            expose_value=False,
            callback=set_format,
            help="Form of the lines on stderr; json: the summary too.",
        ),
    ]
    for option in options:
        command = option(command)
    return command


def set_verbose(context: click.Context, option: click.Parameter, value: bool) -> None:
    output.is_verbose = value
    output.apply()


def set_quiet(context: click.Context, option: click.Parameter, value: bool) -> None:
    output.is_quiet = value
    output.apply()


def set_format(context: click.Context, option: click.Parameter, value: str) -> None:
    output.is_json = value == "json"
    output.apply()
