"""The arrows point one way: who may import what."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "pipeline"
# Only these know the library on the left; everything else is told what it needs.
KNOWN_BY = {
    "requests": {"web", "body", "redirect"},
    "duckdb": {"warehouse", "staging", "query"},
    "dagster": {"definitions", "assets", "checks", "schedules", "sensors", "resources", "runs"},
    "click": {"cli", "days", "demonstration"},
}
# A module of the left may import none of the right.
FORBIDDEN = {
    "errors": {"*"},
    "markdown": {"web", "raw", "warehouse", "staging", "settings", "archive"},
    "tables": {"web", "raw", "warehouse", "staging", "settings", "archive", "links"},
    "links": {"web", "raw", "warehouse", "staging", "settings", "archive", "markdown"},
    "web": {"archive", "arxiv", "github", "tree", "raw", "warehouse", "settings"},
    "arxiv": {"github", "raw", "warehouse", "staging", "settings", "archive"},
    "github": {"arxiv", "raw", "warehouse", "staging", "settings"},
    "raw": {"warehouse", "staging", "web", "settings"},
    "warehouse": {"web", "arxiv", "github", "documents", "settings", "resources", "assets"},
    "standin": {"web", "raw", "warehouse", "arxiv", "github", "documents"},
}


def modules() -> dict[str, set[str]]:
    """Return each module's imports, also those inside functions, by top-level name; ours without `pipeline.`."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            found.setdefault(name, set()).update(imported(node))
    return found


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.removeprefix("pipeline.").split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module == "pipeline":
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module.removeprefix("pipeline.").split(".")[0]}
    return set()


def test_a_library_is_known_only_where_it_belongs() -> None:
    for library, allowed in KNOWN_BY.items():
        users = {name for name, imports in modules().items() if library in imports}
        assert users, library
        assert users <= allowed, f"{library} is imported by {users - allowed}"


def test_no_arrow_points_back() -> None:
    ours = modules()
    for name, forbidden in FORBIDDEN.items():
        targets = ours.get(name, set()) & (ours.keys() if forbidden == {"*"} else forbidden)
        assert not targets, f"{name} imports {targets}"


def test_no_module_is_two_nouns() -> None:
    long = {path.name: count for path in PACKAGE.rglob("*.py") if (count := path.read_text("utf-8").count("\n")) > 300}
    assert not long, f"past 300 lines: {long}"
