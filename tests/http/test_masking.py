"""A response that repeats what only its service may know: stored without it, and otherwise byte for byte."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.http.masking import LEAST, Secrets

TOKEN = "ghp_InventedForTests0123456789"
ELSEWHERE = b"\x00\xff before %s behind \xe9"


def ask(reply: Callable[[str], Reply], token: str = TOKEN, path: str = "/x") -> Exchange:
    with serve(lambda asked: reply(asked.headers["authorization"])) as server, Web() as web:
        headers = {"Authorization": f"Bearer {token}"}
        return web.send("GET", server.url + path, service="github", asked=("a/b",), headers=headers)


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a header": lambda token: f"authorization: Bearer {token}",
    "in JSON": lambda token: json.dumps({"headers": {"Authorization": f"Bearer {token}"}}),
    "percent-encoded": lambda token: quote(f"Bearer {token}", safe=""),
    "all of it percent-encoded": lambda token: "".join(f"%{byte:02x}" for byte in token.encode()),
    "in hexadecimal": lambda token: token.encode().hex(),
    "in base64": lambda token: base64.b64encode(f"Bearer {token}".encode()).decode(),
    "in base64 elsewhere": lambda token: base64.b64encode(f"x-user:{token}, and more".encode()).decode(),
    "in base64 of addresses": lambda token: base64.urlsafe_b64encode(f"??>{token}??>".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("status", [200, 502])
def test_a_body_that_repeats_the_token_is_masked_and_else_left_as_it_came(form: str, status: int):
    shown = FORMS[form](TOKEN)
    answer = ask(lambda authorization: Reply(status, ELSEWHERE % shown.encode()))
    assert answer.status == status
    assert answer.body is not None
    assert answer.body.startswith(b"\x00\xff before ")
    assert answer.body.endswith(b" behind \xe9")
    assert b"***" in answer.body
    assert TOKEN[2:-2].encode() not in answer.body
    for shift in range(3):
        assert base64.b64encode(b"x" * shift + TOKEN.encode())[4:-4] not in answer.body


def test_headers_that_repeat_the_token_are_masked():
    places = {
        "ETag": f'"{TOKEN}"',
        "Location": f"/seen/{TOKEN}",
        "Retry-After": TOKEN,
        "X-RateLimit-Reset": "x" * 990 + TOKEN,  # cut within the token, where it were not masked before
    }
    answer = ask(lambda authorization: Reply(200, b"", places))
    assert answer.headers["etag"] == '"***"'
    assert answer.headers["location"] == "/seen/***"
    assert "ghp_" not in str(answer.headers)


def test_an_address_that_a_redirect_made_of_the_token_is_masked():
    with (
        serve(
            lambda asked: Reply(200, b"") if "seen" in asked.path else Reply(302, b"", {"Location": f"/seen/{TOKEN}"})
        ) as server,
        Web() as web,
    ):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = web.send("GET", server.url, service="github", asked=("a/b",), headers=headers)
    assert answer.headers["x-final-url"].endswith("/seen/***")
    assert TOKEN not in str(answer)


def test_a_short_token_is_left_in_place_since_it_may_stand_there_by_chance():
    assert ask(lambda authorization: Reply(200, b"a page"), token="a").body == b"a page"


def test_the_password_of_a_proxy_is_masked_in_what_the_proxy_answers(monkeypatch: pytest.MonkeyPatch):
    with serve(lambda asked: Reply(407, asked.headers["proxy-authorization"].encode())) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:p%40ssword@127.0.0.1:{proxy.port}")
        with Web() as web:
            answer = web.send("GET", "http://pages.example/x", service="archive", asked=())
    assert answer.status == 407
    assert b"".join([b"Basic ", b"***"]) in (answer.body or b"")
    assert base64.b64encode(b"me:p@ssword")[:10] not in (answer.body or b"")


@given(st.binary(), st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=LEAST), st.binary())
def test_whatever_stands_around_it_nothing_of_it_is_left(before: bytes, secret: str, behind: bytes):
    masked = Secrets("http://127.0.0.1", {"Authorization": f"Bearer {secret}"}).mask(before + secret.encode() + behind)
    assert masked == (before + secret.encode() + behind).replace(secret.encode(), b"***")


@given(st.binary())
def test_a_request_without_credentials_masks_nothing(body: bytes):
    assert Secrets("http://127.0.0.1", {"Accept": "x"}).mask(body) == body
