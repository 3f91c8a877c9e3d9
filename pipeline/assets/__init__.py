"""The graph: documents and listings by day, what is due from arXiv and GitHub, the star, what readers are shown."""

from pipeline.assets.days import DAYS, documents, listings
from pipeline.assets.enrichment import arxiv_papers, github_repositories
from pipeline.assets.report import report
from pipeline.assets.star import published_warehouse, star

__all__ = ["ASSETS", "DAYS"]

ASSETS = (documents, listings, arxiv_papers, github_repositories, star, published_warehouse, report)
