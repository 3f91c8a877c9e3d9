"""Assets that ask services: one run at a time, also of other hosts that share the warehouse."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import dagster as dg

from pipeline.defs.resources import Session

Asks = Callable[[dg.AssetExecutionContext, Session], dg.MaterializeResult[Any]]


def alone(ask: Asks) -> Asks:
    """Do what an asset does while no other run asks services: what is due is read, asked for and stored in one go."""

    @wraps(ask)
    def asked_alone(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
        with session.warehouse.enriching():
            return ask(context, session)

    return asked_alone
