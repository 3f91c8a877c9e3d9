"""The published file, read. A help text names the formats of answers, and needs nothing else."""

FORMATS = ("table", "csv", "json", "parquet")
