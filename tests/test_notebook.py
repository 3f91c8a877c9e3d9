"""The notebook: every cell runs on the demo, and shows the numbers that are there."""

import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "explore.py"

pytest.importorskip("marimo", reason="marimo is not installed: pip install '.[notebook]'")


@pytest.fixture(scope="module")
def shown(example: Path) -> Iterator[dict[str, Any]]:
    """What the notebook's cells define, after all of them have run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_DIR", str(example))
        _, defined = runpy.run_path(str(NOTEBOOK))["app"].run()
    yield dict(defined)
    defined["papers"].close()


def test_listings_and_papers_of_each_source_are_those_of_the_pages(shown: dict[str, Any]) -> None:
    assert shown["held"].select("source_id", "listings", "papers").rows() == [
        ("gabrielchua/daily-ai-papers", 95, 85),
        ("timlrx/daily-ai-papers", 101, 95),
    ]


def test_labels_by_week_add_up_to_labelled_papers(shown: dict[str, Any]) -> None:
    labelled = shown["papers"].sql("select count(distinct paper_key) from mart_label where task_key <> -1").fetchall()
    assert shown["weeks"]["papers"].sum() == pytest.approx(labelled[0][0], abs=0.2)


def test_search_finds_papers_and_risers_have_a_gain(shown: dict[str, Any]) -> None:
    assert shown["hits"].height == 8 and shown["hits"]["score"].is_sorted(descending=True)
    assert shown["rising"].row(0)[0] == "fictive-vision/eclipse-eval"
    assert shown["rising"].row(0)[3] == 1379
    assert shown["newest"].height == 5
    assert dict(shown["coverage"].filter(pl.col("outcome") == "published").select("source_id", "days").rows()) == {
        "gabrielchua/daily-ai-papers": 19,
        "timlrx/daily-ai-papers": 18,
    }


def test_it_runs_as_a_script_and_without_a_warehouse_says_what_makes_one(example: Path, tmp_path: Path) -> None:
    for folder in (example, tmp_path / "nowhere"):
        environment = {**os.environ, "WAREHOUSE_DIR": str(folder)}
        done = subprocess.run(
            [sys.executable, str(NOTEBOOK)], check=False, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
