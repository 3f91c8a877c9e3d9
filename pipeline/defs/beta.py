"""What we use of Dagster that is in beta in 1.13: of these it need not warn at every start; of all else it should."""

import warnings

import dagster as dg

ACCEPTED = (
    "Parameter `backfill_policy` of function `asset`",  # one run for a range of days
    "Function `with_source_code_references`",
    "Class `CodeReferencesMetadataValue`",
    "Class `LocalFileCodeReference`",
)


def accept() -> None:
    """Silence the warnings of what we know to be in beta."""
    for what in ACCEPTED:
        warnings.filterwarnings("ignore", rf"{what} is currently in beta", dg.BetaWarning)
