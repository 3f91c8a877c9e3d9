"""What moves after a day: how a list showed each of its papers when it was looked at. Pure."""

from typing import NamedTuple

import polars as pl

from pipeline.sources.layouts.markdown import Parsed

SIGHTINGS = pl.Schema(
    {
        "source_id": pl.String,
        "listing_date": pl.Date,
        "arxiv_id": pl.String,  # of a listing; rejected rows are not seen
        "position": pl.Int32,  # from 1, in the order shown, rejected rows included; it moves with the upvotes
        "upvotes_count": pl.Int32,  # null where not shown
        "comments_count": pl.Int32,  # null where not shown
        "stars_count": pl.Int64,  # GitHub's, as the list knew them; null where not shown
    }
)


class Look(NamedTuple):
    """What looks at a list on some days say: what is listed, and what it showed at that moment."""

    parsed: Parsed
    sightings: pl.DataFrame  # SIGHTINGS, in the order of days and of what was shown
