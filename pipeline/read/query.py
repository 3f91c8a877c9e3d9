"""SQL on the published file: read-only, with no way out of it."""

import re
from collections.abc import Generator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import duckdb

from pipeline.core import sql_files
from pipeline.core.errors import OutdatedError, WarehouseError
from pipeline.core.wording import suggest
from pipeline.lake.place import Place, StoredFile
from pipeline.warehouse.build import IN_UTC
from pipeline.warehouse.checks import CHECKS

Connection = duckdb.DuckDBPyConnection  # for who is handed one and opens none
Relation = duckdb.DuckDBPyRelation
NEW_LINE = "\n"
ASKING = ("SELECT", "EXPLAIN", "PRAGMA", "CALL")  # kinds of statements
ANALYZED = re.compile(r"\banaly[sz]e\b", re.IGNORECASE)
PIVOT = re.compile(r"(\s|\(|--[^\n]*\n|/\*.*?\*/)*+(pivot|from|with|select)\b", re.IGNORECASE | re.DOTALL)


@contextmanager
def open_published(path: Place, threads: int | None = None) -> Generator[Connection]:
    """Open the published file for reading only: no other file, address or extension is within a query's reach.

    With one thread, sums of fractions come out the same to the last bit each time. Raises WarehouseError where there is
    no such file yet, or it cannot be opened; OutdatedError where SQL of ours, which the tests run, does not fit it.
    """
    with connect_published(path, threads) as connection:
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise OutdatedError(
                f"{path} was built by another version of this code: {renewing(path)} "
                f"({str(error).partition(NEW_LINE)[0]})"
            ) from error


def connect_published(path: Place, threads: int | None = None) -> Connection:
    """Return a connection to the published file, as `open_published` has it."""
    settings: dict[str, str | bool | int | float | list[str]] = {"autoload_known_extensions": "false"}
    if threads is not None:
        settings["threads"] = threads
    try:
        return path.connect(settings) if isinstance(path, StoredFile) else connect_file(path, settings)
    except duckdb.Error as error:
        raise WarehouseError(f"{path} cannot be opened: {error}; {remaking(path)}") from error


def renewing(path: Place) -> str:
    """Return what brings a file of this version of the code."""
    return f"`papers run`{' on a host that writes' if isinstance(path, StoredFile) else ''} builds it anew"


def remaking(path: Place) -> str:
    """Return what helps where a file cannot be used: who reads a store cannot make it."""
    if isinstance(path, StoredFile):
        return "check WAREHOUSE_STORAGE, AWS_* and the network; or let a host that writes publish again"
    return "`papers rebuild` makes it anew"


def connect_file(path: Path, settings: dict[str, str | bool | int | float | list[str]]) -> Connection:
    """Return a connection to a file of this host that reads nothing but it. Raises WarehouseError; duckdb.Error."""
    if not path.exists():
        # A release stands two folders below the warehouse's.
        folders = [path.parent, *path.parents[2:3]] if path.parent.parent.name == "published" else [path.parent]
        is_lost = path.is_symlink() or any(any((folder / "raw").rglob("*.parquet")) for folder in folders)
        how = "yet: `papers run`, `papers backfill` or `papers demo` makes it"
        raise WarehouseError(f"{path} is not there{': `papers rebuild` makes it from raw/' if is_lost else f' {how}'}")
    if not path.is_file():
        raise WarehouseError(f"{path} is not an ordinary file: move it away, and `papers rebuild` makes it anew")
    connection = duckdb.connect(str(path), read_only=True, config=settings | {"enable_external_access": "false"})
    if not connection.execute("select current_setting('lock_configuration')").fetchall()[0][0]:  # by another of ours
        connection.execute(f"{IN_UTC}; set lock_configuration = true")
    return connection


def broken_rules(path: Place) -> dict[str, int]:
    """Return the rules that would have stopped a publish and that a published file breaks, with the rows of each.

    Raises WarehouseError where the file is not there, or cannot be read.
    """
    with open_published(path) as connection:
        try:
            counts = {
                name: len(connection.execute(check.query).fetchall())
                for name, check in CHECKS.items()
                if check.is_error
            }
        except (duckdb.CatalogException, duckdb.BinderException):
            raise
        except duckdb.Error as error:
            raise WarehouseError(f"{path} cannot be read: {error}; {remaking(path)}") from error
    return {name: count for name, count in counts.items() if count}


def from_the_future(connection: Connection) -> list[str]:
    """Return for each table with a time that is yet to come which one, as its check finds it."""
    rows = connection.execute(CHECKS["nothing_from_the_future"].query).fetchall()
    return [f"{table} has {latest:%Y-%m-%d}" for table, latest in rows]


def named_query(name: str) -> str | None:
    """Return the text of sql/queries/<name>.sql, or of a check that asks the published file; None for other names."""
    if name in sql_files.names("queries"):
        return sql_files.read_sql("queries", name)
    check = CHECKS.get(name)
    return check.query if check and "staging." not in check.query else None


def unknown_name(name: str) -> str:
    """Return what to say of a word that is the name of no query."""
    if Path(name).is_file():
        return f"no query is named {name}: to ask what is in the file, give a file with --file {name}"
    near = suggest(name, sql_files.names("queries"))
    return f"no query is named {name}: {near or '`papers query` lists them'}"


def hint(name: str, relation: Relation) -> str | None:
    """Return what the header of a named query says of an answer without rows; None if there are rows, or no word."""
    text = sql_files.header("queries", name).get("If empty") if name in sql_files.names("queries") else None
    return text if text and not relation.limit(1).fetchall() else None


def questions() -> dict[str, str]:
    """Return for each file of sql/queries/ the question that it answers, in the order that the headers give."""
    headers = {name: sql_files.header("queries", name) for name in sql_files.names("queries")}
    ordered = sorted(headers, key=lambda name: float(headers[name].get("Order", "inf")))
    return {name: headers[name]["Question"] for name in ordered}


def run_query(connection: Connection, text: str, given: Mapping[str, str]) -> Relation:
    """Return the rows of one statement, parameters bound. Raises WarehouseError for SQL that does not run."""
    relations = run_queries(connection, text, given)
    if len(relations) > 1:
        raise WarehouseError(f"there are {len(relations)} statements, and one can be answered here: ask one by one")
    return relations[0]


def run_queries(connection: Connection, text: str, given: Mapping[str, str]) -> list[Relation]:
    """Return the rows of each statement in turn, parameters bound. Raises WarehouseError for SQL that does not run.

    Statements and parameters are those that DuckDB itself sees. None runs if one cannot, as far as that can be told.
    """
    for what, written in {
        "the query": text,
        **{f"the value of {name}": value for name, value in given.items()},
    }.items():
        raise_unless_text(what, written)
    try:
        statements = connection.extract_statements(text)
    except duckdb.Error as error:
        raise WarehouseError(f"the query does not run: {error}") from error
    if not statements:
        raise WarehouseError("there is no statement to run")
    for statement in statements:
        raise_unless_question(statement)
    values = find_values(text, {name for each in statements for name in each.named_parameters}, given)
    return [
        run_statement(connection, statement, {name: values[name] for name in statement.named_parameters})
        for statement in statements
    ]


def raise_unless_question(statement: duckdb.Statement) -> None:
    """Raise WarehouseError for a statement that does something, as its kind says, or that it may do what it explains.

    Others answer with rows too: CREATE SECRET leads to another server, and EXPLAIN ANALYZE runs the COPY in it.
    """
    kind = str(statement.type).rpartition(".")[2]
    is_pivot = kind in ("CREATE", "MULTI") and PIVOT.match(statement.query)  # made of an enum and a SELECT
    if kind not in ASKING and not is_pivot:
        raise WarehouseError(f"the statement is {kind}: only queries can be asked here, such as SELECT")
    if kind == "EXPLAIN" and ANALYZED.search(statement.query):
        raise WarehouseError("EXPLAIN ANALYZE runs what it explains: only queries can be asked here, such as EXPLAIN")


def raise_unless_text(what: str, written: str) -> None:
    """Raise WarehouseError for bytes of the command line that are not text."""
    try:
        written.encode()
    except UnicodeEncodeError as error:
        raise WarehouseError(f"{what} is not UTF-8 text: write it in UTF-8") from error


def find_values(text: str, wanted: AbstractSet[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return a value for each parameter: as given, or else as a comment of the text declares it."""
    listed = ", ".join(sorted(wanted)) or "none"
    if unknown := given.keys() - wanted:
        raise WarehouseError(f"the query has no parameter {', '.join(sorted(unknown))}; it has: {listed}")
    values = {name: value for name, value in (sql_files.parameters(text) | dict(given)).items() if name in wanted}
    if missing := sorted(wanted - values.keys()):
        if not missing[0].isidentifier():
            raise WarehouseError("parameters need names: write $name instead of ? or $1")
        raise WarehouseError(f"the query has no value for ${missing[0]}: give it with --param {missing[0]}=VALUE")
    return values


def run_statement(connection: Connection, statement: duckdb.Statement, values: Mapping[str, str]) -> Relation:
    try:
        # DuckDB gives None for a statement without rows, whatever its stubs say.
        asked = cast("object", connection.sql(statement, params=values) if values else connection.sql(statement))
    except duckdb.Error as error:
        raise WarehouseError(f"the query does not run: {blame_value(values, str(error))}") from error
    if not isinstance(asked, duckdb.DuckDBPyRelation):
        raise WarehouseError("the statement returns no rows: only queries can be asked here")
    return asked


def blame_value(values: Mapping[str, str], message: str) -> str:
    """Return which value of a parameter cannot be converted, in one line; the message itself if none is to blame."""
    for name, value in values.items() if message.startswith("Conversion Error: ") else ():
        if f"'{value}'" in message or f'"{value}"' in message:
            return f"${name} is {value!r}: {message.partition(chr(10))[0].removeprefix('Conversion Error: ')}"
    return message
