"""What is said where there is no published file depends on what is left of the warehouse."""

from pathlib import Path

import pytest

from pipeline.core.errors import WarehouseError
from pipeline.read.query import open_published

RELEASE = Path("published/20250321T130000000000Z/papers.duckdb")


@pytest.mark.parametrize("is_resolved", [True, False])
@pytest.mark.parametrize("has_raw", [True, False])
def test_a_link_to_a_release_that_is_gone_is_not_a_warehouse_that_never_was(
    tmp_path: Path, is_resolved: bool, has_raw: bool
) -> None:
    if has_raw:
        (tmp_path / "raw" / "2025").mkdir(parents=True)
        (tmp_path / "raw" / "2025" / "x.parquet").touch()
    link = tmp_path / "papers.duckdb"
    link.symlink_to(RELEASE)
    path = link.resolve() if is_resolved else link
    says = "rebuild" if has_raw or not is_resolved else "papers run"
    with pytest.raises(WarehouseError, match=rf"is not there.*{says}"), open_published(path):
        pass
