"""The code location that Dagster loads; pipeline/defs/ has the definitions."""

from pipeline.defs.code_location import with_sources

defs = with_sources()

__all__ = ["defs"]
