"""Rows of several tables. Pure."""

from collections.abc import Iterable

import polars as pl

Frames = dict[str, pl.DataFrame]  # by name of a staging table; a table without rows may be absent


def merge(parts: Iterable[Frames]) -> Frames:
    """Return the rows of several frames of each table, in order."""
    found: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        for table, frame in part.items():
            found.setdefault(table, []).append(frame)
    return {table: pl.concat(frames) for table, frames in found.items()}
