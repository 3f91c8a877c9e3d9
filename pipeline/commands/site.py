"""`papers site`: the published file as a folder of web pages."""

import re
from pathlib import Path

import click

from pipeline.core.settings import Settings
from pipeline.lake.newest import published_file
from pipeline.site import vendor
from pipeline.site.build import build_site
from pipeline.site.options import Options

# Of a host and folders without anything that a feed or a sitemap would have to escape.
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
URL = re.compile(rf"https?://{LABEL}(?:\.{LABEL})*(?::[0-9]{{1,5}})?(?:/(?!\.\.?(?:/|\Z))[A-Za-z0-9._~-]+)*/?")


def make_site(settings: Settings, folder: Path, url: str | None, *, has_sql: bool, pages: int | None) -> str:
    """Write the site and return what was written, for a person."""
    url = url or settings.site_url
    if url is not None and not URL.fullmatch(url):
        raise click.UsageError(f"--url, or SITE_URL, is {url!r}: write it like https://papers.example.org/folder")
    published = published_file(settings).resolve()
    searches = dict(settings.site_searches or ())
    built = build_site(folder, Options(published, url and url.rstrip("/"), has_sql, pages, searches))
    without = "" if not has_sql or vendor.is_here() else "; without SQL: `make vendor` fetches what it needs"
    return (
        f"{built.file_count:,} files, {built.byte_count / 1e6:.1f} MB, {built.changed_count:,} of them new or changed: "
        f"{folder / 'index.html'}{without}"
    )
