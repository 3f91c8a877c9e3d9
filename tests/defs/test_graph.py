"""What Dagster knows is what graph.txt says: assets and what they come from, checks, jobs, schedules, sensors."""

from defs.graph import FILE, describe


def test_the_graph_is_as_it_was_looked_at_last() -> None:
    """After a change that is meant: `python tests/defs/graph.py` writes the text anew, to be looked at."""
    assert describe() == FILE.read_text("utf-8")
