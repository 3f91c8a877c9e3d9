"""Each release of Dagster is tried once, on two invented days, before anything else: we use parts that are private.

Failed days stay red by a private name of Dagster's. It materializes every day of a range at the end of a step, failed
ones too. With BY_DAY in the metadata of the output it leaves that to the step:
dagster/_core/execution/plan/execute_step.py of 1.13. There is no public way. And our history is Dagster's own storage
with some of its methods replaced (`history/`): a release may rename them without a word.
"""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._check import CheckError
from dagster_shared.error import DagsterError
from sqlalchemy.exc import OperationalError

from pipeline.core.errors import WarehouseError
from pipeline.core.home import RELEASE, unfit
from pipeline.core.terminal import one_line

BY_DAY = {"__source_asset_observation__": True}
# What comes of a method, a name or a table that a release no longer has, also where Dagster puts it into an error.
LACKING = (AttributeError, TypeError, LookupError, ImportError, NotImplementedError, DagsterError, CheckError)
STAMP = "canary"  # in Dagster's home: the release that was tried
DONE, FAILED = "2025-01-01", "2025-01-02"


@dg.asset(partitions_def=dg.StaticPartitionsDefinition([DONE, FAILED]))
def canary(context: dg.AssetExecutionContext) -> Iterator[dg.AssetMaterialization | dg.MaterializeResult[Any]]:
    """Tell of two days as the pipeline does: one is done, one has failed."""
    yield dg.AssetMaterialization("canary", partition=DONE)
    yield dg.MaterializeResult(metadata=BY_DAY)


@dg.asset_check(asset=canary)
def sings() -> dg.AssetCheckResult:
    """Pass."""
    return dg.AssetCheckResult(passed=True)


def raise_if_unfit(home: Path) -> None:
    """Raise SettingError if this release of Dagster keeps no history of ours, or shows failed days as done.

    `home` remembers which was tried.
    """
    stamp = home / STAMP
    with suppress(OSError):
        if stamp.read_text("utf-8") == RELEASE:
            return
    if fault := find_fault(RELEASE):
        raise unfit(fault)
    with suppress(OSError):
        stamp.write_text(RELEASE, "utf-8")


@cache
def find_fault(release: str) -> str | None:
    """Run the canary, with a history of its own: once for a release. Return what is wrong, None if nothing.

    Raises WarehouseError where the disk is at fault.
    """
    with tempfile.TemporaryDirectory(prefix="papers-canary-") as folder:
        try:
            done = try_history(folder)
        except (OSError, OperationalError) as error:
            why = one_line(str(error))[:300]
            raise WarehouseError(
                f"Dagster cannot be tried in {folder} ({why}): make room there, or set TMPDIR"
            ) from error
        except LACKING as error:
            return f"lacks a part that the history is made of ({one_line(f'{type(error).__name__}: {error}')[:300]})"
    return None if done == {DONE} else "would show failed days as done"


def try_history(folder: str) -> set[str]:
    """Run the canary over both days, and return those that its history says are done."""
    (Path(folder) / "dagster.yaml").touch()  # without one, Dagster warns
    storage = {"module": "pipeline.defs.history.storage", "class": "History", "config": {"base_dir": folder}}
    settings = {"storage": {"custom": storage}, "telemetry": {"enabled": False}, "nux": {"enabled": False}}
    with dg.DagsterInstance.local_temp(folder, overrides=settings) as instance:
        ran = dg.materialize(
            [canary, sings],
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={"dagster/asset_partition_range_start": DONE, "dagster/asset_partition_range_end": FAILED},
        )
        if not instance.all_logs(ran.run_id) or not instance.get_run_by_id(ran.run_id):
            raise LookupError("a run that has ended is not in it")
        return instance.get_materialized_partitions(dg.AssetKey("canary"))
