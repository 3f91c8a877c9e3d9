"""The body of an answer: gathered chunk by chunk, unpacked, and never larger than allowed."""

import zlib
from collections.abc import Iterable, Iterator

GZIP = 31  # zlib's window bits for a gzip wrapper
STEP_BYTES = 256 * 1024  # how much a compressed chunk may grow into before the limit is looked at


class BodyError(Exception):
    """A body that cannot be used; the message says why in our words."""


def gather_body(chunks: Iterable[bytes], encoding: str, limit_bytes: int) -> bytes:
    """Return the whole body with `encoding` undone. Raises BodyError past the limit, cut short, or encoded otherwise.

    The limit counts unpacked bytes, which is what a compressed bomb would fill memory with.
    """
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise BodyError("the answer is packed in a way that was not asked for")
    body = bytearray()
    for piece in unzip(chunks) if encoding.endswith("gzip") else chunks:
        body += piece
        if len(body) > limit_bytes:
            raise BodyError(f"the answer is larger than {limit_bytes} bytes")
    return bytes(body)


def unzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what gzip members say, in pieces of at most STEP_BYTES. Raises BodyError where one is damaged or cut."""
    member = zlib.decompressobj(GZIP)
    is_begun = False
    for chunk in chunks:
        packed = chunk
        while packed:
            if member.eof:  # another member follows the last
                member = zlib.decompressobj(GZIP)
            is_begun = True
            try:
                yield member.decompress(packed, STEP_BYTES)
            except zlib.error as error:
                raise BodyError("the answer's gzip is damaged") from error
            packed = member.unused_data if member.eof else member.unconsumed_tail
    while is_begun and not member.eof and (piece := member.decompress(b"", STEP_BYTES)):
        yield piece
    if is_begun and not member.eof:  # an empty body is allowed, half a member is not
        raise BodyError("the answer was cut short")
