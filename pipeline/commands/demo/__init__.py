"""`papers demo`: run the whole pipeline on the bundled archive of invented papers, with stand-ins on loopback."""

import os
import shutil
import sys
from datetime import date
from pathlib import Path

import click

from pipeline.core.errors import SettingError
from pipeline.core.settings import NAMES, read_settings
from pipeline.read import query
from pipeline.sources import registry
from pipeline.sources.known import chenin_wang, hugging_face
from pipeline.sources.source import Source
from pipeline.standin import DEMO, Standin

FIRST, LAST = date(2025, 2, 24), date(2025, 3, 21)
# Days of a list that began later, in a run of its own: months without a page between them would be of no use.
LATER = (date(2025, 9, 22), date(2025, 9, 23))
PAGES = (DEMO / "archive", DEMO / "lists")
MARKER = ".papers-demo"  # a folder that has it may be removed
QUERIES = {
    "Sources": """
        select
            source_id,
            count(*) as listings,
            count(distinct listing_date) as days,
            count(*) filter (where is_in_markdown) as in_markdown,
            count(*) filter (where is_in_json) as in_json
        from fct_listing
        join dim_source using (source_key)
        group by all
        order by source_id
    """,
    "Tasks by weighted papers": """
        select task_name as task, round(sum(weight), 1) as papers
        from mart_label
        join dim_task using (task_key)
        where task_key <> -1
        group by all
        order by papers desc, task
        limit 5
    """,
    "Repositories with most stars today": """
        select full_name, stars_count as stars, language, count(distinct paper_key) as papers
        from fct_repository_day
        join dim_repository using (repository_key)
        join bridge_listing_repository using (repository_key)
        join fct_listing using (listing_key)
        group by all
        order by stars desc
        limit 5
    """,
    "Stars of the first month that still stand: a lower bound": """
        select full_name, sum(stars_kept_count) as stars_kept
        from fct_repository_star_day
        join dim_repository using (repository_key)
        where star_date between first_listed_date and first_listed_date + 30
        group by all
        order by stars_kept desc, full_name
        limit 5
    """,
    "Links that lead nowhere": """
        select reason, count(*) as links, min(url) as for_one
        from rejected_link
        group by reason
        order by links desc, reason
        limit 6
    """,
}

NEXT = (
    "papers query                                                # the questions that have a name",
    "papers query tasks_by_week --format csv > tasks_by_week.csv # the first of them, as a CSV",
    "papers report                                               # charts and papers: warehouse/report.html",
    "papers search vision language",
    "papers ui                                                   # the runs that you have just seen",
)


def run_demo(folder: Path) -> None:
    """Recreate the folder, run the pipeline in it, and show the result."""
    clear(folder)
    click.echo(
        "This demo is invented: papers, authors and repositories do not exist, and the services are stand-ins on"
    )
    click.echo("this machine. The code is the real one: HTTP, a Dagster run, checks, a published DuckDB file.\n")
    with Standin(PAGES) as standin:
        os.environ.update(demo_environment(standin, folder))
        standin.allow(5000, "anonymous")  # so that nothing is deferred
        from pipeline.commands.run import launch

        launch(FIRST, LAST)
        click.echo("\nAnd two days of a list that began when two of the others ended:")
        os.environ["SOURCES"] = chenin_wang.SOURCE.source_id
        launch(*LATER)
    show_result(folder)


def demo_environment(standin: Standin, folder: Path) -> dict[str, str]:
    """Return every setting, so that none of `.env` has a say: no token, no address, no other service."""
    unset = dict.fromkeys(NAMES, "")
    sources = ",".join(source.source_id for source in registry.SOURCES if is_shown(source))
    own = {"WAREHOUSE_DIR": str(folder / "warehouse"), "ARXIV_INTERVAL_SECONDS": "0", "SOURCES": sources}
    return {**unset, **standin.environment, **own, "DAGSTER_HOME": str(folder / ".dagster")}


def is_shown(source: Source) -> bool:
    """Whether a source has days from FIRST to LAST: pages of ours, or a list that the stand-ins invent."""
    has_pages = any((folder / source.source_id).is_dir() for folder in PAGES)
    return source.first_date <= LAST and (has_pages or source.source_id == hugging_face.SOURCE.source_id)


def clear(folder: Path) -> None:
    """Make the folder anew. Raises SettingError if it holds anything that no demo wrote, or cannot be made."""
    if folder.is_symlink() or (folder.exists() and not (folder / MARKER).is_file() and any(folder.iterdir())):
        raise SettingError(f"{folder} is not empty and not from an earlier demo: choose another with --folder")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / MARKER).touch()
    except OSError as error:
        raise SettingError(f"{folder} cannot be made ({error.strerror}): choose another with --folder") from error


def show_result(folder: Path) -> None:
    settings = read_settings()
    with query.open_published(settings.warehouse_dir / "papers.duckdb") as connection:
        rejected = connection.sql("select listing_date, source_id, line, reason from rejected_row order by all")
        click.echo(f"\nRows that could not be read\n{rejected}")
        for title, text in QUERIES.items():
            click.echo(f"{title}\n{connection.sql(text)}")
    click.echo("What to try next:")
    if not shutil.which("papers"):
        click.echo(f"  source {Path(sys.executable).parent}/activate")
    click.echo(f"  cd {folder}")
    for line in NEXT:
        click.echo(f"  {line}")
