"""The limits that SECURITY.md names are those of the code."""

import re
from importlib import import_module
from inspect import signature
from pathlib import Path

from pipeline.http.client import MEBIBYTE, Web

TEXT = (Path(__file__).parents[1] / "SECURITY.md").read_text("utf-8")
SECTION = TEXT.partition("## What is bounded\n")[2].partition("\n## ")[0]
BOUND = re.compile(r"(\d+)[^`\d]*?\s\(`(pipeline[\w.]+)\.([A-Z_]+)`\)")


def test_each_bound_is_that_of_the_code() -> None:
    found = BOUND.findall(" ".join(SECTION.split()))
    assert len(found) == SECTION.count("`pipeline.")
    wrong = [name for number, module, name in found if getattr(import_module(module), name) != float(number)]
    assert wrong == []


def test_the_defaults_of_a_request_are_those_named() -> None:
    assert signature(Web.send).parameters["limit_bytes"].default == 16 * MEBIBYTE
    assert signature(Web).parameters["deadline_seconds"].default == 180
    assert "16 MiB, in `Web.send`" in SECTION and "180 seconds" in SECTION
