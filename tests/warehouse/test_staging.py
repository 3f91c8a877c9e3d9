"""What a wrong clock stamped does not stop a run, and is no fact of a day that was not."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from empty import empty_warehouse
from histories import broken_rules

from pipeline.commands.doctor.examine import check_published, check_raw_files
from pipeline.http.exchange import Exchange
from pipeline.read.status import read_status, status_text
from pipeline.sources.pages import blob_sha, page_url, subject_of
from pipeline.sources.registry import find_source
from pipeline.standin.facts import Repository
from pipeline.standin.records import View, describe_for_rest
from pipeline.warehouse.stored import read_bodies

SOURCE = "timlrx/daily-ai-papers"
NAME = "lab/pot"
DAY = date(2025, 3, 20)
NOW = datetime(2025, 4, 1, 12, tzinfo=UTC)
PAGE = (
    "| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |\n|---|---|---|---|---|---|\n"
    f"| [T](https://arxiv.org/abs/2503.00001) | Ada | S | [] | [Link](https://github.com/{NAME}) | N/A |\n"
).encode()


def page(at: datetime) -> Exchange:
    url = page_url("http://127.0.0.1:9", find_source(SOURCE), DAY)
    headers = {"x-blob-sha": blob_sha(PAGE)}
    return Exchange("archive", (subject_of(SOURCE, DAY),), 1, url, "GET", 200, headers, at, PAGE, None)


def observation(at: datetime) -> Exchange:
    repository = Repository(7, NAME, "2024-01-01T00:00:00Z", "2025-03-01T00:00:00Z", 3)
    body = json.dumps(describe_for_rest(View(repository, 0, ""))).encode()
    return Exchange("github", (NAME,), 1, "http://127.0.0.1:9/", "GET", 200, {}, at, body, None)


def test_a_page_of_a_repository_with_names_of_sha_256_is_read(tmp_path: Path) -> None:
    warehouse = empty_warehouse(tmp_path)
    name = hashlib.sha256(b"blob %d\0" % len(PAGE) + PAGE).hexdigest()
    listed = replace(page(NOW), headers={"x-blob-sha": name})
    altered = replace(listed, body=PAGE + b"\n", fetched_at=NOW + timedelta(hours=1))
    warehouse.raw.store(listed)
    warehouse.raw.store(altered)
    warehouse.refresh()
    pages = warehouse.use(lambda use: use.execute("select outcome, blob_sha from staging.page").fetchall())
    assert pages == [("published", name)]
    found = "select outcome from staging.document order by fetched_at"
    assert warehouse.use(lambda use: use.execute(found).fetchall()) == [(None,), ("failed",)]


@pytest.mark.parametrize("year", [1, 1970, 2023, 2100, 9999])
def test_a_response_of_a_clock_that_is_far_off_is_put_aside_and_may_come_again(tmp_path: Path, year: int) -> None:
    warehouse = empty_warehouse(tmp_path)
    wrong = datetime(year, 6, 5, tzinfo=UTC)
    warehouse.raw.store(page(wrong), observation(wrong))
    warehouse.refresh()
    assert read_bodies(warehouse) == frozenset()
    put_aside = warehouse.check()["nothing_put_aside"]
    assert [subject for _, subject, _, _ in put_aside] == [NAME, f"{SOURCE}/{DAY}"]
    assert {reason for _, _, reason, _ in put_aside} == {f"its time is {wrong}: a clock was wrong"}
    warehouse.raw.store(page(NOW), known=read_bodies(warehouse))
    warehouse.refresh()
    days = "select outcome, fetched_at from fct_source_day"
    found = warehouse.use(lambda connection: connection.execute(days).fetchall())
    assert found == [("published", NOW.replace(tzinfo=None))]
    assert broken_rules(warehouse) == {}
    warehouse.rebuild()
    assert warehouse.use(lambda connection: connection.execute(days).fetchall()) == found


def test_what_is_put_aside_is_in_the_status_after_a_run_and_after_a_rebuild(tmp_path: Path) -> None:
    warehouse = empty_warehouse(tmp_path)
    wrong = datetime(1970, 6, 5, tzinfo=UTC)
    warehouse.raw.store(page(NOW), observation(wrong))
    warehouse.refresh()
    warehouse.check()
    warehouse.publish()
    for again in (False, True):
        if again:
            (tmp_path / "private" / "put_aside.json").unlink()
            assert status_of(tmp_path)["put_aside"] is None
            warehouse.rebuild()
        status = status_of(tmp_path)
        reason = f"its time is {wrong}: a clock was wrong"
        assert status["put_aside"] == {
            "count": 1,
            "first": [{"part": "response", "subject": NAME, "reason": reason}],
        }
        (line,) = (line for line in status_text(status).splitlines() if "put aside" in line)
        assert line.startswith(f"put aside: 1 response or row that cannot be read or stored (such as {NAME}: {reason}")
        assert "papers status --json" in line
        assert "1 response or row put aside" in check_raw_files(warehouse).text


def test_an_answer_from_the_future_is_in_status_and_doctor_with_its_remedy(tmp_path: Path) -> None:
    warehouse = empty_warehouse(tmp_path)
    warehouse.raw.store(page(NOW), observation(datetime(2087, 6, 5, tzinfo=UTC)))
    warehouse.refresh()
    warehouse.publish()
    status = status_of(tmp_path)
    assert "fct_repository_day has 2087-06-05" in status["from_the_future"]
    finding = check_published(warehouse, datetime.now(UTC))
    assert not finding.is_well
    for told in (status_text(status), finding.text):
        assert "has 2087-06-05" in told and "move the raw files of that time out of raw/" in told


def status_of(folder: Path) -> dict[str, Any]:
    return read_status(folder, NOW, has_token=False)


def test_an_observation_of_a_year_to_come_has_its_day_and_a_warning(tmp_path: Path) -> None:
    warehouse = empty_warehouse(tmp_path)
    warehouse.raw.store(page(NOW), observation(datetime(2087, 6, 5, tzinfo=UTC)))
    warehouse.refresh()
    assert broken_rules(warehouse) == {}
    assert warehouse.check()["nothing_from_the_future"]
    day = "select date_key from fct_repository_day join dim_date using (date_key)"
    assert warehouse.use(lambda connection: connection.execute(day).fetchall()) == [(20870605,)]
    assert warehouse.publish() is not None
