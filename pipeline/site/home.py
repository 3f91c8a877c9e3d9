"""The first page: the newest day."""

from pipeline.read.query import Connection
from pipeline.site.options import Files, Options
from pipeline.site.render import render


def files(connection: Connection, options: Options) -> Files:
    newest = connection.execute("select max(listing_date) from fct_listing").fetchall()[0][0]
    yield render("index.html", "index.html", newest=newest, published_at=options.published_at)
