"""Exports: complete, described, the same bytes each time, and never over somebody's files."""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.core import sql_files
from pipeline.core.errors import WarehouseError
from pipeline.read import query
from pipeline.read.export import count_formulas, export, published_at
from pipeline.warehouse.tables import TABLES


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_exports_of_one_warehouse_have_the_same_bytes(example: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(example / "papers.duckdb", tmp_path / name, with_csv=True)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_every_table_and_view_is_there_with_all_its_rows(example: Path, tmp_path: Path) -> None:
    export(example / "papers.duckdb", tmp_path / "out", with_csv=True)
    with query.open_published(example / "papers.duckdb") as connection:
        for name in (*TABLES, *sql_files.names("marts")):
            count = connection.sql(f"select count(*) from {name}").fetchall()[0][0]
            assert pl.read_parquet(tmp_path / "out" / f"{name}.parquet").height == count
            assert pl.read_csv(tmp_path / "out" / f"{name}.csv", infer_schema=False).height == count
    assert len(contents(tmp_path / "out")) == 2 * (len(TABLES) + len(sql_files.names("marts"))) + 1


def test_parquet_holds_what_the_file_holds(example: Path, tmp_path: Path) -> None:
    export(example / "papers.duckdb", tmp_path / "out")
    with query.open_published(example / "papers.duckdb") as connection:
        expected = pl.DataFrame(connection.sql("from mart_paper order by all"))
    assert pl.read_parquet(tmp_path / "out" / "mart_paper.parquet").equals(expected)


def test_descriptor_tells_bytes_hashes_rows_keys_and_meaning(example: Path, tmp_path: Path) -> None:
    export(example / "papers.duckdb", tmp_path / "out", with_csv=True)
    package = json.loads((tmp_path / "out" / "datapackage.json").read_bytes())
    for resource in package["resources"]:
        body = (tmp_path / "out" / resource["path"]).read_bytes()
        assert resource["bytes"] == len(body)
        assert resource["hash"] == "sha256:" + hashlib.sha256(body).hexdigest()
        assert resource["description"] and all(field["description"] for field in resource["schema"]["fields"])
    resources = {resource["name"]: resource for resource in package["resources"]}
    schema = resources["fct_listing_csv"]["schema"]
    assert schema["primaryKey"] == ["listing_key"]
    assert {"fields": ["paper_key"], "reference": {"resource": "dim_paper_csv", "fields": ["paper_key"]}} in schema[
        "foreignKeys"
    ]
    assert resources["fct_listing"]["rows"] == pl.read_parquet(tmp_path / "out" / "fct_listing.parquet").height
    types = {field["name"]: field["type"] for field in resources["mart_paper"]["schema"]["fields"]}
    expected = {"tasks": "array", "has_code": "boolean", "submitted_at": "datetime", "first_listed_date": "date"}
    assert {name: types[name] for name in expected} == expected
    assert {licence["name"] for licence in package["licenses"]} == {"MIT", "CC0-1.0"}


def test_names_and_types_of_fields_are_those_of_the_files(example: Path, tmp_path: Path) -> None:
    package = export(example / "papers.duckdb", tmp_path / "out")
    kinds = {"integer": pl.Int64, "number": pl.Float64, "string": pl.String, "boolean": pl.Boolean, "date": pl.Date}
    for resource in package["resources"]:
        frame = pl.read_parquet(tmp_path / "out" / resource["path"])
        assert frame.columns == [field["name"] for field in resource["schema"]["fields"]]
        for field in resource["schema"]["fields"]:
            dtype = frame.schema[field["name"]]
            if field["type"] == "integer":
                assert dtype.is_integer(), (resource["name"], field)
            elif field["type"] in kinds:
                assert dtype == kinds[field["type"]], (resource["name"], field)
            elif field["type"] == "array":
                assert dtype == pl.List, (resource["name"], field)
            else:
                assert (field["type"], dtype) == ("datetime", pl.Datetime("us")), (resource["name"], field)


SQL_TYPES = {
    "integer": "bigint",
    "number": "double",
    "string": "varchar",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamp",
    "array": "varchar",  # JSON, in CSV
}


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_another_reader_finds_the_rows_and_keys_that_are_promised(example: Path, tmp_path: Path, form: str) -> None:
    package = export(example / "papers.duckdb", tmp_path / "out", with_csv=True)
    resources = {each["name"]: each for each in package["resources"] if each["format"] == form}
    with duckdb.connect() as connection:
        for name, resource in resources.items():
            source = read_as(tmp_path / "out" / resource["path"], resource["schema"]["fields"])
            connection.execute(f"create table {name} as from {source}")
            assert connection.sql(f"select count(*) from {name}").fetchall() == [(resource["rows"],)], name
        promises = [each for name, resource in resources.items() for each in find_promises(name, resource["schema"])]
        assert len(promises) > 100
        assert [broken for broken in promises if connection.sql(broken).fetchall()] == []


def read_as(path: Path, fields: list[dict[str, Any]]) -> str:
    """The file as a source of DuckDB; Parquet has types, and CSV is read with those promised, or not at all."""
    if path.suffix == ".parquet":
        return f"read_parquet('{path}')"
    types = {field["name"]: SQL_TYPES[field["type"]] for field in fields}
    return f"read_csv('{path}', header = true, auto_detect = false, new_line = '\\n', columns = {types})"


def find_promises(name: str, schema: dict[str, Any]) -> Iterator[str]:
    """A query for each promise of a schema; its rows are those that break it."""
    for field in schema["fields"]:
        if "required" in field.get("constraints", {}):
            yield f"select 1 from {name} where {field['name']} is null"
    if "primaryKey" in schema:
        yield f"select 1 from {name} group by {', '.join(schema['primaryKey'])} having count(*) > 1"
    for key in schema.get("foreignKeys", []):
        (column,), other = key["fields"], key["reference"]["resource"]
        yield f"select 1 from {name} anti join {other} using ({column}) where {name}.{column} is not null"


def test_created_is_when_the_file_was_published_and_not_when_it_was_exported(example: Path, tmp_path: Path) -> None:
    package = export(example / "papers.duckdb", tmp_path / "out")
    generation = (example / "papers.duckdb").resolve().parent.name
    assert datetime.fromisoformat(package["created"]).strftime("%Y%m%dT%H%M%S") == generation[:15]


def test_a_file_that_was_moved_away_from_its_generation_has_the_time_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "papers.duckdb").touch()
    os.utime(tmp_path / "papers.duckdb", (1_700_000_000, 1_700_000_000))
    assert published_at(tmp_path / "papers.duckdb").timestamp() == 1_700_000_000


def test_csv_says_utc_and_writes_lists_as_json(example: Path, tmp_path: Path) -> None:
    export(example / "papers.duckdb", tmp_path / "out", with_csv=True)
    rows = pl.read_csv(tmp_path / "out" / "mart_paper.csv", infer_schema=False)
    assert rows["stars_observed_at"].drop_nulls()[0] == "2025-03-21T13:00:00Z"
    assert isinstance(json.loads(rows["tasks"][0]), list)


def test_texts_like_formulas_stand_as_written_and_are_told_of(example: Path, tmp_path: Path) -> None:
    outcome = run("export", "--to", str(tmp_path / "out"), "--csv", folder=example)
    assert outcome.exit_code == 0, outcome.output
    summaries = pl.read_csv(tmp_path / "out" / "fct_listing.csv", infer_schema=False)["summary"]
    assert summaries.str.starts_with("- ").any()
    assert "cells begin like a formula" in outcome.output


@pytest.mark.parametrize(
    ("cell", "is_formula"),
    [
        ("=1+1", True),
        ("-2+3+cmd|' /C calc'!A0", True),
        ("+1-1", True),
        ("@SUM(A1)", True),
        ("\t=1", True),
        ("\n=1", True),
        ("\r=1", True),
        ("＝1", True),
        ("＋1", True),
        ("－1", True),
        ("＠x", True),
        ("- a list", True),
        ("-1", False),
        ("+1.5e-3", False),
        ("-.5", False),
        ("2409.03420", False),
        ("a=1", False),
        ("", False),
    ],
)
def test_a_formula_is_told_from_a_number(cell: str, is_formula: bool) -> None:
    assert count_formulas(pl.DataFrame({"text": [cell, None]})) == is_formula


def test_a_folder_whose_name_is_a_pattern_takes_an_export(example: Path, tmp_path: Path) -> None:
    outcome = run("export", "--to", str(tmp_path / "a[1]*"), "--csv", folder=example)
    assert outcome.exit_code == 0, outcome.output
    assert (tmp_path / "a[1]*" / "dim_paper.csv").exists()


def test_columns_of_texts_that_look_like_numbers_are_named(example: Path, tmp_path: Path) -> None:
    outcome = run("export", "--to", str(tmp_path / "out"), "--csv", folder=example)
    assert "in pandas: dtype={'arxiv_id': str, 'provider_author_id': str}" in outcome.output
    package = json.loads((tmp_path / "out" / "datapackage.json").read_bytes())
    fields = next(each for each in package["resources"] if each["name"] == "dim_paper_csv")["schema"]["fields"]
    assert {field["name"]: field["type"] for field in fields}["arxiv_id"] == "string"


def run(*arguments: str, folder: Path):
    return CliRunner().invoke(cli.cli, list(arguments), env={"WAREHOUSE_DIR": str(folder)})


def test_an_export_takes_the_place_of_an_earlier_one_and_leaves_nothing_of_it(example: Path, tmp_path: Path) -> None:
    export(example / "papers.duckdb", tmp_path / "out", with_csv=True)
    export(example / "papers.duckdb", tmp_path / "out")
    assert [name for name in contents(tmp_path / "out") if name.endswith(".csv")] == []
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["notes.txt", "datapackage.json"])
def test_a_folder_with_somebodys_files_is_refused_and_untouched(example: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text('{"name": "mine", "resources": []}')
    with pytest.raises(WarehouseError, match="has files that no export wrote"):
        export(example / "papers.duckdb", tmp_path / "out")
    assert contents(tmp_path / "out") == {name: b'{"name": "mine", "resources": []}'}


def test_a_pipe_in_the_place_of_the_descriptor_is_refused_and_not_waited_for(example: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out" / "datapackage.json")
    with pytest.raises(WarehouseError, match=r"has files that no export wrote \(datapackage\.json\)"):
        export(example / "papers.duckdb", tmp_path / "out")


def test_a_file_added_to_an_earlier_export_is_not_swept_away(example: Path, tmp_path: Path) -> None:
    export(example / "papers.duckdb", tmp_path / "out")
    (tmp_path / "out" / "mine.ipynb").write_text("{}")
    with pytest.raises(WarehouseError, match=r"mine\.ipynb"):
        export(example / "papers.duckdb", tmp_path / "out")
    assert (tmp_path / "out" / "mine.ipynb").exists()


def test_a_file_in_the_way_is_refused(example: Path, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(WarehouseError, match="not a folder"):
        export(example / "papers.duckdb", tmp_path / "out")


def test_an_export_that_fails_leaves_the_earlier_one_and_no_rest(example: Path, tmp_path: Path) -> None:
    export(example / "papers.duckdb", tmp_path / "out")
    before = contents(tmp_path / "out")
    (tmp_path / "broken.duckdb").write_bytes(b"no database")
    with pytest.raises(WarehouseError, match="cannot be opened"):
        export(tmp_path / "broken.duckdb", tmp_path / "out")
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.duckdb", "out"]


def test_without_a_published_file_the_remedy_is_named(tmp_path: Path) -> None:
    outcome = run("export", "--to", str(tmp_path / "out"), folder=tmp_path / "nowhere")
    assert outcome.exit_code == 1 and "papers run" in str(outcome.exception)
    assert not (tmp_path / "out").exists()
