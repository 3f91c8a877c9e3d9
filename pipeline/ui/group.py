"""Processes that are started, watched and ended together: one process group, which does not outlive this process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

LOOK_SECONDS = 0.1


class Group:
    """A process group of its own, so that Ctrl-C reaches us alone and they end in the order that we choose.

    A context: at its end, no process of the group is left, nor what they have started.
    """

    def __init__(self) -> None:
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._watched, self._held = os.pipe()  # what the processes read, and what only we hold: closed when we end

    def __enter__(self) -> "Group":
        return self

    def __exit__(self, *_: object) -> None:
        self._signal(signal.SIGKILL)
        for process in self._started.values():
            process.wait()
        os.close(self._watched)
        os.close(self._held)

    def start(self, name: str, module: str, *arguments: str, keep: Sequence[int] = ()) -> None:
        """Start a module of Python under a name. `keep`: descriptors that it gets."""
        self._started[name] = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", "pipeline.ui.child", module, *arguments],
            stdin=self._watched,
            pass_fds=keep,
            process_group=self._leader(),
        )

    def ended(self) -> tuple[str, int] | None:
        """Return name and status of a process that has ended by itself; None if all go on."""
        for name, process in self._started.items():
            if (status := process.poll()) is not None:
                return name, status
        return None

    def stop(self, name: str, seconds: float) -> None:
        """End one process: politely first, and not after so many seconds."""
        process = self._started.get(name)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()

    def stop_all(self, seconds: float) -> None:
        """Ask all to end, and wait until they have, for so many seconds. Who is left, is ended with the context."""
        self._signal(signal.SIGTERM)
        wait_until(lambda: all(process.poll() is not None for process in self._started.values()), seconds)

    def _leader(self) -> int:
        return next((process.pid for process in self._started.values()), 0)

    def _signal(self, number: signal.Signals) -> None:
        if leader := self._leader():
            with suppress(ProcessLookupError):
                os.killpg(leader, number)


def wait_until(is_true: Callable[[], bool], seconds: float) -> bool:
    """Return whether it became true in time."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True
