"""Secrets of a request that its response repeats: masked before anything is stored. All else stays as it came."""

import base64
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import quote

from pipeline.http.proxy import secrets_of

CREDENTIALS = frozenset({"authorization", "x-api-key"})  # headers that go to no other origin, in lower case
MASK = b"***"
LEAST = 8  # characters of a secret; a shorter one could stand anywhere by chance
# Characters of base64 that also depend on what stands before and behind, by the position in a group of three bytes.
BEFORE, BEHIND = (0, 2, 3), (0, 3, 2)


class Secrets:
    """What a request shows to its service or proxy and to nobody else, in the forms in which a response may have it."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        # after `Bearer `, if it has that
        credentials = (value.split(" ", 1)[-1] for name, value in headers.items() if name.lower() in CREDENTIALS)
        secrets = {secret for secret in (*credentials, *secrets_of(url)) if len(secret) >= LEAST}
        self._forms = sorted({form for secret in secrets for form in forms_of(secret)}, key=len, reverse=True)

    def mask(self, body: bytes) -> bytes:
        """Return the body with each occurrence of a secret replaced by three stars."""
        for form in self._forms:
            body = body.replace(form, MASK)
        return body

    def mask_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers, masked in the same way."""
        return {name: self.mask_text(value) for name, value in headers.items()}

    def mask_text(self, text: str) -> str:
        """Return the text, masked in the same way."""
        return self.mask(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def forms_of(secret: str) -> Iterator[bytes]:
    """Yield the secret as it is, percent-encoded, in hexadecimal digits, and in base64 within any other text."""
    plain = secret.encode()
    yield plain
    yield quote(secret, safe="").encode()
    for digits in (plain.hex(), plain.hex().upper()):
        yield digits.encode()
        yield "".join(f"%{digits[i : i + 2]}" for i in range(0, len(digits), 2)).encode()
    yield from in_base64(plain)


def in_base64(plain: bytes) -> Collection[bytes]:
    found: set[bytes] = set()
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + plain)
        middle = whole[BEFORE[shift] : len(whole) - BEHIND[(shift + len(plain)) % 3]]
        found |= {middle, middle.translate(bytes.maketrans(b"+/", b"-_"))}
    return found
