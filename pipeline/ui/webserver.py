"""Dagster's webserver behind the guard: `python -m pipeline.ui.webserver --workspace FILE`, and where it listens."""

import argparse
import logging
import socket
from pathlib import Path

import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver

from pipeline.core.errors import PipelineError
from pipeline.core.settings import read_settings
from pipeline.core.terminal import HarmlessFormatter
from pipeline.defs.instance import open_instance
from pipeline.ui.guard import Guard

POLL_MILLISECONDS = 2000  # how often a page of Dagster asks for news of assets
STATEMENT_MILLISECONDS, POOL_RECYCLE_SECONDS, POOL_OVERFLOW = 15_000, 3600, 20  # as Dagster's own command has them
LAST_WORDS_SECONDS = 2  # for what is being answered when the end comes; a WebSocket would never end by itself


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    handler = logging.StreamHandler()
    handler.setFormatter(HarmlessFormatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    options = read_options()
    try:
        serve(options.workspace, listener(options), read_settings().ui_origins or ())
    except PipelineError as error:
        raise SystemExit(f"papers: {error}") from None


def read_options() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="pipeline.ui.webserver", description=__doc__)
    options.add_argument("--workspace", type=Path, required=True, help="Dagster's workspace.yaml")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=3000)
    options.add_argument("--descriptor", type=int, help="of a socket that listens already, instead of host and port")
    return options.parse_args()


def listener(options: argparse.Namespace) -> socket.socket:
    if options.descriptor is not None:
        return socket.socket(fileno=options.descriptor)
    return socket.create_server((options.host, options.port))


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


if __name__ == "__main__":
    main()
