"""The end of the process: at once, with the right status, and nothing left unsaid."""

import subprocess
import sys

import pytest

START = """
import atexit, gc, sys, threading, time
atexit.register(print, "last words")
{more}
sys.argv = ["papers", *{arguments}]
from pipeline.__main__ import start
start()
"""


def run(arguments: list[str], more: str = "") -> subprocess.CompletedProcess[str]:
    code = START.format(arguments=arguments, more=more)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--version"], 0), (["query", "no-such-query"], 2), (["--nosuch"], 2)]
)
def test_a_command_ends_with_its_status_and_runs_what_waits_for_the_end(arguments, status):
    ended = run(arguments)
    assert ended.returncode == status
    assert ended.stdout.endswith("last words\n")
    assert "Usage" in ended.stderr or status == 0


def test_a_thread_that_works_on_is_waited_for():
    ended = run(["--version"], "threading.Thread(target=lambda: (time.sleep(0.3), print('done'))).start()")
    assert ended.returncode == 0
    assert "done\n" in ended.stdout


def test_garbage_is_looked_for_seldom():
    ended = run(["--version"], "atexit.register(lambda: print(gc.get_threshold()[0]))")
    assert int(ended.stdout.splitlines()[-2]) >= 10_000
