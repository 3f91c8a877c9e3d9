"""The code location that Dagster loads; pipeline/defs/ has the definitions."""

from pipeline.defs.code_location import defs

__all__ = ["defs"]
