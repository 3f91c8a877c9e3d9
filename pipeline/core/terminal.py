"""What goes to a terminal or a pipe: untrusted text made safe, streams that are closed, full or of another encoding."""

import io
import logging
import os
import re
import sys

# C0 except tab and line feed, DEL, C1 (terminals read U+009B as ESC [), line separators and direction marks.
HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

INTERRUPTED = 130  # the exit status of what Ctrl-C ended, as shells have it
STOPPED_BY_HAND = "stopped by Ctrl-C"


def harmless(text: str) -> str:
    """Return the text with every such character written as its escape, like `\\x1b`; invalid Unicode becomes `?`."""
    written = HARMFUL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return written.encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """Return the text harmless and on one line, with single spaces."""
    return harmless(" ".join(text.split()))


class HarmlessFormatter(logging.Formatter):
    """Writes log lines for a terminal: names of files and texts of services in them are harmless."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return harmless(super().format(record))


def open_streams() -> None:
    """Give stdout and stderr a place to write to, and escapes for what their encoding lacks."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the process was started without it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123  until the process ends
        elif isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon_streams() -> None:
    """Send what is still to be written nowhere, so that nothing fails when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
