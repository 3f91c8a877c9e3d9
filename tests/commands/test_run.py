"""How far a run is, on a terminal: a bar for each kind of long work. tests/commands/test_output.py has the rest."""

import os
import pty

import pytest

from pipeline.commands.run import progress_bar
from pipeline.core.progress import Counter


def do_long_work() -> None:
    with progress_bar():
        for what, total in (("days of pages", 4), ("papers from arXiv", 2000)):
            counter = Counter(what, total)
            counter.advance(total // 4)
            counter.advance(total)


def test_on_a_terminal_each_kind_of_work_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        do_long_work()
        written = b""
        while b"2000/2000" not in written:  # on a busy machine a read gives a part of it
            written += os.read(ours, 10_000)
    os.close(ours)
    shown = written.decode()
    pages, papers = (line for line in shown.split("\n") if "█" in line)
    assert "days of pages            " + "█" * 7 + "·" * 23 + " 1/4" in pages
    assert "days of pages            " + "█" * 30 + " 4/4" in pages
    assert "papers from arXiv        " + "█" * 30 + " 2000/2000" in papers
