"""Dagster's pages on a socket, behind the guard."""

import socket
from pathlib import Path

import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver

from pipeline.defs.instance import open_instance
from pipeline.ui.guard import Guard

POLL_MILLISECONDS = 2000  # how often a page of Dagster asks for news of assets
STATEMENT_MILLISECONDS, POOL_RECYCLE_SECONDS, POOL_OVERFLOW = 15_000, 3600, 20  # as Dagster's own command has them
LAST_WORDS_SECONDS = 2  # for what is being answered when the end comes; a WebSocket would never end by itself


def serve(workspace: Path, listening: socket.socket, origins: tuple[str, ...]) -> None:
    """Serve Dagster's pages on a socket, behind the guard. `origins`: those of a reverse proxy."""
    with open_instance() as instance:
        instance.optimize_for_webserver(STATEMENT_MILLISECONDS, POOL_RECYCLE_SECONDS, POOL_OVERFLOW)
        target = WorkspaceFileTarget([str(workspace)])
        with WorkspaceProcessContext(instance, workspace_load_target=target, version=__version__) as context:
            app = DagsterWebserver(context, live_data_poll_rate=POLL_MILLISECONDS).create_asgi_app()
            config = uvicorn.Config(
                Guard(app, origins),
                log_level="warning",
                proxy_headers=False,  # nobody needs what they say, so nobody can lie with them
                server_header=False,
                timeout_graceful_shutdown=LAST_WORDS_SECONDS,
            )
            uvicorn.Server(config).run(sockets=[listening])
