"""A process that is killed without warning: at each station of a run, and at any moment."""

import random
import time

import pytest
from lab import Lab, Papers
from strike import STATIONS

from pipeline.warehouse import lock

KILLED = -9
RANDOM_KILLS = 20


@pytest.mark.parametrize("station", STATIONS)
def test_a_run_killed_at_a_station_is_made_up_for_by_the_next(lab, calm, station):
    process = lab.start(station)
    assert process.end() == KILLED, process.output
    lab.note(f"kill: {station}")
    lab.assert_calm_run_makes_up(calm)


def test_runs_killed_at_random_moments_go_on_where_they_were(lab, calm, template, tmp_path, monkeypatch):
    """Twenty kills of `papers backfill` while it writes, each after another share of the time that a run takes.

    Two warehouses take turns, so that one starts while the other works. The next attempt takes a warehouse as the kill
    left it; once one has published, nothing is left to do, and the next begins with the earlier days again.
    """
    dice = random.Random(20250317)
    twin = Lab(tmp_path / "twin", lab.standin, monkeypatch)
    before = {each: each.begin_again(template) for each in (lab, twin)}
    runs = {each: start_writing(each) for each in before}
    began = time.monotonic()
    assert [run.end() for run in runs.values()] == [0, 0], [run.output for run in runs.values()]
    longest, struck = time.monotonic() - began, 0
    before = {each: each.begin_again(template) for each in before}
    while struck < RANDOM_KILLS:
        runs = {each: start_writing(each) for each in before}
        for each, run in runs.items():
            run.join(dice.uniform(0, longest / 2))
            run.kill()
            assert run.end() in (KILLED, 0), run.output
            each.assert_readers_are_well()
            if run.exitcode == KILLED:
                struck += 1
                lab.note("kill: at a random moment")
            else:  # it was over by then
                longest *= 0.9
        for each in before:
            if each.warehouse.published.resolve() != before[each] and struck < RANDOM_KILLS:
                before[each] = each.begin_again(template)
    for each in before:
        each.assert_calm_run_makes_up(calm, plainly=each is twin)


def start_writing(lab: Lab) -> Papers:
    """Start a backfill and return as soon as it has the lock of the warehouse."""
    process = lab.start()
    while f"process {process.pid} " not in (lock.find_holder(lab.warehouse.folder) or ""):
        assert process.is_alive(), process.output
        time.sleep(0.01)
    return process
