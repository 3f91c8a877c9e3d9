"""Dagster's warnings: we hear of everything in beta that we have not accepted."""

import tomllib
import warnings
from pathlib import Path

import dagster as dg
import pytest

from pipeline.defs import beta


@pytest.fixture(autouse=True)
def strict():
    """Every warning is an error, but for what we accept."""
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.simplefilter("error")
        beta.accept()
        yield


def reference() -> dg.LocalFileCodeReference:
    return dg.LocalFileCodeReference(file_path=__file__, line_number=1)


def test_what_we_use_and_know_to_be_in_beta_is_silent():
    @dg.asset(
        partitions_def=dg.StaticPartitionsDefinition(["a"]),
        backfill_policy=dg.BackfillPolicy.single_run(),
        metadata={"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference()])},
    )
    def known() -> None: ...

    assert dg.with_source_code_references([known])


def test_each_of_them_would_warn_otherwise():
    warnings.resetwarnings()
    warnings.simplefilter("error")
    with pytest.raises(dg.BetaWarning, match="LocalFileCodeReference"):
        reference()


def test_anything_else_in_beta_or_preview_still_warns():
    with pytest.raises(dg.BetaWarning, match="observable_source_asset"):

        @dg.observable_source_asset
        def other() -> dg.DataVersion:
            return dg.DataVersion("1")

    with pytest.raises(dg.PreviewWarning, match="partitions_def"):

        @dg.asset_check(asset="known", partitions_def=dg.StaticPartitionsDefinition(["a"]))
        def by_day() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=True)


def test_the_tests_accept_the_same_as_the_code():
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    filters = pyproject["tool"]["pytest"]["ini_options"]["filterwarnings"]
    assert f"ignore:({'|'.join(beta.ACCEPTED)}) is currently in beta" in filters
