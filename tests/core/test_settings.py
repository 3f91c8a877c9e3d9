"""Settings: the environment before .env before the defaults, and every fault named with what it should be."""

from pathlib import Path

import pytest

from pipeline.core.errors import SettingError
from pipeline.core.settings import NAMES, Settings, read_settings

ROOT = Path(__file__).parents[2]


def test_nothing_set_gives_the_defaults(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path / ".env")
    assert settings.archive_base_url == "https://raw.githubusercontent.com"
    assert settings.arxiv_api_url == "https://export.arxiv.org/api/query"
    assert settings.arxiv_interval_seconds == 3
    assert (settings.github_token, settings.contact) == (None, None)
    assert settings.warehouse_dir == Path.cwd() / "warehouse"


def test_the_environment_comes_before_dotenv_and_dotenv_before_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CONTACT=me@example.org\nARXIV_INTERVAL_SECONDS=5\nGITHUB_API_URL=\n")
    settings = read_settings({"ARXIV_INTERVAL_SECONDS": "7"}, tmp_path / ".env")
    assert (settings.contact, settings.arxiv_interval_seconds) == ("me@example.org", 7)
    assert settings.github_api_url == "https://api.github.com"


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_variable_unsets_what_dotenv_sets(empty: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GITHUB_TOKEN=ghp_secret\nGITHUB_API_URL=https://github.example.org\n")
    settings = read_settings({"GITHUB_TOKEN": empty, "GITHUB_API_URL": empty}, tmp_path / ".env")
    assert settings.github_token is None
    assert settings.github_api_url == "https://api.github.com"


def test_other_lines_of_dotenv_and_names_in_lower_case_are_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=x\ncontact=me@example.org\nGITHUB_TOKEN\n")
    settings = read_settings({"github_token": "x"}, tmp_path / ".env")
    assert (settings.github_token, settings.contact) == (None, None)


def test_a_dotenv_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("CONTACT=josé@example.org\n".encode("latin-1"))
    with pytest.raises(SettingError, match=r"^\.env is not UTF-8") as caught:
        read_settings({}, tmp_path / ".env")
    assert "\n" not in str(caught.value)


def test_a_folder_named_dotenv_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert read_settings({}, tmp_path / ".env").contact is None


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


def written(name: str) -> str:
    """Return a setting's default as somebody would write it."""
    default = Settings.model_fields[name.lower()].default
    return "" if default is None else f"{default:g}" if isinstance(default, float) else str(default)


def test_the_table_of_the_readme_is_that_of_the_model() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    table = readme.partition("| name | default | what it is |\n|---|---|---|\n")[2].partition("\n\n")[0]
    descriptions = {name: Settings.model_fields[name.lower()].description for name in NAMES}
    assert table.splitlines() == [
        f"| `{name}` | {f'`{written(name)}`' if written(name) else 'none'} | {description} |"
        for name, description in descriptions.items()
    ]


def test_the_example_has_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    assert lines[1:] == [f"# {name}={written(name)}" for name in NAMES]
