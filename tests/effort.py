"""How often chance is tried: seldom at every change, often in `make test-chance`."""

import os


def tries(few: int, many: int) -> int:
    return many if os.environ.get("THOROUGH") else few
