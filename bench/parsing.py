"""Reading pages: ours against mistune, a general markdown parser, a plain-Python line parser, and Python's own json."""

import json
from collections.abc import Callable, Mapping
from statistics import median

import mistune
import polars as pl

from bench.lists import invent_pages
from bench.pages import open_archive
from bench.plain import parse_page
from bench.timing import interleave, ratio, table
from pipeline.sources.feeds.daily_papers import identify_day, parse_days, read_day
from pipeline.sources.layouts.markdown import parse_pages
from pipeline.sources.layouts.sections.descriptions import WATCH_DOG
from pipeline.sources.layouts.sections.pages import parse_sections, read_section_page

ROUNDS = 11
SAME = ("position", "line", "arxiv_id", "title", "summary", "authors", "tasks")
OURS = "ours (polars)"


def measure() -> str:
    sections, answers = invent_pages()
    parts = [measure_tables(), measure_sections(sections), measure_answers(answers)]
    return "\n\n".join([*parts, f"Medians of {ROUNDS} rounds in turns; the ratio is the median of the rounds' ratios."])


def measure_tables() -> str:
    with open_archive() as archive:
        pages, origin = archive.pages(), archive.describe()
    texts = pages["text"].to_list()
    general = mistune.create_markdown(renderer=None, plugins=["table"])
    found = parse_pages(pages).listings
    plain = [row for text in texts for row in parse_page(text)[0]]
    same = sum(
        all(one[name] == other[name] for name in SAME) for one, other in zip(found.to_dicts(), plain, strict=False)
    )
    results = compare(
        pages,
        {
            OURS: lambda: parse_pages(pages),
            "plain Python, line by line": lambda: [parse_page(text) for text in texts],
            "mistune with its table plugin": lambda: [general(text) for text in texts],
        },
    )
    return (
        f"All pages read to listings: {origin}; {found.height} listings by our parser, {len(plain)} by the plain one, "
        f"{same} of them the same. Ours also reads what the plain one is beyond (other headers, odd wraps, stray pipes); "
        "mistune ends with a syntax tree, in which no paper has been looked for yet.\n\n" + results
    )


def measure_sections(pages: pl.DataFrame) -> str:
    """Compare the reading of section pages, for which mistune needs no plugin."""
    texts = pages["text"].to_list()
    bodies = [text.encode() for text in texts]
    general = mistune.create_markdown(renderer=None)
    found = parse_sections(pages, WATCH_DOG).listings.height
    results = compare(
        pages,
        {
            OURS: lambda: parse_sections(pages, WATCH_DOG),
            "ours, with the checks of each page by itself": lambda: (
                [read_section_page(body, WATCH_DOG) for body in bodies],
                parse_sections(pages, WATCH_DOG),
            ),
            "mistune": lambda: [general(text) for text in texts],
        },
    )
    return f"Invented section pages read to listings: {len(texts)} pages, {found} listings.\n\n{results}"


def measure_answers(pages: pl.DataFrame) -> str:
    """Compare the reading of JSON days with the loading of the same JSON, which ours begins with."""
    texts = pages["text"].to_list()
    bodies = [text.encode() for text in texts]
    days = [read_day([body]).found for body in bodies]
    found = parse_days(pages, days).parsed.listings.height
    results = compare(
        pages,
        {
            OURS: lambda: parse_days(pages),
            "ours, with the checks and the identity of each day": lambda: (
                [identify_day(read_day([body]).found) for body in bodies],
                parse_days(pages, days),
            ),
            "Python's json, which only loads it": lambda: [json.loads(text) for text in texts],
        },
    )
    return f"Invented answers of JSON read to listings and sightings: {len(texts)} days, {found} listings.\n\n{results}"


def compare(pages: pl.DataFrame, contestants: Mapping[str, Callable[[], object]]) -> str:
    """Return a table of how long each takes for the same pages, beside ours, the first."""
    megabytes = sum(len(text.encode()) for text in pages["text"]) / 1e6
    seconds = interleave(contestants, ROUNDS)
    rows = [
        (name, f"{median(each) * 1000:.0f}", f"{megabytes / median(each):.1f}", f"{ratio(each, seconds[OURS]):.1f}")
        for name, each in seconds.items()
    ]
    return table(("", "ms", "MB/s", "times as long as ours"), rows)
