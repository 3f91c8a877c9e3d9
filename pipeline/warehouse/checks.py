"""The checks of the star: one file each in sql/checks/, and those that follow from the declared keys.

What they found in the published star stands for as long as that file and the rules do:

private/verdicts.json   the release, the rules, which run looked and which told of it last, and what broke a rule
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.core import sql_files
from pipeline.core.terminal import one_line
from pipeline.warehouse.private import fingerprint
from pipeline.warehouse.reports import read, save
from pipeline.warehouse.tables import TABLES, find_references, key_columns, temporary_queries

# Not checked: they are loaded from the tables that they refer to, and search_term has a row per word.
NAMED_VALUES = 4  # of a row that is an example
SHOWN = 10  # rows of a check, in its verdict
VERDICTS = "verdicts.json"
UNCHECKED = ("search_document", "search_term")
# What makes an answer change though the star does not: staging, and the time.
CHANGES = re.compile(r"\bstaging\.|\b(?:now|today|get_current_\w+)\(|\bcurrent_(?:date|time|timestamp)\b", re.I)


@dataclass(frozen=True)
class Check:
    """A rule about a table. `query` returns the rows that break it; an error stops the publish, a warning is shown."""

    name: str
    table: str
    is_error: bool
    description: str
    query: str

    @property
    def reads_star_only(self) -> bool:
        """Whether the answer is the same for as long as the star is."""
        text = sql_files.without_comments(self.query)
        return not CHANGES.search(text) and not temporary_queries().keys() & set(re.findall(r"\w+", text))


def read_checks() -> Iterator[Check]:
    """Yield the checks of sql/checks/, then those that follow from the keys.

    A table with a check of its grain there, `<table>_grain`, gets no other.
    """
    written = [read_check(name) for name in sql_files.names("checks")]
    yield from written
    checked = {check.table for check in written if check.name.endswith("_grain")}
    yield from (check_grain(table) for table in TABLES if table not in checked)
    yield check_references()
    yield check_members()


def read_check(name: str) -> Check:
    fields = sql_files.header("checks", name)
    is_error = fields["Severity"] == "error"
    description = f"{fields['Rule']} Severity: {fields['Severity']}."
    return Check(name, fields["Table"], is_error, description, sql_files.read_sql("checks", name))


def check_grain(table: str) -> Check:
    """Return the check that the key of a table is unique: the natural key, if it has one."""
    fields = sql_files.header("schema", table)
    key = fields.get("Natural key", fields["Key"])
    query = f"select {key}, count(*) as row_count from {table} group by all having count(*) > 1"
    description = f"No two rows of {table} have the same {key}. Severity: error."
    return Check(f"{table}_grain", table, True, description, query)


def check_references() -> Check:
    query = "\nunion all\n".join(
        f"select distinct '{table}.{column}' as referring, {column} as member_key from {table} "
        f"anti join {other} using ({column})"
        for table in sorted(set(TABLES) - set(UNCHECKED))
        for column, other in find_references(table, sql_files.columns(table)).items()
    )
    description = "Whatever a fact or bridge points to exists. Severity: error."
    return Check("references_found", "fct_listing", True, description, query)


def check_members() -> Check:
    query = "\nunion all\n".join(
        f"select '{table}' as dimension, {key} as member_key, count(*) as row_count from {table} "
        f"group by all having count(*) > 1\n"
        f"union all\nselect '{table}', -1, 0 where not exists (from {table} where {key} = -1)"
        for table in dimensions()
        for key in key_columns(table)
    )
    description = "No dimension has two rows of one key, and each has its unknown member. Severity: error."
    return Check("dimension_keys_unique", "dim_paper", True, description, query)


def dimensions() -> list[str]:
    """Return the tables that others refer to by a computed key, and that have an unknown member."""
    declared = {table: sql_files.header("schema", table) for table in sorted(TABLES)}
    return [table for table, fields in declared.items() if table.startswith("dim_") and "Natural key" in fields]


def sentence_of(name: str, rows: int, first: Sequence[Sequence[object]]) -> str:
    """Return what a check found, for a person: how many rows, against which rule, an example, what lists them."""
    check = CHECKS[name]
    rule = check.description.partition(". ")[0]
    count = "1 row is" if rows == 1 else f"{rows:,} rows are"
    example = ", ".join(str(value) for value in first[0][:NAMED_VALUES]) if first else "none was kept"
    them = "`papers status --json`" if "staging." in check.query else f"`papers query {name}`"
    return one_line(
        f"{name}: {count} against the rule: {rule}. Such as {example}; {them} lists {'it' if rows == 1 else 'them'}"
    )


CHECKS = {check.name: check for check in sorted(read_checks(), key=lambda check: check.name)}
SETTLED = tuple(name for name, check in CHECKS.items() if check.reads_star_only)


@dataclass(frozen=True)
class Verdict:
    """How many rows broke a rule, and the first of them as text."""

    rows: int = 0
    first: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdicts:
    """The verdicts of all checks that read the star alone, by check."""

    release: str
    rules: str
    run_id: str  # of the run that looked
    told_by: str  # the newest run that told of it
    found: Mapping[str, Verdict]


def verdict_on(broken: Sequence[tuple[Any, ...]]) -> Verdict:
    return Verdict(len(broken), tuple(str(row) for row in broken[:SHOWN]))


def rules() -> str:
    """Return a hash of all rules, and of the code that builds what they are about."""
    texts = [f"{check.name} {check.is_error} {check.query}" for check in CHECKS.values()]
    return hashlib.sha256("\0".join([fingerprint(), *texts]).encode()).hexdigest()


def save_verdicts(private: Path, verdicts: Verdicts) -> None:
    """Save the verdicts on the release that is published. Raises WarehouseError."""
    save(private / VERDICTS, asdict(verdicts))


def read_verdicts(private: Path, release: str) -> Verdicts | None:
    """Return the verdicts on a release; None if there are none, or the rules have changed since."""
    values = read(private / VERDICTS)
    if values.get("release") != release or values.get("rules") != rules():
        return None
    try:
        found = {name: Verdict(each["rows"], tuple(each["first"])) for name, each in values["found"].items()}
        verdicts = Verdicts(release, values["rules"], str(values["run_id"]), str(values["told_by"]), found)
    except (AttributeError, KeyError, TypeError):
        return None
    return verdicts if found.keys() == set(SETTLED) else None
