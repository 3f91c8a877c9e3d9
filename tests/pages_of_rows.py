"""Pages made for the tests of what is read from them."""

import time
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from pipeline.sources.layouts.markdown import parse_pages, read_page
from pipeline.sources.reading import LISTINGS, PAGE_READINGS, PAGES, REJECTED_ROWS, Parsed

SIX = "| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |\n|---|---|---|---|---|---|\n"
THREE = "| Title | Authors | Summary |\n|---|---|---|\n"
DAY = date(2031, 5, 6)


def read_text(body: bytes, *, whole: bool = False) -> str:
    return read_page(body, whole=whole).text


def parse(*texts: str) -> Parsed:
    rows = [("a/b", DAY + timedelta(days=i), text) for i, text in enumerate(texts)]
    return parse_pages(pl.DataFrame(rows, schema=PAGES, orient="row"))


def row(number: int, title: str = "T", summary: str = "S", tasks: str = "['Tea']", github: str = "N/A") -> str:
    return f"| [{title}](https://arxiv.org/abs/3105.{number:05}) | Ada | {summary} | {tasks} | {github} | N/A |\n"


def short(number: int, summary: str = "S") -> str:
    """Return a row of three columns, the last of which is the summary."""
    return f"| [T](https://arxiv.org/abs/3105.{number:05}) | Ada | {summary} |\n"


def numbers(parsed: Parsed) -> list[int]:
    """Return the papers that were listed, by the number that `row` gave them."""
    return [int(arxiv_id[-5:]) for arxiv_id in parsed.listings["arxiv_id"]]


def titles(parsed: Parsed) -> list[tuple[str, str]]:
    return parsed.listings.select("arxiv_id", "title").rows()


def reasons(parsed: Parsed) -> list[tuple[int, str]]:
    return parsed.rejected.select("line", "reason").rows()


def has_its_shape(parsed: Parsed) -> bool:
    """Whether the frames have the columns and types that they declare."""
    found = [frame.schema for frame in (parsed.listings, parsed.rejected, parsed.pages)]
    return found == [LISTINGS, REJECTED_ROWS, PAGE_READINGS]


def grows_with_its_size(read: Callable[[str], object], shape: Callable[[int], str]) -> bool:
    """Whether sixteen times the text takes less than 64 times the processor time, at best of two tries each."""
    small = max(min(seconds(read, shape(60_000)) for _ in range(2)), 0.02)
    return any(seconds(read, shape(960_000)) < 16 * 4 * small for _ in range(2))


def seconds(read: Callable[[str], object], text: str) -> float:
    """Return the processor time that reading a page takes."""
    start = time.process_time()
    read(text)
    return time.process_time() - start
