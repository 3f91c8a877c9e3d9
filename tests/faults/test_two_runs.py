"""Two runs at once, from two processes: one works, the other waits, or gives up and says who holds the warehouse."""

import time

import pytest
from lab import FAULTY_DAYS

from pipeline.core.errors import WarehouseError
from pipeline.defs.instance import open_instance
from pipeline.warehouse import lock


def test_two_runs_at_once_go_one_after_the_other(lab, calm):
    with lock.hold(lab.warehouse.folder, "a test"):
        processes = [lab.start() for _ in range(2)]
        while len(runs_that_waited(lab)) < 2:
            assert all(process.is_alive() for process in processes), [process.output for process in processes]
            time.sleep(1)
    lab.note("two runs at once")
    for process in processes:
        assert process.end() == 0, process.output
        assert "being written by process" in process.output
        assert "(a test, since" in process.output
    lab.assert_calm_run_makes_up(calm)


def runs_that_waited(lab) -> set[str]:
    """The runs whose history says that they wait for the holder of the lock, by name."""
    for name, value in lab.environment.items():
        lab.patch.setenv(name, value)
    with open_instance() as instance:
        return {
            run.run_id
            for run in instance.get_runs()
            for entry in instance.all_logs(run.run_id)
            if "being written by process" in entry.user_message and "(a test, since" in entry.user_message
        }


def test_who_will_not_wait_is_told_who_holds_the_warehouse(lab):
    process = lab.start()
    while lock.find_holder(lab.warehouse.folder) is None:
        assert process.is_alive(), process.output
        time.sleep(0.01)
    with (
        pytest.raises(WarehouseError, match=rf"is being written by process {process.pid} \(run [0-9a-f]{{8}}, since"),
        lock.hold(lab.warehouse.folder, "a test", wait_seconds=0),
    ):
        pass
    lab.note("a writer while another writes")
    assert process.end() == 0, process.output
    assert lock.find_holder(lab.warehouse.folder) is None


def test_a_reader_in_another_process_stops_no_run(lab, calm):
    from pipeline.read.query import connect_published

    reader = connect_published(lab.warehouse.published)
    count = reader.execute("select count(*) from fct_listing").fetchall()
    lab.run_plainly(*FAULTY_DAYS)
    lab.note("a reader during a run")
    assert reader.execute("select count(*) from fct_listing").fetchall() == count
    reader.close()
    lab.assert_calm_run_makes_up(calm)
