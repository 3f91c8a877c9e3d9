"""Dagster's way to the warehouse and to the services: settings read when a run starts, one writer for as long as it lasts."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import PrivateAttr

from pipeline import lock
from pipeline.settings import Settings, read_settings
from pipeline.warehouse import Warehouse
from pipeline.web import Web

log = logging.getLogger(__name__)


class Session(dg.ConfigurableResource):  # pyright: ignore[reportMissingTypeArgument]
    """The settings, the warehouse and the wire of one run. Nobody else writes the warehouse until the run is over."""

    _settings: Settings | None = PrivateAttr(default=None)
    _web: Web | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Session"]:
        settings = read_settings()
        purpose = f"run {context.run_id[:8]}" if context.run_id else "a run"
        waiting = "The warehouse is being written by %s: this run waits until that is over."

        def tell(holder: str) -> None:
            (context.log or log).warning(waiting, holder)

        with lock.hold(settings.warehouse_dir, purpose, tell=tell):
            self._settings, self._web = settings, Web(settings.contact)
            yield self
            self._web.close()

    @property
    def settings(self) -> Settings:
        assert self._settings is not None  # Dagster enters yield_for_execution before any op
        return self._settings

    @property
    def web(self) -> Web:
        assert self._web is not None
        return self._web

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings.warehouse_dir)
