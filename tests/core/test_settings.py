"""Settings: the environment before .env before the defaults, and every fault named with what it should be."""

import os
from pathlib import Path

import pytest

from pipeline.core.env_file import read_env_file
from pipeline.core.errors import SettingError
from pipeline.core.settings import NAMES, Settings, read_settings, read_usable_settings

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


def test_other_lines_of_dotenv_and_names_in_lower_case_are_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=x\ncontact=me@example.org\n# GITHUB_TOKEN\n")
    settings = read_settings({"github_token": "x"}, tmp_path / ".env")
    assert (settings.github_token, settings.contact) == (None, None)


def test_a_dotenv_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("CONTACT=josé@example.org\n".encode("latin-1"))
    with pytest.raises(SettingError, match=r"^\.env is not UTF-8") as caught:
        read_settings({}, tmp_path / ".env")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("line", ["ssecret", "GITHUB_TOKEN: ssecret", "GITHUB_TOKEN ssecret", "=ssecret", "X='ssecret"])
def test_a_line_of_dotenv_that_sets_nothing_is_named_by_its_number_and_not_shown(line: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"# my settings\n\nCONTACT=me@example.org\n\n  {line}\nALERT_EMAIL=me@example.org\n")
    with pytest.raises(SettingError, match=r"^\.env, line 5: it should be NAME=value") as caught:
        read_settings({}, tmp_path / ".env")
    assert "ssecret" not in str(caught.value) and str(caught.value).isprintable()


def test_every_line_of_dotenv_that_sets_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("one\nCONTACT=me@example.org\ntwo\r\nthree\n")
    with pytest.raises(SettingError, match=r"^\.env, lines 1, 3, 4: "):
        read_settings({}, tmp_path / ".env")


def test_dotenv_may_be_written_as_for_a_shell(tmp_path: Path) -> None:
    text = '\ufeffexport CONTACT="me@example.org" # me\r\nGITHUB_TOKEN=\'x\'\nMINE="a\nb"\nALERT_EMAIL=${CONTACT}'
    (tmp_path / ".env").write_text(text, "utf-8")
    settings = read_settings({}, tmp_path / ".env")
    assert (settings.contact, settings.github_token) == ("me@example.org", "x")
    assert settings.alert_email == "me@example.org"


def test_a_variable_of_dotenv_is_filled_in_if_it_has_braces_and_is_set_above(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BELOW=${MINE}\nMINE=x\nBRACED=${MINE}/y\nPLAIN=$MINE/y\n", "utf-8")
    assert read_env_file(tmp_path / ".env") == {"BELOW": "", "MINE": "x", "BRACED": "x/y", "PLAIN": "$MINE/y"}


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "dangling link"])
def test_a_dotenv_that_is_no_file_is_named_and_not_waited_for(kind: str, tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    if kind == "folder":
        dotenv.mkdir()
    elif kind == "pipe":
        os.mkfifo(dotenv)
    else:
        dotenv.symlink_to("/dev/zero" if kind == "device" else "gone")
    with pytest.raises(SettingError, match=r"^\.env cannot be read \(.+\): .*move it away") as caught:
        read_settings({}, dotenv)
    assert str(caught.value).isprintable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_dotenv_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CONTACT=me@example.org")
    (tmp_path / ".env").chmod(0)
    with pytest.raises(SettingError, match=r"^\.env cannot be read \(Permission denied\): "):
        read_settings({}, tmp_path / ".env")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ARCHIVE_BASE_URL", "ftp://example.org"),
        ("ARCHIVE_BASE_URL", "raw.githubusercontent.com"),
        ("ARCHIVE_BASE_URL", "file://relative/path"),
        ("ARCHIVE_BASE_URL", "https://user@example.org"),
        ("HF_API_URL", "file:///etc/passwd"),
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
        ("UI_ORIGINS", "papers.example.org"),
        ("UI_ORIGINS", "https://papers.example.org/path"),
        ("UI_ORIGINS", "https://papers.example.org, *"),
        ("UI_ORIGINS", "ftp://papers.example.org"),
        ("UI_ORIGINS", ","),
        ("UI_ORIGINS", "https://papers.example.org:99999"),
        ("UI_ORIGINS", "https://papers.example.org:0"),
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


def test_origins_of_the_ui_are_written_as_browsers_write_them(tmp_path: Path) -> None:
    settings = read_settings({"UI_ORIGINS": "https://Papers.example.org/, http://10.0.0.7:3000"}, tmp_path / ".env")
    assert settings.ui_origins == ("https://papers.example.org", "http://10.0.0.7:3000")
    with pytest.raises(SettingError, match="UI_ORIGINS has an address with a user") as caught:
        read_settings({"UI_ORIGINS": "https://me:secret@papers.example.org"}, tmp_path / ".env")
    assert "secret" not in str(caught.value)


def test_searches_of_the_site_have_a_name_and_words(tmp_path: Path) -> None:
    text = "agents: language agent; Speech 2: speech recognition ;"
    assert read_settings({"SITE_SEARCHES": text}, tmp_path / ".env").site_searches == (
        ("agents", "language agent"),
        ("Speech 2", "speech recognition"),
    )
    for wrong in ("agents", "a: x; A: y", "../x: y", ": x", "a:", "a: b: c"):
        with pytest.raises(SettingError, match=r"SITE_SEARCHES is .*: it should be like `agents: "):
            read_settings({"SITE_SEARCHES": wrong}, tmp_path / ".env")


SECRETS = {
    "HF_TOKEN": "hf_dotenv",
    "GITHUB_TOKEN": "ghp_dotenv",
    "SEMANTIC_SCHOLAR_API_KEY": "s2_dotenv",
    "WEBHOOK_URL": "https://h.example/x",
    "WAREHOUSE_CATALOG": "postgresql://u:p@h.example/papers",
    "SMTP_URL": "smtps://u:p@h.example",
}
ELSEWHERE = {
    "WAREHOUSE_DIR": "/srv/elsewhere",
    "ARCHIVE_BASE_URL": "https://pages.example",
    "WAREHOUSE_STORAGE": "s3://bucket/papers",
    "SOURCES": "lab/pots",
    "HF_API_URL": "https://hf.example",
    "ARXIV_API_URL": "https://arxiv.example",
    "DATACITE_API_URL": "https://datacite.example",
    "ARXIV_INTERVAL_SECONDS": "9",
    "GITHUB_API_URL": "https://github.example",
    "SEMANTIC_SCHOLAR_API_URL": "https://s2.example",
    "CONTACT": "me@example.org",
    "ALERT_EMAIL": "you@example.org",
    "UI_ORIGINS": "https://papers.example.org",
    "UI_URL": "https://ui.example",
    "AUTOMATION": "daily_schedule",
    "SITE_DIR": "/srv/site",
    "SITE_URL": "https://papers.example.org",
    "SITE_SEARCHES": "agents: language agent",
    **SECRETS,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_variable_unsets_what_dotenv_sets_whichever_it_is(name: str, empty: str, tmp_path: Path) -> None:
    without = "WAREHOUSE_CATALOG" if name == "WAREHOUSE_STORAGE" else None  # which it needs
    others = {other: text for other, text in ELSEWHERE.items() if other != without}
    (tmp_path / ".env").write_text("".join(f"{other}={text}\n" for other, text in others.items()))
    set_by_dotenv = read_settings({}, tmp_path / ".env")
    unset = read_settings({name: empty}, tmp_path / ".env")
    default = read_settings({}, tmp_path / "none")
    assert getattr(set_by_dotenv, name.lower()) != getattr(default, name.lower())
    assert getattr(unset, name.lower()) == getattr(default, name.lower())
    assert [other for other in NAMES if getattr(unset, other.lower()) != getattr(set_by_dotenv, other.lower())] == [
        name
    ]


@pytest.mark.parametrize(
    "folder",
    ["it's", 'a"b', "a[1]", "a*b", "a;b", "a#b", "a%20b", "{a}", "josé 论文", "a b", "$HOME", ":memory:", "c:/x"],
)
def test_a_warehouse_folder_may_have_nearly_any_name(folder: str, tmp_path: Path) -> None:
    assert read_settings({"WAREHOUSE_DIR": folder}, tmp_path / ".env").warehouse_dir == Path.cwd() / folder


def test_a_warehouse_folder_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_settings({"WAREHOUSE_DIR": "~/papers"}, tmp_path / ".env").warehouse_dir == tmp_path / "papers"


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("a?b", "it should be a path without `?`"),  # DuckDB would take what follows for options
        ("a\\b", "without `?`, backslash"),  # and this for a slash
        ("a\nb", "control character"),
        ("a\udce9", "in UTF-8"),
        ("s3://bucket/papers", "is a URL: it should be a folder of this machine"),
        ("taken", "not a folder"),
        ("taken/below", "Not a directory"),
        ("nowhere", "a link that leads nowhere"),
        ("pipe", "not a folder"),
        ("x" * 300, "File name too long"),
        ("x/" * 3000, "File name too long"),
        ("~nobody-of-that-name/x", "no home"),
    ],
)
def test_a_warehouse_folder_that_cannot_be_used_is_named_in_one_line(folder: str, told: str, tmp_path: Path) -> None:
    Path("taken").touch()
    Path("nowhere").symlink_to("gone")
    os.mkfifo("pipe")
    with pytest.raises(SettingError, match=r"^WAREHOUSE_DIR is ") as caught:
        read_settings({"WAREHOUSE_DIR": folder}, tmp_path / ".env")
    assert told in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("folder", ["file:///home/josé/x", "file:///home/me/my clones", "file:///home/jos%C3%A9/x"])
def test_a_clone_may_stand_in_a_folder_of_any_name(folder: str, tmp_path: Path) -> None:
    assert read_settings({"ARCHIVE_BASE_URL": folder}, tmp_path / ".env").archive_base_url == folder


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file:///a?b", "%3F"),
        ("file:///a#b", "%23"),
        ("file:relative", "three slashes"),
        ("file:///a\x1bb", "no control character"),
        ("file:///a\udce9", "in UTF-8"),
        ("https://exämple.org", "in ASCII"),
        ("https://exa%mple.org", "begins with"),
        ("https://[::1]:x", "begins with"),
    ],
)
def test_an_address_that_cannot_be_used_says_which_character_is_wrong(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^ARCHIVE_BASE_URL is ") as caught:
        read_settings({"ARCHIVE_BASE_URL": text}, tmp_path / ".env")
    assert told in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "smtps://mail.example.org",
        "smtp://mail.example.org:587/",
        "smtps://me:secret@mail.example.org:465",
        "smtps://me%40example.org:p%40ssw%23rd@mail.example.org",
        "smtps://me:a:b^c|d@[2001:db8::1]:465",
    ],
)
def test_a_mail_server_with_an_encoded_password_is_taken(text: str, tmp_path: Path) -> None:
    assert read_settings({"SMTP_URL": text}, tmp_path / ".env").smtp_url == text


@pytest.mark.parametrize(
    "password", ["p@qzq#rd", "qzq/rd", "22/qzq", "22?qzq", "22#qzq", "qzq[w", "qzq]w", "50%qzq", "qzq@w"]
)
def test_a_password_that_is_not_encoded_is_refused_and_not_shown(password: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^SMTP_URL ") as caught:
        read_settings({"SMTP_URL": f"smtps://user:{password}@mail.example.org"}, tmp_path / ".env")
    assert "@ is written as %40" in str(caught.value)
    assert "qzq" not in str(caught.value)


@pytest.mark.parametrize("password", ["p%C3%A4ss", "pass%00", "pass%0Aword"])
def test_a_password_that_no_mail_server_can_be_given_is_refused(password: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^SMTP_URL .*ASCII") as caught:
        read_settings({"SMTP_URL": f"smtps://user:{password}@mail.example.org"}, tmp_path / ".env")
    assert "pass" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(
    "text", ["smtps://mail.example.org/path", "smtps://mail_exa|mple.org", "smtps://:465", "smtps://h:0"]
)
def test_what_is_no_mail_server_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^SMTP_URL is no address of a mail server"):
        read_settings({"SMTP_URL": text}, tmp_path / ".env")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://me:ssecret@hooks.example.org/x", "a user"),
        ("https://me@hooks.example.org/x", "a user"),
        ("https://hooks.example.org/ssecret#ssecret", "%23"),
        ("https://hooks.exa<mple.org/ssecret", "should begin with"),
        ("https://hooks.example.org/x, ssecret", "should begin with"),
        ("https://hooks.example.org/x https://me:ssecret@hooks.example.org/y", "a user"),
    ],
)
def test_a_webhook_that_could_never_be_posted_to_is_refused_at_the_start(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^WEBHOOK_URL ") as caught:
        read_settings({"WEBHOOK_URL": text}, tmp_path / ".env")
    assert told in str(caught.value)
    assert "ssecret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "https://me:s3cret@example.org/contact",
        "https://s3cret@example.org",
        "https://me:s3#cret@example.org",
        "https://me:s3/cret@example.org",
        "https://me:s3 cret@example.org",
        "me:s3cret@example.org",
        "mailto:me:s3cret@example.org",
        "smtps://me:s3cret@mail.example.org:465",
    ],
)
def test_a_contact_that_holds_a_password_is_refused_and_not_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^CONTACT has a user or password") as told:
        read_settings({"CONTACT": text}, tmp_path / ".env")
    assert "cret" not in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        "me@example.org",
        "mailto:me@example.org",
        "https://example.org",
        "https://example.org:8443/@me",
        "https://example.org/contact?to=me@example.org",
        "https://[::1]/me",
        "@me",
    ],
)
def test_a_contact_is_an_address_of_any_kind(text: str, tmp_path: Path) -> None:
    assert read_settings({"CONTACT": text}, tmp_path / ".env").contact == text


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/x https://b.example/y?z=1,2",
        "https://a.example/x,https://b.example/y?z=1,2",
        "https://a.example/x\n , https://b.example/y?z=1,2 https://a.example/x",
    ],
)
def test_webhooks_stand_with_blanks_or_commas_between_each_once(text: str, tmp_path: Path) -> None:
    settings = read_settings({"WEBHOOK_URL": text}, tmp_path / ".env")
    assert settings.webhook_url == ("https://a.example/x", "https://b.example/y?z=1,2")


@pytest.mark.parametrize("name", ["ARCHIVE_BASE_URL", "HF_API_URL", "ARXIV_API_URL", "GITHUB_API_URL"])
@pytest.mark.parametrize("tail", ["?access_token=ssecret", "#ssecret", "/?"])
def test_what_may_be_a_secret_in_an_address_is_not_shown(name: str, tail: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="without them") as caught:
        read_settings({name: f"https://example.org{tail}"}, tmp_path / ".env")
    assert "ssecret" not in str(caught.value)


def test_an_address_may_be_one_of_ipv6(tmp_path: Path) -> None:
    settings = read_settings({"GITHUB_API_URL": "http://[::1]:8080/api/"}, tmp_path / ".env")
    assert settings.github_api_url == "http://[::1]:8080/api"


@pytest.mark.parametrize(("name", "service"), [("GITHUB_TOKEN", "GitHub"), ("HF_TOKEN", "Hugging Face")])
def test_a_token_is_never_shown_not_even_a_wrong_one(name: str, service: str, tmp_path: Path) -> None:
    settings = read_settings({name: "ghp_secret"}, tmp_path / ".env")
    assert "ghp_secret" not in repr(settings)
    with pytest.raises(SettingError, match=f"{name} .*no {service} token") as caught:
        read_settings({name: "'ghp_secret'"}, tmp_path / ".env")
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


def test_of_wrong_settings_the_rest_can_be_used_to_tell_of_them(tmp_path: Path) -> None:
    given = {"CONTACT": "two words", "WEBHOOK_URL": "https://h.example/x"}
    settings, fault = read_usable_settings(given, tmp_path / ".env")
    assert (settings.webhook_url, settings.contact) == (("https://h.example/x",), None)
    assert fault is not None and fault.startswith("CONTACT ")
    assert read_usable_settings({}, tmp_path / ".env")[1] is None


def test_of_a_file_with_an_odd_line_the_others_can_be_used_to_tell_of_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WEBHOOK_URL=https://h.example/x\nodd line\n")
    settings, fault = read_usable_settings({}, tmp_path / ".env")
    assert settings.webhook_url == ("https://h.example/x",) and "line 2" in str(fault)


STORAGE = {"WAREHOUSE_STORAGE": "s3://bucket/papers"}


def test_a_store_alone_and_a_store_with_a_catalog_are_taken_as_they_are(tmp_path: Path) -> None:
    alone = read_settings(STORAGE, tmp_path / ".env")
    assert (alone.warehouse_storage, alone.warehouse_catalog) == ("s3://bucket/papers", None)
    catalog = "postgresql://u:p%40@h.example:5433/papers?sslmode=require"
    both = read_settings({**STORAGE, "WAREHOUSE_CATALOG": catalog}, tmp_path / ".env")
    assert both.warehouse_catalog == catalog and "p%40" not in repr(both)


@pytest.mark.parametrize("wrong", ["bucket/papers", "s3://bucket", "s3://bucket/p/", "s3://b b/p"])
def test_a_store_is_a_bucket_and_a_prefix(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^WAREHOUSE_STORAGE is .*: it should be like s3://bucket/prefix"):
        read_settings({"WAREHOUSE_STORAGE": wrong}, tmp_path / ".env")


@pytest.mark.parametrize(
    "wrong",
    [
        "postgres://u:ssecret@h/p",
        "postgresql://u:ssecret@h",
        "postgresql://u:ssecret@/p",
        "ssecret",
        "postgresql://[ssecret",
    ],
)
def test_a_catalog_is_named_in_full_and_a_wrong_one_is_not_repeated(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^WAREHOUSE_CATALOG is no address of a database") as caught:
        read_settings({**STORAGE, "WAREHOUSE_CATALOG": wrong}, tmp_path / ".env")
    assert "ssecret" not in str(caught.value)


def test_a_catalog_without_a_store_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^WAREHOUSE_CATALOG needs WAREHOUSE_STORAGE") as caught:
        read_settings({"WAREHOUSE_CATALOG": "postgresql://u:ssecret@h/p"}, tmp_path / ".env")
    assert "ssecret" not in str(caught.value)


def test_a_store_with_a_user_is_refused_and_the_password_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="WAREHOUSE_STORAGE has a user") as raised:
        read_settings({"WAREHOUSE_STORAGE": "s3://me:s3cret@bucket/papers"}, tmp_path / ".env")
    assert "s3cret" not in str(raised.value)
