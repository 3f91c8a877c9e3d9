"""Failed days stay red by a private name of Dagster's. A release that no longer knows it would turn them green.

Dagster materializes every day of a range at the end of a step, failed ones too. With BY_DAY in the metadata of the
output it leaves that to the step: dagster/_core/execution/plan/execute_step.py of 1.13. There is no public way. So each
release is tried once, on two invented days in memory, before a run asks for anything.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg

from pipeline.core.errors import SettingError

BY_DAY = {"__source_asset_observation__": True}
RELEASE = version("dagster")
TESTED = "1.13.27"  # what the tests ran with
STAMP = "canary"  # in Dagster's home: the release that was tried
DONE, FAILED = "2025-01-01", "2025-01-02"


@dg.asset(partitions_def=dg.StaticPartitionsDefinition([DONE, FAILED]))
def canary(context: dg.AssetExecutionContext) -> Iterator[dg.AssetMaterialization | dg.MaterializeResult[Any]]:
    """Tell of two days as the pipeline does: one is done, one has failed."""
    yield dg.AssetMaterialization("canary", partition=DONE)
    yield dg.MaterializeResult(metadata=BY_DAY)


def raise_if_failed_days_turn_green(home: Path) -> None:
    """Raise SettingError if this release of Dagster shows failed days as done. `home` remembers which was tried."""
    stamp = home / STAMP
    with suppress(OSError):
        if stamp.read_text("utf-8") == RELEASE:
            return
    if not keeps_failed_days_red(RELEASE):
        raise SettingError(f"Dagster {RELEASE} would show failed days as done: install dagster=={TESTED}")
    with suppress(OSError):
        stamp.write_text(RELEASE, "utf-8")


@cache
def keeps_failed_days_red(release: str) -> bool:
    """Run the canary, with a history of its own in memory: once for a release."""
    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize(
            [canary],
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={"dagster/asset_partition_range_start": DONE, "dagster/asset_partition_range_end": FAILED},
        )
        return instance.get_materialized_partitions(dg.AssetKey("canary")) == {DONE}
