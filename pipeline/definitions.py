"""The code location that Dagster loads; pipeline/defs/ has the definitions."""

from pipeline.core.home import lacking

try:
    from pipeline.defs.code_location import with_sources
except ImportError as error:  # the UI shows the sentence
    raise lacking(error) from None

defs = with_sources()

__all__ = ["defs"]
