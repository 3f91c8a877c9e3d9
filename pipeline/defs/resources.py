"""The Dagster resource of a run: settings, HTTP client, and the warehouse, locked until the run ends."""

import logging
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
from pydantic import PrivateAttr

from pipeline.core.errors import InUseError
from pipeline.core.home import dagster_home
from pipeline.core.settings import Settings, read_settings
from pipeline.defs.canary import raise_if_unfit
from pipeline.defs.dead_runs import report_dead_runs, writing
from pipeline.defs.history.retention import prune
from pipeline.http.client import Web
from pipeline.http.rate_limit import utc_now
from pipeline.lake.pace import pace_of
from pipeline.lake.warehouse import open_warehouse
from pipeline.sources.registry import choose_sources
from pipeline.sources.source import Source
from pipeline.warehouse import lock
from pipeline.warehouse.checks import Verdict
from pipeline.warehouse.folder import Warehouse

log = logging.getLogger(__name__)

T = TypeVar("T")

RETRIES, RETRY_SECONDS = 4, 15  # for a person who has a private file open, or a backup that reads it

Failures = Mapping[tuple[date, str], str]  # the reason, by day and source


@contextmanager
def said_in_history(context: dg.InitResourceContext, folder: Path) -> Generator[None]:
    """Report runs that died, and say that ours writes; the caller holds the lock. Outside of a run there is nothing."""
    if context.run is None or context.instance is None:
        yield
        return
    run_id = context.run.run_id
    for dead in report_dead_runs(context.instance, folder, utc_now(), own=run_id):
        (context.log or log).warning("The run %s had died and is reported as failed", dead[:8])
    with writing(context.instance, run_id, folder):
        yield
    prune(context.instance, utc_now())


class PatientWarehouse(Warehouse):
    """The warehouse of a run: a step is tried again while another program has a private file open, and for no other
    reason. All else is the same a minute later, or is retried where it is asked for.
    """

    def use(self, work: Callable[[Any], T]) -> T:
        """Do the same. Raises RetryRequested where the warehouse raises InUseError."""
        try:
            return super().use(work)
        except InUseError as error:
            raise dg.RetryRequested(RETRIES, RETRY_SECONDS) from error


class Session(dg.ConfigurableResource):  # pyright: ignore[reportMissingTypeArgument]
    """The settings, warehouse and HTTP client of one run. It holds the warehouse lock until the run ends."""

    _settings: Settings | None = PrivateAttr(default=None)
    _web: Web | None = PrivateAttr(default=None)
    _warehouse: Warehouse | None = PrivateAttr(default=None)
    _failures: dict[tuple[date, str], str] = PrivateAttr(default_factory=dict[tuple[date, str], str])
    _refused_token: str | None = PrivateAttr(default=None)
    _found: Mapping[str, Verdict] = PrivateAttr(default_factory=dict[str, Verdict])
    _began: float = PrivateAttr(default=0.0)
    _stored_failures: dict[Sequence[str], Failures] = PrivateAttr(default_factory=dict[Sequence[str], Failures])

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["Session"]:
        settings = read_settings()
        raise_if_unfit(dagster_home())
        choose_sources(settings.sources)  # a wrong one ends the run before it waits for anything
        purpose = f"run {context.run.run_id[:8]}" if context.run else "a run"
        waiting = "The warehouse is being written by %s: this run waits until that ends."

        def report_waiting(holder: str) -> None:
            (context.log or log).warning(waiting, holder)

        warehouse = open_warehouse(settings, PatientWarehouse)
        web = Web(settings.contact, pace=pace_of(settings))
        locked = lock.hold(settings.warehouse_dir, purpose, report_waiting=report_waiting)
        with locked, web, warehouse.open(), said_in_history(context, settings.warehouse_dir):
            warehouse.raise_if_raw_is_lost()
            self._settings, self._web, self._warehouse = settings, web, warehouse
            self._began = time.monotonic()
            self._failures.clear()
            self._refused_token = None
            self._found = {}
            self.stored_failures.clear()
            yield self

    @property
    def settings(self) -> Settings:
        assert self._settings is not None  # Dagster enters yield_for_execution before any op
        return self._settings

    @property
    def sources(self) -> Sequence[Source]:
        """Those whose pages the run fetches. Raises SettingError if one is chosen that nobody knows."""
        return choose_sources(self.settings.sources)

    @property
    def web(self) -> Web:
        assert self._web is not None
        return self._web

    @property
    def warehouse(self) -> Warehouse:
        assert self._warehouse is not None
        return self._warehouse

    @property
    def seconds(self) -> float:
        """How long the run has had the warehouse for itself."""
        return time.monotonic() - self._began

    @property
    def failures(self) -> Failures:
        """The reason for each day and source that failed in this run so far."""
        return self._failures

    @property
    def stored_failures(self) -> dict[Sequence[str], Failures]:
        """What staging says of days since they were loaded in this run, by their keys; empty until somebody asked."""
        return self._stored_failures

    @property
    def refused_token(self) -> str | None:
        """What to tell about the token that GitHub refused in this run so far; None if it was not."""
        return self._refused_token

    @property
    def found(self) -> Mapping[str, Verdict]:
        """What the checks of the star found that ran in this run; empty if not all of them did."""
        return self._found

    def note_found(self, found: Mapping[str, Verdict]) -> None:
        """Record what all checks of the star found in this run."""
        self._found = found

    def note_refused_token(self, text: str) -> None:
        """Record that GitHub refused the token: what needs none goes on, and the run fails at its end."""
        self._refused_token = "; ".join(dict.fromkeys(filter(None, [self._refused_token, text])))

    def note_failures(self, day: date, reasons: Mapping[str, str]) -> None:
        """Record that sources failed for a day: the run goes on, and fails at its end."""
        for source_id, reason in reasons.items():
            self._failures.setdefault((day, source_id), reason)
