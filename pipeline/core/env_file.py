"""The file `.env`: lines of NAME=value, read by python-dotenv much as a shell reads them.

Of variables it fills in `${NAME}` alone, from the environment and from lines above; `$NAME` stays as it is written.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from pipeline.core.errors import SettingError
from pipeline.core.files import read_plain

NAMED = 5  # lines named in a message
EXPECTED = "it should be NAME=value, the value in quotes if it has blanks, or begin with # (nothing is repeated here)"


def read_env_file(path: Path) -> dict[str, str]:
    """Return what a file sets, by name; nothing if there is none.

    Raises SettingError for what cannot be read, is not UTF-8, or has a line that sets nothing: it may be a setting that
    was meant, and a secret, so it is named by its number alone.
    """
    try:
        text = io.StringIO(read_plain(path).decode("utf-8"), newline=None).read()
    except UnicodeDecodeError:
        raise SettingError(f"{path.name} is not UTF-8: save it again as UTF-8") from None
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not path.is_symlink():
            return {}
        remedy = "it should be a file that you may read; grant that, or move it away"
        raise SettingError(f"{path.name} cannot be read ({error.strerror}): {remedy}") from error
    if odd := [str(line) for line in find_odd_lines(text)]:
        named = ", ".join(odd[:NAMED]) + (f" and {len(odd) - NAMED} more" if len(odd) > NAMED else "")
        raise SettingError(f"{path.name}, line{'s' if len(odd) > 1 else ''} {named}: {EXPECTED}")
    return {name: value for name, value in dotenv_values(stream=io.StringIO(text)).items() if value is not None}


def read_usable_lines(path: Path) -> dict[str, str]:
    """Return what the lines set that can be read, whatever is wrong with others; nothing if there is no such file."""
    try:
        text = read_plain(path).decode("utf-8", "replace")
    except OSError:
        return {}
    return {name: value for name, value in dotenv_values(stream=io.StringIO(text)).items() if value is not None}


def find_odd_lines(text: str) -> Iterator[int]:
    """Yield the number of each line that is neither an assignment nor a comment, from 1."""
    for found in parse_stream(io.StringIO(text)):
        if found.error or (found.key is not None and found.value is None):
            written = found.original.string
            above = written[: len(written) - len(written.lstrip())]
            yield found.original.line + above.count("\n")
