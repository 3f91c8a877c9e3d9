"""JSON of strangers: what can be read, and what cannot be held."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.json_text import load_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


@given(VALUES)
def test_any_value_comes_back_also_beside_a_number_that_cannot_be_held(value: object):
    assert load_json(json.dumps(value)) == value
    assert load_json(f"[{json.dumps(value)}, {'7' * 5000}]") == [value, math.inf]


@pytest.mark.parametrize("written", ["NaN", "-Infinity", "Infinity", "8" * 5000, "-" + "8" * 5000, "1e999"])
def test_number_that_cannot_be_held_is_not_finite(written: str):
    value = load_json(written)
    assert isinstance(value, float) and not math.isfinite(value)


DEEP = "[" * 100_000
LONG = "[" + "7" * 5000


@pytest.mark.parametrize("text", ["", "{", "[1,]", "nan", "<p>", DEEP, '{"a":' * 100_000, LONG, f"{LONG}, {DEEP}"])
def test_what_is_no_json_is_a_value_error(text: str):
    with pytest.raises(ValueError):
        load_json(text)
