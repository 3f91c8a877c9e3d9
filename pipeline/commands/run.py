"""Run a range of days from the command line: progress, summary, exit status."""

import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from pipeline.core import progress
from pipeline.core.terminal import harmless, one_line

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar  # has no public name


def launch(first: date, last: date, *, only_missing: bool = False) -> None:
    """Run a range of days and print the summary; exit with status 1 if something failed."""
    from pipeline.core.settings import read_settings
    from pipeline.sources.registry import choose_sources

    settings = read_settings()
    choose_sources(settings.sources)
    from pipeline.commands.job import run_days
    from pipeline.commands.run_summary import summarise, tell_silences
    from pipeline.warehouse import lock

    if holder := lock.find_holder(settings.warehouse_dir):
        report_waiting(holder)
    with progress_bar():
        outcome = run_days(first, last, only_missing=only_missing)
    for line in summarise(outcome, settings, tell_silences(settings, last, datetime.now(UTC))):
        click.echo(harmless(line))
    for failure in outcome.failures:
        click.echo(harmless(f"papers: {failure}"), err=True)
    if outcome.failures:
        sys.exit(1)


def report_waiting(holder: str) -> None:
    click.echo(one_line(f"The warehouse is being written by {holder}; waiting until that ends."), err=True)


@contextmanager
def progress_bar() -> Generator[None]:
    """Show on a terminal how far long work is, a bar for each kind of it; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield
        return
    with ExitStack() as open_bar:
        bars: dict[str, ProgressBar[int]] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in bars:
                open_bar.close()
                bars[what] = open_bar.enter_context(start_bar(what, total))
            bars[what].update(done - bars[what].pos)

        token = progress.listener.set(show)
        try:
            yield
        finally:
            progress.listener.reset(token)


def start_bar(what: str, total: int) -> "ProgressBar[int]":
    return click.progressbar(
        length=total,
        label=f"{what:24}",
        bar_template="%(label)s %(bar)s %(info)s",
        width=30,
        fill_char="█",
        empty_char="·",
        show_pos=True,
        show_eta=False,
        file=sys.stderr,
    )
