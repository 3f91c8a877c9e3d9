"""The code location: everything that Dagster is to know, and nothing else."""

import dagster as dg

from pipeline import assets, checks, schedules
from pipeline.resources import Session

defs = dg.Definitions(
    assets=[
        assets.documents,
        assets.listings,
        assets.arxiv_papers,
        assets.github_repositories,
        assets.star,
        assets.published_warehouse,
    ],
    asset_checks=[checks.warehouse_checks],
    jobs=[schedules.daily_run],
    schedules=[schedules.daily_schedule],
    resources={"session": Session()},
    executor=dg.in_process_executor,  # a step in a process of its own costs seconds of imports, and buys nothing here
)
