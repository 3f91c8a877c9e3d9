"""A warehouse that several hosts share: raw files and the published file in an object store, the star in DuckLake."""
