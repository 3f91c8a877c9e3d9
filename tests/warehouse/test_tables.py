"""Tables are put in order by what their SQL reads, and a new one needs its own files and no list anywhere."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core import sql_files
from pipeline.warehouse.tables import TABLES, describe_table, find_references, key_columns, reads

ROOT = Path(__file__).parents[2]
NEW_FILES = {
    "schema/dim_archive.sql": """-- Key: archive_key
-- Natural key: archive
create table dim_archive (
    archive_key bigint not null, -- 63 bits of the md5 of archive
    archive varchar not null -- like cs
);

insert into dim_archive (archive_key, archive) values (-1, '(unknown)');
""",
    "load/dim_archive.sql": """-- Grain: one row per archive.
-- Rerun: same rows, same keys.
insert into dim_archive by name
select distinct
    key_of(archive) as archive_key,
    archive
from dim_category
anti join dim_archive using (archive);
""",
    "marts/mart_archive.sql": """-- Grain: one row per known archive.
-- Key: archive_key
create view mart_archive as
select
    archive_key, -- the archive
    archive -- like cs
from dim_archive
where archive_key <> -1;
""",
    "checks/archives_short.sql": """-- Rule: The name of an archive is short.
-- Table: dim_archive
-- Severity: error
select archive from dim_archive where length(archive) > 20;
""",
    "queries/zz_archives.sql": """-- Question: Which archives are there?
-- Trap: none.
select archive from mart_archive order by archive;
""",
}
NEW_COLUMN = [
    (
        "schema/dim_category.sql",
        "    archive varchar",
        "    letter_count bigint, -- letters before the dot\n    archive varchar",
    ),
    (
        "load/dim_category.sql",
        "    split_part(",
        "    length(split_part(category_code, '.', 1)) as letter_count,\n    split_part(",
    ),
]
# Everything that somebody sees of the new files, by running the code that lies beside them.
LOOK = """
import json
from pathlib import Path
from pipeline.commands.demo.example_warehouse import make_example
from pipeline.defs.assets.star import star_specs
from pipeline.defs.checks import check_specs
from pipeline.read import dictionary, export, query

folder = Path("example")
make_example(folder)
with query.open_published(folder / "papers.duckdb") as connection:
    rows = query.run_query(connection, query.named_query("zz_archives"), {}).fetchall()
    text = dictionary.describe_file(connection)
    column = connection.execute("select comment from duckdb_columns() where column_name = 'letter_count'").fetchall()
specs = {spec.key.to_user_string(): spec for spec in star_specs()}
descriptor = export.export(folder / "papers.duckdb", Path("out"))
print(json.dumps({
    "rows": rows,
    "column": column,
    "parents": [dep.asset_key.to_user_string() for dep in specs["dim_archive"].deps],
    "checks": [spec.name for spec in check_specs() if spec.asset_key.to_user_string() == "dim_archive"],
    "described": [name for name in ("dim_archive", "mart_archive") if f"### {name}" in text],
    "exported": [each["schema"]["primaryKey"] for each in descriptor["resources"] if each["name"] == "dim_archive"],
    "last question": list(query.questions())[-1],
}))
"""


def test_a_new_table_column_view_check_and_query_need_their_own_files_only(tmp_path: Path) -> None:
    for folder in ("pipeline", "sql"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in NEW_FILES.items():
        (tmp_path / "sql" / name).write_text(text, "utf-8")
    for name, old, new in NEW_COLUMN:
        text = (tmp_path / "sql" / name).read_text("utf-8")
        assert old in text
        (tmp_path / "sql" / name).write_text(text.replace(old, new), "utf-8")
    done = subprocess.run([sys.executable, "-c", LOOK], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "rows": [["cs"], ["eess"], ["math"], ["physics"], ["q-bio"], ["stat"]],
        "column": [["letters before the dot"]],
        "parents": ["dim_category"],
        "checks": ["archives_short", "dim_archive_grain"],
        "described": ["dim_archive", "mart_archive"],
        "exported": [["archive_key"]],
        "last question": "zz_archives",
    }


def test_a_table_comes_after_all_that_it_is_made_of() -> None:
    assert set(TABLES) == set(sql_files.names("load")) - {"scope"}
    for place, table in enumerate(TABLES):
        assert reads(table) & set(TABLES) <= set(TABLES[:place]), table


def test_a_table_does_not_depend_on_itself_or_on_the_scope_of_a_load() -> None:
    assert "dim_author" not in reads("dim_author")
    # search_document only says which papers are read again
    assert reads("search_term") == {"dim_paper", "dim_source", "fct_listing"}


def test_a_table_depends_on_what_temporary_views_read() -> None:
    assert reads("bridge_listing_author") == {
        *("staging.listing", "staging.document", "staging.page"),
        "staging.exchange",  # whether a page was listed that could not be had
    }


def test_the_description_has_grain_reads_and_rerun() -> None:
    assert describe_table("fct_source_day") == (
        "Grain: one row per source and day that was asked for, with the outcome. A day has no row while its page may"
        " still come. Reads staging.document, staging.exchange, staging.listing, staging.page. Rerun: same rows."
    )
    assert " Reads staging.document. Rerun: " in describe_table("dim_source")


@pytest.mark.parametrize(("table", "key"), [("dim_paper", ("paper_key",)), ("search_term", ("term", "paper_key"))])
def test_a_key_is_a_tuple_of_columns(table: str, key: tuple[str, ...]) -> None:
    assert key_columns(table) == key


def test_a_column_leads_to_the_table_whose_key_it_names_but_not_to_its_own() -> None:
    columns = ["listing_key", "paper_key", "position"]
    assert find_references("fct_listing", columns) == {"paper_key": "dim_paper"}
    assert find_references("mart_code", columns) == {"listing_key": "fct_listing", "paper_key": "dim_paper"}
