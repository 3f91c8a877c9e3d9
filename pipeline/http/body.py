"""Read the body of a response chunk by chunk: decompressed, and never larger than allowed."""

import zlib
from collections.abc import Iterable, Iterator

GZIP = 31  # zlib's window bits for gzip
PLAIN = frozenset({"", "identity", "none"})  # the last is no encoding, and sent all the same
STEP_BYTES = 256 * 1024  # the most that is decompressed before the limit is checked


class BodyError(Exception):
    """An unusable body; the message says why, in our own words."""


def gather_body(chunks: Iterable[bytes], encoding: str, limit_bytes: int) -> bytes:
    """Return the whole body, decoded. Raises BodyError if it is too large, cut short or in another encoding.

    The limit counts decompressed bytes, which are what a zip bomb would fill memory with.
    """
    names = [name.strip().lower() for name in encoding.split(",")]
    packings = [name for name in names if name not in PLAIN]
    if packings not in ([], ["gzip"], ["x-gzip"]):
        raise BodyError("the response has an encoding that was not requested")
    body = bytearray()
    for piece in unzip(chunks) if packings else chunks:
        body += piece
        if len(body) > limit_bytes:
            raise BodyError(f"the response is larger than {limit_bytes} bytes")
    return bytes(body)


def unzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield decompressed gzip members in pieces of at most STEP_BYTES. Raises BodyError if one is damaged or cut.

    Zeros after a member are padding, as gzip(1) reads them.
    """
    member = zlib.decompressobj(GZIP)
    is_begun = False
    for chunk in chunks:
        packed = chunk
        while packed:
            if member.eof:  # another member follows the last
                packed = packed.lstrip(b"\0")
                if not packed:
                    break
                member = zlib.decompressobj(GZIP)
            is_begun = True
            try:
                yield member.decompress(packed, STEP_BYTES)
            except zlib.error as error:
                raise BodyError("the response's gzip is damaged") from error
            packed = member.unused_data if member.eof else member.unconsumed_tail
    while is_begun and not member.eof and (piece := member.decompress(b"", STEP_BYTES)):
        yield piece
    if is_begun and not member.eof:  # an empty body is fine, half a member is not
        raise BodyError("the response was cut short")
