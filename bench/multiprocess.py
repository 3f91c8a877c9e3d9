"""The same graph with a process for every step, as Dagster does it unless told otherwise: only to be compared with."""

import dagster as dg

from pipeline import definitions

defs = dg.Definitions(
    assets=definitions.defs.assets,
    asset_checks=definitions.defs.asset_checks,
    jobs=definitions.defs.jobs,
    resources=definitions.defs.resources,
    executor=dg.multiprocess_executor.configured({"max_concurrent": 1}),  # steps hold the writer's lock: no two at once
)
