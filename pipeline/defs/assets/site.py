"""The web site, made from the published file where a setting names a folder for it."""

from typing import Any

import dagster as dg

from pipeline.core.settings import read_settings
from pipeline.defs.assets.owners import OWNERS
from pipeline.defs.resources import Session


@dg.asset(group_name="publish", deps=["published_warehouse"], kinds={"html"}, owners=OWNERS)
def site(session: Session) -> dg.MaterializeResult[Any]:
    """Grain: a folder of pages, SITE_DIR, for any static host: docs/publish.md. Rerun: the same bytes, and no file is
    touched if nothing changed. `papers site` writes it elsewhere.
    """
    from pipeline.site.build import build_site  # noqa: PLC0415  brings Jinja
    from pipeline.site.options import Options  # noqa: PLC0415  as above

    settings = read_settings()
    if settings.site_dir is None:
        raise dg.Failure("SITE_DIR is not set any more: set it, or start the UI again without it")
    published = session.warehouse.fetch_published().resolve()
    built = build_site(
        settings.site_dir, Options(published, settings.site_url, searches=dict(settings.site_searches or ()))
    )
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(str(settings.site_dir / "index.html")),
            "files": built.file_count,
            "changed files": built.changed_count,
            "size bytes": built.byte_count,
        }
    )
