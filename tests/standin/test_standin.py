"""The stand-ins answer as the services do, over real HTTP: docs/services.md says what that is."""

import hashlib
import http.client
import io
import re
import shutil
import socket
import subprocess
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import requests

from pipeline.services.github.client import BATCH_SIZE
from pipeline.services.github.graphql import write_query
from pipeline.standin import DEMO, Response, Standin
from pipeline.standin.archive import list_tree

SHARED = Path(__file__).parents[2].parent / "shared" / "archives"
ATOM = {"a": "http://www.w3.org/2005/Atom", "x": "http://arxiv.org/schemas/atom"}
SIX_COLUMNS, FOUR_LAYOUTS = "timlrx/daily-ai-papers", "gabrielchua/daily-ai-papers"
TEAPOT, LANTERNS, BEEKEEPER = "2502.90007", "2502.90008", "2503.90188"
TOKEN = "standin-token"


@pytest.fixture
def standin() -> Iterator[Standin]:
    with Standin(token=TOKEN) as running:
        yield running


def get(standin: Standin, path: str, headers: dict[str, str] | None = None, **more: object) -> requests.Response:
    return requests.get(standin.url + path, headers=headers, timeout=10, **more)  # pyright: ignore[reportArgumentType]


def ask_bare(standin: Standin, path: str, headers: dict[str, str]) -> int:
    """Return the status for a request that has these headers and no others."""
    connection = http.client.HTTPConnection(urlsplit(standin.url).netloc, timeout=10)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def ask_graphql(standin: Standin, *names: str) -> dict[str, dict[str, object] | None]:
    answer = post_graphql(standin, write_query(names)).json()
    return {name: answer["data"][f"r{index}"] for index, name in enumerate(names)}


def post_graphql(standin: Standin, question: Any, token: str | None = TOKEN) -> requests.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.post(f"{standin.url}/graphql", json=question, headers=headers, timeout=10)


def entries(response: requests.Response) -> dict[str, ElementTree.Element]:
    """Return the feed's entries by arXiv id with version, in the feed's order."""
    feed = ElementTree.fromstring(response.content)
    return {entry.findtext("a:id", "", ATOM).split("/abs/")[-1]: entry for entry in feed.findall("a:entry", ATOM)}


def known_ids(standin: Standin, count: int) -> list[str]:
    pages = sorted((DEMO / "archive" / FOUR_LAYOUTS).rglob("*.md"))
    ids = re.findall(r"arxiv\.org/abs/([\d.]+)", "".join(page.read_text() for page in pages))
    return [arxiv_id for arxiv_id in dict.fromkeys(ids) if standin.facts.paper(arxiv_id)][:count]


# --- the archive


def test_page_is_served_byte_for_byte_and_says_whose_it_is(standin: Standin) -> None:
    answer = get(standin, f"/{SIX_COLUMNS}/main/archive/2025/02/24.md")
    assert answer.content == (DEMO / f"archive/{SIX_COLUMNS}/main/archive/2025/02/24.md").read_bytes()
    assert answer.headers["Server"] == "papers-standin"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        f"/{SIX_COLUMNS}/main/archive/2025/02/23.md",
        f"/{SIX_COLUMNS}/other-branch/archive/2025/02/24.md",
        "/nobody/nothing/main/archive/2025/02/24.md",
        f"/{SIX_COLUMNS}/main/archive/../../../../papers.json",
        f"/{SIX_COLUMNS}/main/archive/%2e%2e/%2e%2e/papers.json",
    ],
)
def test_what_is_no_page_is_404_in_text(standin: Standin, path: str) -> None:
    answer = get(standin, path)
    assert (answer.status_code, answer.text) == (404, "404: Not Found")


def test_page_that_changes_in_its_folder_is_seen_at_once(tmp_path: Path) -> None:
    page = tmp_path / SIX_COLUMNS / "main/archive/2025/01/02.md"
    with Standin(tmp_path) as standin:
        path = f"/{SIX_COLUMNS}/main/archive/2025/01/02.md"
        statuses = [get(standin, path).status_code]
        page.parent.mkdir(parents=True)
        page.write_text("first")
        texts = [get(standin, path).text]
        page.write_text("second")
        texts.append(get(standin, path).text)
    assert (statuses, texts) == ([404], ["first", "second"])


def test_corrections_laid_over_the_archive_change_their_page_only(standin: Standin) -> None:
    corrected, other = (f"/{SIX_COLUMNS}/main/archive/2025/03/{day}.md" for day in (19, 20))
    before = [get(standin, path).text for path in (corrected, other)]
    standin.archive.folders.insert(0, DEMO / "corrections")
    after = [get(standin, path).text for path in (corrected, other)]
    assert "Corrected: " in after[0]
    assert before[0] != after[0]
    assert before[1] == after[1]


# --- arXiv


def test_feed_holds_what_atom_can_say_of_a_paper(standin: Standin) -> None:
    answer = get(standin, f"/api/query?id_list={LANTERNS}")
    entry = entries(answer)[f"{LANTERNS}v1"]
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    assert entry.findtext("a:title", "", ATOM) == "Lanterns in Fog: Depth Estimation When Nothing Can Be Seen"
    assert entry.findtext("a:summary", "", ATOM).startswith("Invented for the demo.")
    assert [author.findtext("a:name", "", ATOM) for author in entry.findall("a:author", ATOM)]
    assert entry.find("x:primary_category", ATOM).get("term") == "cs.CV"  # pyright: ignore[reportOptionalMemberAccess]
    assert entry.findtext("x:doi", "", ATOM) == "10.99999/fictive.2025.017"
    assert entry.findtext("x:journal_ref", "", ATOM).startswith("Journal of Invented Optics")


def test_feed_without_max_results_is_cut_to_ten(standin: Standin) -> None:
    ids = known_ids(standin, 25)
    few = get(standin, "/api/query?id_list=" + ",".join(ids))
    all_of_them = get(standin, f"/api/query?id_list={','.join(ids)}&start=0&max_results=25")
    assert len(entries(few)) == 10
    assert "<opensearch:totalResults>25<" in few.text
    assert len(entries(all_of_them)) == 25


def test_feed_is_in_an_order_of_its_own_and_leaves_out_the_unknown(standin: Standin) -> None:
    ids = [*known_ids(standin, 20), BEEKEEPER, "2503.99999"]
    found = entries(get(standin, f"/api/query?id_list={','.join(ids + ids)}&max_results=100"))
    without_versions = [arxiv_id.split("v")[0] for arxiv_id in found]
    assert sorted(without_versions) == sorted(ids[:20])
    assert without_versions != ids[:20]


def test_version_is_given_as_asked_and_one_that_is_none_is_left_out(standin: Standin) -> None:
    found = entries(get(standin, f"/api/query?id_list={TEAPOT},{TEAPOT}v1,{TEAPOT}v9&max_results=9"))
    assert set(found) == {f"{TEAPOT}v1", f"{TEAPOT}v2"}
    times = {version: entry.findtext("a:updated", "", ATOM) for version, entry in found.items()}
    assert times[f"{TEAPOT}v1"] == found[f"{TEAPOT}v2"].findtext("a:published", "", ATOM) < times[f"{TEAPOT}v2"]


@pytest.mark.parametrize("wrong", ["abc", "", "0112017"])
def test_one_malformed_id_fails_the_batch(standin: Standin, wrong: str) -> None:
    answer = get(standin, f"/api/query?id_list={TEAPOT},{wrong}")
    entry = ElementTree.fromstring(answer.content).find("a:entry", ATOM)
    assert answer.status_code == 400
    assert entry is not None
    assert entry.findtext("a:title", "", ATOM) == "Error"
    assert entry.find("a:published", ATOM) is None


@pytest.mark.parametrize("near", [f"arXiv:{TEAPOT}", f"%20{TEAPOT}", f"https://arxiv.org/abs/{TEAPOT}", f"{TEAPOT}6"])
def test_id_that_nearly_is_one_silently_finds_nothing(standin: Standin, near: str) -> None:
    answer = get(standin, f"/api/query?id_list={near}")
    assert (answer.status_code, entries(answer)) == (200, {})


def test_arxiv_refuses_who_does_not_say_what_is_accepted_or_who_asks(standin: Standin) -> None:
    path = f"/api/query?id_list={TEAPOT}"
    assert ask_bare(standin, path, {"User-Agent": "test"}) == 406
    assert ask_bare(standin, path, {"Accept": "*/*"}) == 403
    assert ask_bare(standin, path, {"User-Agent": "test", "Accept": "*/*"}) == 200
    assert get(standin, path + "," * 9_000).status_code == 414


def test_arxiv_with_an_interval_refuses_who_comes_too_early(standin: Standin) -> None:
    standin.arxiv.interval_seconds = 3_600
    first, second = (get(standin, f"/api/query?id_list={TEAPOT}") for _ in range(2))
    assert (first.status_code, second.status_code, second.text) == (200, 429, "Rate exceeded.")


def test_feed_is_dated_by_the_request() -> None:
    with Standin(now=lambda: datetime(2025, 4, 1, 12, tzinfo=UTC)) as standin:
        feed = ElementTree.fromstring(get(standin, f"/api/query?id_list={TEAPOT}").content)
    assert feed.findtext("a:updated", "", ATOM) == "2025-04-01T12:00:00Z"


# --- GitHub


def test_rest_and_graphql_tell_the_same_of_every_repository(standin: Standin) -> None:
    standin.allow(1_000)
    names = repository_names()
    nodes = {
        name: node
        for start in range(0, len(names), BATCH_SIZE)
        for name, node in ask_graphql(standin, *names[start : start + BATCH_SIZE]).items()
    }
    for name in names:
        rest, node = get(standin, f"/repos/{name}").json(), nodes[name]
        assert shape_rest(rest) == shape_node(node), name


def repository_names() -> list[str]:
    names = re.findall(r'"full_name": "([^"]+)"', (DEMO / "repositories.json").read_text())
    return [*names, "fictive-nlp/margin-notes", "FICTIVE-LAB/TEAPOT", "fictive-lab/potluck"]


def shape_rest(rest: dict[str, object]) -> list[object] | None:
    if "id" not in rest:
        return None
    licence, owner = rest["license"], rest["owner"]
    assert isinstance(owner, dict)
    return [
        *(rest[key] for key in ("id", "full_name", "description", "homepage", "language", "topics", "size")),
        *(
            rest[key]
            for key in ("archived", "disabled", "fork", "default_branch", "created_at", "updated_at", "pushed_at")
        ),
        *(rest[key] for key in ("stargazers_count", "forks_count", "subscribers_count", "open_issues_count")),
        licence["spdx_id"] if isinstance(licence, dict) else None,
        owner["type"],
    ]


def shape_node(node: object) -> list[object] | None:
    if not isinstance(node, dict):
        return None
    return [
        *(node[key] for key in ("databaseId", "nameWithOwner", "description", "homepageUrl")),
        (node["primaryLanguage"] or {}).get("name"),
        [topic["topic"]["name"] for topic in node["repositoryTopics"]["nodes"]],
        *(node[key] for key in ("diskUsage", "isArchived", "isDisabled", "isFork")),
        node["defaultBranchRef"]["name"],
        *(node[key] for key in ("createdAt", "updatedAt", "pushedAt", "stargazerCount", "forkCount")),
        node["watchers"]["totalCount"],
        node["issues"]["totalCount"] + node["pullRequests"]["totalCount"],
        (node["licenseInfo"] or {}).get("spdxId"),
        node["owner"]["__typename"],
    ]


def test_renamed_repository_is_moved_to_its_number_and_costs_two(standin: Standin) -> None:
    moved = get(standin, "/repos/fictive-nlp/margin-notes", allow_redirects=False)
    followed = get(standin, "/repos/fictive-nlp/margin-notes")
    assert moved.status_code == 301
    assert re.fullmatch(re.escape(standin.url) + r"/repositories/\d+", moved.headers["Location"])
    assert followed.json()["full_name"] == "fictive-nlp/marginalia"
    assert followed.headers["X-RateLimit-Used"] == "3"


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("fictive-lab/breadcrurnbs", 404, None),
        ("fictive-vision/tailor", 451, "dmca"),
        ("jonas-madeup/ngram-guard", 403, "tos"),
    ],
)
def test_repository_that_is_gone_or_blocked_says_which(
    standin: Standin, name: str, status: int, reason: str | None
) -> None:
    answer = get(standin, f"/repos/{name}")
    assert answer.status_code == status
    assert answer.json().get("block", {}).get("reason") == reason
    assert answer.headers["X-RateLimit-Remaining"] == "59"


def test_graphql_keeps_the_good_aliases_and_explains_the_others(standin: Standin) -> None:
    question = write_query(
        ["fictive-lab/teapot", "nobody/nothing", "fictive-vision/tailor", "fictive-nlp/margin-notes"]
    )
    answer = post_graphql(standin, question).json()
    found = [answer["data"][f"r{index}"] for index in range(4)]
    assert [node and node["nameWithOwner"] for node in found] == [
        "fictive-lab/Teapot",
        None,
        None,
        "fictive-nlp/marginalia",
    ]
    assert [(error["type"], error["path"]) for error in answer["errors"]] == [
        ("NOT_FOUND", ["r1"]),
        ("FORBIDDEN", ["r2"]),
    ]
    assert answer["data"]["rateLimit"]["cost"] == 1


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('{ repository(owner: "fictive-lab", name: "teapot") { stars } }', "Field 'stars' doesn't exist"),
        ('{ repository(owner: "fictive-lab", name: "teapot") { owner } }', "Field must have selections"),
        ("query { repository(owner: $o, name: $n) { name } }", "used but not declared"),
        ("query ($o: String!) { repository(owner: $o) { name } }", "was provided invalid value"),
        ("{ repository(", "Unexpected end of document"),
        ("{ ...Facts }", "was used, but not defined"),
        ("{ repositories { name } }", "doesn't exist on type 'Query'"),
    ],
)
def test_graphql_that_github_would_not_take_is_an_error_without_data(
    standin: Standin, query: str, message: str
) -> None:
    answer = post_graphql(standin, {"query": query}).json()
    assert message in answer["errors"][0]["message"]
    assert "data" not in answer


def test_graphql_knows_literals_aliases_and_names_that_are_not_followed(standin: Standin) -> None:
    query = """query Named { one: repository(owner: "fictive-nlp", name: "margin-notes", followRenames: false) { name }
        two: repository(owner: "fictive-nlp", name: "marginalia") { ... on Repository { stars: stargazerCount } } }"""
    data = post_graphql(standin, {"query": query}).json()["data"]
    assert data["one"] is None
    assert list(data["two"]) == ["stars"]


def test_quota_counts_down_and_then_refuses(standin: Standin) -> None:
    standin.allow(2)
    answers = [
        get(standin, f"/repos/{name}") for name in ("fictive-lab/teapot", "nobody/nothing", "fictive-lab/teapot")
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 403]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    limits = get(standin, "/rate_limit").json()["resources"]["core"]
    assert (limits["limit"], limits["remaining"]) == (60, 0)


def test_quota_is_full_again_after_its_hour() -> None:
    clock = [datetime(2025, 4, 1, tzinfo=UTC)]
    with Standin(now=lambda: clock[0]) as standin:
        standin.allow(0)
        refused = get(standin, "/repos/fictive-lab/teapot")
        clock[0] = datetime.fromtimestamp(int(refused.headers["X-RateLimit-Reset"]), UTC)
        answered = get(standin, "/repos/fictive-lab/teapot")
    assert clock[0] == datetime(2025, 4, 1, 1, tzinfo=UTC)
    assert (refused.status_code, answered.status_code) == (403, 200)
    assert answered.headers["X-RateLimit-Remaining"] == "59"


def test_token_has_a_quota_of_its_own_and_a_wrong_one_none(standin: Standin) -> None:
    path, right = "/repos/fictive-lab/teapot", {"Authorization": f"Bearer {TOKEN}"}
    standin.allow(0)
    assert get(standin, path, right).headers["X-RateLimit-Remaining"] == "4999"
    assert get(standin, path, {"Authorization": "Bearer wrong"}).status_code == 401
    assert post_graphql(standin, write_query(["a/b"]), token=None).status_code == 401
    assert post_graphql(standin, write_query(["a/b"]), token="wrong").status_code == 401


def test_points_of_graphql_run_out_with_status_200(standin: Standin) -> None:
    standin.allow(1, "graphql")
    first, second = (post_graphql(standin, write_query(["fictive-lab/teapot"])) for _ in range(2))
    assert "data" in first.json()
    assert second.status_code == 200
    assert second.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert second.headers["X-RateLimit-Remaining"] == "0"


def test_github_refuses_who_does_not_say_who_asks(standin: Standin) -> None:
    assert ask_bare(standin, "/repos/fictive-lab/teapot", {"Accept": "*/*"}) == 403
    assert standin.github.quotas["anonymous"].used == 0


def test_known_etag_is_304_which_is_free_only_with_a_token(standin: Standin) -> None:
    path, right = "/repos/fictive-lab/teapot", {"Authorization": f"Bearer {TOKEN}"}
    tags = [get(standin, path, headers).headers["ETag"] for headers in ({}, right)]
    anonymous = get(standin, path, {"If-None-Match": tags[0]})
    with_token = get(standin, path, {"If-None-Match": tags[1], **right})
    with_foreign_tag = get(standin, path, {"If-None-Match": tags[0], **right})
    assert [answer.status_code for answer in (anonymous, with_token, with_foreign_tag)] == [304, 304, 200]
    assert anonymous.headers["X-RateLimit-Used"] == "2"
    assert with_token.headers["X-RateLimit-Used"] == "1"
    assert anonymous.content == b""


def test_stars_grow_with_the_days_in_both_apis(standin: Standin) -> None:
    name = "fictive-vision/lanterns-in-fog"
    seen: list[tuple[int, object]] = []
    for days in (0, 1, 10):
        standin.github.drift_days = days
        node = ask_graphql(standin, name)[name]
        assert node is not None
        seen.append((get(standin, f"/repos/{name}").json()["stargazers_count"], node["stargazerCount"]))
    first = seen[0][0]
    a_day = seen[1][0] - first
    assert a_day > 0
    assert seen == [(count, count) for count in (first, first + a_day, first + 10 * a_day)]


def test_facts_can_be_changed_between_two_requests(standin: Standin) -> None:
    teapot = standin.facts.repository("fictive-lab/teapot")
    assert teapot is not None
    standin.facts.put("fictive-lab/teapot", replace(teapot, license="Apache-2.0"))
    changed = get(standin, "/repos/fictive-lab/teapot").json()
    standin.facts.put("fictive-lab/teapot", None)
    assert changed["license"]["spdx_id"] == "Apache-2.0"
    assert get(standin, "/repos/fictive-lab/teapot").status_code == 404


# --- GitHub's view of the archive


def test_tree_lists_every_page_with_the_sha_that_git_gives(standin: Standin) -> None:
    tree = get(standin, f"/repos/{SIX_COLUMNS}/git/trees/main?recursive=1").json()
    blobs = {entry["path"]: entry["sha"] for entry in tree["tree"] if entry["type"] == "blob"}
    root = DEMO / "archive" / SIX_COLUMNS / "main"
    pages = {page.relative_to(root).as_posix(): page.read_bytes() for page in root.rglob("*.md")}
    expected = {path: hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest() for path, body in pages.items()}
    assert blobs == expected
    assert tree["truncated"] is False


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_trees_and_blobs_are_what_git_makes_of_the_same_folder(standin: Standin, tmp_path: Path) -> None:
    shutil.copytree(DEMO / "archive" / SIX_COLUMNS / "main", tmp_path / "clone")
    (tmp_path / "clone" / "archive.md").write_text("sorts before the folder archive/")

    def git(*arguments: str) -> str:
        settings = ("-c", "core.autocrlf=false", "-c", "init.defaultObjectFormat=sha1")
        return subprocess.check_output(["git", *settings, *arguments], cwd=tmp_path / "clone", text=True)

    git("init", "--quiet")
    git("add", ".")
    sha = git("write-tree").strip()
    listed = [line.split(maxsplit=3) for line in git("ls-tree", "-r", "-t", "-z", sha).split("\0") if line]
    files = {
        file.relative_to(tmp_path / "clone").as_posix(): file.read_bytes()
        for file in (tmp_path / "clone").rglob("*.md")
    }
    ours = list_tree(files)
    assert ours[0] == sha
    assert [[entry.mode, entry.kind, entry.sha, entry.path] for entry in ours[1]] == listed
    assert get(standin, f"/repos/{SIX_COLUMNS}/git/trees/main").status_code == 200


def test_tree_past_its_limit_is_truncated_and_can_be_walked(standin: Standin) -> None:
    whole = get(standin, f"/repos/{SIX_COLUMNS}/git/trees/main?recursive=1").json()["tree"]
    standin.github.tree_limit = 10
    cut = get(standin, f"/repos/{SIX_COLUMNS}/git/trees/main?recursive=1").json()
    assert (cut["truncated"], len(cut["tree"])) == (True, 10)
    standin.github.tree_limit = 30
    months = [entry for entry in whole if re.fullmatch(r"archive/2025/\d\d", entry["path"])]
    days = [get(standin, f"/repos/{SIX_COLUMNS}/git/trees/{month['sha']}").json()["tree"] for month in months]
    walked = [f"{month['path']}/{day['path']}" for month, rows in zip(months, days, strict=True) for day in rows]
    assert walked == [entry["path"] for entry in whole if entry["type"] == "blob"]


def test_tree_that_is_known_is_304_until_a_page_changes(standin: Standin) -> None:
    path = f"/repos/{SIX_COLUMNS}/git/trees/main?recursive=1"
    tag = get(standin, path).headers["ETag"]
    unchanged = get(standin, path, {"If-None-Match": tag})
    standin.archive.folders.insert(0, DEMO / "corrections")
    changed = get(standin, path, {"If-None-Match": tag})
    assert (unchanged.status_code, changed.status_code) == (304, 200)


def test_tarball_is_redirected_to_and_holds_every_page_under_one_folder(standin: Standin) -> None:
    moved = get(standin, f"/repos/{SIX_COLUMNS}/tarball/main", allow_redirects=False)
    assert moved.status_code == 302
    assert moved.headers["Location"] == f"{standin.url}/{SIX_COLUMNS}/legacy.tar.gz/refs/heads/main"
    body = get(standin, f"/repos/{SIX_COLUMNS}/tarball/main").content
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as tar:
        names = tar.getnames()
    roots = {name.split("/")[0] for name in names}
    assert len(roots) == 1
    assert re.fullmatch(r"timlrx-daily-ai-papers-[0-9a-f]{7}", roots.pop())
    assert len(names) == len(list((DEMO / "archive" / SIX_COLUMNS).rglob("*.md")))


def test_archive_that_is_not_there_has_no_tree_and_no_tarball(standin: Standin) -> None:
    assert get(standin, "/repos/nobody/nothing/git/trees/main?recursive=1").status_code == 404
    assert get(standin, "/repos/nobody/nothing/tarball/main").status_code == 404


# --- facts that are invented from names


def test_invented_facts_are_the_same_in_every_process_and_spread_over_every_fate() -> None:
    names = [f"owner-{number}/name" for number in range(2_000)]
    with Standin(facts=None) as one, Standin(facts=None) as other:
        fates = Counter[str]()
        for name in names:
            repository = one.facts.repository(name)
            assert repository == other.facts.repository(name.upper())
            renamed = repository is not None and repository.full_name != name
            fates["gone" if repository is None else "renamed" if renamed else repository.status] += 1
            if renamed and repository is not None:
                assert one.facts.repository(repository.full_name) == repository
        papers = [one.facts.paper(f"2409.{number:05}") for number in range(2_000)]
        assert papers == [other.facts.paper(f"2409.{number:05}") for number in range(2_000)]
    assert set(fates) == {"found", "gone", "renamed", "dmca", "tos"}
    assert fates["found"] > 1_600
    assert {None if paper is None else paper.version for paper in papers} == {None, 1, 2, 3}


def test_any_archive_gets_answers_for_all_it_lists() -> None:
    if not SHARED.is_dir():
        pytest.skip("the real archives (../shared/archives) are not beside this checkout")
    path = f"/{FOUR_LAYOUTS}/main/archive/2025/03/31.md"
    with Standin(SHARED, facts=None) as standin:
        page = get(standin, path)
        ids = sorted(set(re.findall(r"arxiv\.org/abs/([\d.]+)", page.text)))
        found = entries(get(standin, f"/api/query?id_list={','.join(ids)}&max_results=100"))
        summaries = [entry.findtext("a:summary", "", ATOM) for entry in found.values()]
    assert page.content == (SHARED / path[1:]).read_bytes()
    assert len(found) >= len(ids) - 2
    assert all(summary.startswith("Invented for the demo.") for summary in summaries)


# --- knobs


def test_log_tells_what_was_asked_and_answered(standin: Standin) -> None:
    get(standin, "/nobody/nothing?x=1", {"X-Test": "yes"})
    get(standin, f"/api/query?id_list={TEAPOT}")
    (first,) = standin.asked("/nobody")
    assert (first.method, first.path, first.status) == ("GET", "/nobody/nothing?x=1", 404)
    assert first.headers["x-test"] == "yes"
    assert datetime.now(UTC) - first.at < timedelta(hours=1)
    assert [request.status for request in standin.requests] == [404, 200]


def test_fault_strikes_its_path_so_many_times_and_is_forgotten_on_order(standin: Standin) -> None:
    standin.fail("/repos/", 502, times=2)
    standin.fail("/api/query", 429, headers={"Retry-After": "7"})
    statuses = [get(standin, "/repos/fictive-lab/teapot").status_code for _ in range(3)]
    refused = get(standin, f"/api/query?id_list={TEAPOT}")
    standin.calm()
    assert statuses == [502, 502, 200]
    assert (refused.status_code, refused.text, refused.headers["Retry-After"]) == (429, "Rate exceeded.", "7")
    assert get(standin, f"/api/query?id_list={TEAPOT}").status_code == 200


def test_fault_may_be_a_whole_response_and_the_first_that_is_left_is_given_first(standin: Standin) -> None:
    standin.fail("/", Response(418, b"short and stout", {"X-Handle": "left"}), times=1)
    standin.fail("/repos/", 503)
    first, second = (get(standin, "/repos/fictive-lab/teapot") for _ in range(2))
    assert (first.status_code, first.text, first.headers["X-Handle"]) == (418, "short and stout", "left")
    assert second.status_code == 503


def test_fault_may_strike_only_requests_that_mention_something(standin: Standin) -> None:
    standin.fail("/graphql", 502, mentions='"teapot"')
    statuses = [
        post_graphql(standin, write_query([f"fictive-lab/{name}"])).status_code for name in ("teapot", "kettle")
    ]
    assert statuses == [502, 200]


def test_share_of_faults_is_the_same_for_the_same_seed(standin: Standin) -> None:
    def storm() -> list[int]:
        standin.calm()
        standin.fail("/", 500, share=0.3, seed=7)
        return [get(standin, f"/{SIX_COLUMNS}/main/archive/2025/02/24.md").status_code for _ in range(40)]

    first, second = storm(), storm()
    assert first == second
    assert 4 <= first.count(500) <= 20


def test_page_of_html_and_empty_answers_come_with_status_200(standin: Standin) -> None:
    standin.fail("/repos/", "html")
    standin.fail("/", "empty")
    html, page = get(standin, "/repos/fictive-lab/teapot"), get(standin, f"/{SIX_COLUMNS}/main/archive/2025/02/24.md")
    feed = get(standin, f"/api/query?id_list={TEAPOT}")
    assert (html.status_code, html.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (page.status_code, page.content) == (200, b"")
    assert (feed.status_code, entries(feed)) == (200, {})


def test_secondary_limit_has_its_words_and_a_wait(standin: Standin) -> None:
    standin.fail("/graphql", "secondary")
    answer = post_graphql(standin, write_query(["a/b"]))
    assert (answer.status_code, answer.headers["Retry-After"]) == (403, "60")
    assert "secondary rate limit" in answer.json()["message"]


def test_reset_has_no_answer_and_cut_has_half_of_one(standin: Standin) -> None:
    page = f"/{SIX_COLUMNS}/main/archive/2025/02/24.md"
    standin.fail("/repos/", "reset")
    standin.fail(page, "cut")
    with pytest.raises(requests.ConnectionError):
        get(standin, "/repos/fictive-lab/teapot")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        get(standin, page)
    assert [request.status for request in standin.requests] == [None, 200]


def test_slow_answer_outlasts_an_impatient_client(standin: Standin) -> None:
    standin.slow_seconds = 60
    standin.fail("/", "slow")
    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        requests.get(f"{standin.url}/{SIX_COLUMNS}/main/archive/2025/02/24.md", timeout=0.2)


def test_no_connection_outlives_the_stand_in() -> None:
    with Standin() as standin, requests.Session() as session:
        assert session.get(f"{standin.url}/rate_limit", timeout=10).status_code == 200
        address = urlsplit(standin.url)
        standin.__exit__()
        with pytest.raises(requests.ConnectionError):
            session.get(f"{standin.url}/rate_limit", timeout=10)
        with socket.socket() as port:
            assert port.connect_ex((str(address.hostname), address.port or 0)) != 0
    assert "stand-in" not in {thread.name for thread in threading.enumerate()}
