"""One spelling of a name, however its writer encoded it: names are compared as text. Pure."""

import re
import unicodedata

INVISIBLE = re.compile("[\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
JOINER = re.compile(  # beside Latin letters, where no script needs it
    "(?<=[\u0000-\u024f])[\u200c\u200d]+|(?<![\u200c\u200d])[\u200c\u200d]++(?=[\u0000-\u024f]|$)|^[\u200c\u200d]+"
)
LONGEST_NAME = 300  # characters; time to normalise grows with the square of it


def normalise(name: str) -> str:
    """Return a name in NFC without invisible marks; joiners stay where a script needs them.

    One that is too long for a name is returned unchanged.
    """
    if name.isascii() or len(name) > LONGEST_NAME:
        return name
    return JOINER.sub("", INVISIBLE.sub("", unicodedata.normalize("NFC", name)))
