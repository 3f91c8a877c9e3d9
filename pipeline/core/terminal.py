"""What may reach a terminal: strangers' texts hold escape sequences, and marks that turn the reading around."""

import re

# C0 but tab and line feed, DEL, C1 (a terminal takes U+009B for ESC [), and what changes the direction of a line.
HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """Return the text with every such character written out, as in `\\x1b`; what is no Unicode becomes a `?`."""
    written = HARMFUL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return written.encode("utf-8", "replace").decode("utf-8")
