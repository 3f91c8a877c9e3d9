"""Make untrusted text safe for a terminal: no escape sequences, no marks that change the writing direction."""

import logging
import re

# C0 except tab and line feed, DEL, C1 (terminals read U+009B as ESC [), line separators and direction marks.
HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


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
