"""Reading pages: ours against mistune, a general markdown parser, and against a plain-Python line parser."""

from statistics import median

import mistune

from bench.pages import open_archive
from bench.plain import parse_page
from bench.timing import interleave, ratio, table
from pipeline.sources.layouts.markdown import parse_pages

ROUNDS = 11
SAME = ("position", "line", "arxiv_id", "title", "summary", "authors", "tasks")


def measure() -> str:
    with open_archive() as archive:
        pages, origin = archive.pages(), archive.describe()
    texts = pages["text"].to_list()
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    general = mistune.create_markdown(renderer=None, plugins=["table"])
    found = parse_pages(pages).listings
    plain = [row for text in texts for row in parse_page(text)[0]]
    same = sum(
        all(one[name] == other[name] for name in SAME) for one, other in zip(found.to_dicts(), plain, strict=False)
    )
    seconds = interleave(
        {
            "ours (polars)": lambda: parse_pages(pages),
            "plain Python, line by line": lambda: [parse_page(text) for text in texts],
            "mistune with its table plugin": lambda: [general(text) for text in texts],
        },
        ROUNDS,
    )
    ours = seconds["ours (polars)"]
    rows = [
        (name, f"{median(each) * 1000:.0f}", f"{megabytes / median(each):.1f}", f"{ratio(each, ours):.1f}")
        for name, each in seconds.items()
    ]
    return (
        f"All pages read to listings: {origin}; {found.height} listings by our parser, {len(plain)} by the plain one, "
        f"{same} of them the same. Ours also reads what the plain one is beyond (other headers, odd wraps, stray pipes); "
        "mistune ends with a syntax tree, in which no paper has been looked for yet.\n\n"
        + table(("", "ms", "MB/s", "times as long as ours"), rows)
        + f"\n\nMedians of {ROUNDS} rounds in turns; the ratio is the median of the rounds' ratios."
    )
