"""A page read in plain Python, line by line: what one would write without a library, for comparison only.

It gives what the real parser gives for ordinary pages, so that the two do the same work: for each row its place, line,
id, title, summary, authors, labels and named links, or why it is none. Odd pages are beyond it.
"""

import ast
import re
from typing import Any

from pipeline.sources.layouts.links.names import name_link

ARXIV = re.compile(r"(?:arxiv\.org/(?:abs|pdf|html)|huggingface\.co/papers)/(\d{4}\.\d{4,5})")
LINK = re.compile(r"\[[^\]]*\]\(([^)]*)\)|(https?://[^\s,)\]]+)")
READ_MORE = re.compile(r"\s*(?:-\s*|\(\s*)?read more.*$", re.IGNORECASE)
NOTHING = {"", "n/a", "none", "null", "nan", "-"}
COLUMNS = {"GitHub URLs": "github", "HuggingFace URLs": "hugging_face"}


def parse_page(text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a page's listings and its rejected rows, both top to bottom."""
    header: list[str] = []
    rows: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("|"):
            if header:
                rows.append((number, line))
            header = header or cells_of(line)
        elif rows and line.strip():
            rows[-1] = (rows[-1][0], f"{rows[-1][1]}\n{line}")
    listings: dict[str, dict[str, Any]] = {}
    rejected: list[dict[str, Any]] = []
    for position, (number, row) in enumerate(rows[1:], 1):
        read = read_row(row, header)
        if read is None or read["arxiv_id"] in listings:
            reason = "duplicate_paper" if read else "no_arxiv_id"
            rejected.append({"line": number, "reason": reason, "text": row})
        else:
            listings[read["arxiv_id"]] = {"position": position, "line": number, **read}
    return list(listings.values()), rejected


def cells_of(line: str) -> list[str]:
    whole = line.replace(r"\|", "\0").strip()
    return [cell.replace("\0", "|").strip() for cell in whole.removeprefix("|").removesuffix("|").split("|")]


def read_row(row: str, header: list[str]) -> dict[str, Any] | None:
    cells = cells_of(row)
    surplus = len(cells) - len(header)
    if surplus > 0 and "Summary" in header:
        at = header.index("Summary")
        cells = [*cells[:at], "|".join(cells[at : at + surplus + 1]), *cells[at + surplus + 1 :]]
    named = dict(zip(header, cells, strict=False))
    found = ARXIV.search(named.get("Title", "").replace("\n", "")) or ARXIV.search(named.get("Link", ""))
    title = read_title(named.get("Title", ""))
    if not found or not title:
        return None
    return {
        "arxiv_id": found[1],
        "title": title,
        "summary": named.get("Summary") or None,
        "authors": names_of(named.get("Authors", "")),
        "tasks": labels_of(named.get("Classification", "")),
        "links": [link for name, column in COLUMNS.items() for link in links_of(named.get(name, ""), column)],
    }


def read_title(cell: str) -> str:
    title = READ_MORE.sub("", " ".join(cell.split())).strip()
    return title[1 : title.rindex("](")].strip() if title.startswith("[") and "](" in title else title


def names_of(cell: str) -> list[str]:
    names = [" ".join(name.split()) for name in cell.split(",")]
    return [name for name in names if name.lower() not in NOTHING]


def labels_of(cell: str) -> list[str]:
    try:
        return list(dict.fromkeys(ast.literal_eval(cell)))
    except (ValueError, SyntaxError):
        return []


def links_of(cell: str, column: Any) -> list[tuple[Any, ...]]:
    """Return each link's column, address, kind, target and reason."""
    if cell.lower() in NOTHING:
        return []
    addresses = ["".join(found).strip() for found in LINK.findall(cell)]
    return [(column, address, *name_link(address, column)) for address in addresses]
