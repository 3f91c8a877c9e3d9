"""`python -m pipeline` is `papers`."""

from pipeline.cli import main

main()
