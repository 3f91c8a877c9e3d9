"""The asset graph: documents and listings by day, enrichment, the star, the published file and the report."""

from pipeline.core.settings import read_usable_settings
from pipeline.defs.assets.days import DAYS, documents, listings
from pipeline.defs.assets.enrichment import (
    arxiv_papers,
    datacite_papers,
    github_repositories,
    github_star_history,
    hub_papers,
    hub_resources,
    semantic_scholar_papers,
)
from pipeline.defs.assets.report import report
from pipeline.defs.assets.site import site
from pipeline.defs.assets.star import published_warehouse, star

__all__ = ["ASSETS", "DAYS"]

ASSETS = (
    documents,
    listings,
    arxiv_papers,
    datacite_papers,
    github_repositories,
    github_star_history,
    hub_resources,
    hub_papers,
    semantic_scholar_papers,
    star,
    published_warehouse,
    report,
    *((site,) if read_usable_settings()[0].site_dir else ()),
)
