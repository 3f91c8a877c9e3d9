"""The command line `papers`: declarations of its commands."""

import gc
import json
import re
import sys
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import click

from pipeline.commands.arguments import published_file, read_file, read_settings, split_param, target_folder
from pipeline.commands.dates import DAY, WEEK, FirstDayOption, today
from pipeline.commands.engine import Spark, engine_options
from pipeline.commands.interrupt import Commands, ended_by
from pipeline.commands.lake import lake
from pipeline.commands.output import output, output_options
from pipeline.commands.run import launch, report_waiting
from pipeline.core.errors import PipelineError
from pipeline.core.files import forbid_world_writing
from pipeline.core.terminal import abandon_streams, harmless, one_line, open_streams
from pipeline.read import FORMATS

BEGIN = "`papers run`, `papers backfill` or `papers demo`"


def main() -> None:
    """Run `papers`: a PipelineError ends with one line and status 1, wrong usage with status 2."""
    gc.set_threshold(50_000, 20, 100)  # what is imported stays: to look for garbage in it is a sixth of a quiet run
    forbid_world_writing()
    open_streams()
    output.apply()
    try:
        try:
            cli(standalone_mode=True)
        finally:
            sys.stdout.flush()
    except PipelineError as error:
        output.fail(str(error))
        sys.exit(1)
    except ImportError as error:
        from pipeline.core.home import lacking

        output.fail(str(lacking(error)))
        sys.exit(1)
    except OSError as error:
        # Who closes a pipe has read enough; a full disk is worth a line.
        if not isinstance(error, BrokenPipeError):
            # Who writes a file of ours names it: what is left is what goes to stdout.
            text = f"{error.strerror or error}: {error.filename}" if error.filename else f"the output: {error.strerror}"
            with suppress(OSError):
                click.echo(harmless(f"papers: {text}"), err=True)
        abandon_streams()
        sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="daily-ai-papers-warehouse", prog_name="papers")
def cli() -> None:
    """Daily AI papers × code × stars, in one DuckDB file."""


cli.add_command(lake)


@cli.command()
@click.option("--date", "day", type=DAY, default=today, show_default="today (UTC)", help="Day of the page.")
@output_options
def run(day: date) -> None:
    """Daily run: the day's page, what is due from arXiv and GitHub, checks, publish."""
    launch(day, day)


@cli.command()
@click.option("--from", "first", type=DAY, required=True, cls=FirstDayOption)
@click.option("--to", "last", type=DAY, required=True, help="Last day of the range, included.")
@click.option("--missing", is_flag=True, help="Only days that were never asked for, failed, or are due again.")
@click.option("--dry-run", is_flag=True, help="Show what would be fetched and what would change; write nothing.")
@output_options
def backfill(first: date, last: date, missing: bool, dry_run: bool) -> None:
    """Load a range of days in one run: all pages, then what is due, then one publish."""
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}")
    if dry_run:
        from pipeline.commands.dry_run import rehearse

        rehearse(read_settings(), first, last, only_missing=missing)
    else:
        launch(first, last, only_missing=missing)


@cli.command()
@click.option("--force", is_flag=True, help="Even if raw/ has no file at all: publish an empty file.")
@click.option("--accept-loss", is_flag=True, help="Raw files that are missing will not come back: say no more of them.")
@engine_options
def rebuild(force: bool, accept_loss: bool, spark: Spark | None) -> None:
    """Rebuild staging, star and published file from raw/, without the network."""
    from pipeline.commands.engine import choose_warehouse
    from pipeline.warehouse import lock
    from pipeline.warehouse.intake import damage

    warehouse = choose_warehouse(read_settings(), spark)
    warehouse.raise_if_nothing_to_rebuild(is_forced=force)
    with lock.hold(warehouse.folder, "papers rebuild", report_waiting=report_waiting):
        lost = damage.accept_loss(warehouse.raw, warehouse.private.folder) if accept_loss or force else []
        warehouse.rebuild()
        damaged = damage.look(warehouse.raw, warehouse.private.folder, every_file=True)
    altered = [why for why in damaged.values() if why != damage.MISSING]
    click.echo(f"rebuilt from {len(warehouse.raw.files()) - len(altered)} raw files: {warehouse.published}")
    for name in lost:
        click.echo(one_line(f"papers: the loss of raw file {name} is accepted: `papers backfill --missing` asks again"))
    for name, why in damaged.items():
        what = why if why == damage.MISSING else f"{why} and was skipped"
        click.echo(one_line(f"papers: raw file {name} {what}: {damage.REMEDY}"), err=True)
    if damaged:
        sys.exit(1)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="JSON and nothing else.")
def status(as_json: bool) -> None:
    """Show what is stored, missing, pending and deferred, and why; when each source last spoke, and its next look."""
    from pipeline.lake import newest
    from pipeline.lake.warehouse import raw_of
    from pipeline.read.status import read_status, status_text
    from pipeline.sources.registry import choose_sources
    from pipeline.warehouse.intake.unpublished import read_unpublished_only

    settings = read_settings()
    newest.published_file(settings)
    if not any((settings.warehouse_dir / name).exists() for name in ("raw", "papers.duckdb")):
        click.echo('{"published": null}' if as_json else f"nothing in {settings.warehouse_dir} yet: start with {BEGIN}")
        return
    sources, has_token = choose_sources(settings.sources), settings.github_token is not None
    folder, now = settings.warehouse_dir, datetime.now(UTC)
    found = read_unpublished_only(folder) or read_status(
        folder, now, sources=sources, has_token=has_token, raw=raw_of(settings)
    )
    click.echo(json.dumps(found, indent=1) if as_json else harmless(status_text(found)))


@cli.command("query")
@click.argument("text", metavar="[SQL | NAME]", required=False)
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with SQL.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Value for $NAME in the query.")
def ask(text: str | None, file: Path | None, form: str, params: tuple[str, ...]) -> None:
    """Query the published file, read-only, by SQL or the name of a query; without either, list the queries."""
    from pipeline.read import query

    if text and file:
        raise click.UsageError("give only one of SQL, a query's name, and --file")
    if not text and not file:
        for name, question in query.questions().items():
            click.echo(f"{name:24} {question}")
        return
    wanted = read_file(file) if file else query.named_query(text or "") or text or ""
    if wanted == text and re.fullmatch(r"[\w.-]+", wanted):
        raise click.UsageError(query.unknown_name(wanted))
    if form == "parquet" and sys.stdout.isatty():
        raise click.UsageError("parquet cannot be shown on a terminal: write it to a file with > rows.parquet")
    given = dict(map(split_param, params))
    from pipeline.read.rows import write_rows

    with query.open_published(published_file()) as connection, ended_by(connection.interrupt):
        relations = query.run_queries(connection, wanted, given)
        if len(relations) > 1 and form != "table":
            raise click.UsageError(f"{form} holds one answer, and here are {len(relations)} statements: ask one by one")
        for relation in relations:
            write_rows(relation, form, sys.stdout.buffer, sys.stdout.encoding)
            if not file and (told := query.hint(text or "", relation)):
                click.echo(told, err=True)


@cli.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--any", "any_word", is_flag=True, help="One of the words is enough.")
@click.option("--from", "first", type=DAY, help="Listed on this day or later.")
@click.option("--to", "last", type=DAY, help="Listed on this day or earlier.")
@click.option("--label", help="With this label.")
@click.option("--source", help="Listed by this source, like timlrx/daily-ai-papers.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=10, show_default=True, help="Most papers shown.")
@click.option("--format", "form", type=click.Choice(("lines", *FORMATS)), default="lines", show_default=True)
def search(
    words: tuple[str, ...],
    any_word: bool,
    first: date | None,
    last: date | None,
    label: str | None,
    source: str | None,
    limit: int,
    form: str,
) -> None:
    """Search titles, abstracts and summaries for all words; best papers first.

    Double quotes hold words that follow each other: papers search '"mixture of experts" routing'
    """
    from pipeline.read import query
    from pipeline.read.search import write_hits

    narrowing = {"from_date": first, "to_date": last, "label": label, "source": source}
    given = {name: str(value) for name, value in narrowing.items() if value is not None}
    given |= {"words": " ".join(words), "any_word": str(any_word).lower(), "limit": str(limit)}
    with query.open_published(published_file()) as connection, ended_by(connection.interrupt):
        if nothing := write_hits(connection, given, form, sys.stdout.buffer, sys.stdout.encoding):
            click.echo(nothing, err=form != "lines")


@cli.command()
@click.option("--offline", is_flag=True, help="Skip the services.")
def doctor(offline: bool) -> None:
    """Check versions, disk, clock, token, services and files; one line each, with a remedy if bad."""
    from pipeline.commands.doctor.examine import examine
    from pipeline.http.client import Web

    is_well = True
    with Web(connect_seconds=3, read_seconds=10, deadline_seconds=15) as web:
        for finding in examine(None if offline else web):
            click.echo(harmless(str(finding)))
            is_well = is_well and finding.is_well
    if not is_well:
        sys.exit(1)


@cli.command()
@click.option("--date", "day", type=DAY, help="Day of the papers  [default: newest with a paper]")
@click.option("--week", type=WEEK, help="All days of an ISO week instead.")
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Output file  [default: report.html in the warehouse, or here if that is in a store alone]",
)
def report(day: date | None, week: date | None, file: Path | None) -> None:
    """Write an HTML page that needs no network: papers, rising repositories, trends of tasks, coverage."""
    from pipeline.site.report import write_report

    if day and week:
        raise click.UsageError("give --date or --week, not both")
    published = published_file()
    folder = published.parent if isinstance(published, Path) else Path.cwd()  # who has no folder gets none by reading
    click.echo(write_report(published, file or folder / "report.html", week or day, whole_week=week is not None))


@cli.command()
@target_folder("site")
@click.option("--url", help="Where the site will stand, like https://papers.example.org: for sitemap, feeds, previews.")
@click.option("--without-sql", is_flag=True, help="Without the page for SQL and what it loads.")
@click.option(
    "--pages",
    type=click.IntRange(min=1),
    help="Pages for the newest N papers at most, by whole months; others are on that of their day  [default: all]",
    metavar="N",
)
def site(folder: Path, url: str | None, without_sql: bool, pages: int | None) -> None:
    """Write a static web site that any host can serve: pages, search, feeds, SQL."""
    from pipeline.commands.site import make_site

    click.echo(make_site(read_settings(), folder, url, has_sql=not without_sql, pages=pages))


@cli.command()
@target_folder("export")
@click.option("--csv", "with_csv", is_flag=True, help="CSV as well as Parquet.")
def export(folder: Path, with_csv: bool) -> None:
    """Export every table as Parquet, with a datapackage.json."""
    from pipeline.read import export

    descriptor = export.export(published_file(), folder, with_csv=with_csv)
    for line in export.summarise_export(descriptor, folder):
        click.echo(line)


@cli.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path("docs"), show_default=True)
def docs(folder: Path) -> None:
    """Write the data dictionary, dictionary.md, of this version's schema; your file describes itself."""
    from pipeline.commands.docs import write_dictionary

    click.echo(write_dictionary(folder))


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
def ui(port: int) -> None:
    """Start the Dagster UI, on this machine only, with schedules and backfills working."""
    from pipeline.ui import service

    read_settings()
    service.serve(port, click.echo)


@cli.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True)
def demo(folder: Path) -> None:
    """Run the whole pipeline on a small invented archive with stand-in services: no network, no token."""
    from pipeline.commands.demo import run_demo

    run_demo(folder.absolute())
