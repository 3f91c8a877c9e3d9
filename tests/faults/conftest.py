"""A warehouse to be ill-treated, and what it must come to in the end."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from lab import ALL_DAYS, EARLIER_DAYS, Lab, Rows, read_rows

from pipeline.standin import Standin


@pytest.fixture(scope="session")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Rows]:
    """Every table's rows after a run that met no fault."""
    folder = tmp_path_factory.mktemp("calm")
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        lab = Lab(folder, standin, patch)
        assert not lab.run(*ALL_DAYS).failures
        return read_rows(lab.warehouse.published)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse that holds the earlier days and has published them; made once."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        lab = Lab(folder, standin, patch)
        assert not lab.run(*EARLIER_DAYS).failures
    return folder


@pytest.fixture
def lab(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> Iterator[Lab]:
    """A copy of the template, in the reach of stand-ins."""
    with Standin() as standin:
        lab = Lab(tmp_path / "lab", standin, monkeypatch, note=lambda fault: record_property("fault", fault))
        lab.copy(template)
        yield lab
