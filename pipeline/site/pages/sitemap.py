"""The list of pages for search engines, made where it is known where the site will stand: it takes full addresses."""

from collections.abc import Sequence

from pipeline.site.options import Files
from pipeline.site.render import render

MOST_URLS = 40_000  # https://www.sitemaps.org/protocol.html: at most 50,000 a file


def files(url: str, pages: Sequence[str]) -> Files:
    """Yield sitemap.xml; of more pages than one file may name, a list of such files."""
    urls = [f"{url}/{page}" for page in sorted(pages)]
    parts = [urls[first : first + MOST_URLS] for first in range(0, len(urls), MOST_URLS)]
    if len(parts) <= 1:
        yield render("sitemap.xml", "sitemap.xml", urls=urls)
        return
    for number, part in enumerate(parts):
        yield render(f"sitemap-{number}.xml", "sitemap.xml", urls=part)
    yield render("sitemap.xml", "sitemaps.xml", urls=[f"{url}/sitemap-{number}.xml" for number in range(len(parts))])
