"""No answer stops a run: whatever services send, it is loaded or put aside, published, and the same in a rebuild."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from effort import tries
from empty import empty_warehouse
from histories import HEADER, broken_rules, content_hashes
from spoilt import DAYS, IDS, NAMES, Spoiler

from pipeline.core import sql_files
from pipeline.core.terminal import harmless
from pipeline.read import query
from pipeline.read.status import read_status, status_text
from pipeline.sources import registry
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake.damage import find_damage
from pipeline.warehouse.stored import EVER, by, read_bodies, read_stored

ANSWERS = 135  # in one warehouse
RUNS = 3  # that they come in
EXPECTED = re.compile(
    "a clock was wrong|the response contradicts itself|the page of stars cannot be used"
)  # all else is a fault of ours
NOW = datetime(2025, 8, 1, tzinfo=UTC)
ODD_TEXTS = [
    "\u00a0\t",
    "\u200b\u202e",
    r"\[Tea\] &amp; $a\_b$ &#0;&#27; \(x^2\)",
    "Ann <ann@x.example>",
    "&" * 3000 + "\\" * 3000 + "$" * 3000,
    "a@" * 2000,
]
PARAMETERS: dict[str, Mapping[str, object]] = {
    "bodies": {},
    "stored": by(EVER),
    "quota": {"method": "GET", "has_token": False, **by(EVER)},
    "days": {"from_date": str(DAYS[0]), "to_date": str(DAYS[-1])},
    "first_papers": {"from_date": str(DAYS[0]), "to_date": str(DAYS[-1])},
}


@pytest.mark.parametrize("seed", range(tries(3, 18)))
def test_answers_of_any_kind_are_published_and_the_same_in_a_rebuild(
    tmp_path: Path, seed: int, record_property: Callable[[str, object], None], all_sources: object
) -> None:
    warehouse = empty_warehouse(tmp_path / "lived")
    answers = Spoiler(seed).answers(ANSWERS)
    record_property("answers", len(answers))
    print(f"{len(answers)} answers tried")
    with warehouse.open():
        for run in range(RUNS):
            known = read_bodies(warehouse)
            for answer in answers[run::RUNS]:
                warehouse.raw.store(answer, known=known)
            warehouse.refresh()
            assert broken_rules(warehouse) == {}
            assert all(EXPECTED.search(reason) for _, _, reason, _ in warehouse.check()["nothing_put_aside"])
            ask_what_runs_ask(warehouse)
            warehouse.raw.bundle()
            warehouse.load_raw()
            warehouse.publish()
            read_published(warehouse)
        lived = warehouse.use(content_hashes)
    assert find_damage(warehouse.raw, warehouse.private.folder) == {}
    again = Warehouse(tmp_path / "again")
    shutil.copytree(warehouse.raw.folder, again.raw.folder)
    again.rebuild()
    assert again.use(content_hashes) == lived


def ask_what_runs_ask(warehouse: Warehouse) -> None:
    """Ask staging as the assets of a run do; not one question ends in an error."""
    assert read_stored(warehouse) is not None
    for name, parameters in PARAMETERS.items():
        warehouse.rows("status", name, parameters)
    for due in sql_files.names("due"):
        warehouse.rows("due", due, {"now": NOW} if "$now" in sql_files.read_sql("due", due) else {})


def read_published(warehouse: Warehouse) -> None:
    """Open the file as its readers do; not one question ends in an error."""
    text = status_text(read_status(warehouse.folder, NOW, has_token=False))
    assert all(source.source_id in harmless(text) for source in registry.choose_sources(None))
    with query.open_published(warehouse.published) as connection:
        for name in query.questions():
            query.run_query(connection, query.named_query(name) or "", {}).fetchall()
        for mart in sql_files.names("marts"):
            connection.execute(f"from {mart}").fetchall()


def test_what_is_spoilt_reaches_the_star(tmp_path: Path) -> None:
    warehouse = empty_warehouse(tmp_path)
    warehouse.raw.store(*Spoiler(0).answers(3 * ANSWERS))
    warehouse.refresh()
    counts = (
        "select (select count(*) from dim_paper where status = 'found'), (select count(*) from fct_listing), "
        "(select count(*) from dim_repository where status = 'found'), (select count(*) from bridge_paper_category), "
        "(select count(*) from fct_source_day where outcome = 'failed' or correction_failure is not null), "
        "(select count(*) from rejected_row)"
    )
    found = warehouse.use(lambda connection: connection.execute(counts).fetchall()[0])
    assert all(count > 3 for count in found), found
    assert len(NAMES) > found[2]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_text_in_a_title_or_a_name_is_published_and_the_same_in_a_rebuild(tmp_path: Path, text: str) -> None:
    cells = [
        f"| [{text}](https://arxiv.org/abs/{IDS[0]}) | Ada | Hot. | [] | N/A | N/A |\n",
        f"| [Tea](https://arxiv.org/abs/{IDS[1]}) | {text} | Hot. | ['{text}'] | N/A | N/A |\n",
    ]
    page = replace(Spoiler(0).page(), status=200, headers={}, body=(HEADER + "".join(cells)).encode())
    warehouse = Warehouse(tmp_path)
    with warehouse.open():
        warehouse.raw.store(page)
        warehouse.refresh()
        assert broken_rules(warehouse) == {}
        assert warehouse.check()["nothing_put_aside"] == []
        rows = "select (select count(*) from fct_listing) + (select count(*) from rejected_row)"
        assert warehouse.use(lambda connection: connection.execute(rows).fetchall()) == [(2,)]
        lived = warehouse.use(content_hashes)
    warehouse.rebuild()
    assert warehouse.use(content_hashes) == lived


@pytest.mark.parametrize("reset", ["9223372036854775807", "99999999999999999999", "-9223372036854775808", "-1", "x"])
def test_a_window_that_ends_beyond_all_time_is_no_window(tmp_path: Path, reset: str) -> None:
    warehouse = empty_warehouse(tmp_path)
    headers = {"x-ratelimit-remaining": "7", "x-ratelimit-reset": reset}
    warehouse.raw.store(replace(Spoiler(0).rest(), status=403, headers=headers))
    warehouse.load_raw()
    assert warehouse.rows("status", "quota", PARAMETERS["quota"]) == []
