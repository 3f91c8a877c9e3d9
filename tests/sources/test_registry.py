"""The registry of sources: what each must say of itself, and a source more in a registry of the test's own."""

import re
import runpy
from dataclasses import replace
from datetime import date
from typing import get_args

import click
import pytest
from desk import FORTNIGHT, TIMLRX, Desk, archive, desk, standin, write_page

from pipeline.commands.dates import DAY
from pipeline.core import sql_files
from pipeline.core.errors import SettingError
from pipeline.sources import registry
from pipeline.sources.source import Source, Told

__all__ = ["archive", "desk", "standin"]  # fixtures


REGISTERED = runpy.run_path(registry.__file__)["SOURCES"]  # all of them, and not the tests' own


@pytest.mark.parametrize("source", REGISTERED, ids=lambda source: source.source_id)
def test_a_source_names_a_repository_its_licence_and_its_first_day(source: Source):
    assert re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", source.source_id)
    assert source.url.startswith("https://")
    assert re.fullmatch(r"[A-Za-z0-9.+-]+", source.licence)
    assert source.first_date.year >= 2023


@pytest.mark.parametrize("wanted", [",", " , ", ",,"])
def test_a_list_of_sources_that_names_none_is_refused(wanted: str):
    with pytest.raises(SettingError, match="it should name sources, between commas, or be left out"):
        registry.choose_sources(wanted)
    assert registry.choose_sources(" ") == registry.choose_sources(None) != ()


def test_days_begin_with_the_first_page_of_any_source(monkeypatch: pytest.MonkeyPatch):
    earlier = replace(registry.SOURCES[0], source_id="ada/papers-of-the-day", first_date=date(2023, 1, 2))
    monkeypatch.setattr(registry, "SOURCES", (*registry.SOURCES, earlier))
    assert registry.first_day() == date(2023, 1, 2)
    assert DAY.convert("2023-01-02", None, None) == date(2023, 1, 2)
    with pytest.raises(click.BadParameter, match="the first page is from 2023-01-02"):
        DAY.convert("2023-01-01", None, None)


@pytest.mark.parametrize("source", REGISTERED, ids=lambda source: source.source_id)
def test_a_source_tells_only_what_dim_source_has_a_column_for(source: Source):
    columns = {name.removeprefix("lists_") for name in sql_files.columns("dim_source") if name.startswith("lists_")}
    assert set(get_args(Told)) == columns
    assert set(source.tells) <= columns and len(set(source.tells)) == len(source.tells)


def test_a_source_more_in_the_registry_is_fetched_and_loaded_like_the_others(
    desk: Desk, archive, monkeypatch: pytest.MonkeyPatch
):
    [timlrx] = [source for source in registry.SOURCES if source.source_id == TIMLRX]
    more = replace(timlrx, source_id="ada/papers-of-the-day", url="https://github.com/ada/papers-of-the-day")
    monkeypatch.setattr(registry, "SOURCES", (*registry.SOURCES, more))
    object.__setattr__(desk.settings, "sources", None)  # all of them
    write_page(archive, more.source_id, FORTNIGHT[0], "Tea by Ada")
    assert desk.fetch(FORTNIGHT[:3]).requests == 9
    desk.warehouse.refresh()
    listed = "select title from fct_listing join dim_source using (source_key) where source_id = ?"
    titles = desk.warehouse.use(lambda connection: connection.execute(listed, [more.source_id]).fetchall())
    assert titles == [("Tea by Ada",)]
    assert desk.outcomes(more.source_id)[FORTNIGHT[1]] == "absent"
