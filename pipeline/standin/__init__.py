"""Stand-ins for the archives and all services asked, on one loopback port; their facts are invented."""

from pipeline.standin.facts import DEMO, Facts, Paper, Repository
from pipeline.standin.server import Standin
from pipeline.standin.wire import Request, Response

__all__ = ["DEMO", "Facts", "Paper", "Repository", "Request", "Response", "Standin"]
