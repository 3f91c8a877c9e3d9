"""Settings: the environment before .env before the defaults, and every fault named with what it should be."""

from pathlib import Path

import pytest

from pipeline.core.errors import SettingError
from pipeline.core.settings import DEFAULTS, read_settings


def test_nothing_set_gives_the_defaults(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path / ".env")
    assert settings.archive_base_url == "https://raw.githubusercontent.com"
    assert settings.arxiv_api_url == "https://export.arxiv.org/api/query"
    assert settings.arxiv_interval_seconds == 3
    assert (settings.github_token, settings.contact) == (None, None)
    assert settings.warehouse_dir == Path.cwd() / "warehouse"


def test_the_environment_comes_before_dotenv_and_dotenv_before_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CONTACT=me@example.org\nARXIV_INTERVAL_SECONDS=5\nGITHUB_API_URL=\n")
    settings = read_settings({"ARXIV_INTERVAL_SECONDS": "7", "CONTACT": " "}, tmp_path / ".env")
    assert (settings.contact, settings.arxiv_interval_seconds) == ("me@example.org", 7)
    assert settings.github_api_url == DEFAULTS["GITHUB_API_URL"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ARCHIVE_BASE_URL", "ftp://example.org"),
        ("ARCHIVE_BASE_URL", "raw.githubusercontent.com"),
        ("ARCHIVE_BASE_URL", "file://relative/path"),
        ("ARCHIVE_BASE_URL", "https://user@example.org"),
        ("ARXIV_API_URL", "file:///etc/passwd"),
        ("ARXIV_API_URL", "https://[::1"),
        ("GITHUB_API_URL", "https://exa mple.org"),
        ("GITHUB_API_URL", "https://example.org:99999"),
        ("ARXIV_INTERVAL_SECONDS", "three"),
        ("ARXIV_INTERVAL_SECONDS", "-1"),
        ("ARXIV_INTERVAL_SECONDS", "nan"),
        ("ARXIV_INTERVAL_SECONDS", "inf"),
        ("CONTACT", "me at example.org"),
        ("CONTACT", "me@exämple.org"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_should_be(name: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=f"{name} is .*: .*should be|a file URL has") as caught:
        read_settings({name: text}, tmp_path / ".env")
    assert "\n" not in str(caught.value)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings({"ARXIV_API_URL": "x", "ARXIV_INTERVAL_SECONDS": "y"}, tmp_path / ".env")
    assert "ARXIV_API_URL" in str(caught.value) and "ARXIV_INTERVAL_SECONDS" in str(caught.value)


def test_a_warehouse_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(SettingError, match="WAREHOUSE_DIR"):
        read_settings({"WAREHOUSE_DIR": str(tmp_path / "taken")}, tmp_path / ".env")


def test_a_token_is_never_shown_not_even_a_wrong_one(tmp_path: Path) -> None:
    settings = read_settings({"GITHUB_TOKEN": "ghp_secret"}, tmp_path / ".env")
    assert "ghp_secret" not in repr(settings)
    with pytest.raises(SettingError, match="GITHUB_TOKEN") as caught:
        read_settings({"GITHUB_TOKEN": "'ghp_secret'"}, tmp_path / ".env")
    assert "ghp_secret" not in str(caught.value)


def test_the_readme_and_the_example_have_every_setting() -> None:
    root = Path(__file__).parents[2]
    readme, example = (root / "README.md").read_text("utf-8"), (root / ".env.example").read_text("utf-8")
    for name, default in DEFAULTS.items():
        assert f"| `{name}` | {f'`{default}`' if default else 'none'} |" in readme
        assert f"# {name}={default}\n" in example
