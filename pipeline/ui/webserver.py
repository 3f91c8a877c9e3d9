"""Dagster's webserver behind the guard: `python -m pipeline.ui.webserver --workspace FILE`, and where it listens."""

import argparse
import logging
import socket
from pathlib import Path

from pipeline.core.errors import PipelineError, UiError
from pipeline.core.home import lacking
from pipeline.core.settings import read_settings
from pipeline.core.terminal import HarmlessFormatter


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    handler = logging.StreamHandler()
    handler.setFormatter(HarmlessFormatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    options = read_options()
    try:
        origins = read_settings().ui_origins or ()
        from pipeline.ui.pages import serve  # noqa: PLC0415  this release of Dagster may lack what it imports

        serve(options.workspace, listener(options), origins)
    except PipelineError as error:
        raise SystemExit(f"papers: {error}") from None
    except ImportError as error:
        raise SystemExit(f"papers: {lacking(error)}") from None


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
    try:
        return socket.create_server((options.host, options.port))
    except (OSError, OverflowError) as error:
        raise UiError(f"{options.host}:{options.port} is not to be had ({error}): choose another port") from error


if __name__ == "__main__":
    main()
