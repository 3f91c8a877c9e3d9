"""`papers`, also as `python -m pipeline`."""

import atexit
import os
import sys
import threading

from pipeline.core.terminal import INTERRUPTED, STOPPED_BY_HAND


def start() -> None:
    """Run `papers` and end the process. Python would take apart all that was imported, object by object, for longer
    than a help text takes; the system frees it at once.
    """
    try:
        from pipeline.cli import main  # noqa: PLC0415  takes a while, in which Ctrl-C counts too

        main()
        status = 0
    except KeyboardInterrupt:
        sys.stderr.write(f"papers: {STOPPED_BY_HAND}\n")
        status = INTERRUPTED
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        status = ended.code
    if threading.active_count() > 1:  # somebody still works
        sys.exit(status)
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]  there is no other way
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    start()
