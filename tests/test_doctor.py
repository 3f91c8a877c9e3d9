"""Each thing that a person would forget is found, named with its remedy, and makes the status 1; nothing else does."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import cli, doctor, lock
from pipeline.doctor import Finding, check_disk, check_packages, check_published, check_writer, examine
from pipeline.settings import read_settings
from pipeline.standin import Standin
from pipeline.warehouse import Warehouse
from pipeline.web import Web

WHAT = ["python", "packages", "settings", "folders", "disk", "writer", "raw files", "published"]
SERVICES = ["gabrielchua", "timlrx", "arXiv", "GitHub", "clock"]


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


def quick(**changes: object) -> Web:
    return Web(**{"connect_seconds": 1, "read_seconds": 1, "deadline_seconds": 2, **changes})


def test_a_healthy_warehouse_has_a_line_for_each_thing_and_status_0(services, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(doctor, "LOCK", tmp_path / "none")  # what tests run on need not be what is pinned
    monkeypatch.setattr("sys.argv", ["papers", "doctor"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    lines = capsys.readouterr().out.splitlines()
    assert ended.value.code == 0, lines
    assert [line[5:19].strip() for line in lines] == WHAT + SERVICES
    assert all(line.startswith("ok ") for line in lines)


def test_something_wrong_is_status_1(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["papers", "doctor", "--offline"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    shown = capsys.readouterr().out
    assert "BAD  published" in shown
    assert "papers backfill" in shown


def test_without_the_network_every_service_is_named_and_the_rest_is_looked_at(demo_warehouse):
    findings = look(quick())
    assert bad(findings) - {"packages"} == {"gabrielchua", "timlrx", "arXiv", "GitHub"}
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


def test_a_folder_that_is_in_the_way_is_named(demo_warehouse):
    shutil.rmtree(demo_warehouse / "raw" / "loose", ignore_errors=True)
    (demo_warehouse / "raw" / "loose").write_text("a file")
    finding = look()["folders"]
    assert not finding.is_well
    assert "raw/loose is a file" in finding.text


def test_a_disk_with_too_little_room_is_named(demo_warehouse, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)
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


def test_a_published_file_that_breaks_a_rule_or_cannot_be_read_is_named(demo_warehouse):
    warehouse = Warehouse(demo_warehouse)
    twice = "insert into dim_author select * from dim_author where author_key <> -1 limit 1"
    warehouse.use(lambda connection: connection.execute(twice).fetchall())
    warehouse.publish()
    finding = check_published(warehouse, datetime.now(UTC))
    assert not finding.is_well
    assert "dim_author_grain (1 rows)" in finding.text
    assert "papers rebuild" in finding.text
    current = warehouse.published.resolve()
    current.chmod(0o644)
    current.write_bytes(b"no database")
    assert "cannot be opened" in check_published(warehouse, datetime.now(UTC)).text


def test_a_file_that_nobody_renewed_for_a_week_is_said(demo_warehouse):
    later = datetime.now(UTC) + timedelta(days=doctor.MOST_DAYS_UNPUBLISHED + 1, minutes=1)
    finding = check_published(Warehouse(demo_warehouse), later)
    assert not finding.is_well
    assert "8 days ago" in finding.text


@pytest.mark.parametrize(("off", "how"), [(-1, "behind"), (1, "ahead of")])
def test_a_clock_that_is_off_is_said(services, off, how):
    finding = look(quick(now=lambda: datetime.now(UTC) + timedelta(hours=off)))["clock"]
    assert not finding.is_well
    assert f"60 minutes {how}" in finding.text


def test_the_token_and_its_quota_are_looked_at(services, monkeypatch):
    assert "no token" in look(quick())["GitHub"].text
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_good")
    assert "the token is good; 5,000 of 5,000 left" in look(quick())["GitHub"].text
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_bad")
    finding = look(quick())["GitHub"]
    assert not finding.is_well
    assert "refuses the token" in finding.text
    assert "ghp_bad" not in finding.text


@pytest.mark.parametrize(
    ("how", "text"),
    [(429, "wait half an hour"), ("html", "not what was asked for"), (404, "no longer there"), (500, "500")],
)
def test_a_source_that_does_not_give_a_page_is_described(services, how, text):
    services.fail("/timlrx", how)
    finding = look(quick())["timlrx"]
    assert text in finding.text
    assert finding.is_well == (how == 404)


def test_a_file_archive_is_not_asked_over_the_network(services, monkeypatch, tmp_path):
    monkeypatch.setenv("ARCHIVE_BASE_URL", tmp_path.as_uri())
    assert read_settings().archive_base_url.startswith("file:")
    findings = look(quick())
    assert "timlrx" not in findings
    assert findings["GitHub"].is_well


def test_a_finding_is_one_line_whatever_it_quotes():
    assert "\n" not in str(Finding("published", False, "first\nsecond\r\nthird"))
