"""Fetching the pages of a range: few requests, what came is verified, and no outage ends as absence."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk import (
    FIRST,
    FORTNIGHT,
    GABRIELCHUA,
    LATER,
    TIMLRX,
    Desk,
    archive,
    desk,
    make_desk,
    page_path,
    standin,
    write_page,
)

from pipeline.http.client import Web
from pipeline.sources import registry
from pipeline.sources.fetch import fetch_documents, is_wanted
from pipeline.sources.fetching import Fetching
from pipeline.sources.pages import blob_sha
from pipeline.sources.stored import Stored
from pipeline.standin import Standin
from pipeline.warehouse.stored import read_stored

__all__ = ["archive", "desk", "standin"]  # fixtures


def paths(standin: Standin) -> list[str]:
    """What was asked for since the last look, without queries."""
    asked = [request.path.split("?")[0] for request in standin.requests]
    standin.requests.clear()
    return asked


def is_page(path: str) -> bool:
    return path.endswith(".md")


def test_a_range_costs_one_listing_and_one_download_a_source(desk, standin):
    fetching = desk.fetch(FORTNIGHT)
    a_source = ["/git/trees/main", "/tarball/main", "/legacy.tar.gz/refs/heads/main"]  # GitHub redirects downloads
    for path, end in zip(paths(standin), a_source * 2, strict=True):
        assert path.endswith(end)
    assert fetching.requests == 4
    assert list(desk.outcomes().values()).count("published") == 10


def test_a_few_days_are_asked_for_one_by_one(desk, standin):
    assert desk.fetch(FORTNIGHT[:3]).requests == 6
    assert all(map(is_page, paths(standin)))
    assert set(desk.outcomes().values()) == {"published"}


def test_an_unchanged_range_costs_one_listing_a_source_and_keeps_nothing_else(desk, standin):
    desk.fetch(FORTNIGHT)
    paths(standin)
    assert desk.fetch(FORTNIGHT).requests == 2
    assert ["/git/trees/" in path for path in paths(standin)] == [True, True]
    assert [exchange.asked for exchange in desk.kept] == [(source.source_id,) for source in registry.SOURCES]


def test_a_few_changed_days_of_a_range_are_asked_for_one_by_one(desk, standin, archive):
    desk.fetch(FORTNIGHT)
    paths(standin)
    write_page(archive, TIMLRX, FORTNIGHT[1], "Tea, corrected")
    assert desk.fetch(FORTNIGHT).requests == 3
    assert [path for path in paths(standin) if is_page(path)] == [f"/{TIMLRX}/main/archive/{FORTNIGHT[1]:%Y/%m/%d}.md"]


def test_days_that_the_listing_lacks_are_absent_without_a_request(desk, standin):
    desk.fetch(FORTNIGHT)
    assert not any(map(is_page, paths(standin)))
    weekends = [day for day in FORTNIGHT if day.isoweekday() > 5]
    assert [day for day, outcome in desk.outcomes().items() if outcome == "absent"] == weekends


def test_a_day_that_is_not_over_is_not_absent_yet(desk, archive, monkeypatch):
    monkeypatch.setattr("desk.LATER", datetime(2025, 3, 5, 12, tzinfo=UTC))
    for day in FORTNIGHT[2:]:
        shutil.rmtree(page_path(archive, TIMLRX, day).parent, ignore_errors=True)
    desk.fetch(FORTNIGHT[:5] + FORTNIGHT[5:6])
    assert FORTNIGHT[2] not in desk.outcomes()


def test_bytes_that_are_not_those_of_the_listing_are_a_failure_and_never_the_day(desk, standin, archive):
    desk.fetch(FORTNIGHT)
    write_page(archive, TIMLRX, FORTNIGHT[1], "Tea, corrected")
    standin.fail(f"/{TIMLRX}/main/archive/{FORTNIGHT[1]:%Y/%m/%d}.md", "html")
    desk.fetch(FORTNIGHT)
    # the page that is held stays; what came stands in raw/ with the hash that it should have had
    assert desk.outcomes()[FORTNIGHT[1]] == "published"
    assert [
        exchange.headers["x-blob-sha"]
        for exchange in desk.kept
        if exchange.service == "archive" and exchange.body and b"<html>" in exchange.body
    ]
    standin.calm()
    desk.fetch(FORTNIGHT)
    blob = blob_sha(page_path(archive, TIMLRX, FORTNIGHT[1]).read_bytes())
    assert read_stored(desk.warehouse).blobs[TIMLRX, FORTNIGHT[1]] == blob


def test_an_older_page_than_the_listing_promises_is_a_failure(desk, standin, archive, tmp_path):
    """A cache in between gives yesterday's bytes: a page that reads well and is not the one."""
    days = FORTNIGHT[:5]
    stale = tmp_path / "stale"
    write_page(stale, TIMLRX, days[0], "Tea of an older commit")
    with Standin(stale, None, now=lambda: LATER) as cache:
        settings = desk.settings
        object.__setattr__(settings, "archive_base_url", cache.url)
        desk.fetch([*days, FORTNIGHT[5]])
    assert desk.outcomes()[days[0]] == "failed"


@pytest.mark.parametrize("how", [403, 404, 500, "secondary", "html", "cut", "reset"])
def test_without_a_listing_pages_are_asked_for_one_by_one(desk, standin, how):
    standin.fail(f"/repos/{TIMLRX}/git/trees", how)
    fetching = desk.fetch(FORTNIGHT)
    asked = [path for path in paths(standin) if is_page(path)]
    assert len(asked) == 14
    assert list(desk.outcomes().values()).count("published") == 10
    assert len(fetching.reasons) == 1


def test_a_repository_that_is_gone_is_told_of_once(desk, standin):
    standin.fail("/", 404)
    fetching = desk.fetch(FORTNIGHT)
    assert [reason for reason in fetching.reasons if TIMLRX in reason] == [
        f"GitHub has no repository {TIMLRX} with a branch main (404)"
    ]


@pytest.mark.parametrize("how", [403, 404, 500, "secondary", "html", "cut", "reset"])
def test_without_a_download_the_listed_pages_are_asked_for_one_by_one(desk, standin, how):
    standin.fail(f"/repos/{TIMLRX}/tarball" if isinstance(how, int) else f"/{TIMLRX}/legacy.tar.gz", how)
    desk.fetch(FORTNIGHT)
    assert len([path for path in paths(standin) if is_page(path)]) == 10
    assert list(desk.outcomes().values()).count("published") == 10


def test_a_host_that_limits_us_is_not_asked_again_and_no_day_becomes_absent(desk, standin):
    standin.fail("/repos/", 403)
    standin.fail(f"/{TIMLRX}/main/archive/{FORTNIGHT[2]:%Y/%m/%d}.md", 429)
    fetching = desk.fetch(FORTNIGHT)
    asked = [path for path in paths(standin) if is_page(path) and path.startswith(f"/{TIMLRX}")]
    assert len(asked) == 3
    outcomes = desk.outcomes()
    assert [outcomes[day] for day in FORTNIGHT] == ["published"] * 2 + ["failed"] * 12
    assert any("rate limited" in reason for reason in fetching.reasons)


def test_only_missing_days_are_asked_for(desk, standin):
    desk.fetch(FORTNIGHT[:3])
    desk.fetch(FORTNIGHT[5:7])
    paths(standin)
    desk.fetch(FORTNIGHT[:7], only_missing=True)
    asked = sorted(path for path in paths(standin) if path.startswith(f"/{TIMLRX}"))
    assert asked == [f"/{TIMLRX}/main/archive/{day:%Y/%m/%d}.md" for day in FORTNIGHT[3:5]]
    assert desk.fetch(FORTNIGHT[:7], only_missing=True).requests == 0


def test_days_that_failed_are_missing_days(desk, standin):
    standin.fail(f"/{TIMLRX}/", 451, times=1)
    desk.fetch(FORTNIGHT[:1])
    assert desk.outcomes() == {FORTNIGHT[0]: "failed"}
    desk.fetch(FORTNIGHT[:1], only_missing=True)
    assert desk.outcomes() == {FORTNIGHT[0]: "published"}


def test_a_page_that_goes_away_upstream_stays_here_and_is_named(desk, archive):
    desk.fetch(FORTNIGHT)
    page_path(archive, TIMLRX, FORTNIGHT[1]).unlink()
    fetching = desk.fetch(FORTNIGHT)
    assert fetching.gone == [(TIMLRX, FORTNIGHT[1])]
    assert desk.outcomes()[FORTNIGHT[1]] == "published"


def test_a_listed_page_that_the_page_host_does_not_know_is_a_failure_not_an_absence(desk, standin):
    standin.fail(f"/repos/{TIMLRX}/tarball", 500)
    standin.fail(f"/{TIMLRX}/main/archive/{FORTNIGHT[1]:%Y/%m/%d}.md", 404)
    desk.fetch(FORTNIGHT)
    assert desk.outcomes()[FORTNIGHT[1]] == "failed"


@pytest.mark.parametrize("how", ["html", "empty", "cut", "reset", 200, 429, 451, 500, 503])
def test_what_is_no_page_is_never_the_day_nor_its_absence(desk, standin, how):
    standin.fail(f"/{TIMLRX}/", how)
    desk.fetch(FORTNIGHT[:2])
    assert set(desk.outcomes().values()) == {"failed"}
    assert set(desk.outcomes(GABRIELCHUA).values()) == {"published"}


def test_a_page_that_breaks_off_is_never_the_day(desk, archive):
    path = page_path(archive, TIMLRX, FORTNIGHT[0])
    path.write_bytes(path.read_bytes()[:-20])
    desk.fetch(FORTNIGHT[:1])
    assert desk.outcomes() == {FORTNIGHT[0]: "failed"}


@pytest.mark.parametrize("body", [b"\xff\xfe", b"<!doctype html>", b"no table"])
@pytest.mark.parametrize("is_correction", [True, False])
def test_a_page_that_the_archive_has_and_nobody_can_read_is_soon_not_asked_for(
    desk, standin, archive, body, is_correction
):
    days = FORTNIGHT[:1]
    if is_correction:
        desk.fetch(days)
    page_path(archive, TIMLRX, days[0]).write_bytes(body)
    desk.fetch(days)
    desk.fetch(days)
    assert read_stored(desk.warehouse).blobs[TIMLRX, days[0]] == blob_sha(body)
    paths(standin)
    desk.fetch(days)
    assert [path for path in paths(standin) if TIMLRX in path and is_page(path)] == []
    assert desk.outcomes() == {days[0]: "published" if is_correction else "failed"}


def test_a_page_that_was_written_as_if_cut_off_is_read_once_the_listing_tells(desk, archive):
    path = page_path(archive, TIMLRX, FORTNIGHT[0])
    path.write_bytes(path.read_bytes() + b"| [More tea](https://arxiv.org/abs/2503.99999) | Ad")
    desk.fetch(FORTNIGHT[:1])
    assert desk.outcomes() == {FORTNIGHT[0]: "failed"}
    desk.fetch(FORTNIGHT[:1])
    assert desk.outcomes() == {FORTNIGHT[0]: "published"}


@pytest.fixture
def clone(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return make_desk({"ARCHIVE_BASE_URL": f"file://{archive}"}, tmp_path / "warehouse", monkeypatch)


def test_a_clone_is_read_without_a_request(clone):
    assert clone.fetch(FORTNIGHT).requests == 0
    assert sorted(clone.outcomes().values()) == ["absent"] * 4 + ["published"] * 10


def test_a_clone_that_is_not_there_is_a_failure_not_an_absence(clone, archive):
    shutil.rmtree(archive / TIMLRX)
    clone.fetch(FORTNIGHT)
    assert set(clone.outcomes().values()) == {"failed"}
    assert "published" in clone.outcomes(GABRIELCHUA).values()


def test_progress_is_told_of_every_day_of_every_source(desk, standin):
    for broken in (None, "/repos/", f"/{TIMLRX}/"):
        told: list[int] = []
        if broken:
            standin.fail(broken, 500)
        with Web(None, now=lambda: LATER, sleep=lambda seconds: None) as web:
            fetch_documents(Fetching(desk.settings, web, Stored(), lambda *_: None, advance=told.append), FORTNIGHT)
        assert sum(told) == len(FORTNIGHT) * len(registry.SOURCES)


def test_a_source_that_is_asleep_is_asked_for_a_day_that_goes_on_only_by_who_asks_for_all(desk):
    [source] = [source for source in registry.SOURCES if source.source_id == TIMLRX]
    with Web(None, now=lambda: LATER) as web:
        for only_missing in (True, False):
            fetching = Fetching(desk.settings, web, Stored(), lambda *_: None, only_missing, asleep={TIMLRX: FIRST})
            assert is_wanted(fetching, source, LATER.date()) is not only_missing
            assert is_wanted(fetching, source, LATER.date() - timedelta(days=1))
