"""A process that is killed without warning: at each station of a run, and at any moment."""

import random

import pytest
from strike import STATIONS

KILLED = -9
RANDOM_KILLS = 8


@pytest.mark.parametrize("station", STATIONS)
def test_a_run_killed_at_a_station_is_made_up_for_by_the_next(lab, calm, station):
    process = lab.start(station)
    output = process.communicate(timeout=120)[0]
    assert process.returncode == KILLED, output.decode()
    lab.note(f"kill: {station}")
    lab.assert_calm_run_makes_up(calm)


def test_a_run_killed_at_random_moments_goes_on_where_it_was(lab, calm):
    dice = random.Random(20250317)
    longest, struck = 2.0, 0
    for _ in range(4 * RANDOM_KILLS):
        process = lab.start(str(dice.uniform(0, longest)))
        output = process.communicate(timeout=120)[0]
        if process.returncode == 0:  # it was over by then: less is left to do at every turn
            longest *= 0.7
            continue
        assert process.returncode == KILLED, output.decode()
        struck += 1
        lab.note("kill: at a random moment")
        lab.assert_readers_are_well()
        if struck == RANDOM_KILLS:
            break
    assert struck == RANDOM_KILLS
    lab.assert_calm_run_makes_up(calm, plainly=False)
