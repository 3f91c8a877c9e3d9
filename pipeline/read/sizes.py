"""How much room the warehouse and Dagster's history take on the disk."""

import os
from collections.abc import Mapping
from pathlib import Path

PARTS = {"raw": "raw/", "private": "private/", "published": "published/"}
HISTORY = "history"


def read_sizes(folder: Path, home: Path) -> dict[str, int]:
    """Return the bytes of each part of a warehouse, and of the history in Dagster's home; 0 for what is not there."""
    return {part: size_of(folder / part) for part in PARTS} | {HISTORY: size_of(home)}


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder. Files that go while it is read count for nothing."""
    return sum(size_of_file(Path(parent) / name) for parent, _, names in os.walk(folder) for name in names)


def size_of_file(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def sizes_line(sizes: Mapping[str, int]) -> str:
    parts = [f"{title} {sizes[part] / 1e6:,.1f} MB" for part, title in {**PARTS, HISTORY: "Dagster's history"}.items()]
    return f"on disk: {', '.join(parts)}"
