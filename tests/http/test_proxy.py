"""Proxies: none for this machine, and one that cannot be used is named by its setting, without its password."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from loopback import Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange

FAR = "https://pages.example/x"  # a name of RFC 2606, which only a proxy could be asked for


@pytest.fixture(autouse=True)
def _no_other_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("http", "https", "all", "no"):
        for name in (f"{scheme}_proxy", f"{scheme}_PROXY".upper()):
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def closed() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url: str) -> Exchange:
    with Web(connect_seconds=2, read_seconds=2, deadline_seconds=5) as web:
        return web.send("GET", url, service="archive", asked=())


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:{port}", "socks5h://127.0.0.1:{port}", "http://nowhere.invalid:1"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_asked_without_a_proxy(monkeypatch, closed, name, proxy, host):
    monkeypatch.setenv(name, proxy.format(port=closed))
    with serve(lambda asked: Reply(200, b"here")) as server:
        assert ask(server.url.replace("127.0.0.1", host)).body == b"here"


def test_others_are_asked_through_it(monkeypatch):
    with serve(lambda asked: Reply(200, b"from the proxy")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert ask("http://pages.example/x").body == b"from the proxy"
    assert [asked.path for asked in proxy.asked] == ["http://pages.example/x"]


@pytest.mark.parametrize("name", ["ALL_PROXY", "HTTPS_PROXY", "all_proxy", "https_proxy"])
@pytest.mark.parametrize(
    ("proxy", "told"),
    [
        ("http://me:secret@127.0.0.1:{port}", "it refused the connection"),
        ("http://me:secret@nowhere.invalid:1", "its name cannot be resolved"),
        ("socks5h://me:secret@127.0.0.1:{port}", "PySocks"),
        ("ftp://me:secret@127.0.0.1:{port}", "no address of a proxy"),
        ("http://me:secret@127.0.0.1:secret", "no address of a proxy"),
        ("http://", "no address of a proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_setting(monkeypatch, closed, name, proxy, told):
    monkeypatch.setenv(name, proxy.format(port=closed))
    answer = ask(FAR)
    assert str(answer.error).startswith(f"the proxy of {name} ")
    assert told in str(answer.error)
    assert "secret" not in str(answer.error)
    assert "\n" not in str(answer.error)
    assert answer.is_unreachable
    assert answer.is_stopped_by_proxy


def test_a_proxy_that_lets_nobody_through_says_so_in_its_number(monkeypatch):
    with serve_refusals() as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        assert ask(FAR).error == "the proxy of HTTPS_PROXY did not let the request through (HTTP 407)"


@contextmanager
def serve_refusals() -> Iterator[int]:
    """A proxy that answers one CONNECT with 407."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 407 secret\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_without_a_proxy_none_is_blamed(closed):
    answer = ask(f"http://127.0.0.1:{closed}/x")
    assert (answer.error, answer.is_stopped_by_proxy) == ("the connection was refused", False)
