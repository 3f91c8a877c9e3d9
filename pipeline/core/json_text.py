"""JSON that strangers wrote, as Python values. Pure."""

import json
import math
import sys


def load_json(text: str) -> object:
    """Return the value of a JSON text. Raises ValueError for anything else, and for what is nested too deeply.

    A number that cannot be held costs its own field: NaN and Infinity, which JSON does not have, and an integer of
    thousands of digits come as floats that are not finite, and so are neither a count nor a text to any reader.
    """
    try:
        return decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def decode(text: str) -> object:
    """Return the value of a JSON text. Python refuses thousands of digits; a hook for numbers slows every text down."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return json.loads(text, parse_int=read_integer)


def read_integer(digits: str) -> float:
    """Return an integer; one with more digits than Python reads is infinite."""
    most = sys.get_int_max_str_digits()
    return math.inf if 0 < most < len(digits.lstrip("-")) else int(digits)
