"""The page of costs says what the stand-ins count."""

from costs import FILE, write_costs


def test_the_page_of_costs_is_what_asking_takes_now():
    assert FILE.read_text("utf-8") == write_costs(), "write it anew: python tests/costs.py"
