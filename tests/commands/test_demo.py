"""What the demo runs on: invented pages and stand-ins, whatever is set outside, in a folder of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipeline.commands.demo import MARKER, clear, demo_environment
from pipeline.core.errors import SettingError
from pipeline.core.settings import NAMES, read_settings
from pipeline.standin import Standin

ROOT = Path(__file__).parents[2]
DAYS = """
    select source_id, count(*) as listings, count(distinct listing_date) as days
    from fct_listing
    join dim_source using (source_key)
    group by source_id
    order by source_id
"""


def test_nothing_of_dotenv_reaches_the_demo(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("".join(f"{name}=what nobody could use\n" for name in NAMES))
    with Standin() as standin:
        settings = read_settings(demo_environment(standin, tmp_path / "demo"), tmp_path / ".env")
        assert settings.github_api_url == standin.environment["GITHUB_API_URL"]
    assert settings.warehouse_dir == tmp_path / "demo" / "warehouse"
    assert (settings.github_token, settings.contact, settings.webhook_url) == (None, None, None)
    assert (settings.smtp_url, settings.alert_email) == (None, None)


@pytest.mark.parametrize("kind", ["somebody's files", "a link", "a link that leads nowhere", "below a file"])
def test_a_folder_that_is_not_the_demos_is_left_alone(kind: str, tmp_path: Path) -> None:
    folder, other = tmp_path / "demo", tmp_path / "other"
    other.mkdir()
    (other / "precious").touch()
    (other / MARKER).touch()
    if kind == "somebody's files":
        folder.mkdir()
        (folder / "precious").touch()
    elif kind == "below a file":
        folder = other / "precious" / "demo"
    else:
        folder.symlink_to(other if kind == "a link" else "gone")
    with pytest.raises(SettingError, match="choose another with --folder"):
        clear(folder)
    assert (other / "precious").exists()


def test_the_folder_of_an_earlier_demo_is_made_anew(tmp_path: Path) -> None:
    clear(tmp_path / "demo")
    (tmp_path / "demo" / "old").touch()
    clear(tmp_path / "demo")
    assert [path.name for path in (tmp_path / "demo").iterdir()] == [MARKER]


def undated(line: str) -> str:
    """The line without the day on which it was written."""
    return re.sub(r"since [0-9-]{10}", "since that day", line)


def test_the_demo_shows_every_kind_of_source_and_prints_what_its_guide_says(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipeline", "demo", "--folder", str(tmp_path / "demo")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=True).stdout
    [promised] = re.findall(r"<!-- demo -->\n```\n(.*?)```", (ROOT / "docs" / "demo.md").read_text("utf-8"), re.DOTALL)
    lines = [undated(line) for line in promised.splitlines() if line and not line.startswith("published ")]
    found = [undated(line) for line in printed.splitlines()]
    assert [line for line in lines if line not in found] == []
    with duckdb.connect(str(tmp_path / "demo" / "warehouse" / "papers.duckdb"), read_only=True) as connection:

        def ask(text: str) -> list[tuple[object, ...]]:
            return connection.execute(text).fetchall()

        assert ask(DAYS) == [
            ("chenin-wang/daily_huggingface_paper", 6, 2),
            ("gabrielchua/daily-ai-papers", 95, 19),
            ("huggingface/daily-papers", 136, 20),
            ("joe0731/hf_paper_watch_dog", 16, 3),
            ("timlrx/daily-ai-papers", 105, 18),
        ]
        both = "select count(*) filter (is_in_markdown), count(*) filter (not is_in_markdown) from fct_listing"
        assert ask(f"{both} join dim_source using (source_key) where is_in_json and source_id ~ 'timlrx.*'") == [
            (17, 4)
        ]
        witnesses = "select count(*) from fct_listing where witness_repository_name is not null"
        assert ask(witnesses) == [(15,)]
        assert ask("select count(*), count(upvotes_count) from fct_listing_day") == [(136, 136)]
