"""People are told what is wrong, once, with what to do, and when it is over; a receiver that is away loses nothing."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from answers import fall_silent
from receivers import Hook, Mails, hook, mails

from pipeline.core.errors import SourceError, WarehouseError
from pipeline.core.settings import read_settings
from pipeline.defs.news import alerts, outbox, telling
from pipeline.defs.sensors import news_sensor
from pipeline.sources import registry
from pipeline.standin import Standin
from pipeline.warehouse.folder import Warehouse

SOURCE = "timlrx/daily-ai-papers"
OTHER = "gabrielchua/daily-ai-papers"
FRIDAY = date(2025, 3, 21)
NOW = datetime(2026, 11, 27, 13, tzinfo=UTC)
PAPERS = [sys.executable, "-m", "pipeline"]


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    with hook() as found:
        monkeypatch.setenv("WEBHOOK_URL", f"{found.server.url}/hook")
        yield found


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mails]:
    with mails() as found:
        monkeypatch.setenv("SMTP_URL", found.url)
        monkeypatch.setenv("ALERT_EMAIL", "me@example.org")
        yield found


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def look(instance: dg.DagsterInstance) -> str:
    """Look as the daemon does each minute; return what the tick says."""
    found: Any = news_sensor(dg.build_sensor_context(instance=instance))
    return str(found.skip_message)


def run_job(instance: dg.DagsterInstance, fault: BaseException | None = None) -> str:
    """Run a job that ends like the daily one, by publishing or by a fault."""

    @dg.op
    def published_warehouse() -> None:
        if fault:
            raise fault

    @dg.job
    def daily_run() -> None:
        published_warehouse()

    tags = {"dagster/asset_partition_range_start": "2025-03-19", "dagster/asset_partition_range_end": "2025-03-21"}
    return daily_run.execute_in_process(instance=instance, raise_on_error=False, tags=tags).run_id


REFUSED = SourceError("GitHub refused GITHUB_TOKEN (401): renew it")


def test_a_failed_run_is_told_with_its_days_reason_link_and_host(instance, inbox):
    run_id = run_job(instance, REFUSED)
    look(instance)
    [post] = inbox.posts
    assert post.split("\n") == [
        f"daily_run failed on {socket.gethostname()}",
        "```",
        "daily_run of 2025-03-19 to 2025-03-21: GitHub refused GITHUB_TOKEN (401): renew it",
        f"run: http://127.0.0.1:3000/runs/{run_id}",
        f"host: {socket.gethostname()}, {read_settings().warehouse_dir}",
        "```",
    ]


def test_of_a_run_that_a_person_stopped_nobody_is_told_and_nothing_is_over(instance, inbox):
    run_job(instance, REFUSED)
    look(instance)
    run_job(instance, dg.DagsterExecutionInterruptedError())
    look(instance)
    [post] = inbox.posts
    assert "GITHUB_TOKEN" in post


def test_what_lasts_is_told_once_and_its_end_once(instance, inbox):
    for _ in range(3):
        run_job(instance, REFUSED)
        look(instance)
    assert len(inbox.posts) == 1
    run_job(instance)
    look(instance)
    look(instance)
    assert len(inbox.posts) == 2
    assert inbox.posts[1].startswith(f"Recovered on {socket.gethostname()}: daily_run failed")
    assert "GitHub refused" in inbox.posts[1]


def test_a_failure_that_hides_another_does_not_end_it(instance, inbox):
    run_job(instance, REFUSED)
    look(instance)
    run_job(instance, WarehouseError("warehouse: the disk is full"))
    look(instance)
    assert len(inbox.posts) == 2
    assert not any(post.startswith("Recovered") for post in inbox.posts)
    run_job(instance)
    look(instance)
    assert inbox.posts[2].startswith("Recovered") and "(and 1 more)" in inbox.posts[2]


def test_runs_are_told_in_the_order_of_their_ends_whenever_somebody_looks(instance, inbox):
    run_job(instance)
    look(instance)
    run_job(instance, REFUSED)
    run_job(instance)
    look(instance)
    told = [post.split("\n")[0] for post in inbox.posts]
    assert [text.partition(" ")[0] for text in told] == ["daily_run", "Recovered"]


def test_of_a_history_that_nobody_looked_at_only_the_last_run_is_news(instance, inbox):
    run_job(instance, SourceError("an old story"))
    run_job(instance)
    assert look(instance) == "people know what there is to know"
    assert inbox.posts == []


def test_a_check_that_stopped_the_publish_is_told_by_its_name(instance, inbox):
    @dg.asset
    def fct_listing() -> None:
        """A table."""

    @dg.asset_check(asset=fct_listing, blocking=True)
    def listing_grain() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, metadata={"rows that break the rule": 3})

    dg.materialize([fct_listing, listing_grain], instance=instance, raise_on_error=False)
    look(instance)
    [post] = inbox.posts
    assert "the check listing_grain failed on 3 rows; nothing was published" in post


def test_without_an_address_nobody_is_told_and_the_sensor_says_so(instance, tmp_path):
    run_job(instance, REFUSED)
    assert look(instance) == alerts.NOWHERE
    assert not (tmp_path / "warehouse").exists()


def test_a_receiver_that_is_away_for_a_moment_loses_nothing_and_gets_each_message_once(
    instance, inbox, post_office, monkeypatch
):
    inbox.status = 503
    run_job(instance, REFUSED)
    assert "the webhook: HTTP 503" in look(instance)
    run_job(instance)
    look(instance)
    assert inbox.posts == [] and len(post_office.taken) == 2
    inbox.status = 200
    later = datetime.now(UTC) + timedelta(hours=2)
    assert telling.tell(instance, later) == []
    assert [post.split("\n")[0].partition(" ")[0] for post in inbox.posts] == ["daily_run", "Recovered"]
    assert "it could not be sent before" in inbox.posts[0]
    telling.tell(instance, later + timedelta(hours=2))
    assert len(inbox.posts) == 2 and len(post_office.taken) == 2


def test_of_several_webhooks_each_gets_each_message_once_though_one_is_away(instance, inbox, monkeypatch):
    with hook() as other:
        monkeypatch.setenv("WEBHOOK_URL", f"{other.server.url}/secret {inbox.server.url}/hook")
        inbox.status = 503
        run_job(instance, REFUSED)
        told = look(instance)
        assert "webhook 2: HTTP 503" in told and "secret" not in told
        run_job(instance)
        look(instance)
        inbox.status = 200
        assert telling.tell(instance, datetime.now(UTC) + timedelta(hours=2)) == []
        for posts in (other.posts, inbox.posts):
            assert [post.partition(" ")[0] for post in posts] == ["daily_run", "Recovered"]


def test_a_receiver_that_stays_away_is_tried_less_and_less_often(instance, inbox):
    inbox.status = 503
    run_job(instance, REFUSED)
    start = datetime.now(UTC)
    for minute in range(600):
        telling.tell(instance, start + timedelta(minutes=minute))
    assert len(inbox.server.asked) == 6 + 9  # after 0, 1, 3, 7, 15 and 31 minutes, then each hour
    assert len(json.loads((read_settings().warehouse_dir / "private" / outbox.FILE).read_text())["waiting"]) == 1


def test_a_mail_that_is_refused_is_kept_and_says_nothing_of_the_password(instance, post_office, monkeypatch):
    port = post_office.url.rpartition(":")[2]
    monkeypatch.setenv("SMTP_URL", f"smtp://me:s3cret@127.0.0.1:{port}")
    run_job(instance, REFUSED)
    told = look(instance)
    assert "the mail: SMTPNotSupportedError from 127.0.0.1" in told and "s3cret" not in told
    private = read_settings().warehouse_dir / "private"
    assert all(b"s3cret" not in path.read_bytes() for path in private.iterdir())
    monkeypatch.setenv("SMTP_URL", post_office.url)
    telling.tell(instance, datetime.now(UTC) + timedelta(hours=1))
    [mail] = post_office.taken
    assert mail["Subject"] == f"daily_run failed on {socket.gethostname()}" and mail["To"] == "me@example.org"


def test_a_channel_that_is_no_longer_set_is_waited_for_no_more(instance, inbox, post_office, monkeypatch):
    inbox.status = 503
    run_job(instance, REFUSED)
    look(instance)
    monkeypatch.delenv("WEBHOOK_URL")
    look(instance)
    assert outbox.read_outbox(read_settings().warehouse_dir / "private").waiting == []


def test_wrong_settings_are_told_with_the_reason_and_their_end(instance, inbox, monkeypatch):
    monkeypatch.setenv("ARXIV_INTERVAL_SECONDS", "soon")
    look(instance)
    look(instance)
    [post] = inbox.posts
    assert post.startswith("No run can start on ") and "ARXIV_INTERVAL_SECONDS is 'soon'" in post.replace("‹", "<")
    monkeypatch.setenv("ARXIV_INTERVAL_SECONDS", "3")
    look(instance)
    assert inbox.posts[1].startswith("Recovered on ")


def test_a_source_that_nobody_knows_is_told(instance, inbox, monkeypatch):
    monkeypatch.setenv("SOURCES", "nobody/knows")
    look(instance)
    assert "nobody/knows" in inbox.posts[0]


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    with Standin() as standin:
        standin.allow(5000, "anonymous")
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        yield standin


def papers(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PAPERS, *words], capture_output=True, text=True, env=dict(os.environ), check=False)


def test_a_run_of_the_command_line_or_of_cron_tells_by_itself_and_nobody_tells_it_again(inbox, standin):
    standin.fail("/timlrx", 503)
    failed = papers("run", "--date", str(FRIDAY))
    assert failed.returncode == 1
    [post] = inbox.posts
    assert post.startswith(f"Days of {SOURCE} failed on ")
    assert f"{SOURCE}: 1 day (2025-03-21) failed: " in post and "/runs/" in post
    assert "`papers backfill --from 2025-03-21 --to 2025-03-21 --missing`".replace("`", "'") in post
    from pipeline.defs.instance import open_instance

    with open_instance() as instance:
        look(instance)
    assert len(inbox.posts) == 1
    standin.calm()
    assert papers("run", "--date", str(FRIDAY)).returncode == 0
    assert len(inbox.posts) == 2 and inbox.posts[1].startswith("Recovered on ")


def test_a_damaged_raw_file_is_one_verdict_everywhere_told_once_with_its_end(inbox, standin):
    assert papers("run", "--date", str(FRIDAY)).returncode == 0
    segment = Warehouse(read_settings().warehouse_dir).raw.files()[0]
    whole = segment.read_bytes()
    segment.write_bytes(whole[:200] + b"12345678" + whole[208:])
    verdict = f"raw/segments/{segment.parent.name}/{segment.name} is cut short or altered"
    for words in (("run", "--date", str(FRIDAY)), ("run", "--date", str(FRIDAY)), ("doctor", "--offline")):
        found = papers(*words)
        assert found.returncode == 1 and (found.stdout + found.stderr).count(verdict) == 1, found
    assert verdict in papers("status").stdout
    [post] = inbox.posts
    assert verdict in post and "restore it from a backup" in post and "/runs/" in post
    rebuilt = papers("rebuild")
    assert rebuilt.returncode == 1 and rebuilt.stderr.count(verdict) == 1
    segment.write_bytes(whole)
    assert papers("run", "--date", str(FRIDAY)).returncode == 0
    assert len(inbox.posts) == 2 and inbox.posts[1].startswith("Recovered on ")
    assert verdict not in papers("status").stdout


def test_a_command_that_cannot_start_tells_why(inbox, monkeypatch):
    monkeypatch.setenv("CONTACT", "two words")
    failed = papers("run")
    assert failed.returncode == 1 and "CONTACT" in failed.stderr
    [post] = inbox.posts
    assert "CONTACT is 'two words'" in post


def test_a_command_says_that_nobody_could_be_told_and_ends_as_it_would(inbox, monkeypatch):
    inbox.status = 404
    monkeypatch.setenv("CONTACT", "two words")
    failed = papers("run")
    assert failed.returncode == 1
    assert "people could not be told (the webhook: HTTP 404): what waits is sent again" in failed.stderr


# What the published file says


def publish_anew(folder: Path) -> None:
    """Publish what the registry knows by now."""
    warehouse = Warehouse(folder)
    warehouse.refresh()
    warehouse.publish()


def end(monkeypatch: pytest.MonkeyPatch, last: date, ended: str = SOURCE) -> None:
    """Make it known that a source has ended."""
    sources = [replace(source, last_date=last) if source.source_id == ended else source for source in registry.SOURCES]
    monkeypatch.setattr(registry, "SOURCES", tuple(sources))


def test_a_silent_source_is_told_of_once(demo_warehouse, instance, inbox):
    fall_silent(demo_warehouse, datetime.now(UTC).date() - timedelta(days=1))
    for _ in range(2):
        run_job(instance)
        look(instance)
    [post] = inbox.posts
    assert f"{SOURCE}: silent since 2025-03-21 (" in post


def test_of_a_source_that_is_known_to_have_ended_nobody_is_told_until_it_speaks_again(
    demo_warehouse, instance, inbox, monkeypatch
):
    end(monkeypatch, FRIDAY)
    fall_silent(demo_warehouse, datetime.now(UTC).date() - timedelta(days=1))
    run_job(instance)
    look(instance)
    [post] = inbox.posts
    assert SOURCE not in post and OTHER in post
    end(monkeypatch, date(2025, 3, 14))
    publish_anew(demo_warehouse)
    for _ in range(2):
        run_job(instance)
        look(instance)
    assert len(inbox.posts) == 2
    said = f"{SOURCE} speaks again: it has papers of 2025-03-21, though it had ended on 2025-03-14"
    assert said in inbox.posts[1] and OTHER not in inbox.posts[1]


def fail_days(folder: Path, *days: date, document: str | None = None, reason: str = "HTTP 503") -> None:
    """Let a source's days have failed, in the published file."""
    with duckdb.connect(str(folder / "papers.duckdb")) as connection:
        for day in days:
            connection.execute(
                "update fct_source_day set outcome = 'failed', reason = $reason, document_sha256 = $document from "
                "dim_source as s where s.source_key = fct_source_day.source_key and listing_date = $day and "
                "source_id = $name",
                {"day": day, "name": SOURCE, "document": document, "reason": reason},
            )


def heal_days(folder: Path, release: Path) -> None:
    shutil.copyfile(release, folder / "papers.duckdb")


def test_an_outage_of_many_days_is_one_piece_of_news_and_its_end_another(demo_warehouse, instance, inbox, monkeypatch):
    end(monkeypatch, FRIDAY, SOURCE)
    end(monkeypatch, FRIDAY, OTHER)
    publish_anew(demo_warehouse)
    release = demo_warehouse / "before.duckdb"
    shutil.copyfile(demo_warehouse / "papers.duckdb", release)
    for day in (17, 18, 19):
        fail_days(demo_warehouse, date(2025, 3, day))
        run_job(instance, SourceError("1 day failed"))
        look(instance)
    days = [post for post in inbox.posts if post.startswith("Days of") or "(and 1 more)" in post]
    assert len(inbox.posts) == len(days) == 1
    heal_days(demo_warehouse, release)
    run_job(instance)
    look(instance)
    assert len(inbox.posts) == 2 and SOURCE in inbox.posts[1] and inbox.posts[1].startswith("Recovered")


def test_days_that_failed_are_told_with_the_reason_of_the_first_since_the_others_may_not_have_been_asked_for(
    demo_warehouse, instance, inbox, monkeypatch
):
    first = "HTTP 429: rate limited by the host"
    end(monkeypatch, FRIDAY, SOURCE)
    publish_anew(demo_warehouse)
    fail_days(demo_warehouse, date(2025, 3, 17), reason=first)
    fail_days(demo_warehouse, date(2025, 3, 18), date(2025, 3, 19), reason=f"not asked, after {first}")
    run_job(instance, SourceError("3 days failed"))
    look(instance)
    [post] = inbox.posts
    assert f"3 days (2025-03-17 to 2025-03-19) failed: {first}. The schedule" in post


def test_a_page_that_cannot_be_read_is_another_trouble_than_an_outage(demo_warehouse, instance, inbox, monkeypatch):
    end(monkeypatch, FRIDAY, SOURCE)
    end(monkeypatch, FRIDAY, OTHER)
    publish_anew(demo_warehouse)
    fail_days(demo_warehouse, date(2025, 3, 17), document="abc")
    run_job(instance)
    look(instance)
    fail_days(demo_warehouse, date(2025, 3, 18))
    run_job(instance)
    look(instance)
    assert [post.split(" on ")[0] for post in inbox.posts] == [
        f"A page of {SOURCE} cannot be read",
        f"Days of {SOURCE} failed",
    ]
    assert "its source has to correct the page" in inbox.posts[0]


# The state


def test_two_who_look_at_once_tell_once(instance, inbox, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    run_job(instance, REFUSED)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: telling.tell(instance), range(8)))
    assert len(inbox.posts) == 1


def test_a_state_that_cannot_be_read_is_begun_anew(instance, inbox):
    private = read_settings().warehouse_dir / "private"
    private.mkdir(parents=True)
    for text in ("", "[]", '{"runs": 3, "told": []}', "{" * 10_000):
        (private / outbox.FILE).write_text(text)
        assert outbox.read_outbox(private) == outbox.Outbox()


def test_on_a_full_disk_the_state_is_written_over_the_one_before(instance, inbox, monkeypatch):
    private = read_settings().warehouse_dir / "private"
    run_job(instance)
    look(instance)
    size = (private / outbox.FILE).stat().st_size

    def refuse(path: Path) -> Any:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(outbox, "replacing", refuse)
    run_job(instance, REFUSED)
    look(instance)
    look(instance)
    assert len(inbox.posts) == 1
    assert (private / outbox.FILE).stat().st_size == size
    assert len(outbox.read_outbox(private).told["run"]) == 1


def test_where_nothing_can_be_remembered_a_command_tells_all_the_same_and_a_tick_does_not(instance, inbox):
    read_settings().warehouse_dir.parent.mkdir(exist_ok=True)
    read_settings().warehouse_dir.mkdir()
    (read_settings().warehouse_dir / "private").write_text("no folder")
    run_job(instance, REFUSED)
    with pytest.raises(WarehouseError, match=r"alerts.json cannot be written"):
        look(instance)
    assert inbox.posts == []
    assert telling.tell(instance, is_sure=False) == []
    assert len(inbox.posts) == 1
