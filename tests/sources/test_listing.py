"""The listing of an archive and its download, by real HTTP of a loopback server."""

import gzip
import hashlib
import io
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Clock

from pipeline.core.errors import SourceError, TokenError
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.sources.archives import tarball
from pipeline.sources.archives.listing import Listing, list_archive
from pipeline.sources.archives.tarball import Download, fetch_tarball
from pipeline.sources.pages import DocumentDay, blob_sha
from pipeline.sources.registry import find_source
from pipeline.standin import Response, Standin
from pipeline.standin.archive import list_tree
from pipeline.standin.wire import json_response, message_response

TOKEN = "secret-of-the-tests-0123456789"
START = Clock().now()
HTML = Response(200, b"<!DOCTYPE html><html><title>Unicorn!</title><body>Too long to load.</body></html>")
NOT_FOUND = message_response(404, "Not Found")
SOURCE = "Someone/invented-pages"
PAGES = {
    date(2024, 12, 31): b"| Title |\n|---|\n| Old |\n",
    date(2025, 1, 1): "| T\u00eftle |\n|---|\n| New |\n".encode(),
    date(2025, 3, 9): b"",
}
SHAS = {(SOURCE, day): blob_sha(body) for day, body in PAGES.items()}
FILES = {f"archive/{day:%Y/%m/%d}.md": body for day, body in PAGES.items()}
EVERYTHING = {"README.md": b"# Pages\n", **FILES, "archive/index.md": b"x", "papers/2025/01/01.md": b"y"}


class Archive(Standin):
    """The stand-in with a repository of pages in a folder, on a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, token=TOKEN, now=Clock().now)
        self.root = folder / SOURCE / "main"
        self.lay(EVERYTHING)

    def lay(self, files: dict[str, bytes]) -> None:
        """Replace what the repository holds."""
        shutil.rmtree(self.root, ignore_errors=True)
        for path, body in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)

    def script(self, *responses: Any) -> None:
        """Give these before all others, whatever is requested."""
        for response in responses:
            self.fail("/", response, times=1)


def sha_of(folder: str) -> str:
    return next(entry.sha for entry in list_tree(EVERYTHING)[1] if entry.path == folder)


def tree_entry(path: str, sha: str, kind: str = "blob") -> dict[str, str]:
    return {"path": path, "mode": "040000" if kind == "tree" else "100644", "type": kind, "sha": sha}


def pack(files: dict[str, bytes], extra: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
    """Return a .tar.gz as GitHub's: everything below one folder; `extra` members as they are, without content."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for member in extra:
            archive.addfile(member)
        for path, body in files.items():
            member = tarfile.TarInfo(f"invented-pages-0a1b2c3/{path}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return packed.getvalue()


class Client:
    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self.clock = Clock()
        self.kept: list[Exchange] = []

    def list(self, server: Standin, etag: str | None = None, source_id: str = SOURCE) -> Listing:
        with self.web() as web:
            return list_archive(
                web, server.url, find_source(source_id), token=self.token, store=self.kept.append, etag=etag
            )

    def download(
        self, server: Standin, wanted: dict[DocumentDay, str] | None = None, source_id: str = SOURCE
    ) -> Download:
        wanted = SHAS if wanted is None else wanted
        with self.web() as web:
            return fetch_tarball(web, server.url, find_source(source_id), token=self.token, wanted=wanted)

    def web(self) -> Web:
        return Web(now=self.clock.now, sleep=self.clock.sleep)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive") as server:
        yield server


# --- the listing ------------------------------------------------------------------------------------------------------


def test_one_request_lists_every_day_with_gits_name_of_its_page(archive: Archive) -> None:
    client = Client()
    listing = client.list(archive)
    assert (listing.outcome, listing.blobs, listing.fetched_at) == ("listed", SHAS, START)
    assert str(listing.etag).startswith('W/"')
    assert len(archive.requests) == len(client.kept) == 1
    assert (client.kept[0].service, client.kept[0].asked) == ("archive", (SOURCE,))


def test_only_paths_of_days_are_days(archive: Archive) -> None:
    others = [
        "archive/2025/02/30.md",
        "archive/2025/1/01.md",
        "archive/2025/01/01.MD",
        "archive/2025/01/02.md/x",
        "x/archive/2025/01/03.md",
        "archive/\u0662\u0660\u0662\u0665/01/04.md",
        "archive/2025/01/05.md\n",
        "archive/../2025/01/06.md",
        "archive/0000/01/06.md",
    ]
    entries = [tree_entry(path, SHAS[day]) for path, day in zip(FILES, SHAS, strict=True)]
    entries += [tree_entry(path, "b" * 40) for path in others]
    archive.script(json_response(200, {"tree": entries, "truncated": False}))
    assert Client().list(archive).blobs == SHAS


def test_folder_or_link_by_the_name_of_a_page_is_no_page(archive: Archive) -> None:
    sha = "b" * 40
    entries = [
        {"path": "archive/2025/01/01.md", "mode": "120000", "type": "blob", "sha": sha},
        {"path": "archive/2025/01/02.md", "mode": "160000", "type": "commit", "sha": sha},
        tree_entry("archive/2025/01/03.md", sha, "tree"),
        tree_entry("archive/2025/01/04.md", "c" * 64),
    ]
    archive.script(json_response(200, {"tree": entries, "truncated": False}))
    assert Client().list(archive).blobs == {(SOURCE, date(2025, 1, 4)): "c" * 64}


def tails(archive: Archive) -> list[str]:
    return [request.path.rpartition("/git/trees/")[2] for request in archive.requests]


def test_listing_cut_short_is_walked_by_its_folders(archive: Archive) -> None:
    archive.github.tree_limit = 9
    assert Client().list(archive).blobs == SHAS
    assert tails(archive) == ["main?recursive=1", "main", f"{sha_of('archive')}?recursive=1"]


def test_listing_cut_short_again_and_again_is_walked_down_to_the_months(archive: Archive) -> None:
    archive.github.tree_limit = 3
    assert Client().list(archive).blobs == SHAS
    folders = ["archive/2024", "archive/2025", "archive/2025/01", "archive/2025/03"]
    assert {sha_of(folder) for folder in folders} <= {tail.partition("?")[0] for tail in tails(archive)}
    assert sha_of("papers") not in str(tails(archive))
    assert len(set(tails(archive))) == len(tails(archive)) == 9


def test_walk_that_breaks_off_is_no_listing(archive: Archive) -> None:
    archive.github.tree_limit = 3
    archive.fail(f"/repos/{SOURCE}/git/trees/{sha_of('archive/2025')}", 500)
    listing = Client().list(archive)
    assert (listing.outcome, listing.blobs) == ("unavailable", None)
    assert "500" in str(listing.reason)


def test_folder_that_is_cut_short_by_itself_is_no_listing(archive: Archive) -> None:
    cut = {"tree": [tree_entry("archive", "d" * 40, "tree")], "truncated": True}
    archive.script(*[json_response(200, cut)] * 9)
    listing = Client().list(archive)
    assert (listing.outcome, listing.blobs) == ("unavailable", None)
    assert tails(archive) == ["main?recursive=1", "main"]


def test_repository_without_an_archive_lists_no_day(archive: Archive) -> None:
    archive.lay({"README.md": b"x"})
    assert Client().list(archive).blobs == {}


@pytest.mark.parametrize(
    "answer",
    [NOT_FOUND, message_response(409, "Git Repository is empty."), replace(HTML, status=404)],
    ids=["404", "409", "404 html"],
)
def test_repository_without_a_listing_is_asked_once_and_says_so(archive: Archive, answer: Response) -> None:
    archive.script(answer)
    listing = Client().list(archive)
    assert (listing.outcome, listing.blobs) == ("unavailable", None)
    assert str(answer.status) in str(listing.reason)
    assert len(archive.requests) == 1


MALFORMED: list[Any] = [
    [],
    {"tree": {}, "truncated": False},
    {"truncated": False},
    {"tree": [1], "truncated": False},
    {"tree": [{"path": "archive/2025/01/01.md", "type": "blob", "sha": "short"}], "truncated": False},
    {"tree": [{"path": 3, "type": "blob", "sha": "a" * 40}], "truncated": False},
]


@pytest.mark.parametrize("value", MALFORMED, ids=str)
def test_listing_of_another_shape_is_asked_again_and_never_an_empty_one(archive: Archive, value: object) -> None:
    archive.script(*[json_response(200, value)] * 3)
    listing = Client().list(archive)
    assert (listing.outcome, listing.blobs) == ("unavailable", None)
    assert len(archive.requests) == 3


def test_etag_goes_out_only_along_with_a_token(archive: Archive) -> None:
    etag = Client(TOKEN).list(archive).etag
    assert Client(TOKEN).list(archive, etag).outcome == "not_modified"
    assert Client().list(archive, etag).outcome == "listed"
    assert ["if-none-match" in request.headers for request in archive.requests] == [False, True, False]


def test_304_is_taken_even_where_none_was_asked_for(archive: Archive) -> None:
    archive.script(Response(304))
    listing = Client().list(archive)
    assert (listing.outcome, listing.blobs) == ("not_modified", None)


def test_quota_used_up_says_until_when(archive: Archive) -> None:
    reset = START + timedelta(minutes=30)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{reset.timestamp():.0f}"}
    archive.script(message_response(403, "API rate limit exceeded", headers))
    client = Client()
    listing = client.list(archive)
    assert (listing.outcome, listing.until) == ("unavailable", reset + timedelta(seconds=1))
    assert (len(archive.requests), client.clock.waits) == (1, [])


def test_trouble_that_passes_is_asked_again(archive: Archive) -> None:
    archive.script(replace(HTML, status=502), HTML)
    assert Client().list(archive).blobs == SHAS
    assert len(archive.requests) == 3


def test_refused_token_is_said_at_once(archive: Archive) -> None:
    client = Client("wrong-secret")
    with pytest.raises(TokenError):
        client.list(archive)
    with pytest.raises(TokenError):
        client.download(archive)
    assert len(archive.requests) == 2


def test_source_that_cannot_be_a_repository_is_named(archive: Archive) -> None:
    with pytest.raises(SourceError, match="not the name"):
        Client().list(archive, source_id="../../user")
    with pytest.raises(SourceError, match="not the name"):
        Client().download(archive, source_id="a/b/../c")
    assert archive.requests == []


# --- the download -----------------------------------------------------------------------------------------------------


def test_download_brings_the_wanted_pages_each_as_an_exchange_of_its_own(archive: Archive) -> None:
    wanted = {(SOURCE, day): SHAS[SOURCE, day] for day in (date(2025, 1, 1), date(2024, 12, 31))}
    download = Client().download(archive, wanted)
    assert [(page.asked, page.body) for page in download.pages] == [
        ((f"{SOURCE}/2024-12-31",), PAGES[date(2024, 12, 31)]),
        ((f"{SOURCE}/2025-01-01",), PAGES[date(2025, 1, 1)]),
    ]
    page = download.pages[0]
    assert (page.service, page.method, page.status, page.error) == ("archive", "TARBALL", 200, None)
    assert page.url == f"{archive.url}/repos/{SOURCE}/tarball/main"
    assert page.fetched_at == START
    assert (download.failures, download.missing, download.mismatched, download.reason) == ((), (), (), None)


def test_page_that_is_empty_is_a_page(archive: Archive) -> None:
    day = date(2025, 3, 9)
    (page,) = Client().download(archive, {(SOURCE, day): SHAS[SOURCE, day]}).pages
    assert page.body == b""


def test_page_that_is_not_what_git_says_is_reported_and_not_returned(archive: Archive) -> None:
    another, nowhere = (SOURCE, date(2025, 1, 1)), (SOURCE, date(2025, 1, 2))
    wanted = {**SHAS, another: blob_sha(b"another"), nowhere: blob_sha(b"nowhere")}
    download = Client().download(archive, wanted)
    assert [page.asked[0][-10:] for page in download.pages] == ["2024-12-31", "2025-03-09"]
    assert (download.mismatched, download.missing) == ((another,), (nowhere,))


def test_repository_of_gits_newer_hash_is_verified_by_it(archive: Archive) -> None:
    day = date(2025, 1, 1)
    sha = hashlib.sha256(b"blob %d\0" % len(PAGES[day]) + PAGES[day]).hexdigest()
    assert len(Client().download(archive, {(SOURCE, day): sha}).pages) == 1
    assert Client().download(archive, {(SOURCE, day): "0" * 64}).mismatched == ((SOURCE, day),)


def send_downloads_to(archive: Archive, url: str) -> None:
    """Redirect as GitHub does, with a signed address, to another port or host."""
    location = f"{url}/{SOURCE}/legacy.tar.gz/refs/heads/main?token=SIGNED"
    archive.fail(f"/repos/{SOURCE}/tarball", Response(302, headers={"Location": location}))


def test_token_goes_to_the_api_and_not_to_where_it_redirects(
    archive: Archive, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "pipeline")
    with Archive(tmp_path / "elsewhere") as elsewhere:
        send_downloads_to(archive, elsewhere.url)
        client = Client(TOKEN)
        download = client.download(archive)
        client.list(archive)
    assert len(download.pages) == 3
    assert [request.headers.get("authorization") for request in archive.requests] == [f"Bearer {TOKEN}"] * 2
    (request,) = elsewhere.requests
    assert "authorization" not in request.headers
    assert TOKEN not in str(request)
    assert TOKEN not in repr(download) + repr(client.kept) + caplog.text
    assert "SIGNED" not in repr(download) + caplog.text


def test_redirect_to_a_host_that_was_not_named_is_not_followed(archive: Archive, tmp_path: Path) -> None:
    with Archive(tmp_path / "elsewhere") as elsewhere:
        send_downloads_to(archive, elsewhere.url.replace("127.0.0.1", "localhost"))
        download = Client(TOKEN).download(archive)
    assert elsewhere.requests == []
    assert download.pages == ()
    assert "redirect" in str(download.reason)
    assert [failure.status for failure in download.failures] == [None] * 3


@pytest.mark.parametrize(
    ("answer", "requests"),
    [(NOT_FOUND, 1), (replace(HTML, status=503), 3), (HTML, 3)],
    ids=["404", "503", "200 html"],
)
def test_download_that_cannot_be_had_says_why(archive: Archive, answer: Response, requests: int) -> None:
    archive.script(*[answer] * requests)
    download = Client().download(archive)
    assert (download.pages, download.missing, download.mismatched) == ((), (), ())
    assert str(answer.status) in str(download.reason)
    assert len(download.failures) == len(archive.requests) == requests
    assert {failure.asked for failure in download.failures} == {(SOURCE,)}


def test_trouble_before_a_download_is_kept_beside_it(archive: Archive) -> None:
    archive.script(replace(HTML, status=502), "reset")
    download = Client().download(archive)
    assert len(download.pages) == 3
    assert [failure.status for failure in download.failures] == [502, None]


def unpacked(packed: bytes, wanted: dict[DocumentDay, str] | None = None) -> Download:
    answer = Exchange("archive", (SOURCE,), 1, "https://api.example.org", "GET", 200, {}, START, packed, None)
    return tarball.unpack(find_source(SOURCE), answer, SHAS if wanted is None else wanted)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_download_that_breaks_off_says_so_and_calls_nothing_missing(share: float) -> None:
    big = {f"archive/2023/01/{day:02}.md": bytes(str(day), "ascii") * 9999 for day in range(1, 29)}
    packed = pack({**big, **FILES})
    download = unpacked(packed[: int(len(packed) * share)])
    assert download.missing == ()
    assert "damaged" in str(download.reason)
    assert [failure.body for failure in download.failures] == [None]


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_links_devices_and_other_paths_are_passed_over() -> None:
    path = "invented-pages-0a1b2c3/archive/2025/01/02.md"
    evil = tuple(
        special(path, kind, "/etc/passwd")
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
    )
    names = ("archive/2025/01/02.md", "/archive/2025/01/02.md", "../archive/2025/01/02.md", "a/b/archive/2025/01/02.md")
    plain = tuple(tarfile.TarInfo(name) for name in names)
    wanted = {**SHAS, (SOURCE, date(2025, 1, 2)): blob_sha(b"x")}
    download = unpacked(pack(FILES, evil + plain[:1] + plain[3:]), wanted)
    assert len(download.pages) == 3
    assert (download.missing, download.mismatched, download.reason) == (((SOURCE, date(2025, 1, 2)),), (), None)


def test_small_download_that_unpacks_into_too_much_ends_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarball, "UNPACKED_LIMIT_BYTES", 3_000_000)
    download = unpacked(pack({"zeros.bin": bytes(20_000_000), **FILES}))
    assert download.pages == ()
    assert "more than 3000000 bytes" in str(download.reason)


def test_page_that_is_too_large_ends_in_an_error() -> None:
    huge = {"archive/2025/01/01.md": bytes(tarball.PAGE_LIMIT_BYTES + 1)}
    assert "a page has" in str(unpacked(pack(huge)).reason)


def test_too_many_members_end_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarball, "MEMBERS_LIMIT", 100)
    download = unpacked(pack({f"{index}.txt": b"" for index in range(101)}))
    assert "more than 100 files" in str(download.reason)


@given(data=st.data())
def test_altered_download_never_gives_a_page_that_is_not_gits(data: st.DataObject) -> None:
    plain = bytearray(gzip.decompress(pack(EVERYTHING)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, min(len(plain), 6000) - 1))
        plain[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(plain)))
    download = unpacked(gzip.compress(bytes(plain[:end])))
    for page in download.pages:
        assert page.body == PAGES[date.fromisoformat(page.asked[0][-10:])]


@given(noise=st.binary(max_size=2000))
def test_bytes_that_are_no_archive_end_in_a_reason_or_in_nothing_found(noise: bytes) -> None:
    for packed in (noise, b"\x1f\x8b\x08" + noise, gzip.compress(noise)):
        download = unpacked(packed)
        assert download.pages == ()
        assert download.reason is not None or download.missing == tuple(sorted(SHAS))


def test_pax_headers_that_lie_end_in_a_reason() -> None:
    member = tarfile.TarInfo("invented-pages-0a1b2c3/archive/2025/01/01.md")
    for headers in ({"size": "-1"}, {"size": "99999999999999999"}, {"GNU.sparse.map": "0,9,a"}, {"path": "\udcff/x"}):
        member.pax_headers = headers
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
            archive.addfile(member)
        assert unpacked(packed.getvalue()).pages == ()
