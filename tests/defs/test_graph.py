"""What Dagster knows is what graph.txt says: assets and what they come from, checks, jobs, schedules, sensors."""

from defs.graph import FILE, describe


def test_the_graph_is_as_it_was_looked_at_last() -> None:
    """After a change that is meant: `python tests/defs/graph.py` writes the text anew; read its diff."""
    assert describe() == FILE.read_text("utf-8"), "if this change is meant, run `python tests/defs/graph.py`"
