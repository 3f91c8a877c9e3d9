"""The asset `site` is there where a setting names a folder for it, and nowhere else."""

import json
import os
import subprocess
import sys
from pathlib import Path

SHOW = (
    "import json; from pipeline.definitions import defs; graph = defs.resolve_asset_graph();"
    "print(json.dumps({key.to_user_string(): [parent.to_user_string() for parent in graph.get(key).parent_keys]"
    " for key in graph.get_all_asset_keys()}))"
)
MAKE = (
    "import dagster as dg; from pipeline.defs.assets.site import site; from pipeline.defs.resources import Session;"
    "result = dg.materialize([site], resources={'session': Session()});"
    "print(result.asset_materializations_for_node('site')[0].metadata['files'].value)"
)


def run(code: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_site_is_no_asset_until_a_folder_is_named(tmp_path: Path) -> None:
    assert "site" not in json.loads(run(SHOW, {}))
    assert json.loads(run(SHOW, {"SITE_DIR": str(tmp_path / "site")}))["site"] == ["published_warehouse"]


def test_the_asset_writes_the_site(example: Path, tmp_path: Path) -> None:
    environment = {"WAREHOUSE_DIR": str(example), "SITE_DIR": str(tmp_path / "site"), "SITE_URL": "https://p.example"}
    count = int(run(MAKE, environment).splitlines()[-1])
    written = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert len(written) == count
    assert (tmp_path / "site" / "sitemap.xml").exists()
