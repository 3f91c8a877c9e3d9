"""Each thing that a person would forget is found, named with its remedy, and makes the status 1; nothing else does."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from answers import fall_silent
from loopback import Reply, serve

from pipeline import cli
from pipeline.commands.doctor import examine as doctor
from pipeline.commands.doctor.examine import (
    check_disk,
    check_packages,
    check_published,
    check_writer,
    examine,
)
from pipeline.commands.doctor.finding import Finding
from pipeline.commands.doctor.services import check_clock
from pipeline.defs import planning
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.sources import registry
from pipeline.standin import Standin
from pipeline.standin.facts import DEMO
from pipeline.warehouse import lock
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.raw import Raw

WHAT = [
    "python",
    "packages",
    "settings",
    "sources",
    "silence",
    "silence",
    "folders",
    "disk",
    "writer",
    "automation",
    "alerts",
    "raw files",
    "published",
]
SERVICES = ["gabrielchua", "timlrx", "arXiv", "DataCite", "GitHub", "citations", "clock"]


def look(web: Web | None = None) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(web)}


def bad(findings: dict[str, Finding]) -> set[str]:
    return {what for what, finding in findings.items() if not finding.is_well}


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, demo_warehouse: Path):
    """A warehouse in order, and services that answer."""
    with Standin(token="ghp_good") as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        yield standin


def ask(**changes: Any) -> dict[str, Finding]:
    with Web(**{"connect_seconds": 1, "read_seconds": 1, "deadline_seconds": 2, **changes}) as web:
        return look(web)


def test_a_healthy_warehouse_has_a_line_for_each_thing_and_status_0(
    demo_warehouse, services, monkeypatch, capsys, tmp_path
):
    fall_silent(demo_warehouse, datetime.now(UTC).date() - timedelta(days=1))
    monkeypatch.setattr(doctor, "LOCK", tmp_path / "none")  # what tests run on need not be what is pinned
    monkeypatch.setattr("sys.argv", ["papers", "doctor"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    lines = capsys.readouterr().out.splitlines()
    assert ended.value.code == 0, lines
    assert [line[5:19].strip() for line in lines] == WHAT + SERVICES
    assert all(line.startswith("ok ") for line in lines)


def test_before_the_first_run_nothing_is_wrong(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(doctor, "LOCK", tmp_path / "none")
    monkeypatch.setattr("sys.argv", ["papers", "doctor", "--offline"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr().out
    assert ended.value.code == 0, shown
    assert "nothing yet: `papers run`, `papers backfill`" in shown


def test_something_wrong_is_status_1(monkeypatch, capsys, demo_warehouse):
    (demo_warehouse / "papers.duckdb").unlink()
    monkeypatch.setattr("sys.argv", ["papers", "doctor", "--offline"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    shown = capsys.readouterr().out
    assert "BAD  published" in shown
    assert "`papers rebuild` makes it from raw/" in shown


def test_without_the_network_every_service_is_named_and_the_rest_is_looked_at(demo_warehouse):
    findings = ask()
    assert bad(findings) - {"packages"} == {"gabrielchua", "timlrx", "arXiv", "DataCite", "GitHub", "citations"}
    assert "refused" in findings["arXiv"].text
    assert "no service told the time" in findings["clock"].text


def test_wishing_no_network_asks_nobody(services):
    assert bad(look()) <= {"packages"}
    assert services.requests == []


def test_a_package_that_is_not_the_tested_one_is_named(tmp_path):
    pins = tmp_path / "requirements.lock"
    pins.write_text("duckdb==0.0.1 \\\n    --hash=sha256:00\nnot-installed-here==1.0 \\\n    --hash=sha256:00\n")
    finding = check_packages(pins)
    assert not finding.is_well
    assert "instead of 0.0.1" in finding.text
    assert "--require-hashes" in finding.text


def test_a_wrong_setting_is_named_and_nothing_is_built_on_it(monkeypatch):
    monkeypatch.setenv("ARXIV_INTERVAL_SECONDS", "soon")
    findings = look()
    assert "ARXIV_INTERVAL_SECONDS" in findings["settings"].text
    assert list(findings) == ["python", "packages", "settings"]


def test_a_token_that_others_can_read_is_said_without_the_token(tmp_path, demo_warehouse):
    Path(".env").write_text("GITHUB_TOKEN=ghp_secret\n")
    Path(".env").chmod(0o644)
    finding = look()["settings"]
    assert not finding.is_well
    assert "chmod 600" in finding.text
    assert "ghp_secret" not in str(finding)
    Path(".env").chmod(0o600)
    assert look()["settings"].is_well


@pytest.mark.parametrize("name", ["WEBHOOK_URL", "SMTP_URL", "POSTGRES_PASSWORD"])
def test_any_other_secret_that_others_can_read_is_said_too(name, demo_warehouse):
    Path(".env").write_text(f"{name}=https://hooks.example.org/secret\n" if name == "WEBHOOK_URL" else f"{name}=\n")
    Path(".env").chmod(0o644)
    assert "chmod 600" in look()["settings"].text


@pytest.mark.parametrize("place", [".", "raw", "private", "private/build.duckdb", "report.html"])
def test_what_everybody_can_write_is_named(place, demo_warehouse):
    (demo_warehouse / "report.html").touch()
    assert look()["folders"].is_well
    path = demo_warehouse / place
    path.chmod(path.stat().st_mode | 0o002)
    finding = look()["folders"]
    assert not finding.is_well
    assert f"everybody on this machine can write: {path};" in finding.text
    assert "chmod -R o-w" in finding.text


def test_a_folder_that_is_in_the_way_is_named(demo_warehouse):
    shutil.rmtree(demo_warehouse / "raw" / "loose", ignore_errors=True)
    (demo_warehouse / "raw" / "loose").write_text("a file")
    finding = look()["folders"]
    assert not finding.is_well
    assert "raw/loose is a file" in finding.text


def test_a_disk_with_too_little_room_is_named(demo_warehouse, monkeypatch):
    monkeypatch.setattr(doctor, "MIN_FREE_BYTES", 10**18)
    finding = check_disk(Warehouse(demo_warehouse))
    assert not finding.is_well
    assert "make room" in finding.text


def test_who_writes_is_named_and_is_no_fault(demo_warehouse):
    with lock.hold(demo_warehouse, "a test"):
        finding = check_writer(Warehouse(demo_warehouse))
        assert finding.is_well
        assert "(a test, since" in finding.text
    assert "nobody" in check_writer(Warehouse(demo_warehouse)).text


def test_damaged_and_missing_raw_files_are_named(demo_warehouse):
    segment = Warehouse(demo_warehouse).raw.files()[0]
    content = segment.read_bytes()
    segment.write_bytes(content[:-1])
    assert f"{segment.name} is cut short or altered" in look()["raw files"].text
    segment.unlink()
    finding = look()["raw files"]
    assert f"{segment.name} is missing" in finding.text
    assert "--missing" in finding.text


def test_raw_files_that_are_all_gone_are_a_loss(demo_warehouse):
    (demo_warehouse / "raw").rename(demo_warehouse / "unmounted")
    finding = look()["raw files"]
    assert not finding.is_well
    assert "has no file" in finding.text and "backup" in finding.text


def test_a_raw_file_that_a_run_bundles_meanwhile_is_no_damage(demo_warehouse, monkeypatch):
    first, *others = Warehouse(demo_warehouse).raw.files()
    gone = first.with_name("20250101T000000000000Z-0.parquet")
    monkeypatch.setattr(Raw, "files", lambda raw: [gone, first, *others])
    finding = look()["raw files"]
    assert finding.is_well
    assert finding.text == f"{1 + len(others)} match their sha256"


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_is_no_raw_file_is_named_and_not_waited_for(kind, demo_warehouse):
    path = demo_warehouse / "raw" / "loose" / "20250303T120000000000Z-0.parquet"
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("gone")
    finding = look()["raw files"]
    assert f"raw/loose/{path.name} cannot be read (" in finding.text


def test_a_manifest_that_is_no_file_is_named(demo_warehouse):
    (demo_warehouse / "raw" / "manifest.jsonl").unlink()
    os.mkfifo(demo_warehouse / "raw" / "manifest.jsonl")
    assert "manifest.jsonl is missing" in look()["raw files"].text


def test_a_published_file_that_breaks_a_rule_or_cannot_be_read_is_named(demo_warehouse):
    warehouse = Warehouse(demo_warehouse)
    twice = "insert into dim_author select * from dim_author where author_key <> -1 limit 1"
    warehouse.use(lambda connection: connection.execute(twice).fetchall())
    warehouse.publish()
    finding = check_published(warehouse, datetime.now(UTC))
    assert not finding.is_well
    assert "dim_author_grain (1 row)" in finding.text
    assert "papers rebuild" in finding.text
    current = warehouse.published.resolve()
    current.chmod(0o644)
    current.write_bytes(b"no database")
    assert "cannot be opened" in check_published(warehouse, datetime.now(UTC)).text


def test_a_file_that_nobody_renewed_for_a_week_is_said(demo_warehouse):
    later = datetime.now(UTC) + timedelta(days=doctor.MAX_DAYS_UNPUBLISHED + 1, minutes=1)
    finding = check_published(Warehouse(demo_warehouse), later)
    assert not finding.is_well
    assert "8 days ago" in finding.text


@pytest.mark.parametrize(("off", "how"), [(-1, "behind"), (1, "ahead of")])
def test_a_clock_that_is_off_is_said(services, off, how):
    finding = ask(now=lambda: datetime.now(UTC) + timedelta(hours=off))["clock"]
    assert not finding.is_well
    assert f"60 minutes {how}" in finding.text


def test_the_token_and_its_quota_are_looked_at(services, monkeypatch):
    assert "no token" in ask()["GitHub"].text
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_good")
    assert "the token is good; 5,000 of 5,000 left" in ask()["GitHub"].text
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_bad")
    finding = ask()["GitHub"]
    assert not finding.is_well
    assert "refuses the token" in finding.text
    assert "ghp_bad" not in finding.text


@pytest.mark.parametrize(
    ("how", "text"),
    [(429, "wait half an hour"), ("html", "not what was asked for"), (404, "no longer there"), (500, "500")],
)
def test_a_source_that_does_not_give_a_page_is_described(services, how, text):
    services.fail("/timlrx", how)
    finding = ask()["timlrx"]
    assert text in finding.text
    assert finding.is_well == (how == 404)


@pytest.fixture
def clone(services, monkeypatch, tmp_path) -> Path:
    """The demo's pages as a folder that ARCHIVE_BASE_URL names."""
    shutil.copytree(DEMO / "archive", tmp_path / "a clone")
    monkeypatch.setenv("ARCHIVE_BASE_URL", (tmp_path / "a clone").as_uri())
    return tmp_path / "a clone"


def test_a_clone_is_looked_into_and_not_asked_over_the_network(services, clone):
    for findings in (ask(), look()):
        assert bad(findings) <= {"packages"}
        count = len([*(clone / "timlrx").rglob("*.md")])
        assert findings["timlrx"].text == f"{count} pages in {clone}/timlrx/daily-ai-papers/main/archive"
    assert not services.asked("/timlrx")


def test_a_clone_that_is_elsewhere_or_without_a_page_is_named_with_its_remedy(clone):
    (clone / "gabrielchua").rename(clone / "other")
    for page in (clone / "timlrx").rglob("*.md"):
        page.rename(page.with_suffix(".txt"))
    findings = look()
    assert bad(findings) - {"packages"} == {"gabrielchua", "timlrx"}
    assert "gabrielchua/daily-ai-papers/main/archive: No such file" in findings["gabrielchua"].text
    assert "set ARCHIVE_BASE_URL" in findings["gabrielchua"].text
    assert "none is named archive/YYYY/MM/DD.md" in findings["timlrx"].text


def test_a_page_that_is_a_pipe_is_named_and_not_waited_for(clone):
    page = max((clone / "timlrx").rglob("*.md"))
    page.unlink()
    os.mkfifo(page)
    assert f"{page}: not an ordinary file" in look()["timlrx"].text


def test_citations_without_a_key_are_told_from_a_key_that_is_refused(services, monkeypatch):
    assert "without a key" in ask()["citations"].text
    services.fail("/graph/v1/", 429)
    finding = ask()["citations"]
    assert finding.is_well and "SEMANTIC_SCHOLAR_API_KEY helps" in finding.text
    services.calm()
    monkeypatch.setenv("SEMANTIC_SCHOLAR_API_KEY", "a-wrong-one")
    finding = ask()["citations"]
    assert not finding.is_well and "refuses the key" in finding.text and "a-wrong-one" not in finding.text
    services.semantic_scholar.key = "a-wrong-one"
    assert ask()["citations"].text == "reachable, and the key is good"


def test_a_proxy_that_is_in_the_way_is_named_and_the_network_is_not_blamed(services, monkeypatch):
    monkeypatch.setenv("ARXIV_API_URL", "https://arxiv.example/api")
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://127.0.0.1:1")
    finding = ask()["arXiv"]
    assert not finding.is_well
    assert "the proxy of HTTPS_PROXY is a SOCKS proxy" in finding.text
    assert "online" not in finding.text


def test_a_service_that_answers_something_else_is_not_said_to_be_out_of_reach(services):
    services.fail("/timlrx", "html")
    assert "does a proxy answer?" in ask()["timlrx"].text
    assert "online" not in ask()["timlrx"].text


@pytest.mark.parametrize("what", ["2025/03/20.md", "2025"])
def test_a_clone_that_may_not_be_read_is_named(clone, tmp_path, what):
    archive = clone / "timlrx/daily-ai-papers/main/archive"
    for page in sorted((archive / "2025/03").glob("*.md"))[-1:]:
        page.rename(archive / "2025/03/20.md")
    (archive / what).chmod(0)
    with as_nobody(tmp_path):
        found = {finding.what: finding for finding in doctor.check_clones(clone.as_uri(), registry.SOURCES)}
    assert bad(found) == {"timlrx"}
    assert f"{archive / what}: Permission denied; " in found["timlrx"].text


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Give up root's right to read everything, where the tests have it; nobody may then enter the folder."""
    if os.geteuid() != 0:
        yield
        return
    closed = [path for path in (folder, *folder.parents) if path.stat().st_uid == 0 and not path.stat().st_mode & 0o001]
    modes = {path: path.stat().st_mode for path in closed}
    for path in closed:
        path.chmod(0o711)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)


LIST = next(source for source in registry.OURS if source.source_id == "huggingface/daily-papers")


@pytest.fixture
def with_list(services, monkeypatch):
    """Services with Hugging Face's list among the sources."""
    monkeypatch.setattr(registry, "SOURCES", (*registry.SOURCES, LIST))
    monkeypatch.setenv("SOURCES", ",".join(source.source_id for source in registry.SOURCES))
    services.hugging_face.put(LIST.first_date, [json.loads(ENTRY)])
    return services


ENTRY = """{"title": "Tea", "publishedAt": "2023-05-03T20:00:00.000Z", "summary": "Hot.", "numComments": 0,
 "paper": {"id": "2305.01234", "title": "Tea", "summary": "Hot.", "publishedAt": "2023-05-04T00:00:00.000Z",
 "authors": [{"name": "Ada", "hidden": false}], "upvotes": 1}}"""


def test_a_list_is_asked_for_one_paper_of_a_real_day(with_list):
    finding = ask()["huggingface"]
    assert (finding.is_well, finding.text) == (True, "reachable")
    [request] = with_list.asked("/api/daily_papers")
    assert "date=2023-05-04" in request.path and "limit=1&" in request.path


def test_a_token_of_hugging_face_that_is_refused_is_named_and_one_that_is_good_too(with_list, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    finding = ask()["huggingface"]
    assert not finding.is_well and "set HF_TOKEN, or unset it" in finding.text
    with_list.hugging_face.token = "hf_wrong"
    assert ask()["huggingface"].text == "reachable, and the token is good"


@pytest.mark.parametrize("how", ["html", 404, 503])
def test_a_list_that_is_something_else_is_not_what_was_asked_for(with_list, how):
    with_list.fail("/api/daily_papers", how)
    finding = ask()["huggingface"]
    assert not finding.is_well and "not what was asked for" in finding.text


def test_the_chosen_sources_are_shown_and_those_that_are_silent(monkeypatch):
    monkeypatch.setattr(registry, "SOURCES", registry.OURS)
    monkeypatch.setenv("SOURCES", "huggingface/daily-papers,gabrielchua/daily-ai-papers")
    found = [str(finding) for finding in examine(None)]
    assert any(
        "gabrielchua/daily-ai-papers, huggingface/daily-papers (as SOURCES says; not timlrx" in line for line in found
    )
    [silence] = [line for line in found if "silence" in line]
    assert "gabrielchua/daily-ai-papers: silent since 2025-10-30 (" in silence and "it has ended" in silence


def test_an_installed_source_that_is_broken_is_named(monkeypatch):
    monkeypatch.setattr(registry, "FAULTS", ("the entry point pots of lab-pots cannot be loaded: ImportError: kiln",))
    assert "the entry point pots of lab-pots cannot be loaded" in look()["settings"].text


HOSTILE_QUOTAS = (
    '{"remaining": 1, "limit": 2, "reset": 99999999999999999999}',
    '{"remaining": Infinity, "limit": 2, "reset": 9}',
    '{"remaining": "1", "limit": null, "reset": -1}',
)


@pytest.mark.parametrize("body", [*(f'{{"resources": {{"core": {text}}}}}' for text in HOSTILE_QUOTAS), "[" * 200_000])
def test_an_answer_that_was_made_to_break_the_doctor_is_a_finding(services, monkeypatch, body):
    with serve(lambda asked: Reply(200, body.encode())) as server:
        monkeypatch.setenv("GITHUB_API_URL", server.url)
        assert "not what was asked for" in ask()["GitHub"].text


def test_a_time_with_an_offset_that_no_clock_has_is_not_compared_with():
    told = {"date": "Mon, 01 Jan 2024 00:00:00 +99999999999999999"}
    answer = Exchange("arxiv", (), 1, "https://example.org", "GET", 200, told, datetime.now(UTC), b"", None)
    assert "no service told the time" in check_clock([answer]).text


def test_a_finding_is_one_line_whatever_it_quotes():
    assert "\n" not in str(Finding("published", False, "first\nsecond\r\nthird"))


@pytest.fixture
def upgraded(demo_warehouse: Path) -> Warehouse:
    """A warehouse that an earlier version of the code built, without a table that there is now."""
    warehouse = Warehouse(demo_warehouse)
    file = warehouse.published.resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        for (view,) in connection.sql("select view_name from duckdb_views() where not internal").fetchall():
            connection.execute(f"drop view if exists {view}")
        connection.execute("drop table fct_paper_citation_day")
    warehouse.private.signature.write_text("an earlier version")
    return warehouse


def test_between_an_upgrade_and_the_first_run_nothing_is_wrong(upgraded):
    said = look()["published"]
    assert said.is_well and "another version of this code: `papers run` builds it anew" in said.text
    upgraded.private.discard()  # which is harmless, and takes the signature along
    said = look()["published"]
    assert said.is_well and "fct_paper_citation_day" in said.text
    file = upgraded.published.resolve()
    file.write_bytes(b"no database")
    assert not look()["published"].is_well


@pytest.mark.parametrize("command", [["status"], ["report", "--to", "page.html"]])
def test_who_reads_the_file_of_another_version_is_told_in_one_line(upgraded, command, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["papers", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "was built by another version of this code: `papers run` builds it anew" in capsys.readouterr().err


def test_the_file_of_another_version_holds_up_no_tick(upgraded):
    day = date(2025, 3, 21)
    with duckdb.connect(str(upgraded.published.resolve())) as connection:
        connection.execute("alter table fct_source_day rename outcome to former_name")
    assert planning.read_outcomes(upgraded.published, day, day, datetime.now(UTC)) == {}
    assert planning.find_asleep(upgraded.published, registry.SOURCES, day) == {}


def test_a_history_that_cannot_be_opened_is_one_thing_that_is_wrong_and_the_rest_is_looked_at(demo_warehouse, tmp_path):
    home = tmp_path / "dagster"
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text("storage: [")
    findings = look()
    assert bad(findings) >= {"automation"}
    assert str(home / "dagster.yaml") in findings["automation"].text
    assert "published" in findings
