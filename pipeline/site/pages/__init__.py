"""The pages that a person reads, and the feeds."""
