"""The site of the invented demo, built once."""

from pathlib import Path

import pytest

from pipeline.site.build import build_site
from pipeline.site.options import Options


@pytest.fixture(scope="session")
def site(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example's site."""
    folder = tmp_path_factory.mktemp("site") / "site"
    build_site(folder, Options((example / "papers.duckdb").resolve()))
    return folder
