"""The checks of the star, run before every publish; and the check that no day failed."""

from collections.abc import Iterator

import dagster as dg

from pipeline.core.errors import RawError, SourceError, TokenError
from pipeline.defs.assets.days import find_failures, listings, partition_keys
from pipeline.defs.assets.enrichment import github_repositories
from pipeline.defs.assets.standing import find_standing, metadata_of, severity_of, tell_again
from pipeline.defs.assets.star import published_warehouse
from pipeline.defs.day_summary import count_days
from pipeline.defs.resources import Session
from pipeline.warehouse.checks import CHECKS, SETTLED, Verdict, verdict_on
from pipeline.warehouse.intake import damage

NAMED_DAYS = 5


def check_specs() -> Iterator[dg.AssetCheckSpec]:
    """Yield one spec per check; an error stops the publish, a warning is shown."""
    for name, check in CHECKS.items():
        yield dg.AssetCheckSpec(name, asset=check.table, description=check.description, blocking=check.is_error)


@dg.multi_asset_check(specs=list(check_specs()), name="warehouse_checks", can_subset=True)
def warehouse_checks(context: dg.AssetCheckExecutionContext, session: Session) -> Iterator[dg.AssetCheckResult]:
    """Run every check on the private file; the rows that break a rule are its metadata. What a check found in a star
    that has not changed since is told again, without asking.
    """
    wanted = {key.name for key in context.selected_asset_check_keys}
    is_whole = wanted == CHECKS.keys()
    verdicts = find_standing(context.op_execution_context, session) if is_whole else None
    found = session.warehouse.check(standing=verdicts.found if verdicts else ())
    for name, broken in found.items():
        if name in wanted:
            yield result_of(name, verdict_on(broken))
    if verdicts:
        tell_again(context.op_execution_context, session, verdicts)
    elif is_whole:
        session.note_found({name: verdict_on(found[name]) for name in SETTLED})


def result_of(name: str, verdict: Verdict) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=CHECKS[name].table,
        passed=not verdict.rows,
        severity=severity_of(name),
        metadata=metadata_of(verdict),
    )


DAYS_ANSWERED = dg.AssetCheckSpec(
    "days_answered",
    asset=listings,
    additional_deps=[published_warehouse],
    description="No day of the run failed: for each, every source gave a page, or said that it has none.",
)


@dg.multi_asset_check(specs=[DAYS_ANSWERED], name="days_answered")
def days_answered(context: dg.AssetCheckExecutionContext, session: Session) -> Iterator[dg.AssetCheckResult]:
    """Runs last, after the publish, and fails the run if days failed, so that they turn red."""
    failures = find_failures(session, partition_keys(context.op_execution_context))
    lines = [f"{day} {source_id}: {reason}" for (day, source_id), reason in sorted(failures.items())]
    yield dg.AssetCheckResult(passed=not failures, metadata={"rows that break the rule": len(lines), "days": lines})
    if lines:
        more = f"; and {len(lines) - NAMED_DAYS} more" if len(lines) > NAMED_DAYS else ""
        text = (
            f"{count_days(failures.keys())} failed, the rest is published. Ask again later, with "
            "--missing or from the partitions in red; an unreadable page stays so until its source corrects it. "
            f"{'; '.join(lines[:NAMED_DAYS])}{more}"
        )
        # The UI shows the message of a Failure first; of any other error, Dagster's own stack.
        raise dg.Failure(text, metadata={"days": lines}, allow_retries=False) from SourceError(text)


TOKEN_ACCEPTED = dg.AssetCheckSpec(
    "token_accepted",
    asset=github_repositories,
    additional_deps=[published_warehouse],
    description="GitHub refused no token in this run.",
)


@dg.multi_asset_check(specs=[TOKEN_ACCEPTED], name="token_accepted")
def token_accepted(session: Session) -> Iterator[dg.AssetCheckResult]:
    """Comes after the publish, and fails the run of a refused token: what needs no token is there by then."""
    text = session.refused_token
    yield dg.AssetCheckResult(passed=text is None, metadata={"rows that break the rule": 0 if text is None else 1})
    if text is not None:
        raise dg.Failure(text, allow_retries=False) from TokenError(text)


RAW_FILES_WHOLE = dg.AssetCheckSpec(
    "raw_files_whole",
    asset=published_warehouse,
    description="No raw file is cut short, altered, or unreadable for another reason.",
)


@dg.multi_asset_check(specs=[RAW_FILES_WHOLE], name="raw_files_whole")
def raw_files_whole(session: Session) -> Iterator[dg.AssetCheckResult]:
    """Comes after the publish, and fails the run while a raw file is damaged: a person has to come."""
    warehouse = session.warehouse
    damaged = damage.look(warehouse.raw, warehouse.private.folder)
    lines = [f"{name} {why}" for name, why in damaged.items()]
    yield dg.AssetCheckResult(passed=not damaged, metadata={"rows that break the rule": len(lines), "files": lines})
    if damaged:
        text = damage.describe(damaged)
        raise dg.Failure(text, metadata={"files": lines}, allow_retries=False) from RawError(text)
