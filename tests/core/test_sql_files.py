"""Every SQL file has a header that the one parser reads, and says what belongs to its folder."""

import re

import pytest

from pipeline.core import sql_files

FILES = [
    (folder.name, name)
    for folder in sorted(sql_files.FOLDER.iterdir())
    if folder.is_dir()
    for name in sql_files.names(folder.name)
]
TABLES = {name for name in sql_files.names("load") if name != "scope"}
# By folder what a file must say, and what it may say besides.
EXPECTED = {
    "checks": ({"Rule", "Table", "Severity"}, {"Note"}),
    "due": ({"Grain"}, {"Note"}),
    "history": ({"About"}, {"Note"}),
    "lake": ({"About"}, {"Note"}),
    "search": ({"Grain"}, {"Note"}),
    "load": ({"Grain", "Rerun"}, {"Note"}),
    "marts": ({"Grain", "Key"}, {"Note"}),
    "queries": ({"Question", "Trap"}, {"If empty", "Order", "Note"}),
    "report": ({"Grain"}, {"Note"}),
    "site": ({"Grain"}, {"Note"}),
    "schema": ({"Key"}, {"Natural key", "Note"}),
    "staging": ({"About"}, {"Note"}),
    "status": ({"Grain"}, {"Note"}),
}
OF_NO_TABLE = {("load", "scope"), ("schema", "keys")}


def test_there_are_files_in_every_folder_that_has_rules() -> None:
    assert {folder for folder, _ in FILES} == set(EXPECTED)
    assert set(sql_files.names("schema")) == {*TABLES, "keys"}


@pytest.mark.parametrize(("folder", "name"), FILES, ids=["/".join(file) for file in FILES])
def test_a_file_says_what_belongs_to_its_folder_and_nothing_else(folder: str, name: str) -> None:
    must, may = EXPECTED["staging"] if (folder, name) in OF_NO_TABLE else EXPECTED[folder]
    fields = sql_files.header(folder, name)
    assert must <= fields.keys() <= must | may
    assert next(iter(fields)) in {"Grain", "Rule", "Question", "Key", "About"}, "what it is about comes first"
    assert not [text for text in fields.values() if not text.strip()]


@pytest.mark.parametrize(("folder", "name"), FILES, ids=["/".join(file) for file in FILES])
def test_no_line_of_a_header_looks_like_a_field_that_nobody_knows(folder: str, name: str) -> None:
    lines = list(sql_files.header_lines(sql_files.read_sql(folder, name)))
    named = {found[1] for line in lines if (found := re.match(r"([A-Z][a-z]+(?: [a-z]+)?): ", line))}
    assert named <= set(sql_files.FIELDS)
    assert named == sql_files.header(folder, name).keys()


@pytest.mark.parametrize(("folder", "name"), FILES, ids=["/".join(file) for file in FILES])
def test_lines_are_short_and_nothing_is_at_their_end(folder: str, name: str) -> None:
    for line in sql_files.read_sql(folder, name).split("\n"):
        assert len(line) <= 120 and line == line.rstrip() and "\t" not in line, line


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_key_is_made_of_columns_and_every_column_has_a_meaning(table: str) -> None:
    columns = sql_files.columns(table)
    assert set(sql_files.header("schema", table)["Key"].split(", ")) <= columns.keys()
    assert all(kind and meaning for kind, meaning in columns.values())


@pytest.mark.parametrize("name", sql_files.names("load"))
def test_the_grain_says_what_a_row_is(name: str) -> None:
    if name in TABLES:
        assert sql_files.header("load", name)["Grain"].startswith("one row per ")
        assert sql_files.header("load", name)["Rerun"].startswith("same rows")


@pytest.mark.parametrize("mart", sql_files.names("marts"))
def test_a_key_of_a_view_is_made_of_its_columns(mart: str) -> None:
    fields = sql_files.header("marts", mart)
    assert fields["Grain"].startswith("one row per ")
    assert set(fields["Key"].split(", ")) <= sql_files.meanings(mart).keys()


@pytest.mark.parametrize("check", sql_files.names("checks"))
def test_a_check_is_about_a_table_and_is_an_error_or_a_warning(check: str) -> None:
    fields = sql_files.header("checks", check)
    assert fields["Table"] in TABLES
    assert fields["Severity"] in {"error", "warning"}


def test_a_field_goes_on_until_the_next_one_or_a_parameter() -> None:
    text = "-- Grain: one row\n-- per day.\n-- Key: day\n-- $limit = 20 -- rows\n-- more\nselect 1 -- Note: no"
    assert sql_files.parse_header(text) == {"Grain": "one row per day.", "Key": "day"}
    assert sql_files.parameters(text) == {"limit": "20"}


def test_a_text_without_a_header_has_no_fields() -> None:
    assert sql_files.parse_header("select 1\n-- Grain: one row") == {}
    assert sql_files.parse_header("") == {}


def test_a_meaning_goes_on_in_the_comment_lines_below_its_column() -> None:
    text = "create table t (\n    a struct(b int, c int)[] not null, -- one,\n    -- two\n    d integer -- three\n);\n"
    assert sql_files.declared_columns(text) == {
        "t": {"a": ("struct(b int, c int)[]", "one, two"), "d": ("integer", "three")}
    }


def test_a_macro_has_the_comment_above_it() -> None:
    assert sql_files.macro_meaning("search_papers").startswith("Papers with all of the words")
    assert sql_files.macro_meaning("date_key").startswith("The key of a day")
    assert sql_files.macro_meaning("no_such_macro") == ""
