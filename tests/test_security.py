"""A test for each line of SECURITY.md: what is threatened, what stops it, and here that it does."""

import base64
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import smtplib
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest
from dagster_ui import DagsterUi, dagster_ui, wait_for
from loopback import Asked, Loopback, Reply, serve

from pipeline import cli
from pipeline.commands.job import Outcome, run_days
from pipeline.commands.run import report_waiting
from pipeline.core.errors import SettingError, WarehouseError
from pipeline.core.settings import read_settings
from pipeline.core.terminal import harmless
from pipeline.defs.instance import open_instance
from pipeline.defs.news import alerts
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, Report, exchanges_frame
from pipeline.http.redirect import RedirectError, next_address
from pipeline.read.export import export
from pipeline.read.query import named_query, open_published, run_query
from pipeline.read.rows import write_rows
from pipeline.services.arxiv.client import REDIRECT_HOSTS
from pipeline.services.arxiv.reader import parse_papers
from pipeline.site.report import write_report
from pipeline.sources.archives.clone import read_clone
from pipeline.sources.archives.tarball import CODELOAD, unpack
from pipeline.sources.pages import blob_sha
from pipeline.sources.registry import find_source
from pipeline.standin import Repository, Standin
from pipeline.warehouse import lock
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.reports import save_report

ROOT = Path(__file__).parents[1]
DAY = date(2025, 3, 20)
NOW = datetime(2025, 3, 21, tzinfo=UTC)
PUBLIC = "https://192.0.32.8/page"  # an address that needs no name to be resolved
TOKEN = "ghp_ThisTokenIsInventedAndMustNeverBeWritten"
SQL_INJECTION = "'); drop table fct_listing; -- \"; attach '/etc/passwd' as x; $1 ? {{ }}"
HTML = "<script>alert(1)</script><img src=x onerror=alert(2)>[me](javascript:alert(3))"
# ESC and BEL of C0, CSI of C1, and marks that turn the direction of reading.
CONTROLS = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\u2066\u200f\x7f"
HOSTILE_NAMES = (
    "https://github.com/../../etc",
    "https://github.com/..%2f..%2fetc/passwd",
    "https://github.com/user@evil.example/repo",
    "https://github.com@evil.example/owner/repo",
    "https://github.com/own\u202eer/repo",
    "https://github.com/owner/re\x1b[2Jpo",
    "https://github.com/owner/..",
    "https://github.com/owner/repo%00name",
    "https://github.com/-owner/repo?x=';drop",
    "https://github.com/owner/repo#/../../../rate_limit",
    "https://github.com.evil.example/owner/repo",
)
PAGE = """# 🤗 Daily Paper Summaries ({day})

## Papers for {day}

| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |
|-------|---------|---------|----------------|-------------|-----------------|
{rows}
"""


def page_of(*rows: tuple[str, str, str, str, str]) -> str:
    """A page of the six-column layout: title, authors, summary, labels and GitHub links of each row."""
    lines = [
        f"| [{title}](https://arxiv.org/abs/2503.{20001 + i}) | {authors} | {summary} | {labels} | {links} | N/A |"
        for i, (title, authors, summary, labels, links) in enumerate(rows)
    ]
    return PAGE.format(day=DAY, rows="\n".join(lines))


def write_page(folder: Path, text: str) -> Path:
    page = folder / "archive" / f"timlrx/daily-ai-papers/main/archive/{DAY:%Y/%m/%d}.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text)
    # The other archive is there, and has no page of this day.
    other = folder / "archive" / f"gabrielchua/daily-ai-papers/main/archive/{DAY - timedelta(days=1):%Y/%m/%d}.md"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text(page_of(("Earlier", "['A']", "B", "['Robotics']", "N/A")))
    return folder / "archive"


def run_against(monkeypatch: pytest.MonkeyPatch, *environments: dict[str, str]) -> Outcome:
    for environment in environments:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
    return run_days(DAY, DAY)


def rows_of(folder: Path, text: str) -> list[tuple[object, ...]]:
    with open_published(folder / "warehouse" / "papers.duckdb") as connection:
        return connection.execute(text).fetchall()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Standin]]:
    """A warehouse of a page that was written to do harm, and the stand-in that was asked about it."""
    folder = tmp_path_factory.mktemp("hostile")
    places = {"WAREHOUSE_DIR": str(folder / "warehouse"), "DAGSTER_HOME": str(folder / "dagster"), "GITHUB_TOKEN": ""}
    links = "['" + "', '".join(HOSTILE_NAMES) + "', 'https://github.com/good/one']"
    text = page_of(
        (
            SQL_INJECTION,
            f"['{SQL_INJECTION}']",
            SQL_INJECTION,
            f'["{SQL_INJECTION}"]',
            "['https://github.com/good/one']",
        ),
        (HTML, f"['{HTML}']", HTML, f"['{HTML}']", links),
        ("Plain " + CONTROLS.replace("\x7f", ""), "['A']", CONTROLS, "['Robotics']", "N/A"),
    )
    with Standin(write_page(folder, text), facts=None) as standin, pytest.MonkeyPatch.context() as patch:
        good = standin.facts.repository("good/one")
        assert isinstance(good, Repository)
        evil = replace(good, description=SQL_INJECTION + HTML + CONTROLS, topics=(SQL_INJECTION, HTML))
        standin.facts.put("good/one", evil)
        assert run_against(patch, standin.environment, places).failures == ()
        yield folder, standin


# What pages and services say


def test_sql_in_titles_labels_descriptions_and_topics_stays_text(hostile):
    folder, _ = hostile
    titles = [title for (title,) in rows_of(folder, "select title from fct_listing order by position")]
    assert titles[0] == SQL_INJECTION
    assert rows_of(folder, "select count(*) from fct_listing") == [(3,)]
    labels = {name for (name,) in rows_of(folder, "select task_name from dim_task")}
    # a label's quotes are its list's, and a quote with a semicolon behind it ends a label
    assert set(SQL_INJECTION.lstrip("'").split(' "; ')) <= labels
    found = rows_of(folder, "select description, topics from dim_repository where full_name = 'good/one'")
    assert found == [(SQL_INJECTION + HTML + CONTROLS, sorted([SQL_INJECTION, HTML]))]


def test_sql_in_file_and_folder_names_stays_a_name(tmp_path, demo_template):
    folder = tmp_path / "it's'); drop table fct_listing; --"
    shutil.copytree(demo_template, folder, symlinks=True)
    warehouse = Warehouse(folder)
    warehouse.rebuild()
    with open_published(warehouse.published) as connection:
        assert connection.execute("select count(*) from fct_listing").fetchall()[0][0] > 0


def test_owners_and_names_made_to_lead_elsewhere_are_never_asked_for(hostile):
    folder, standin = hostile
    asked = {request.path for request in standin.asked("/repos/") if "/git/trees" not in request.path}
    assert asked, "nothing was asked for at all"
    for path in asked:
        assert re.fullmatch(r"/repos/[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+", path), path
        assert not set(path.split("/")) & {".", ".."}
    assert not [request for request in standin.requests if "evil" in request.path or "etc" in request.path]
    rejected = {url for (url,) in rows_of(folder, "select url from rejected_link")}
    assert {url for url in HOSTILE_NAMES if "evil.example" in url} - rejected == set() or rejected
    assert rows_of(folder, "select count(*) from dim_repository where full_name like '%..%'") == [(0,)]


def test_markup_in_texts_shows_as_text_in_the_ui(hostile):
    folder, _ = hostile
    previews = Warehouse(folder / "warehouse").preview()
    assert "script" in previews["dim_author"][1]
    for table, (_, markdown) in previews.items():
        assert not re.search(r"[<>`*]|\]\(", markdown), table
        assert harmless(markdown) == markdown, table


def test_control_characters_of_texts_do_not_reach_a_terminal(hostile, capsysbinary, monkeypatch):
    monkeypatch.setenv("WAREHOUSE_DIR", str(hostile[0] / "warehouse"))
    question = "select title, summary from fct_listing order by position"
    cast = "select cast(title as integer) from fct_listing where title like 'Plain%'"
    for arguments in (["query", question], ["query", cast], ["status"], ["doctor", "--offline"]):
        monkeypatch.setattr("sys.argv", ["papers", *arguments])
        with pytest.raises(SystemExit):
            cli.main()
    shown = b"".join(capsysbinary.readouterr()).decode()
    assert "Plain" in shown
    assert "drop table" in shown
    assert harmless(shown) == shown


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_every_format_is_harmless_on_a_terminal(form):
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    with duckdb.connect() as connection:
        write_rows(connection.sql("select $1 as text", params=[CONTROLS]), form, out)
    shown = out.getvalue().decode()
    assert "gnp.exe" in shown
    assert harmless(shown) == shown


def test_a_file_gets_the_texts_as_they_are():
    out = io.BytesIO()
    with duckdb.connect() as connection:
        write_rows(connection.sql("select $1 as text", params=[CONTROLS]), "csv", out)
    assert CONTROLS in out.getvalue().decode()


def test_control_characters_do_not_reach_a_log(tmp_path, monkeypatch):
    text = page_of(("A", "['B']", "C", "['D']", "N/A")).replace("Title", "Name\x1b[2J\x9b31m").replace("## ", "")
    with Standin(write_page(tmp_path, text), facts=None) as standin:
        outcome = run_against(monkeypatch, standin.environment)
    reasons = [reason for (reason,) in rows_of(tmp_path, "select reason from fct_source_day where outcome = 'failed'")]
    assert any("Name" in str(reason) for reason in reasons)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    with open_instance() as instance:
        logged = [entry.user_message for entry in instance.all_logs(outcome.run_id)]
    assert logged
    for text in [*reasons, *outcome.failures, *logged]:
        assert harmless(text) == text


def test_a_bomb_of_xml_is_refused_before_it_grows():
    laughs = "".join(f'<!ENTITY l{i} "{"&l" + str(i - 1) + ";"}{"&l" + str(i - 1) + ";" * 9}">' for i in range(1, 20))
    outside = '<!ENTITY l0 SYSTEM "file:///etc/passwd">'
    body = f"<!DOCTYPE feed [{outside}{laughs}]><feed>&l19;</feed>".encode()
    answer = Exchange("arxiv", ("2503.20001",), 1, "https://export.arxiv.org", "GET", 200, {}, NOW, body, None)
    papers, attempts = parse_papers(exchanges_frame([answer]))
    assert papers.is_empty()
    assert attempts["outcome"].to_list() == ["failed"]


def test_an_archive_that_climbs_out_of_its_folder_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    body = b"| Title |\n|---|\n"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("../../archive/2025/03/20.md", "/archive/2025/03/20.md", "root/../../etc/archive/2025/03/20.md"):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
        link = tarfile.TarInfo("root/archive/2025/03/19.md")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    packed = gzip.compress(buffer.getvalue())
    answer = Exchange("archive", ("a/b",), 1, "https://api.github.com", "GET", 200, {}, NOW, packed, None)
    wanted = {("a/b", DAY): blob_sha(body), ("a/b", date(2025, 3, 19)): blob_sha(b"")}
    pages = unpack(find_source("a/b"), answer, wanted).pages
    assert {page.body for page in pages} <= {body}
    assert list(tmp_path.iterdir()) == []


def test_records_without_end_in_an_archive_are_refused():
    """A header may hold for all files: a copy for each of them, and a megabyte would come to gigabytes."""

    def pack(records: int) -> bytes:
        content = b"".join(b"12 %07d=\n" % number for number in range(records))
        header = tarfile.TarInfo("pax_global_header")
        header.type, header.size = tarfile.XGLTYPE, len(content)
        page = tarfile.TarInfo("root/archive/2025/03/20.md")
        blocks = [header.tobuf(tarfile.USTAR_FORMAT), content, bytes(-len(content) % 512), page.tobuf()]
        return gzip.compress(b"".join(blocks) + bytes(1024))

    for records, reason in ((1, None), (200, "records on all its files"), (20_000, "a header has 240000 bytes")):
        answer = Exchange("archive", ("a/b",), 1, "https://api.github.com", "GET", 200, {}, NOW, pack(records), None)
        download = unpack(find_source("a/b"), answer, {("a/b", DAY): blob_sha(b"")})
        assert len(download.pages) == (reason is None)
        assert reason is None or reason in str(download.reason)


def test_a_link_in_a_clone_leads_nowhere_else(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("| Title |\n|---|\n")
    page = write_page(tmp_path / "clone", "") / f"timlrx/daily-ai-papers/main/archive/{DAY:%Y/%m/%d}.md"
    page.unlink()
    page.symlink_to(secret)
    answer = read_clone((tmp_path / "clone/archive").as_uri(), find_source("timlrx/daily-ai-papers"), DAY, NOW)
    assert (answer.status, answer.body) == (None, None)
    assert "out of the archive" in str(answer.error)


def test_planted_links_are_not_written_through(tmp_path, demo_warehouse):
    """Each name that a command could be expected to write under, taken before by a link to something of ours."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    shared = tmp_path / "shared"
    shared.mkdir()
    for name in (".report.html.part", f".out.{os.getpid()}.part", "reports.part"):
        (shared / name).symlink_to(precious)
    (shared / "report.html").symlink_to(precious)
    (shared / "reports.json").symlink_to(precious)
    write_report(demo_warehouse / "papers.duckdb", shared / "report.html", DAY)
    save_report(shared, "arxiv", Report(1, 1), NOW)
    (shared / "out").symlink_to(tmp_path)
    with pytest.raises(WarehouseError, match="not a folder"):
        export(demo_warehouse / "papers.duckdb", shared / "out")
    (demo_warehouse / ".lock").unlink()
    (demo_warehouse / ".lock").symlink_to(precious)
    with pytest.raises(WarehouseError, match="remove it"), lock.hold(demo_warehouse, "me"):
        pass
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / ".starting").symlink_to(precious)
    (tmp_path / "dagster" / "dagster.yaml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingError, match=r"\.starting"):
        open_instance()
    assert precious.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def run_papers(monkeypatch: pytest.MonkeyPatch, *commands: list[str]) -> None:
    for arguments in commands:
        monkeypatch.setattr("sys.argv", ["papers", *arguments])
        with pytest.raises(SystemExit):
            cli.main()


def test_names_of_files_and_notes_of_locks_do_not_reach_a_terminal(monkeypatch, demo_warehouse, capfd):
    evil = demo_warehouse / "raw" / "loose" / "20250303T120000000000Z\x1b[2J\u202e-0.parquet"
    evil.write_bytes(b"nothing")
    purpose = "\x1b]0;owned\x07\x9b31m\u2066"
    with lock.hold(demo_warehouse, purpose):
        run_papers(monkeypatch, ["status"], ["doctor", "--offline"])
        report_waiting(lock.find_holder(demo_warehouse) or "")
    run_papers(monkeypatch, ["rebuild"])
    shown = "".join(capfd.readouterr())
    assert "owned" in shown
    assert "is cut short or altered and was skipped" in shown
    assert harmless(shown) == shown


# Where requests go, and the token


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1", "10.0.0.1", "[::1]", "[fd00::1]", "localhost"])
def test_a_redirect_to_a_private_address_is_refused(host):
    with pytest.raises(RedirectError):
        next_address(PUBLIC, PUBLIC, 302, "GET", f"https://{host}/latest", ())
    with pytest.raises(RedirectError, match="private"):
        next_address(PUBLIC, PUBLIC, 302, "GET", f"https://{host}/latest", (host.strip("[]"),))


def test_no_redirect_leads_out_of_tls_to_another_machine():
    """With this, a name that is resolved anew between look and connection gains nothing: its address lacks the
    certificate.
    """
    for host in {*CODELOAD, *REDIRECT_HOSTS}:
        with pytest.raises(RedirectError, match="from https to http"):
            next_address(PUBLIC, PUBLIC, 302, "GET", f"http://{host}/", (host,))
    with serve(lambda asked: Reply(200, b"secret")) as inside, Web(connect_seconds=5, read_seconds=5) as web:
        answer = web.send("GET", inside.url.replace("http://", "https://"), service="archive", asked=())
    assert (answer.status, answer.body, answer.error) == (None, None, "no trusted TLS connection")


def test_a_redirect_to_another_host_is_not_followed_and_the_day_fails(tmp_path, monkeypatch):
    with serve(lambda asked: Reply(200, page_of(("A", "['B']", "C", "['D']", "N/A")).encode())) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        with (
            serve(lambda asked: Reply(302, b"", {"Location": elsewhere + asked.path})) as archive,
            Standin() as standin,
        ):
            settings = {**standin.environment, "ARCHIVE_BASE_URL": archive.url}
            run_against(monkeypatch, settings)
            assert archive.asked
            assert other.asked == []
    outcomes = rows_of(tmp_path, "select outcome, reason from fct_source_day")
    assert {outcome for outcome, _ in outcomes} == {"failed"}
    assert {reason for _, reason in outcomes} == {"a redirect to another host"}


def test_the_token_goes_to_github_alone_and_is_written_nowhere(tmp_path, monkeypatch, caplog, capfd):
    def echo(asked: Asked) -> Reply:
        return Reply(403, f"seen: {asked.headers.get('authorization')}".encode())

    caplog.set_level(0)
    with Standin(token=TOKEN) as github, Standin() as others, serve(echo) as archive:
        settings = {
            **others.environment,
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": TOKEN,
            "CONTACT": "me@example.org",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        outcome = run_days(DAY - timedelta(days=10), DAY)
        monkeypatch.setenv("ARCHIVE_BASE_URL", archive.url)
        run_days(DAY, DAY)
        for arguments in (["status"], ["doctor"], ["backfill", "--from", str(DAY), "--to", str(DAY), "--dry-run"]):
            monkeypatch.setattr("sys.argv", ["papers", *arguments])
            with pytest.raises(SystemExit):
                cli.main()
    assert outcome.failures == ()
    assert {request.headers.get("authorization") for request in github.requests} == {f"Bearer {TOKEN}"}
    assert others.requests
    assert archive.asked
    assert not [asked for asked in [*others.requests, *archive.asked] if "authorization" in asked.headers]
    assert TOKEN not in caplog.text + "".join(capfd.readouterr())
    assert_nowhere(TOKEN, tmp_path)


def test_a_token_that_a_response_repeats_is_written_nowhere(tmp_path, monkeypatch, impatient):
    def echo(asked: Asked) -> Reply:
        seen = asked.headers.get("authorization", "")
        packed = base64.b64encode(f"x {seen}".encode()).decode()
        return Reply(502, f"<p>{seen} {packed}".encode(), {"ETag": f'"{seen}"', "Location": f"/{seen}"})

    with serve(echo) as gateway, Standin() as others:
        run_against(monkeypatch, others.environment, {"GITHUB_API_URL": gateway.url, "GITHUB_TOKEN": TOKEN})
    assert {asked.headers.get("authorization") for asked in gateway.asked} == {f"Bearer {TOKEN}"}
    assert_nowhere(TOKEN, tmp_path)
    assert_nowhere(base64.b64encode(f"x Bearer {TOKEN}".encode()).decode()[20:40], tmp_path)


@pytest.mark.parametrize("status", [307, 308])
def test_the_key_goes_to_no_other_host_and_a_response_that_repeats_it_is_masked(
    tmp_path, monkeypatch, impatient, status
):
    key = "InventedKeyThatMustNeverBeWritten"

    def repeat(asked: Asked) -> Reply:
        seen = asked.headers.get("x-api-key", "")
        return Reply(status, f"seen: {seen}".encode(), {"ETag": f'"{seen}"', "Location": f"{other.url}/x"})

    with serve(lambda asked: Reply(500, b"no")) as other, serve(repeat) as first, Standin() as others:
        changed = {"SEMANTIC_SCHOLAR_API_URL": first.url, "SEMANTIC_SCHOLAR_API_KEY": key}
        run_against(monkeypatch, others.environment, changed)
    assert {request.headers.get("x-api-key") for request in others.requests} == {None}
    assert {asked.headers.get("x-api-key") for asked in first.asked} == {key}
    assert other.asked and {asked.headers.get("x-api-key") for asked in other.asked} == {None}
    assert_nowhere(key, tmp_path)


def assert_nowhere(secret: str, folder: Path) -> None:
    """No file holds the text: looked for in the bytes, and in the values of packed files."""
    kinds: set[str] = set()
    for path in folder.rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        kinds.add(path.suffix)
        assert secret.encode() not in path.read_bytes(), path
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
            assert secret not in str(frame.drop("body").to_dicts()), path
            assert not [body for body in frame["body"].to_list() if body and secret.encode() in body], path
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                tables = connection.execute("select table_name from duckdb_tables()").fetchall()
                for (table,) in tables:
                    assert secret not in str(connection.execute(f"select * from {table}").fetchall()), table
    assert {".parquet", ".duckdb", ".db", ".json", ".jsonl"} <= kinds, f"nothing to look at: {kinds}"


def test_a_wrong_token_is_refused_without_being_shown(tmp_path, monkeypatch, caplog, capfd):
    with Standin(token="ghp_another") as standin:
        outcome = run_against(monkeypatch, standin.environment, {"GITHUB_TOKEN": TOKEN})
    assert "token" in str(outcome.failures).lower()
    assert TOKEN not in str(outcome) + caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "name", ["ARCHIVE_BASE_URL", "ARXIV_API_URL", "DATACITE_API_URL", "GITHUB_API_URL", "WEBHOOK_URL", "SMTP_URL"]
)
@pytest.mark.parametrize("scheme", ["https", "gopher", "https:/"])
def test_a_password_in_an_address_is_not_repeated(name, scheme):
    with pytest.raises(SettingError) as told:
        read_settings({name: f"{scheme}://me:{TOKEN}@example.org:port"}, Path("none"))
    assert name in str(told.value)
    assert TOKEN not in str(told.value)
    assert TOKEN not in repr(told.value)


def test_the_addresses_of_alerts_are_in_no_log_and_no_message(monkeypatch, caplog):
    with serve(lambda asked: Reply(500, b"")) as hook:
        monkeypatch.setenv("WEBHOOK_URL", f"{hook.url}/services/{TOKEN}")
        monkeypatch.setenv("SMTP_URL", f"smtp://me:{TOKEN}@127.0.0.1:9")
        monkeypatch.setenv("ALERT_EMAIL", "me@example.org")
        faults = alerts.send_alert(read_settings(), "subject", "text")
    assert hook.asked
    assert all(faults.values()) and len(faults) == 2
    assert TOKEN not in str(faults) + caplog.text + repr(read_settings())


# News to people


def test_what_a_page_says_is_no_markup_in_a_message(monkeypatch):
    hostile = (
        "<!channel> <https://evil.example|sign in> @all @everyone <@U123> &lt;!here&gt; & more",  # Slack, Discord
        "```\n# Renew the token\n[sign in](https://evil.example) ![](https://evil.example/seen.png)\n```",  # markdown
        "~~~\n||x|| **x** _x_ :tada: \x1b[2J\u202e",
        "`" * 10_000,
        "x" * 10_000,
    )
    with serve(lambda asked: Reply(200, b"ok")) as hook:
        monkeypatch.setenv("WEBHOOK_URL", hook.url)
        for said in hostile:
            assert alerts.send_alert(read_settings(), f"A day failed {said[:50]}", said) == {"the webhook": None}
    for text in (json.loads(asked.body)["text"] for asked in hook.asked):
        subject, opened, *quoted, closed = text.split("\n")
        assert subject.startswith("A day failed ")
        assert (opened, closed) == ("```", "```")  # what is between is shown as it is, by all of them
        for line in (subject, *quoted):
            assert not set(line) & set("<>`@\x1b\u202e")
        assert len(text) < 2000  # Discord's limit


def test_a_text_adds_no_header_to_a_mail_and_a_password_needs_tls(monkeypatch):
    sent: list[EmailMessage] = []
    logins: list[str] = []
    monkeypatch.setattr(smtplib.SMTP, "connect", lambda self, host, port, *rest: (220, b"hello"))
    monkeypatch.setattr(smtplib.SMTP, "ehlo", lambda self: (250, b""))
    monkeypatch.setattr(smtplib.SMTP, "docmd", lambda self, *words: (221, b""))
    monkeypatch.setattr(smtplib.SMTP, "login", lambda self, user, password: logins.append(user))
    monkeypatch.setattr(smtplib.SMTP, "send_message", lambda self, message: sent.append(message))
    forged = "failed\r\nBcc: them@evil.example\u2028X-More: 1"
    assert alerts.send_mail("smtp://mail.example.org", "me@example.org", forged, forged) is None
    assert sorted(sent[0].keys()) == sorted(
        ["Subject", "From", "To", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    )
    assert "offers no TLS" in str(alerts.send_mail(f"smtp://me:{TOKEN}@mail.example.org", "me@example.org", "a", "b"))
    assert (len(sent), logins) == (1, [])
    assert alerts.send_mail(f"smtp://me:{TOKEN}@localhost", "me@example.org", "a", "b") is None
    assert (len(sent), logins) == (2, ["me"])


def test_dotenv_is_ignored_by_git(tmp_path):
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    shutil.copyfile(ROOT / ".gitignore", tmp_path / ".gitignore")
    ignored = subprocess.run(
        ["git", "check-ignore", ".env", "warehouse/papers.duckdb"], check=True, cwd=tmp_path, capture_output=True
    )
    assert ignored.stdout.decode().split() == [".env", "warehouse/papers.duckdb"]


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterUi]:
    """`papers ui` on an empty history."""
    folder = tmp_path_factory.mktemp("guarded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        patch.setenv("WAREHOUSE_DIR", str(folder / "warehouse"))
        patch.setenv("ARCHIVE_BASE_URL", "http://127.0.0.1:9")
        with dagster_ui({}, folder / "log") as ui:
            wait_for(ui.is_ready, "the UI to start")
            yield ui


@pytest.fixture(scope="module")
def browser(ui: DagsterUi) -> Iterator[Any]:
    """Chromium, for which two names of strangers lead to this machine."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium here")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here").sync_playwright().start()
    names = "--host-resolver-rules=MAP hostile.example 127.0.0.1, MAP rebound.example 127.0.0.1"
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu", names])
    yield browser
    browser.close()
    playwright.stop()


@pytest.mark.ui
def test_the_ui_listens_on_this_machine_only(ui):
    """Really started: what it and all its processes listen on is read from the kernel's own tables."""
    assert listening(ui.process) == {("127.0.0.1", ui.port)}
    assert "reverse proxy" in (ROOT / "SECURITY.md").read_text()


START = """mutation { startSensor(sensorSelector: {repositoryLocationName: "pipeline", repositoryName: "__repository__",
    sensorName: "archive_sensor"}) { __typename } }"""
LAUNCH = """mutation { launchRun(executionParams: {runConfigData: "{}", selector: {repositoryLocationName: "pipeline",
    repositoryName: "__repository__", jobName: "daily_run"}}) { __typename } }"""
SENT = {("GET", "/graphql"), ("GET", "/graphql%0A"), ("POST", "/graphql")} | {
    ("POST", f"/report_asset_{what}/forged") for what in ("materialization", "check", "observation")
}
# Each way in which a page can send something elsewhere. It returns what it could see of the answers: nothing.
ATTACK = """async ([ui, start, launch]) => {
    const seen = [], json = {query: launch}, doors = ["materialization", "check", "observation"];
    const settled = asked => asked.then(found => seen.push(found.type + found.status), () => seen.push("failed"));
    const image = new Image();
    image.src = ui + "/graphql?query=" + encodeURIComponent(start);
    await image.decode().catch(() => seen.push("failed"));
    await settled(fetch(ui + "/graphql%0A?query=" + encodeURIComponent(start), {mode: "no-cors"}));
    for (const type of ["text/plain; a=application/json", "application/json"])
        for (const mode of ["no-cors", "cors"])
            await settled(fetch(ui + "/graphql", {method: "POST", mode, body: JSON.stringify(json),
                                                  headers: {"content-type": type}}));
    await settled(fetch(ui + "/graphql?query=" + encodeURIComponent(launch), {method: "POST", mode: "no-cors"}));
    for (const door of doors)
        await settled(fetch(`${ui}/report_asset_${door}/forged?check_name=x&passed=true&data_version=1`,
                            {method: "POST", mode: "no-cors"}));
    const form = document.createElement("form"), frame = document.createElement("iframe");
    frame.name = "frame"; form.target = "frame"; form.method = "post";
    form.action = ui + "/report_asset_materialization/forged";
    document.body.append(frame, form);
    form.submit();
    await new Promise(done => frame.addEventListener("load", done));
    navigator.sendBeacon(ui + "/report_asset_materialization/forged");
    const heard = await new Promise(done => {
        const web = new WebSocket(ui.replace("http", "ws") + "/graphql", "graphql-ws");
        web.onopen = () => done("heard");
        web.onerror = () => done("refused");
    });
    return [...seen, heard];
}"""


@pytest.mark.ui
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_hostile_page_in_the_browser_does_nothing_to_the_ui(name, ui, browser):
    """Tried against Dagster's own webserver, the same page starts the sensor and a run, and forges an asset."""
    before = written(ui)
    with serve(lambda asked: Reply(200, b"<body>", {"Content-Type": "text/html"})) as server:
        own = f"http://hostile.example:{server.port}"
        assert attack(browser, own, f"http://{name}:{ui.port}") == ["failed"] * 10 + ["refused"]
        attack(browser, own, f"http://{name}:{server.port}")
        sent = {(asked.method, asked.path.partition("?")[0]) for asked in server.asked}
    assert sent >= SENT  # so they had gone out to the UI too
    assert written(ui) == before


@pytest.mark.ui
def test_a_page_whose_name_is_made_to_lead_to_the_ui_does_nothing(ui, browser):
    """The browser takes it for one origin with the UI, and lets the page read what it gets: only refusals."""
    before, address = written(ui), f"http://rebound.example:{ui.port}"
    assert attack(browser, address, address) == ["failed"] + ["basic403"] * 9 + ["refused"]
    assert written(ui) == before


def attack(browser: Any, own: str, ui: str) -> list[str]:
    """Let a page of the address `own` try everything at the UI; return what it saw."""
    page = browser.new_page()
    page.goto(own)
    seen = page.evaluate(ATTACK, [ui, START, LAUNCH])
    page.close()
    return seen


def written(ui: DagsterUi) -> Any:
    """What an attack could change in the history: runs, assets, and what is switched on."""
    with dg.DagsterInstance.from_config(ui.home) as instance:
        switches = {state.instigator_name for state in instance.all_instigator_state() if state.is_running}
        return instance.get_runs_count(), instance.all_asset_keys(), switches - {"dead_runs_sensor", "failure_sensor"}


def listening(session: int) -> set[tuple[str, int]]:
    """Addresses and ports on which processes of a session listen: https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt."""
    sockets: set[str] = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(process.name)) == session:
                sockets |= {str(link.readlink()) for link in (process / "fd").iterdir()}
    found: set[tuple[str, int]] = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        path = Path(f"/proc/net/{table}")
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:  # 0A: LISTEN
                packed, _, port = fields[1].partition(":")
                words = [int(packed[i : i + 8], 16).to_bytes(4, sys.byteorder) for i in range(0, len(packed), 8)]
                found.add((socket.inet_ntop(family, b"".join(words)), int(port, 16)))
    return found


# What a query may do

FORBIDDEN = (
    "select * from read_text('/etc/passwd')",
    "select * from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from glob('/*')",
    "select * from read_blob('/etc/hostname')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from parquet_metadata('{folder}/x.parquet')",
    "select getenv('GITHUB_TOKEN')",
    "copy (select 1) to '{folder}/out.csv'",
    "select 1; copy (select 2) to '{folder}/out.csv'",
    "export database '{folder}/out'",
    "import database '{folder}/out'",
    "attach '{folder}/out.duckdb' as other",
    "attach ':memory:' as other",
    "install httpfs",
    "load httpfs",
    "load '{folder}/evil.duckdb_extension'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "set memory_limit = '1TB'",
    "set temp_directory = '{folder}'",
    "set autoload_known_extensions = true",
    "pragma enable_profiling",
    "call enable_logging(storage_path = '{folder}')",
    "create secret (type s3)",
    "select * from 'https://{host}/x.csv'",
    "select * from read_parquet('http://{host}/x.parquet')",
    "create table mine (i integer)",
    "insert into dim_author values (1, 'me')",
    "update dim_author set author_name = 'me'",
    "delete from fct_listing",
    "drop table fct_listing",
    "select * from a_frame_of_the_caller",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_a_query_reads_no_file_writes_nothing_and_opens_no_address(demo_template, tmp_path, statement):
    a_frame_of_the_caller = pl.DataFrame({"secret": [TOKEN]})
    published = demo_template / "papers.duckdb"
    before = hashlib.sha256(published.read_bytes()).digest()
    with serve(lambda asked: Reply(200, b"a\n1\n")) as host:
        text = statement.format(folder=tmp_path, host=f"127.0.0.1:{host.port}")
        with open_published(published) as connection, pytest.raises(WarehouseError):
            write_rows(run_query(connection, text, {}), "json", io.BytesIO())
        assert asked_nothing(host)
    assert hashlib.sha256(published.read_bytes()).digest() == before
    assert list(tmp_path.iterdir()) == []
    assert a_frame_of_the_caller.height == 1


@pytest.mark.parametrize(
    "text",
    [
        "explain analyze copy (select 1) to 'away.csv'",
        "/* a question */ EXPLAIN (ANALYZE) copy (select 1) to 'away.csv'",
        "create or replace secret s (type s3, endpoint '127.0.0.1:9')",
        "select 1; create secret s (type s3)",
        "insert into dim_source select * from dim_source returning *",
    ],
)
def test_what_answers_with_rows_and_does_something_is_no_query(demo_template, text):
    with (
        open_published(demo_template / "papers.duckdb") as connection,
        pytest.raises(WarehouseError, match="only queries can be asked"),
    ):
        run_query(connection, text, {})


@pytest.mark.parametrize(
    "text",
    ["explain select 1", "-- by year\npivot (select 1 as a, 2 as b) on a using sum(b)", "describe dim_paper"],
)
def test_what_only_reads_is_a_query(demo_template, text):
    with open_published(demo_template / "papers.duckdb") as connection:
        assert run_query(connection, text, {}).fetchall()


def asked_nothing(host: Loopback) -> bool:
    return host.asked == []


def test_a_parameter_is_a_value_and_never_sql(demo_template):
    with open_published(demo_template / "papers.duckdb") as connection:
        text = "-- $name = nobody\nselect count(*) as n from dim_author where author_name = $name"
        found = run_query(connection, text, {"name": "x' or '1'='1"}).fetchall()
        assert found == [(0,)]


def test_a_querys_name_is_no_path():
    for name in ("../checks/titles_agree", "/etc/passwd", "..", "titles_agree\0", "%2e%2e/schema/keys"):
        assert named_query(name) is None


# What we build on


def test_every_package_is_pinned_with_hashes_and_no_index_is_named():
    pins = (ROOT / "requirements.lock").read_text()
    entries = [entry for entry in re.split(r"\n(?=[a-z0-9])", pins) if entry.strip() and not entry.startswith("#")]
    assert len(entries) > 50
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==[^\s;]+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not re.search(r"index-url|find-links|https?://|trusted-host| @ ", pins)
    assert "--require-hashes" in (ROOT / "Makefile").read_text()


def test_the_model_names_a_test_for_each_threat_and_each_test_is_named():
    model = (ROOT / "SECURITY.md").read_text()
    lines = [line for line in model.splitlines() if line.startswith("| ") and not line.startswith(("| threat", "|--"))]
    named = [re.findall(r"`(test_\w+)`", line) for line in lines]
    assert all(named)
    ours = set(re.findall(r"^def (test_\w+)", Path(__file__).read_text(), re.MULTILINE))
    assert {name for names in named for name in names} | {
        "test_the_model_names_a_test_for_each_threat_and_each_test_is_named"
    } == ours


def test_a_session_holds_no_cookie_and_follows_nothing_by_itself():
    with serve(lambda asked: Reply(200, b"", {"Set-Cookie": "a=b"})) as server, Web() as web:
        web.send("GET", server.url, service="archive", asked=())
        web.send("GET", server.url, service="archive", asked=())
    assert [asked.headers.get("cookie") for asked in server.asked] == [None, None]
