"""What a run leaves in private/ for the status: read as written, and as nothing where it has another shape."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.read.status import deferred_line, put_aside_lines, warning_lines
from pipeline.warehouse.reports import read_put_aside, read_reports, read_warnings, save_warnings

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
WARNINGS = [
    {"warnings": {"labels_known": {}}, "ended": {}},
    {"warnings": [], "ended": {}},
    {"warnings": {}, "ended": []},
    {"warnings": {}, "ended": {"labels_known": 3}},
    {"warnings": {"labels_known": {"since": 3, "rows": 1, "first": []}}, "ended": {}},
    {"warnings": {"labels_known": {"since": "2026", "rows": "1", "first": []}}, "ended": {}},
    {"warnings": {"labels_known": {"since": "2026", "rows": 1, "first": {}}}, "ended": {}},
    {"warnings": {"labels_known": {"since": "2026", "rows": 1, "first": [3]}}, "ended": {}},
]
PUT_ASIDE = [
    {"count": 2, "first": []},
    {"count": "2", "first": [{"part": "a", "subject": "b", "reason": "c"}]},
    {"count": 2, "first": [{}]},
    {"count": 2, "first": {}},
    {"count": 2, "first": [3]},
]
REPORTS = [
    {"github": {"at": 1}},
    {"github": []},
    {"github": {"at": "x", "reason": "y", "until": None, "deferred": "many"}},
]


@pytest.mark.parametrize("written", WARNINGS)
def test_warnings_of_another_shape_are_none_and_are_written_anew(tmp_path: Path, written: object):
    (tmp_path / "warnings.json").write_text(json.dumps(written))
    assert read_warnings(tmp_path) == ({}, {})
    save_warnings(tmp_path, {"labels_known": [(1,)]}, NOON)
    known, ended = read_warnings(tmp_path)
    assert known == {"labels_known": {"since": "2026-11-28T12:00:00+00:00", "rows": 1, "first": [["1"]]}}
    assert ended == {}
    assert list(warning_lines(known))


@pytest.mark.parametrize("written", PUT_ASIDE)
def test_what_is_put_aside_in_another_shape_is_unknown(tmp_path: Path, written: object):
    (tmp_path / "put_aside.json").write_text(json.dumps(written))
    assert read_put_aside(tmp_path) is None
    assert list(put_aside_lines(read_put_aside(tmp_path))) == []


@pytest.mark.parametrize("written", REPORTS)
def test_a_report_of_another_shape_is_left_out(tmp_path: Path, written: dict[str, object]):
    whole = {
        "at": "2026",
        "requests": 1,
        "answered": 0,
        "deferred": 3,
        "reason": "down",
        "until": None,
        "quota_left": None,
    }
    (tmp_path / "reports.json").write_text(json.dumps(written | {"arxiv": whole}))
    reports = read_reports(tmp_path)
    assert reports == {"arxiv": whole}
    assert list(deferred_line(reports["arxiv"])) == ["deferred 3 at 2026: down"]
