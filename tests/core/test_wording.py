import pytest

from pipeline.core.wording import amount_of


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 rejected rows"), (1, "1 rejected row"), (2, "2 rejected rows"), (1234, "1,234 rejected rows")],
)
def test_one_is_singular_and_all_else_plural(count: int, told: str) -> None:
    assert amount_of(count, "rejected row") == told


def test_a_noun_may_bring_its_plural() -> None:
    assert [amount_of(count, "response or row", "responses or rows") for count in (1, 2)] == [
        "1 response or row",
        "2 responses or rows",
    ]
