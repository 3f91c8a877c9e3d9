"""What Ctrl-C does to a command."""

import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Thread
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


@contextmanager
def ended_by(interrupt: Callable[[], object]) -> Generator[None]:
    """Let Ctrl-C end what the main thread has DuckDB do, by interrupting the connection.

    DuckDB itself looks for signals between its tasks, and a task may be a join of hours. Of a signal, Python tells only
    a socket at once: its own code waits until DuckDB is done.
    """
    told, tells = socket.socketpair()
    tells.setblocking(False)
    thread = Thread(target=interrupt_when, args=(told, interrupt), daemon=True)
    before = signal.set_wakeup_fd(tells.fileno())
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        tells.close()
        thread.join()


def interrupt_when(told: socket.socket, interrupt: Callable[[], object]) -> None:
    """Interrupt whenever a socket tells of Ctrl-C, until its other end is closed."""
    with told:
        while numbers := told.recv(64):
            if signal.SIGINT in numbers:
                interrupt()
