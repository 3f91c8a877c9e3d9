"""What every fault is held to: afterwards readers have a whole file, and the next calm run makes up for everything.

The days are weekdays of the demo's archive. "Equal" leaves out the times at which something was observed, since no two
runs share them, and tries that came to nothing; all other columns of all rows of all tables are compared. What was
observed when is compared too, with a rebuild from the very same raw files.
"""

import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import strike
from rows import Rows, assert_equal, read_rows

from pipeline.commands.job import Outcome, run_days
from pipeline.core.settings import Settings, read_settings
from pipeline.defs import resources
from pipeline.http.client import Web
from pipeline.read.query import open_published
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.datacite.client import fetch_records
from pipeline.services.github.client import fetch_repositories
from pipeline.services.github.star_pages import fetch_star_history
from pipeline.services.hub.client import fetch_papers as fetch_hub_papers
from pipeline.services.hub.client import fetch_resources
from pipeline.services.semantic_scholar.client import fetch_citations
from pipeline.sources.fetch import fetch_documents
from pipeline.sources.fetching import Fetching
from pipeline.standin import Standin
from pipeline.warehouse import lock
from pipeline.warehouse.checks import CHECKS
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.stored import read_bodies, read_stored

EARLIER_DAYS = (date(2025, 3, 10), date(2025, 3, 14))
FAULTY_DAYS = (date(2025, 3, 17), date(2025, 3, 21))
ALL_DAYS = (EARLIER_DAYS[0], FAULTY_DAYS[1])
# One interpreter that has imported what takes long, and has no threads yet: each process of ours is a fork of it.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["pipeline.definitions", "dagster._core.storage.event_log.sqlite"])
IMPATIENT = partial(Web, sleep=lambda seconds: None, connect_seconds=1.0, read_seconds=0.5, deadline_seconds=1.5)


class Lab:
    """One warehouse folder with its Dagster history, run against a stand-in."""

    def __init__(
        self,
        folder: Path,
        standin: Standin,
        patch: pytest.MonkeyPatch,
        note: Callable[[str], None] = lambda fault: None,
    ) -> None:
        self.folder, self.standin, self.patch, self.note = folder, standin, patch, note
        for quota in ("anonymous", "list"):  # dozens of killed runs in minutes would use theirs up
            standin.allow(100_000, quota)
        self.warehouse = Warehouse(folder / "warehouse")
        self.environment = {
            "WAREHOUSE_DIR": str(self.warehouse.folder),
            "DAGSTER_HOME": str(folder / "dagster"),
            "ARXIV_INTERVAL_SECONDS": "0",
            "GITHUB_TOKEN": "",
            "CONTACT": "",
            **standin.environment,
        }

    def copy(self, template: Path) -> None:
        shutil.copytree(template, self.folder, symlinks=True, dirs_exist_ok=True)

    def begin_again(self, template: Path) -> Path:
        """Go back to the template; returns what is published there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.copy(template)
        return self.warehouse.published.resolve()

    def move_to(self, folder: Path) -> None:
        """Use another folder for the warehouse: one that can be full or read-only."""
        shutil.copytree(self.warehouse.folder, folder, symlinks=True, dirs_exist_ok=True)
        self.warehouse = Warehouse(folder)
        self.environment["WAREHOUSE_DIR"] = str(folder)

    def run(
        self, first: date, last: date, *, only_missing: bool = False, web: Callable[..., Web] = IMPATIENT
    ) -> Outcome:
        """A whole run in this process, on the real wire but with little patience."""
        for name, value in self.environment.items():
            self.patch.setenv(name, value)
        self.patch.setattr(resources, "Web", web)
        return run_days(first, last, only_missing=only_missing)

    def run_plainly(
        self, first: date, last: date, *, only_missing: bool = False, web: Callable[[], Web] = IMPATIENT
    ) -> None:
        """What a run does, by the same functions in the same order, without Dagster, which takes most of the time."""
        for name, value in self.environment.items():
            self.patch.setenv(name, value)
        settings, warehouse, wire = read_settings(), self.warehouse, web()
        with lock.hold(warehouse.folder, "a plain run"), wire, warehouse.open():
            stored = read_stored(warehouse)
            days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
            keep = partial(warehouse.raw.store, known=read_bodies(warehouse))
            fetch_documents(Fetching(settings, wire, stored, keep, only_missing), days)
            ask_services(settings, warehouse, wire)
            warehouse.refresh()
            broken = {name for name, rows in warehouse.check().items() if rows and CHECKS[name].is_error}
            assert not broken
            warehouse.raw.bundle()
            warehouse.load_raw()
            warehouse.publish()

    def use_empty(self) -> None:
        """Begin with nothing at all."""
        self.warehouse = Warehouse(self.folder / "empty")
        self.environment["WAREHOUSE_DIR"] = str(self.warehouse.folder)

    def start(self, station: str | None = None) -> "Papers":
        """`papers backfill` of the faulty days in a process of its own, which dies at the station."""
        first, last = map(str, FAULTY_DAYS)
        return Papers(
            ["backfill", "--from", first, "--to", last],
            station,
            {**os.environ, **self.environment},
            self.folder,
            self.folder / f"output-{time.monotonic_ns()}",
        )

    def assert_readers_are_well(self) -> None:
        """The published file opens, keeps every rule that stops a publish, and has at least the earlier days."""
        with open_published(self.warehouse.published) as connection:
            for name, check in CHECKS.items():
                if check.is_error:
                    assert connection.execute(check.query).fetchall() == [], name
            earlier = "select count(*) from fct_listing where listing_date between ? and ?"
            assert connection.execute(earlier, EARLIER_DAYS).fetchall()[0][0] > 0

    def assert_calm_run_makes_up(self, calm: Mapping[str, Rows], *, plainly: bool = True) -> None:
        """The next run that meets no fault comes to what a run that never met one does."""
        self.assert_readers_are_well()
        self.standin.calm()
        if plainly:
            self.run_plainly(*ALL_DAYS)
        else:
            assert self.run(*ALL_DAYS).failures == ()
        self.assert_readers_are_well()
        assert_equal(read_rows(self.warehouse.published), calm)
        self.assert_same_from_raw()

    def assert_same_from_raw(self) -> None:
        """Raw alone gives the same file, to the last column of the last row."""
        again = Warehouse(self.folder / f"again-{time.monotonic_ns()}")
        shutil.copytree(self.warehouse.folder / "raw", again.folder / "raw")
        again.rebuild()
        assert_equal(read_rows(again.published, whole=True), read_rows(self.warehouse.published, whole=True))


def ask_services(settings: Settings, warehouse: Warehouse, wire: Web) -> None:
    """Ask each service for what is due, without tokens, in the order of a run's assets."""
    store = warehouse.raw.store
    fetch_papers(wire, settings.arxiv_api_url, due(warehouse, "papers"), interval_seconds=0, store=store)
    records = rows_due(warehouse, "datacite")
    known = [paper for paper, _, is_known in records if is_known]
    fetch_records(wire, settings.datacite_api_url, [row[0] for row in records], known=known, store=store)
    fetch_repositories(wire, settings.github_api_url, due(warehouse, "repositories"), token=None, store=store)
    fetch_resources(wire, settings.hf_api_url, due(warehouse, "hub_resources"), token=None, store=store)
    fetch_hub_papers(wire, settings.hf_api_url, due(warehouse, "hub_papers"), token=None, store=store)
    cited = due(warehouse, "citations")
    fetch_citations(wire, settings.semantic_scholar_api_url, cited, key=None, store=store)
    pages = rows_due(warehouse, "star_history")
    idle = [page for page, _, is_idle in pages if is_idle]
    fetch_star_history(wire, settings.github_api_url, [row[0] for row in pages], token=None, store=store, idle=idle)


def due(warehouse: Warehouse, what: str) -> list[str]:
    return [row[0] for row in rows_due(warehouse, what)]


def rows_due(warehouse: Warehouse, what: str) -> list[tuple[Any, ...]]:
    warehouse.load_raw()
    return warehouse.rows("due", what, {"now": datetime.now(UTC).replace(tzinfo=None)})


class Papers(FORKS.Process):
    """A process that is `papers`; the fields are the arguments of strike.papers()."""

    def __init__(self, *how: Any) -> None:
        super().__init__(target=strike.papers, args=how)
        self.file: Path = how[-1]
        self.start()

    def end(self) -> int | None:
        """Wait for the end; returns the exit status, or less than 0: the signal that killed it."""
        self.join(120)
        return self.exitcode

    @property
    def output(self) -> str:
        return self.file.read_text("utf-8", "replace") if self.file.exists() else ""
