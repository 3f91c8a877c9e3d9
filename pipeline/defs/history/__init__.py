"""Dagster's history in SQLite: runs, events and ticks."""

import sys

# Dagster's storage brings Alembic, which brings Mako, and that Pygments where it is there: to colour tracebacks of
# templates, which nobody has here. Without it they are grey, and every process starts a tenth of a second sooner.
if "mako" not in sys.modules:
    sys.modules["mako.ext.pygmentplugin"] = None  # pyright: ignore[reportArgumentType]  so says the import system
