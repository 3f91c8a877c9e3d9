"""Which engine builds the star of `papers rebuild`: DuckDB in this process, or Spark on a cluster."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipeline.core.settings import Settings
    from pipeline.warehouse.folder import Warehouse


@dataclass(frozen=True)
class Spark:
    """The address of a cluster's master, the folder that all of it sees, if told, and how long it may find a worker."""

    master: str
    exchange: Path | None
    worker_seconds: int


def engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Declare --engine, --master and --exchange; the command gets them as `spark`."""

    @click.option("--engine", type=click.Choice(("duckdb", "spark")), default="duckdb", show_default=True)
    @click.option("--master", metavar="URL", help="Spark's: spark://host:port, or local[2] for this machine alone.")
    @click.option(
        "--exchange",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder that this machine and all workers see at one path  [default: spark/ in the warehouse]",
    )
    @click.option(
        "--worker-seconds", type=click.IntRange(1), default=60, show_default=True, help="How long a worker may take."
    )
    @wraps(command)
    def with_engine(engine: str, master: str | None, exchange: Path | None, worker_seconds: int, **others: Any) -> None:
        if engine == "spark" and not master:
            raise click.UsageError("--engine spark needs --master, like spark://host:7077")
        if engine != "spark" and (master or exchange):
            raise click.UsageError("--master and --exchange are for --engine spark")
        command(spark=Spark(master, exchange, worker_seconds) if master else None, **others)

    return with_engine


def choose_warehouse(settings: "Settings", spark: Spark | None) -> "Warehouse":
    """Return the warehouse that the settings name; with Spark, one of this machine whose empty star Spark loads.

    Raises EngineError if something is missing, before anything is written.
    """
    if spark is None:
        from pipeline.lake.warehouse import open_warehouse

        return open_warehouse(settings)
    if settings.warehouse_storage is not None:
        raise click.UsageError("--engine spark is for a warehouse of this machine: unset WAREHOUSE_STORAGE")
    from pipeline.spark import session
    from pipeline.warehouse.folder import Warehouse

    session.raise_unless_ready(spark.master)
    from pipeline.spark.engine import load_by_spark
    from pipeline.spark.exchange import Exchange

    folder = settings.warehouse_dir
    exchange = Exchange(spark.exchange or folder / "spark")
    load = partial(load_by_spark, exchange=exchange, master=spark.master, worker_seconds=spark.worker_seconds)
    return Warehouse(folder, load_empty=load)
