"""What `papers query` writes: the value, or one line that says which column to cast; never a traceback."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner, Result
from conftest import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli import cli
from pipeline.core.errors import WarehouseError
from pipeline.read import FORMATS
from pipeline.read.query import run_query
from pipeline.read.rows import WIDEST, narrow, write_rows

VALUES = (
    "null",
    "true",
    "(-128)::tinyint",
    "255::utinyint",
    "18446744073709551615::ubigint",
    "170141183460469231731687303715884105727::hugeint",
    "340282366920938463463374607431768211455::uhugeint",
    "12345678901234567890123456789012345678901234567890::bignum",
    "0.1::float",
    "0.1::double",
    "'nan'::double",
    "'-infinity'::float",
    "12345678901234567890.12::decimal(38, 2)",
    "''",
    "'a,\"b\"\n🦆 ='",
    "'{\"a\": 1}'::json",
    "date '2025-01-31'",
    "'infinity'::date",
    "'290000-01-01'::date",
    "'0044-03-15 (BC)'::date",
    "timestamp '2025-01-31 12:00:00.5'",
    "'-infinity'::timestamp",
    "'290000-01-01 12:00:00'::timestamp",
    "'0044-03-15 (BC) 12:00:00'::timestamp",
    "'2025-01-31 12:00:00.123456789'::timestamp_ns",
    "'2025-01-31 12:00:00'::timestamp_s",
    "'2025-01-31 12:00:00.123'::timestamp_ms",
    "timestamptz '2025-01-31 12:00:00+02'",
    "'infinity'::timestamptz",
    "time '23:59:59.999'",
    "'23:59:59.123456789'::time_ns",
    "'12:00:00+02'::timetz",
    "interval '3 months 2 days 1 second'",
    "uuid '00000000-0000-4000-8000-000000000001'",
    "'\\x00\\xFFa'::blob",
    "'10110'::bit",
    "'b'::enum('a', 'b', 'it''s')",
    "union_value(num := 2)",
    "map {}",
    "[]",
    "row(1, 'a')",
    "{'a': 1}::variant",
    "geometry 'POINT(1 2)'",
)
WRAPPERS = (
    "[{0}, null]",
    "[[{0}]]",
    "[{0}, {0}]::{1}[2]",
    "{{'a b': {0}, 'it''s \"x\"': 1}}",
    "[{{'deep': [{0}]}}]",
    "map {{'k': {0}}}",
    "map {{date '2025-01-31': [{0}]}}",
    "union_value(u := {0})",
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"enable_external_access": "false"}) as opened:
        opened.execute("set timezone = 'UTC'")
        yield opened


def write(connection: duckdb.DuckDBPyConnection, text: str, form: str) -> bytes:
    out = io.BytesIO()
    write_rows(run_query(connection, text, {}), form, out)
    return out.getvalue()


@settings(max_examples=500)
@given(
    value=st.sampled_from(VALUES),
    wrappers=st.lists(st.sampled_from(WRAPPERS), max_size=2),
    form=st.sampled_from(FORMATS),
)
def test_any_value_is_written_or_one_line_says_what_to_cast(
    connection: duckdb.DuckDBPyConnection, value: str, wrappers: list[str], form: str
) -> None:
    text = value
    for wrapper in wrappers:
        text = wrapper.format(text, connection.sql(f"select {text}").types[0])
    text = f"select {text} as x, 1 as y"
    try:
        written = write(connection, text, form)
    except WarehouseError as told:
        assert form == "parquet", told
        assert str(told).startswith("column x ") and str(told).endswith("cast it, as in x::varchar")
        return
    plain = connection.sql(f"select x::varchar from ({text})").fetchall()[0][0]
    if form == "json":
        row = json.loads(written, parse_constant=pytest.fail)[0]
        assert row["y"] == 1 and (wrappers or is_told(row["x"], plain))
    elif form == "csv":
        row = next(csv.DictReader(io.StringIO(written.decode())))
        assert row["y"] == "1" and (wrappers or is_told(row["x"], plain))
    elif form == "parquet":
        assert pl.read_parquet(written).columns == ["x", "y"]


def is_told(shown: Any, plain: str | None) -> bool:
    """Whether a value is DuckDB's own text of it, but for the T of ISO 8601, JSON in a cell, and what JSON lacks."""
    if plain is None or isinstance(shown, bool | None):
        return shown in (None, "", True) or (shown is False and plain == "false")
    try:
        return float(shown) == pytest.approx(float(plain), nan_ok=True)
    except (TypeError, ValueError):
        as_text = shown if isinstance(shown, str) else json.dumps(shown)
        return as_text.replace("T", " ") == plain.replace("T", " ") or as_text in ("{}", "[]")


@pytest.mark.parametrize("value", VALUES)
def test_parquet_gives_back_what_went_in(connection: duckdb.DuckDBPyConnection, tmp_path: Path, value: str) -> None:
    file = tmp_path / "rows.parquet"
    try:
        file.write_bytes(write(connection, f"select {value} as x", "parquet"))
    except WarehouseError as told:
        assert "parquet cannot hold: cast it, as in x::varchar" in str(told)
        return
    with duckdb.connect() as reader:
        reader.execute("set timezone = 'UTC'")
        back = reader.sql(f"select x::varchar from '{file}'").fetchall()
    if value != "map {}":  # a map of nothing has no types: an empty list
        assert back == connection.sql(f"select ({value})::varchar").fetchall()


@pytest.mark.parametrize("form", FORMATS)
def test_equal_names_are_told_apart(connection: duckdb.DuckDBPyConnection, form: str) -> None:
    written = write(connection, "select 1 as title, 2 as title, 3 as title", form)
    names = ["title", "title_1", "title_2"]
    if form == "json":
        assert json.loads(written) == [dict(zip(names, (1, 2, 3), strict=True))]
    elif form == "csv":
        assert written == b"title,title_1,title_2\n1,2,3\n"
    elif form == "parquet":
        assert pl.read_parquet(written).row(0, named=True) == dict(zip(names, (1, 2, 3), strict=True))
    else:
        assert all(name in written.decode() for name in names)


def test_a_name_that_a_column_has_is_not_given_to_another(connection: duckdb.DuckDBPyConnection) -> None:
    written = write(connection, 'select 1 as a, 2 as "A", 3 as a_1, 4 as a, 5 as "x""y"', "csv")
    assert written == b'a,A_2,a_1,a_3,"x""y"\n1,2,3,4,5\n'


@pytest.mark.parametrize(
    ("value", "in_json", "in_csv"),
    [
        ("'nan'::double", None, "NaN"),
        ("interval 3 month", "3 months", "3 months"),
        ("'infinity'::date", "infinity", "infinity"),
        ("map {date '2025-01-01': 'nan'::double}", {"2025-01-01": None}, '"{""2025-01-01"": null}"'),
        ("'\\x01a'::blob", "\\x01a", "\\x01a"),
        ("union_value(num := 2)", "2", "2"),
        ("timestamp '2025-01-01 12:00:00'", "2025-01-01T12:00:00", "2025-01-01T12:00:00"),
        ("[timestamp '2025-01-01 12:00:00']", ["2025-01-01T12:00:00"], '"[""2025-01-01T12:00:00""]"'),
    ],
)
def test_text_stands_for_what_a_format_has_no_type_for(
    connection: duckdb.DuckDBPyConnection, value: str, in_json: object, in_csv: str
) -> None:
    assert json.loads(write(connection, f"select {value} as x", "json")) == [{"x": in_json}]
    assert write(connection, f"select {value} as x", "csv").decode() == f"x\n{in_csv}\n"


@pytest.mark.parametrize("rows", [1, 20, 1000, 5000])
def test_a_table_says_how_many_rows_there_are(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    shown = write(connection, f"select i from range({rows}) t(i)", "table").decode()
    assert shown.count("│") // 2 >= min(rows, 20) and (f"{rows} rows" in shown or rows <= 20)


@pytest.mark.parametrize("value", ["{}", "[{}]", "{{'a': [{}]}}", "map {{'k': {}}}", "{}::blob", "{}::json"])
def test_a_cell_of_a_table_is_cut_before_it_is_laid_out(connection: duckdb.DuckDBPyConnection, value: str) -> None:
    cell = value.format("repeat('1', 1000000)")
    rows = narrow(run_query(connection, f"select {cell} as wide, [1, 2] as narrow", {})).fetchall()
    assert [(len(wide), beside) for wide, beside in rows] == [(WIDEST, [1, 2])]


def test_the_types_of_narrow_cells_are_shown(connection: duckdb.DuckDBPyConnection) -> None:
    shown = write(connection, "select 'a' as a, [1, 2] as b, {'c': 1} as c", "table").decode()
    assert "varchar" in shown and "int32[]" in shown and "struct" in shown


def test_a_table_of_very_many_rows_says_that_there_are_more(connection: duckdb.DuckDBPyConnection) -> None:
    assert ">9999 rows" in write(connection, "select i from range(50000) t(i)", "table").decode()


def papers(*arguments: str, folder: Path) -> Result:
    return CliRunner().invoke(cli, list(arguments), env={"WAREHOUSE_DIR": str(folder)})


def test_each_of_several_statements_is_shown(example: Path) -> None:
    shown = papers("query", "select 1 as first; select 2 as second", folder=example).output
    assert "first" in shown and "second" in shown


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "table"])
def test_several_statements_are_wrong_usage_where_a_file_holds_one_answer(example: Path, form: str) -> None:
    result = papers("query", "select 1; select 2", "--format", form, folder=example)
    assert result.exit_code == 2 and "ask one by one" in result.output


def test_no_statement_of_several_runs_if_one_is_no_query(example: Path) -> None:
    result = papers("query", "select 1 as first; delete from dim_date", folder=example)
    assert result.exit_code == 1 and "first" not in result.stdout


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("select '--' || $x as v", "x=1", "--1"),
        ("select '$y' || $x as v -- $z", "x=1", "$y1"),
        ("select $days as v", "days=1", "1"),
    ],
)
def test_parameters_are_those_that_duckdb_sees(example: Path, text: str, given: str, expected: str) -> None:
    result = papers("query", text, "--param", given, "--format", "json", folder=example)
    assert json.loads(result.output) == [{"v": expected}]


@pytest.mark.parametrize(
    ("text", "given", "told"),
    [
        ("select $days as v", "day=1", "no parameter day; it has: days"),
        ("select 1 -- $x", "x=1", "no parameter x; it has: none"),
        ("select $x", "", "give it with --param x=VALUE"),
        ("select ?", "", "write $name instead of ?"),
        ("/* nothing */", "", "there is no statement"),
    ],
)
def test_a_wrong_parameter_is_told(example: Path, text: str, given: str, told: str) -> None:
    arguments = ["query", text, *(["--param", given] if given else [])]
    assert told in str(papers(*arguments, folder=example).exception)


def test_a_paper_that_is_not_here_is_told_of_beside_the_empty_answer(example: Path) -> None:
    arguments = ("query", "one_paper", "--format", "json", "--param")
    missing = papers(*arguments, "arxiv_id=1234.56789", folder=example)
    assert (missing.exit_code, json.loads(missing.stdout)) == (0, [])
    assert "No paper of this arXiv id" in missing.stderr
    assert papers(*arguments, "arxiv_id=newest", folder=example).stderr == ""


def test_calls_that_failed_before_give_an_answer_or_a_line(example: Path) -> None:
    file = SHARED / "cases" / "queries" / "failing.txt"
    if not file.exists():
        pytest.skip(f"there is no {file}")
    for line in file.read_text().splitlines():
        _, form, text = line.split(maxsplit=2)
        result = papers("query", text, "--format", form, folder=example)
        assert result.exit_code == 0, (line, result.output)
