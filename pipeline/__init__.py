"""Daily AI papers × code × stars: from markdown pages to one DuckDB file."""
