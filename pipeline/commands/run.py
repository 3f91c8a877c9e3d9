"""Run a range of days from the command line: progress, summary, exit status."""

import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from pipeline.commands.output import output
from pipeline.core import progress
from pipeline.core.errors import PipelineError, SettingError
from pipeline.core.terminal import INTERRUPTED, one_line

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar  # has no public name


def launch(first: date, last: date, *, only_missing: bool = False) -> None:
    """Run a range of days and print the summary; exit with status 1 if something failed."""
    from pipeline.core.settings import read_settings
    from pipeline.sources.registry import choose_sources

    try:
        settings = read_settings()
        choose_sources(settings.sources)
    except SettingError as error:
        tell_people(str(error))
        raise
    from pipeline.commands.job import run_days
    from pipeline.commands.run_summary import summarise, tell_silences, tell_warnings
    from pipeline.warehouse import lock

    if holder := lock.find_holder(settings.warehouse_dir):
        report_waiting(holder)
    began_at = datetime.now(UTC)
    try:
        with progress_bar():
            outcome = run_days(first, last, only_missing=only_missing)
    except PipelineError as error:  # there is no history of a run to go by
        tell_people(str(error))
        raise
    silences, warnings = tell_silences(settings, last, datetime.now(UTC)), tell_warnings(settings, began_at)
    for line in summarise(outcome, settings, silences, warnings):
        output.say(line)
    for failure in outcome.failures:
        output.fail(failure)
    tell_people()
    if outcome.failures:
        sys.exit(INTERRUPTED if outcome.is_interrupted else 1)


def tell_people(why_no_run: str | None = None) -> None:
    """Send what is news by webhook and mail, if either is set, and say if that fails: it changes nothing of the run."""
    from pipeline.core.settings import read_usable_settings
    from pipeline.defs.news.alerts import channels

    if not channels(read_usable_settings()[0]):
        return
    from pipeline.defs.instance import open_instance
    from pipeline.defs.news import telling

    try:
        if why_no_run:
            faults = telling.tell(None, fault=why_no_run, is_sure=False)
        else:
            with open_instance() as instance:
                faults = telling.tell(instance, is_sure=False)
    except PipelineError as error:
        faults = [str(error)]
    if faults:
        output.fail(telling.describe(faults))


def report_waiting(holder: str) -> None:
    click.echo(one_line(f"The warehouse is being written by {holder}; waiting until that ends."), err=True)


@contextmanager
def progress_bar() -> Generator[None]:
    """Show on a terminal how far long work is, a bar for each kind of it; elsewhere the log has lines."""
    if not output.has_bar:
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
