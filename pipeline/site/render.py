"""Pages from templates: every value is escaped, links are relative, and nothing but the site's own is loaded or run."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.read.latex import readable
from pipeline.site.addresses import arxiv_url, hub_url, repository_url, web_url
from pipeline.site.options import File, Files
from pipeline.site.texts import clean

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
ASSETS = FOLDER / "assets"
NAVIGATION = {
    "index.html": "Newest",
    "search.html": "Search",
    "days.html": "Days",
    "tasks.html": "Tasks",
    "trends.html": "Trends",
    "questions/index.html": "Questions",
    "sql.html": "SQL",
    "coverage.html": "Coverage",
    "about.html": "About",
}


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    made.filters["number"] = number
    cast("dict[str, Any]", made.globals).update(
        readable=readable,
        navigation=NAVIGATION,
        asset=asset,
        assets=assets(),
        arxiv_url=arxiv_url,
        repository_url=repository_url,
        hub_url=hub_url,
        web_url=web_url,
    )
    return made


def finalize(value: object) -> object:
    """Clean what is no markup of ours."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def number(value: float | None, digits: int = 0) -> str:
    """Return a number for a person; `unknown` for None, which is not zero."""
    return "unknown" if value is None else f"{value:,.{digits}f}"


def render(path: str, template: str, **values: Any) -> File:
    """Return a page of a template, which sees as `root` the way from the page to the site's root."""
    root = "../" * path.count("/")
    text = (
        environment()
        .get_template(template)
        .render({"path": path, "root": root, "wasm": False, "standalone": False, **values})
    )
    return path, text.encode()


@cache
def assets() -> dict[str, str]:
    """Return by name of a file in assets/ where it stands in the site; its name has a hash, so hosts may keep it."""
    named: dict[str, str] = {}
    for file in sorted(ASSETS.iterdir()):
        if file.suffix in (".css", ".js"):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()[:10]
            named[file.name] = f"assets/{file.stem}-{digest}{file.suffix}"
    return named


def asset(name: str) -> str:
    """Return where a file of assets/ stands below the site's root."""
    return assets()[name]


def asset_files() -> Files:
    yield "icon.svg", (ASSETS / "icon.svg").read_bytes()
    for name, path in assets().items():
        yield path, (ASSETS / name).read_bytes()
