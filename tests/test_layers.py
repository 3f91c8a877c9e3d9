"""Imports between packages point one way, and a library is loaded only where it belongs, also through others."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
# A package may import those on later lines, none on its own line and none above.
ORDER = (
    ("__main__",),
    ("cli",),
    ("commands", "definitions"),
    ("ui",),
    ("defs", "spark"),
    ("site",),
    ("read",),
    ("lake",),
    ("warehouse",),
    ("sources",),
    ("services",),
    ("http", "core"),
    ("standin",),  # knows nobody, and only commands start it
)
LIBRARIES = {
    "requests": {"http"},
    "tenacity": {"http"},
    "duckdb": {"warehouse", "lake", "read", "spark"},
    "sqlglot": {"spark"},
    "dagster": {"defs", "commands", "ui"},
    "uvicorn": {"ui"},
    "click": {"cli", "commands"},
}
# What loading a package must not load, through whatever it imports.
NEVER_LOADED = {
    "warehouse": {"requests", "urllib3", "tenacity", "dagster", "click"},
    "read": {"requests", "urllib3", "tenacity", "dagster", "click"},
    "site": {"requests", "urllib3", "tenacity", "dagster", "click"},
    "spark": {"requests", "urllib3", "tenacity", "dagster", "click"},
    "services": {"duckdb", "dagster", "click"},
    "sources": {"duckdb", "dagster", "click"},
    "standin": {"requests", "duckdb", "dagster", "polars", "click"},
}
RANK = {package: rank for rank, packages in enumerate(ORDER) for package in packages}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in (ROOT / "pipeline").rglob("*.py")}


def package_of(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def imports(path: Path) -> Iterator[str]:
    """Yield what a file imports, also inside functions: our modules by full name, libraries by their first."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if not name.startswith("pipeline"):
                yield name.split(".")[0]
                continue
            yield name if name in MODULES else name.rpartition(".")[0]


DIRECT = {module: set(imports(path)) for module, path in MODULES.items()}


def loaded_by(package: str) -> set[str]:
    """Return everything that the modules of a package load, transitively."""
    seen: set[str] = set()
    left = [module for module in MODULES if package_of(module) == package and module != "pipeline"]
    while left:
        module = left.pop()
        if module not in seen:
            seen.add(module)
            left += DIRECT.get(module, ())
    return seen


def test_every_package_has_its_place() -> None:
    assert {package_of(module) for module in MODULES} - {"pipeline"} == set(RANK), (
        "give a new package its line in ORDER, and in docs/architecture.md"
    )


def test_no_arrow_points_up_or_sideways() -> None:
    arrows = [(module, target) for module, targets in DIRECT.items() for target in targets if target in MODULES]
    wrong = [
        f"{module} -> {target}"
        for module, target in arrows
        if package_of(module) != package_of(target) and target != "pipeline"
        if RANK[package_of(module)] >= RANK[package_of(target)]
    ]
    assert not wrong, f"move what is shared to a package below both: {wrong}"


def test_the_stand_in_is_known_to_commands_alone() -> None:
    users = {package_of(m) for m, targets in DIRECT.items() if any(package_of(t) == "standin" for t in targets)}
    assert users == {"standin", "commands"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    def reach(module: str) -> set[str]:
        seen: set[str] = set()
        left = [target for target in DIRECT[module] if target in MODULES]
        while left:
            target = left.pop()
            if target not in seen:
                seen.add(target)
                left += [each for each in DIRECT[target] if each in MODULES]
        return seen

    circle = [module for module in MODULES if module in reach(module)]
    assert not circle, f"move what they share to a module of its own: {circle}"


def test_a_library_is_known_only_where_it_belongs() -> None:
    for library, allowed in LIBRARIES.items():
        users = {package_of(module) for module, targets in DIRECT.items() if library in targets}
        assert users, library
        assert users <= allowed, f"{library} is imported by {users - allowed}: call what {allowed} has"


def test_what_a_package_loads_stays_below_it() -> None:
    for package, forbidden in NEVER_LOADED.items():
        found = loaded_by(package) & forbidden
        assert not found, f"{package} loads {found}, through what it imports: move that import to a package above"


def test_no_module_is_two_nouns_and_no_package_two_stations() -> None:
    long = {name: count for name, path in MODULES.items() if (count := path.read_text("utf-8").count("\n")) > 300}
    assert not long, f"past 300 lines, split by noun: {long}"
    folders = {path.parent for path in MODULES.values()}
    full = {folder: count for folder in folders if (count := len(list(folder.glob("*.py")))) > 13}
    assert not full, f"past a dozen modules, make a folder for some or merge small ones: {full}"
