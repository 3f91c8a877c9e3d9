"""The graph and its days: every day of a range shows its own outcome, and a failed one is red, alone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from empty import empty_warehouse

from pipeline.commands.job import Outcome, run_days
from pipeline.core import sql_files
from pipeline.definitions import defs
from pipeline.defs.assets import DAYS
from pipeline.defs.assets.days import read_responses
from pipeline.defs.assets.quotas import read_spent_quota
from pipeline.defs.assets.sources import find_news, tell_news
from pipeline.defs.day_summary import PageResponse, describe_documents, describe_listings
from pipeline.http.exchange import Exchange
from pipeline.services.github.client import RESERVED_REQUESTS
from pipeline.sources import registry
from pipeline.sources.stored import Stored
from pipeline.standin import Standin
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.raw import ids_of
from pipeline.warehouse.tables import TABLES

TESTED = registry.SOURCES
SOURCE = "timlrx/daily-ai-papers"
OTHER = "gabrielchua/daily-ai-papers"
MONDAY, SATURDAY, SUNDAY = date(2025, 3, 10), date(2025, 3, 15), date(2025, 3, 16)


@pytest.fixture(scope="module")
def failed_range(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A Thursday to a Sunday of the demo through a real run, with one source broken on the Friday."""
    folder = tmp_path_factory.mktemp("days")
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        standin.allow(5000)
        standin.fail(f"/{OTHER}/main/archive/2025/03/14", "html")
        settings = {"WAREHOUSE_DIR": str(folder / "warehouse"), "DAGSTER_HOME": str(folder / "dagster")}
        for name, value in {**standin.environment, **settings, "ARXIV_INTERVAL_SECONDS": "0"}.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        outcome = run_days(date(2025, 3, 13), SUNDAY)
    return folder, outcome


def partitions(home: Path, asset: str) -> dict[str, str]:
    """Return each partition of an asset that is anything but missing, as the UI colours it."""
    from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

    with dg.DagsterInstance.from_config(str(home)) as instance:
        value = get_and_update_asset_status_cache_value(instance, dg.AssetKey(asset), DAYS)
    assert value is not None
    colours = dict.fromkeys(value.deserialize_materialized_partition_subsets(DAYS).get_partition_keys(), "green")
    failed = value.deserialize_failed_partition_subsets(DAYS).get_partition_keys()
    return dict(sorted((colours | dict.fromkeys(failed, "red")).items()))


def metadata_of(home: Path, asset: str, day: str) -> dict[str, Any]:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        filters = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[day])
        event = instance.fetch_materializations(filters, limit=1).records[0].asset_materialization
    assert event is not None
    return {name: value.value for name, value in event.metadata.items()}


def test_a_failed_day_is_red_and_no_other_of_its_range(failed_range: tuple[Path, Outcome]) -> None:
    home = failed_range[0] / "dagster"
    colours = {"2025-03-13": "green", "2025-03-14": "red", "2025-03-15": "green", "2025-03-16": "green"}
    assert partitions(home, "documents") == colours
    assert partitions(home, "listings") == colours


def test_the_rest_of_a_range_with_a_failed_day_is_published_and_the_day_is_named(
    failed_range: tuple[Path, Outcome],
) -> None:
    folder, outcome = failed_range
    assert len(outcome.failures) == 1
    assert outcome.failures[0].startswith("1 day failed, the rest is published.")
    assert f"2025-03-14 {OTHER}: " in outcome.failures[0]
    assert "an unreadable page stays so until its source corrects it" in outcome.failures[0], "to ask again is no help"
    warehouse = Warehouse(folder / "warehouse")
    assert warehouse.published.exists()
    assert outcome.metadata["listings"]["listings"] > 0
    assert outcome.metadata["arxiv_papers"]["answered"] == outcome.metadata["arxiv_papers"]["due"] > 0


def test_a_day_says_of_each_source_what_came_and_why_there_is_nothing(failed_range: tuple[Path, Outcome]) -> None:
    home = failed_range[0] / "dagster"
    published = metadata_of(home, "listings", "2025-03-13")
    assert (published["outcome"], published["weekday"]) == ("published", "Thursday")
    assert published["listings"] == published["dagster/partition_row_count"] > 0
    assert len(published[f"{SOURCE} sha256"]) == 64
    assert "| source | paper | title |" in published["first papers"]
    weekend = metadata_of(home, "listings", "2025-03-15")
    assert (weekend["outcome"], weekend["weekday"], weekend["listings"]) == ("absent", "Saturday", 0)
    assert weekend[SOURCE] == "absent: the source published no page on this Saturday, as on most weekends"
    asked = metadata_of(home, "documents", "2025-03-15")
    assert asked["outcome"] == "absent" and asked["requests"] == 2
    assert asked[SOURCE] == "absent: the archive has no page of this day (HTTP 404)"


def test_the_last_weeks_are_a_calendar_that_tells_the_kinds_of_days_apart(failed_range: tuple[Path, Outcome]) -> None:
    with dg.DagsterInstance.from_config(str(failed_range[0] / "dagster")) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("fct_source_day"))
    assert event is not None and event.asset_materialization is not None
    text = str(event.asset_materialization.metadata["calendar"].value)
    rows = {line.split("|")[1].strip(): line.split("|")[-2].strip() for line in text.splitlines() if "/" in line}
    assert rows[OTHER] == "···■×––" and rows[SOURCE] == "···■■––"
    assert "× failed" in text


def test_the_publish_tells_of_a_newer_day_of_a_source_as_of_its_end(
    failed_range: tuple[Path, Outcome],
) -> None:
    key = dg.AssetKey(["source", *SOURCE.split("/")])
    with dg.DagsterInstance.from_config(str(failed_range[0] / "dagster")) as instance:
        event = instance.get_latest_materialization_event(key)
    # Told as of now it would be fresh, though its newest day is long ago.
    assert event is not None and event.timestamp == datetime(2025, 3, 15, tzinfo=UTC).timestamp()
    warehouse = Warehouse(failed_range[0] / "warehouse")
    with dg.DagsterInstance.ephemeral() as instance:
        then = datetime(2025, 3, 17, 12, tzinfo=UTC)  # the Monday after
        news = {event.asset_key.path[1]: (event, at) for event, at in find_news(warehouse, instance, TESTED, then)}
        assert {owner: (event.description, at) for owner, (event, at) in news.items()} == {
            "timlrx": ("papers of Friday, 2025-03-14", datetime(2025, 3, 15, tzinfo=UTC)),
            "gabrielchua": ("papers of Thursday, 2025-03-13", datetime(2025, 3, 14, tzinfo=UTC)),  # its Friday failed
        }
        assert news["timlrx"][0].metadata["days behind"].value == 3
        for event in tell_news(instance, news.values(), then):
            pytest.fail(f"{event} is over, and told as of now")
        assert list(find_news(warehouse, instance, TESTED, then)) == []


def test_the_published_file_says_numbers_that_can_be_plotted(failed_range: tuple[Path, Outcome]) -> None:
    told = newest_metadata(failed_range[0] / "dagster", "published_warehouse")
    file = failed_range[0] / "warehouse" / "papers.duckdb"
    with duckdb.connect(str(file), read_only=True) as published:
        counts = [published.sql(f"select count(*) from {table}").fetchall()[0][0] for table in TABLES]
        for name, table in (("papers", "dim_paper"), ("repositories", "dim_repository")):
            query = f"select count(*) from {table} where {name.replace('ies', 'y').rstrip('s')}_key <> -1"
            assert [(told[name],)] == published.sql(query).fetchall()
    assert (told["rows"], told["size bytes"]) == (sum(counts), file.stat().st_size)
    assert isinstance(told["seconds"], float) and told["seconds"] > 0


def newest_metadata(home: Path, *key: str) -> dict[str, Any]:
    """Return the metadata of the newest materialization of an asset; none without one."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(key))
    found = event and event.asset_materialization
    return {name: value.value for name, value in found.metadata.items()} if found else {}


def test_a_failed_day_turns_green_once_it_is_asked_for_again(
    failed_range: tuple[Path, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = failed_range
    with Standin() as standin:
        standin.allow(5000)
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("WAREHOUSE_DIR", str(folder / "warehouse"))
        monkeypatch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        outcome = run_days(date(2025, 3, 14), date(2025, 3, 14))
    assert outcome.failures == ()
    assert partitions(folder / "dagster", "listings")["2025-03-14"] == "green"
    assert metadata_of(folder / "dagster", "documents", "2025-03-14")["outcome"] == "page"


def test_a_page_that_may_still_come_is_neither_absent_nor_failed(tmp_path: Path) -> None:
    noon = datetime(2025, 3, 10, 12, tzinfo=UTC)
    [answer] = read_page_responses(tmp_path, page(MONDAY, 404, noon))
    assert answer.outcome == "not there yet"
    found = describe_documents(
        registry.SOURCES, MONDAY, {SOURCE: answer}, Stored(outcomes={(OTHER, MONDAY): "published"}), noon
    )
    assert found["outcome"] == "stored"  # one source has spoken, the other may still
    assert found[SOURCE].startswith("not there yet: no page yet (HTTP 404)")
    assert describe_listings(registry.SOURCES, MONDAY, [], noon)["outcome"] == "not there yet"


def test_a_day_that_is_long_over_and_was_never_asked_for_may_not_still_come() -> None:
    found = describe_listings(registry.SOURCES, MONDAY, [], datetime(2025, 4, 1, tzinfo=UTC))
    assert found["outcome"] == "not asked"
    assert found[SOURCE] == "not asked: nobody has asked for this day since it ended"


def test_the_same_answer_after_midnight_is_absence(tmp_path: Path) -> None:
    [answer] = read_page_responses(tmp_path, page(MONDAY, 404, datetime(2025, 3, 11, 0, 15, tzinfo=UTC)))
    assert answer.outcome == "absent"


def test_a_page_that_is_no_page_has_failed(tmp_path: Path) -> None:
    [answer] = read_page_responses(
        tmp_path, page(MONDAY, 200, datetime(2025, 3, 10, 13, tzinfo=UTC), b"<html>busy</html>")
    )
    assert answer.outcome == "failed" and answer.sha256 is None


def test_responses_of_a_run_are_told_although_private_files_were_rebuilt_meanwhile(tmp_path: Path) -> None:
    exchange = page(MONDAY, 503, datetime(2025, 3, 10, 13, tzinfo=UTC))
    assert len(read_page_responses(tmp_path, exchange)) == 1
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.private.staging.write_bytes(b"not a database" * 10_000)
    [response] = read_responses(warehouse, ids_of([exchange]))[MONDAY].values()
    assert response.outcome == "failed"


def test_a_day_whose_newest_page_cannot_be_read_has_failed_and_says_that_its_rows_stay() -> None:
    row = {"source_id": SOURCE, "outcome": "published", "reason": None, "correction_failure": "unknown columns: Venue"}
    row |= {"listing_count": 3, "rejected_count": 0, "sha256": "0" * 64}
    found = describe_listings(registry.SOURCES, MONDAY, [row], datetime(2025, 3, 11, tzinfo=UTC))
    assert found["outcome"] == "failed"
    assert found[SOURCE] == ("failed: its newest page cannot be read, the one before stays: unknown columns: Venue")


def test_a_stored_page_that_cannot_be_read_is_not_told_as_final(tmp_path: Path) -> None:
    source_day = (SOURCE, MONDAY)
    stored = Stored({source_day: "failed"}, {source_day: "0" * 40}, frozenset([source_day]))
    found = describe_documents(registry.SOURCES, MONDAY, {}, stored, datetime(2025, 3, 12, tzinfo=UTC))
    assert found[SOURCE] == "not asked: already stored, but cannot be read, and unchanged"


def test_a_day_before_the_first_page_of_a_source_is_not_its_failure() -> None:
    found = describe_listings(registry.SOURCES, date(2024, 9, 5), [], datetime(2024, 9, 5, 12, tzinfo=UTC))
    assert found[SOURCE] == "not asked: its first page is from 2024-09-27"


def read_page_responses(folder: Path, *exchanges: Exchange) -> list[PageResponse]:
    """Store exchanges, and return what the run that loads them says of each."""
    warehouse = empty_warehouse(folder / "warehouse")
    warehouse.load_raw()
    warehouse.raw.store(*exchanges)
    received = ids_of(exchanges)
    return [response for day in read_responses(warehouse, received).values() for response in day.values()]


def page(day: date, status: int, at: datetime, body: bytes = b"") -> Exchange:
    return Exchange("archive", (f"{SOURCE}/{day}",), 1, "https://example.org/a.md", "GET", status, {}, at, body, None)


def test_a_spent_quota_is_not_asked_again_before_its_reset(tmp_path: Path) -> None:
    warehouse = empty_warehouse(tmp_path)
    now = datetime.now(UTC)
    spent(warehouse, "2", now + timedelta(minutes=20))
    report = read_spent_quota(warehouse, ["a/b"], "GET", has_token=False, reserve=RESERVED_REQUESTS)
    assert report is not None and report.deferred == ("a/b",) and report.requests == 0
    assert report.until is not None and report.until > now + timedelta(minutes=19)
    assert (
        read_spent_quota(warehouse, ["a/b"], "GET", has_token=True, reserve=RESERVED_REQUESTS) is None
    )  # another quota, of which nothing is known
    assert read_spent_quota(warehouse, [], "GET", has_token=False, reserve=RESERVED_REQUESTS) is None


@pytest.mark.parametrize(("left", "minutes"), [("3", 20), ("0", -1), ("0", 90)])
def test_a_quota_that_is_not_spent_or_filled_up_again_is_asked(tmp_path: Path, left: str, minutes: int) -> None:
    warehouse = empty_warehouse(tmp_path)
    spent(warehouse, left, datetime.now(UTC) + timedelta(minutes=minutes))
    assert read_spent_quota(warehouse, ["a/b"], "GET", has_token=False, reserve=RESERVED_REQUESTS) is None


def spent(warehouse: Warehouse, left: str, resets_at: datetime) -> None:
    headers = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": left}
    headers |= {"x-ratelimit-reset": str(int(resets_at.timestamp()))}
    at = datetime.now(UTC) - timedelta(minutes=1)
    answer = Exchange("github", ("x/y",), 1, "https://api.example.org/repos/x/y", "GET", 404, headers, at, b"{}", None)
    warehouse.raw.store(answer)
    warehouse.refresh()


def test_the_graph_reads_like_the_picture() -> None:
    graph = defs.resolve_asset_graph()
    groups = {key.to_user_string(): graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert groups == {
        "documents": "fetch",
        "listings": "parse",
        "arxiv_papers": "enrich",
        "datacite_papers": "enrich",
        "github_repositories": "enrich",
        "github_star_history": "enrich",
        "hub_papers": "enrich",
        "hub_resources": "enrich",
        "semantic_scholar_papers": "enrich",
        "published_warehouse": "publish",
        "report": "publish",
        **{f"source/{source.source_id}": "sources" for source in registry.SOURCES},
        **dict.fromkeys(TABLES, "load"),
    }
    assert parents("listings") == {"documents"}
    assert parents("arxiv_papers") == parents("github_repositories") == {"listings"}
    assert parents("datacite_papers") == {"arxiv_papers"}
    assert parents("github_star_history") == {"listings", "github_repositories"}  # after them, with what is left
    assert parents("semantic_scholar_papers") == {"arxiv_papers", "github_repositories"}  # behind everything else
    # fct_listing, since the first listing names a paper
    assert parents("dim_paper") == {"listings", "arxiv_papers", "datacite_papers", "fct_listing"}
    assert parents("published_warehouse") == set(TABLES)
    assert parents("report") == {"published_warehouse"}
    assert all(parents(f"source/{source.source_id}") == {"published_warehouse"} for source in registry.SOURCES)


def parents(asset: str) -> set[str]:
    return {key.to_user_string() for key in defs.resolve_asset_graph().get(dg.AssetKey(asset.split("/"))).parent_keys}


def test_every_asset_says_its_grain_kinds_and_where_its_code_is() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert (node.description or "").startswith("Grain: "), key
        assert node.kinds, key
        if not node.is_materializable:
            continue
        references = node.metadata["dagster/code_references"].code_references
        assert references and all(Path(reference.file_path).is_file() for reference in references), key


def test_every_table_declares_its_columns_as_the_schema_file_does() -> None:
    graph = defs.resolve_asset_graph()
    for table in TABLES:
        schema = graph.get(dg.AssetKey(table)).metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == list(sql_files.columns(table)), table
        assert all(column.description for column in schema.columns), table


def test_a_check_of_the_days_comes_after_the_publish() -> None:
    spec = next(spec for check in defs.asset_checks or () for spec in check.check_specs if spec.name == "days_answered")
    assert {dep.asset_key.to_user_string() for dep in spec.additional_deps} == {"published_warehouse"}
    assert not spec.blocking


def test_both_dagster_configurations_agree() -> None:
    import yaml

    root = Path(__file__).parents[2]
    names = ("pipeline/defs/dagster.yaml", "dagster.yaml")
    ours, theirs = (yaml.safe_load((root / name).read_text()) for name in names)
    assert theirs["storage"]["custom"].pop("config") == {"base_dir": ".dagster"}
    assert {name: theirs[name] for name in ours} == ours
    assert ours["concurrency"]["runs"]["max_concurrent_runs"] == 1
    assert set(theirs) - set(ours) == {"local_artifact_storage", "compute_logs"}  # the paths
