"""A module of Python that does not outlive who started it: `python -m pipeline.ui.child MODULE …`.

Its standard input is a pipe that nobody writes to. At its end the parent is gone, also by SIGKILL, and the whole
process group is ended.
"""

import os
import runpy
import signal
import sys
import threading
import time

GRACE_SECONDS = 10


def main() -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def end_with_parent() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
