"""What the demo runs on: invented pages and stand-ins, whatever is set outside, in a folder of its own."""

from pathlib import Path

import pytest

from pipeline.commands.demo import MARKER, clear, demo_environment
from pipeline.core.errors import SettingError
from pipeline.core.settings import NAMES, read_settings
from pipeline.standin import Standin


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
