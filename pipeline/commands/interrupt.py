"""What Ctrl-C does to a command."""

import sys
from typing import Any

import click

from pipeline.commands.output import output
from pipeline.core.terminal import INTERRUPTED, STOPPED_BY_HAND


class Commands(click.Group):
    """Commands that Ctrl-C ends with one line and the status of shells."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, RuntimeError) as error:
            if isinstance(error, RuntimeError) and str(error) != "Query interrupted":  # which is DuckDB's
                raise
            output.fail(STOPPED_BY_HAND)
            sys.exit(INTERRUPTED)
