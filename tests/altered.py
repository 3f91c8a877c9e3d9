"""A published file after some statements, with texts that are as bad as a stranger's can be."""

import shutil
from pathlib import Path

import duckdb

HOSTILE = '<img src=x onerror="window.broken=1"></script><script>window.broken=1</script>\u202e{{ 7 * 7 }}'
CONTROLS = "".join(map(chr, [*range(1, 9), 11, 12, *range(14, 32), 127, 0x85, 0x2028, 0x2029, 0xFFFE, 0xFFFF, 0x1FFFF]))


def altered_copy(example: Path, folder: Path, *statements: str, text: str = HOSTILE) -> Path:
    """Return a copy of the published file after the statements, in which $text stands for a bad text."""
    file = folder / "papers.duckdb"
    shutil.copyfile(example / "papers.duckdb", file)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        for statement in statements:
            connection.execute(statement, {"text": text} if "$text" in statement else None)
    return file
