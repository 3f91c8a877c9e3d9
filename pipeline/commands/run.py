"""Run a range of days from the command line: progress, summary, exit status."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date

import click

from pipeline.core import progress
from pipeline.core.settings import read_settings
from pipeline.core.terminal import harmless

BAR_WIDTH = 30


def launch(first: date, last: date, *, only_missing: bool = False) -> None:
    """Run a range of days and print the summary; exit with status 1 if something failed."""
    settings = read_settings()
    from pipeline.commands.job import run_days
    from pipeline.commands.run_summary import summarise
    from pipeline.warehouse import lock

    if holder := lock.find_holder(settings.warehouse_dir):
        report_waiting(holder)
    with progress_bar():
        outcome = run_days(first, last, only_missing=only_missing)
    for line in summarise(outcome, settings):
        click.echo(harmless(line))
    for failure in outcome.failures:
        click.echo(harmless(f"papers: {failure}"), err=True)
    if outcome.failures:
        sys.exit(1)


def report_waiting(holder: str) -> None:
    click.echo(f"The warehouse is being written by {holder}; waiting until that ends.", err=True)


@contextmanager
def progress_bar() -> Generator[None]:
    """Show on a terminal how far long work is, a line for each kind of it; elsewhere nothing."""
    shown = ""

    def show(what: str, done: int, total: int) -> None:
        nonlocal shown
        if shown not in ("", what):
            click.echo(err=True)
        shown = what
        filled = BAR_WIDTH * done // total
        click.echo(f"\r{what:24} {'█' * filled}{'·' * (BAR_WIDTH - filled)} {done:,}/{total:,}", nl=False, err=True)

    token = progress.listener.set(show) if sys.stderr.isatty() else None
    try:
        yield
    finally:
        if token is not None:
            progress.listener.reset(token)
        if shown:
            click.echo(err=True)
