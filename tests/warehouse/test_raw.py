"""Raw files: on disk before anything else happens, never altered, and readable without us."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import RawError
from pipeline.core.terminal import harmless
from pipeline.http.exchange import EXCHANGE, Exchange, exchanges_frame, exchanges_of
from pipeline.sources.pages import blob_sha
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake.damage import describe, find_damage
from pipeline.warehouse.raw import Raw, identify, name_of

PAGE = b"| Title | Authors | Summary |\n|---|---|---|\n"
AT = datetime(2025, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def raw(tmp_path: Path) -> Raw:
    return Raw(tmp_path / "raw")


def answer(number: int, body: bytes | None = PAGE, **more: object) -> Exchange:
    fields = {"asked": (f"lab/pots/2025-03-{number + 1:02}",), "headers": {"etag": '"x"'}, "error": None} | more
    asked, headers, error = fields["asked"], fields["headers"], fields["error"]
    at = AT + timedelta(seconds=number)
    return Exchange("archive", asked, 1, "http://127.0.0.1:9/", "GET", 200, headers, at, body, error)  # type: ignore[arg-type]


def held(raw: Raw) -> list[Exchange]:
    return [exchange for path in raw.files() for exchange in exchanges_of(raw.read(path))]


def test_what_is_kept_is_read_as_it_was(raw):
    answers = [answer(1), answer(2, None, error="no answer"), answer(3, b"\x00\xff", headers={})]
    raw.store(*answers)
    assert held(raw) == answers


def test_nothing_to_keep_makes_no_file(raw):
    raw.store()
    assert raw.files() == []
    assert raw.bundle() is None


def test_files_come_in_the_order_of_their_first_answer_wherever_they_lie(raw):
    raw.store(answer(5))
    raw.store(answer(1))
    raw.bundle()
    raw.store(answer(3))
    raw.bundle()
    raw.store(answer(2))
    assert [held_first.asked for held_first in held(raw)] == [answer(n).asked for n in (1, 5, 2, 3)]


def test_a_file_is_named_by_its_bytes_and_one_that_was_altered_or_cut_is_refused(raw):
    raw.store(answer(1))
    (path,) = raw.files()
    content = path.read_bytes()
    assert path.stem.endswith(hashlib.sha256(content).hexdigest()[:32])
    for damaged in (content[:-1], content[:50] + b"\0" + content[51:], b""):
        path.write_bytes(damaged)
        with pytest.raises(RawError, match="do not match the sha256 in its name"):
            raw.read(path)


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


OURS = exchanges_frame([answer(1)])
FOREIGN = {
    "one column more": parquet(OURS.with_columns(tls=pl.lit("1.3"))),
    "one column less": parquet(OURS.drop("error")),
    "a column of another type": parquet(OURS.with_columns(pl.col("status").cast(pl.String))),
    "no parquet": b"hello",
    "nothing": b"",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_of_another_version_is_named_in_one_line_and_stops_nothing(tmp_path, kind):
    with Warehouse(tmp_path).open() as warehouse:
        raw = warehouse.raw
        raw.store(answer(2))
        foreign = raw.loose / name_of(AT, FOREIGN[kind])
        foreign.write_bytes(FOREIGN[kind])
        with pytest.raises(RawError, match="written by another version: upgrade, or move it away") as caught:
            raw.read(foreign)
        assert foreign.name in str(caught.value) and "\n" not in str(caught.value)
        damage = find_damage(raw, tmp_path / "private", every_file=True)
        assert damage == {f"raw/loose/{foreign.name}": "was written by another version (upgrade, or move it away)"}
        assert "\n" not in describe(damage)
        warehouse.refresh()
        assert warehouse.use(lambda use: use.execute("select count(*) from staging.exchange").fetchall()) == [(1,)]
        raw.bundle()
        assert foreign.read_bytes() == FOREIGN[kind]
        assert len(raw.files()) == 2


def test_a_body_that_is_held_for_the_same_question_is_kept_once(raw):
    sha256 = hashlib.sha256(PAGE).hexdigest()
    raw.store(answer(1), answer(2), known={(answer(1).asked[0], sha256, None)})
    assert [exchange.body for exchange in held(raw)] == [None, PAGE]
    assert raw.read(raw.files()[0])["sha256"].to_list() == [sha256, sha256]


def test_a_body_is_stored_again_where_other_bytes_were_promised(raw):
    sha256, blob = hashlib.sha256(PAGE).hexdigest(), blob_sha(PAGE)
    promised = [answer(1, headers={"x-blob-sha": name}) for name in ("0" * 40, blob)]
    raw.store(answer(1), *promised, known={(answer(1).asked[0], sha256, blob)})
    assert [exchange.body for exchange in held(raw)] == [PAGE, PAGE, None]


def test_a_bundle_holds_what_was_loose_and_leaves_nothing_loose(raw):
    answers = [answer(number) for number in range(9)]
    for kept in answers:
        raw.store(kept)
    segment = raw.bundle()
    assert segment is not None
    assert raw.files() == [segment]
    assert held(raw) == answers
    assert raw.bundle() is None


def test_a_bundle_holds_no_answer_twice(raw):
    raw.store(answer(1), answer(2))
    raw.store(answer(2), answer(3))
    raw.bundle()
    assert held(raw) == [answer(1), answer(2), answer(3)]


def test_a_loose_file_that_cannot_be_read_stays_and_stops_nothing(raw):
    raw.store(answer(1))
    broken = raw.files()[0]
    broken.write_bytes(b"half")
    raw.store(answer(2))
    raw.bundle()
    assert broken.read_bytes() == b"half"
    assert len(raw.files()) == 2


def test_leftovers_of_a_kill_are_swept(raw):
    raw.store(answer(1))
    (raw.loose / "77-x.part").write_bytes(b"half")
    raw.bundle()
    assert list(raw.folder.rglob("*.part")) == []


def test_the_manifest_tells_what_each_segment_holds(raw):
    raw.store(answer(1), answer(2, None, error="no answer"))
    segment = raw.bundle()
    (entry,) = raw.entries()
    assert entry.file == str(segment.relative_to(raw.folder))
    assert entry.sha256 == hashlib.sha256(segment.read_bytes()).hexdigest()
    assert entry.size_bytes == segment.stat().st_size
    assert [line["asked"] for line in entry.exchanges] == [["lab/pots/2025-03-02"], ["lab/pots/2025-03-03"]]
    assert entry.exchanges[0].keys() == {"service", "asked", "url", "status", "fetched_at", "sha256"}
    assert raw.missing() == []
    segment.unlink()
    assert raw.missing() == [entry.file]


def test_a_manifest_line_that_a_kill_cut_spoils_no_other(raw):
    for number in range(3):
        raw.store(answer(number))
        raw.bundle()
        if number == 0:
            with raw.manifest.open("a") as file:
                file.write('{"file": "segm')
    assert len(list(raw.entries())) == 3


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe", b"5", b"[" * 100_000, b"{}", b'{"file": 5, "sha256": [], "size_bytes": null, "exchanges": 3}'],
    ids=["not text", "a number", "too deep", "no keys", "other types"],
)
def test_a_damaged_manifest_line_spoils_no_other(raw, line):
    raw.store(answer(1))
    raw.bundle()
    with raw.manifest.open("ab") as file:
        file.write(line + b"\n")
    assert len(list(raw.entries())) == 1
    assert raw.missing() == []


def test_polars_and_duckdb_read_the_files_without_us(raw):
    raw.store(answer(1))
    raw.store(answer(2))
    raw.bundle()
    pattern = f"{raw.segments}/*/*.parquet"
    frame = pl.read_parquet(pattern)
    assert frame.schema == EXCHANGE
    assert frame["body"].to_list() == [PAGE, PAGE]
    rows = duckdb.sql(f"select asked[1], status, body, headers->>'etag' from '{pattern}' order by fetched_at")
    assert rows and rows.fetchall()[0] == ("lab/pots/2025-03-02", 200, PAGE, '"x"')


def test_years_of_runs_are_a_file_a_run_and_not_a_file_an_answer(raw):
    for number in range(3):
        for second in range(8):
            raw.store(answer(number, str(second).encode()))
        raw.bundle()
    assert len(raw.files()) == 3
    assert len(list(raw.folder.rglob("*.parquet"))) == 3


def test_the_same_answer_has_one_id_wherever_it_stands_and_another_answer_another(raw):
    one = identify(exchanges_frame([answer(1)]))["exchange_id"][0]
    assert one == identify(exchanges_frame([answer(0), answer(1)]))["exchange_id"][1]
    raw.store(answer(1), known={(answer(1).asked[0], hashlib.sha256(PAGE).hexdigest(), None)})
    assert identify(raw.read(raw.files()[0]))["exchange_id"][0] == one
    assert identify(exchanges_frame([answer(1, b"other")]))["exchange_id"][0] != one


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(raw):
    raw.loose.mkdir(parents=True)
    raw.loose.chmod(0o500)
    with pytest.raises(RawError, match=str(raw.loose)):
        raw.store(answer(1))


def test_a_file_in_the_way_is_an_error_of_ours(raw):
    raw.folder.mkdir()
    raw.loose.write_text("a file where a folder should be")
    with pytest.raises(RawError, match="cannot be written"):
        raw.store(answer(1))


@given(
    st.binary(max_size=99), st.text(max_size=20), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)
)
def test_any_bytes_and_any_text_come_back_as_they_were(tmp_path_factory, body, error, headers):
    raw = Raw(tmp_path_factory.mktemp("raw"))
    kept = answer(1, body, error=error, headers=headers)
    raw.store(kept)
    raw.bundle()
    assert held(raw) == [kept]
    assert json.loads(raw.manifest.read_text())["exchanges"][0]["asked"] == list(kept.asked)


@pytest.mark.parametrize("kind", ["pipe", "folder", "dangling link", "device"])
def test_what_is_no_file_under_the_name_of_a_raw_file_is_put_aside_and_not_waited_for(raw, kind):
    raw.store(answer(1))
    path = raw.loose / "20250303T120000000000Z-00000000000000000000000000000000.parquet"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "gone")
    with pytest.raises(RawError, match="cannot be read"):
        raw.read(path)
    segment = raw.bundle()
    assert segment is not None
    assert [held_one.asked for held_one in exchanges_of(raw.read(segment))] == [answer(1).asked]


def test_a_damaged_file_is_named_harmlessly(raw):
    raw.loose.mkdir(parents=True)
    path = raw.loose / "2025\x1b[2J\u202e-0.parquet"
    path.write_bytes(b"x")
    with pytest.raises(RawError) as told:
        raw.read(path)
    assert harmless(str(told.value)) == str(told.value)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "dangling link"])
def test_what_is_no_file_in_the_place_of_the_manifest_is_an_error_and_not_waited_for(raw, kind):
    raw.store(answer(1))
    if kind == "pipe":
        os.mkfifo(raw.manifest)
    elif kind == "folder":
        raw.manifest.mkdir()
    else:
        raw.manifest.symlink_to("/dev/zero" if kind == "device" else "gone")
    with pytest.raises(RawError, match=r"manifest\.jsonl cannot be written .*: restore it from a backup") as told:
        raw.bundle()
    assert "make room" not in str(told.value)
    assert list(raw.entries()) == []
    assert raw.missing() == ["manifest.jsonl"]
    assert not (raw.folder / "gone").exists()


def test_a_manifest_that_is_a_link_to_a_file_elsewhere_is_written_and_read(raw, tmp_path):
    (tmp_path / "elsewhere").touch()
    raw.store(answer(1))
    raw.manifest.symlink_to(tmp_path / "elsewhere")
    segment = raw.bundle()
    assert [entry.file for entry in raw.entries()] == [str(segment.relative_to(raw.folder))]
    assert raw.missing() == []


def test_a_file_that_is_gone_is_said_to_be_gone(raw):
    with pytest.raises(FileNotFoundError):
        raw.read(raw.loose / "gone.parquet")
