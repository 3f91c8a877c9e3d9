"""The formats in which rows are written. A module of its own, since a help text names them and needs no DuckDB."""

FORMATS = ("table", "csv", "json", "parquet")
