"""`mart_next_look` says of the published file what the runs ask for by the staging tables: the same, at any time."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.read.query import open_published
from pipeline.warehouse.folder import Warehouse

QUESTIONS = {
    "arxiv": "papers",
    "github": "repositories",
    "hub": "hub_resources",
    "hub_paper": "hub_papers",
    "semantic_scholar": "citations",
}
LATER_DAYS = (0, 1, 2, 3, 4, 7, 8, 13, 14, 21, 28, 29, 30, 31, 59, 61, 88, 91, 100, 170, 179, 181, 200, 400)


@pytest.fixture
def warehouse(example: Path, tmp_path: Path) -> Warehouse:
    shutil.copytree(example, tmp_path / "copy", symlinks=True)
    return Warehouse(tmp_path / "copy")


def test_the_view_and_the_runs_agree_on_what_is_due_and_when(warehouse: Warehouse) -> None:
    with open_published(warehouse.published) as connection, warehouse.open():
        looks = connection.execute("select service, lower(subject_id), due_at from mart_next_look").fetchall()
        [(last,)] = connection.execute("select max(attempted_at) from enrichment_attempt").fetchall()
        repositories = {name for service, name, _ in looks if service == "github"}
        for days in LATER_DAYS:
            now: datetime = last + timedelta(days=days, minutes=1)
            for service, question in QUESTIONS.items():
                told = {name for of, name, due_at in looks if of == service and (due_at is None or due_at <= now)}
                asked = {row[0].lower() for row in warehouse.rows("due", question, {"now": now})}
                suggested = {name for name in asked if service == "github" and name not in repositories}
                assert told == asked - suggested, (service, days)


def test_each_thing_has_one_row_and_what_was_never_answered_is_due_at_once(warehouse: Warehouse) -> None:
    with open_published(warehouse.published) as connection:
        counts = dict(connection.execute("select service, count(*) from mart_next_look group by service").fetchall())
        assert counts.keys() == QUESTIONS.keys()
        question = "select count(*) from mart_next_look where (answered_at is null) <> (due_at is null)"
        assert connection.execute(question).fetchall() == [(0,)]
        twice = "select service, subject_id from mart_next_look group by all having count(*) > 1"
        assert connection.execute(twice).fetchall() == []
