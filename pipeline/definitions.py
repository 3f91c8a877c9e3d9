"""The code location that Dagster loads. What it holds is put together in pipeline/defs/."""

from pipeline.defs.code_location import defs

__all__ = ["defs"]
