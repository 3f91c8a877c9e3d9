"""The Dagster UI that `papers ui` serves: its guard, its webserver, and the processes behind it."""
