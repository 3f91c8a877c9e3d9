"""`papers lake`: what only a warehouse of several hosts has."""

from typing import TYPE_CHECKING

import click

from pipeline.commands.arguments import read_settings
from pipeline.core.errors import SettingError
from pipeline.core.wording import amount_of

if TYPE_CHECKING:
    from pipeline.lake.warehouse import LakeWarehouse


@click.group()
def lake() -> None:
    """The lake that several hosts share: its versions, how to ask it, tidying. Needs WAREHOUSE_CATALOG."""


@lake.command()
def versions() -> None:
    """List the versions that readers may ask for, the newest first: each a star whose checks had passed."""
    from pipeline.lake.asking import list_versions

    for version, at in list_versions(the_lake()):
        click.echo(f"{version:>8}  {at:%Y-%m-%d %H:%M:%S}")


@lake.command()
@click.option("--version", type=click.IntRange(min=0), help="Of this version  [default: the newest]")
def attach(version: int | None) -> None:
    """Print what to say in DuckDB to ask the lake itself; the password is to be given as PGPASSWORD."""
    from pipeline.lake.asking import attach_lines

    for line in attach_lines(the_lake(), version):
        click.echo(line)


@lake.command()
def tidy() -> None:
    """Drop versions of before a week, merge small files, and remove those that nobody needs."""
    from pipeline.lake.upkeep import tidy as tidy_lake

    done = tidy_lake(the_lake())
    versions, files, orphans = (
        amount_of(done[kind], noun) for kind, noun in (("versions", "version"), ("files", "file"), ("orphans", "file"))
    )
    click.echo(f"removed: {versions}, {files}, {orphans} of killed runs")


def the_lake() -> "LakeWarehouse":
    """Return the lake of the settings. Raises SettingError if they name none."""
    from pipeline.lake.warehouse import LakeWarehouse, open_warehouse

    found = open_warehouse(read_settings())
    if not isinstance(found, LakeWarehouse):
        raise SettingError("WAREHOUSE_CATALOG is not set, so there is no lake: docs/scale.md shows how to start one")
    return found
