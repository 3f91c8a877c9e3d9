"""A reader anywhere: with the settings of the lake and no folder, by the same code, with rights to read only."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from archive_days import real_days
from hosts import Lake, finish, papers, start
from refusing import Refusing

from pipeline.core.errors import OutdatedError, WarehouseError
from pipeline.lake.catalog import store_secret
from pipeline.lake.newest import published_file
from pipeline.lake.place import StoredFile, find_place
from pipeline.lake.warehouse import LakeWarehouse
from pipeline.read.query import open_published, run_query

DAYS = (date(2025, 3, 10), date(2025, 3, 14))
SCALE = Path(__file__).parents[2] / "docs" / "scale.md"
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explore.py"
RUN_NOTEBOOK = f"""
import runpy
_, defined = runpy.run_path({str(NOTEBOOK)!r})["app"].run()
print("asked", defined["path"], *sorted(defined["held"]["listings"]))
"""
DELETE = "delete from fct_listing"
COUNT = "select count(*) as listings from fct_listing"


@pytest.fixture
def writer(lake: Lake, archives: Path) -> LakeWarehouse:
    """Another host, which has published five days."""
    found = lake.warehouse()
    for day in real_days(archives, *DAYS):
        found.raw.store(*day)
    found.refresh()
    found.publish()
    return found


@pytest.fixture
def reader(lake: Lake, endpoint: str) -> Iterator[dict[str, str]]:
    """A new host that has both settings and no folder, whose key may only read, and which cannot reach PostgreSQL."""
    host = lake.host()
    del host["WAREHOUSE_DIR"], host["DAGSTER_HOME"]
    with Refusing(endpoint) as refusing:
        refusing.is_refusing = True
        nowhere = "postgresql://papers:ssecret@127.0.0.1:9/none"
        yield {**host, "AWS_ENDPOINT_URL": refusing.url, "WAREHOUSE_CATALOG": nowhere}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ask(reader: Mapping[str, str], *arguments: str) -> str:
    return finish(papers(reader, *arguments))


def test_a_host_without_a_folder_has_the_answers_of_the_file_and_writes_nothing(
    lake: Lake, writer: LakeWarehouse, reader: dict[str, str], tmp_path: Path
) -> None:
    home, before = Path(reader["HOME"]), (writer.store.names(""), lake.ask("from ducklake_snapshots('build')"))
    own = {**reader, "WAREHOUSE_DIR": str(writer.folder), "AWS_ENDPOINT_URL": lake.environment["AWS_ENDPOINT_URL"]}
    for question in (("query", COUNT), ("query", "incomplete_days"), ("search", "language", "model")):
        said = ask(reader, *question)
        assert said == ask(own, *question) and said.strip()
    for name, host in (("there", reader), ("here", own)):
        ask(host, "export", "--csv", "--to", str(tmp_path / name))
        ask(host, "report", "--to", str(tmp_path / f"{name}.html"))
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert (tmp_path / "there.html").read_bytes() == (tmp_path / "here.html").read_bytes()
    assert contents(home) == {}
    assert (writer.store.names(""), lake.ask("from ducklake_snapshots('build')")) == before


def test_a_report_is_written_where_one_is_if_there_is_no_folder(
    lake: Lake, writer: LakeWarehouse, reader: dict[str, str]
) -> None:
    home = Path(reader["HOME"])
    assert ask(reader, "report").strip() == str(home / "report.html")
    assert list(contents(home)) == ["report.html"] and not (home / "warehouse").exists()


def test_what_does_not_fit_into_memory_is_spilt_where_nobody_can_foretell(lake: Lake, writer: LakeWarehouse) -> None:
    place = find_place(lake.settings)
    assert isinstance(place, StoredFile)
    folders = set[str]()
    for _ in range(2):
        with open_published(place) as connection:
            (folder,) = connection.execute("select current_setting('temp_directory')").fetchall()[0]
            assert Path(folder).stat().st_mode & 0o777 == 0o700
            folders.add(folder)
        del connection
    assert len(folders) == 2 and not any(Path(folder).exists() for folder in folders)


def test_the_lines_that_attach_the_lake_are_what_duckdb_takes(lake: Lake, writer: LakeWarehouse) -> None:
    host = lake.host()
    load, _, *attach = ask(host, "lake", "attach").splitlines()
    installing = re.findall(r'python -c "(import duckdb_extensions .+)"', SCALE.read_text("utf-8"))
    assert len(installing) == 1
    lines = [load, f"{store_secret(writer.store.url)};", *attach, COUNT]
    asking = f"{installing[0]}; import duckdb; print(duckdb.connect().execute({' '.join(lines)!r}).fetchall())"
    count = writer.use(lambda connection: connection.execute(COUNT).fetchall())
    assert finish(start(host, "-c", asking)).splitlines()[-1] == str(count)


def test_a_host_with_a_folder_has_the_newest_file_there(
    lake: Lake, writer: LakeWarehouse, reader: dict[str, str]
) -> None:
    folder = Path(reader["HOME"]) / "warehouse"
    folder.mkdir()
    assert str(writer.use(lambda connection: connection.execute(COUNT).fetchall()[0][0])) in ask(reader, "query", COUNT)
    assert (folder / "papers.duckdb").read_bytes() == writer.published.read_bytes()


def test_the_notebook_asks_the_same_file(writer: LakeWarehouse, reader: dict[str, str]) -> None:
    pytest.importorskip("marimo")
    asked = finish(start(reader, "-c", RUN_NOTEBOOK)).splitlines()[-1].split()
    by_source = "select count(*) from fct_listing group by source_key order by all"
    assert asked[:1] == ["asked"] and asked[1].startswith(writer.store.url)
    with open_published(writer.published) as connection:
        assert asked[2:] == [str(count) for (count,) in connection.execute(by_source).fetchall()]


def test_a_site_ships_the_file_and_so_brings_it(writer: LakeWarehouse, reader: dict[str, str], tmp_path: Path) -> None:
    ask(reader, "site", "--without-sql", "--to", str(tmp_path / "site"))
    assert (tmp_path / "site" / "index.html").is_file()
    assert (Path(reader["HOME"]) / "warehouse" / "papers.duckdb").exists()


def test_a_file_in_the_store_is_asked_as_one_here_is_and_leads_nowhere_else(lake: Lake, writer: LakeWarehouse) -> None:
    place = find_place(lake.settings)
    assert isinstance(place, StoredFile)
    with pytest.raises(OutdatedError) as caught, open_published(place) as connection:
        connection.execute("from no_table")
    assert "`papers run` builds it anew" not in str(caught.value) and "a host that writes" in str(caught.value)
    away = (f"from read_text('{writer.store.url}/raw/**')", "from read_text('/etc/hostname')", "attach '/tmp/other.db'")
    with open_published(place) as connection:
        acts = (f"copy (select 1) to '{place.url}'", f"explain analyze copy (select 1) to '{place.url}' (format csv)")
        for text in (*away, *acts, f"create or replace secret papers_store (type s3, scope '{place.url}')", DELETE):
            with pytest.raises(WarehouseError, match=r"disabled|only queries|no rows|read-only"):
                run_query(connection, text, {}).fetchall()
        assert run_query(connection, COUNT, {}).fetchall()[0][0] > 0
        told = run_query(connection, "select value from duckdb_settings()", {})
        keys = {lake.environment["AWS_ACCESS_KEY_ID"], lake.environment["AWS_SECRET_ACCESS_KEY"]}
        assert not keys & {value for (value,) in told.fetchall()}
        assert "secret=redacted" in str(run_query(connection, "from duckdb_secrets()", {}).fetchall())


def test_what_was_never_published_or_is_gone_is_told(lake: Lake, writer: LakeWarehouse) -> None:
    place = find_place(lake.settings)
    writer.store.delete([name for name in writer.store.names("published") if name.endswith(".duckdb")])
    with pytest.raises(WarehouseError, match=r"published/.*cannot be opened") as caught, open_published(place):
        pass
    assert "papers rebuild" not in str(caught.value) and "check WAREHOUSE_STORAGE" in str(caught.value)
    writer.store.delete(writer.store.names("published"))
    with pytest.raises(WarehouseError, match="papers run"):
        find_place(lake.settings)
    assert not published_file(lake.settings).exists()
