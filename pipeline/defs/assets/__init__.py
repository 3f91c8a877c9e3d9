"""The graph: documents and listings by day, what is due from arXiv and GitHub, the star, what readers are shown."""

from pipeline.defs.assets.days import DAYS, documents, listings
from pipeline.defs.assets.enrichment import arxiv_papers, github_repositories
from pipeline.defs.assets.report import report
from pipeline.defs.assets.star import published_warehouse, star

__all__ = ["ASSETS", "DAYS"]

ASSETS = (documents, listings, arxiv_papers, github_repositories, star, published_warehouse, report)
