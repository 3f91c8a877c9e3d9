"""Invented days of every source that is known, as files that a stand-in serves."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

TIMLRX, GABRIELCHUA = "timlrx/daily-ai-papers", "gabrielchua/daily-ai-papers"
WATCH_DOG, SUMMARIES = "joe0731/hf_paper_watch_dog", "chenin-wang/daily_huggingface_paper"
DAILY_PAPERS = "huggingface/daily-papers"
SIX = "| Title | Authors | Summary | Classification | GitHub URLs | HuggingFace URLs |\n|---|---|---|---|---|---|\n"
FOUR = "| Title | Authors | Summary | Link |\n|---|---|---|---|\n"
LABEL = "Natural Language Processing"


def ids_of(day: date, count: int) -> list[str]:
    return [f"{day:%y%m}.{day:%d}{number:03}" for number in range(1, count + 1)]


def write_lists(folder: Path, days: Sequence[date], papers: int = 4) -> None:
    """Write every archive's files of some days below a folder; the JSON of the first one lists a paper more."""
    for day in days:
        ids = ids_of(day, papers)
        page, results = f"main/archive/{day:%Y/%m/%d}.md", f"main/daily_results/{day:%Y/%m/%d}.json"
        write(folder / TIMLRX / page, f"## Papers for {day}\n\n{SIX}", map(write_row, ids))
        write(folder / TIMLRX / results, json.dumps([describe_result(day, each) for each in ids_of(day, papers + 1)]))
        write(folder / GABRIELCHUA / page, f"# Papers for {day}\n\n{FOUR}", map(write_short_row, ids))
        head = f"# Daily Papers - {day}\n\nTotal papers: {len(ids)}\n\n---\n\n"
        sections = (write_section(number, day, arxiv_id) for number, arxiv_id in enumerate(ids, 1))
        write(folder / WATCH_DOG / f"main/papers/{day:%Y/%m/%Y-%m-%d}.md", head, sections)
        write(folder / SUMMARIES / page, f"# Papers for {day}\n\n", map(write_summary, ids))


def write(path: Path, head: str, rows: Iterable[str] = ()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + "".join(rows), "utf-8")


def write_row(arxiv_id: str) -> str:
    return f"| [Tea {arxiv_id}](https://arxiv.org/abs/{arxiv_id}) | Ada, Bo | Hot. | ['{LABEL}'] | N/A | N/A |\n"


def write_short_row(arxiv_id: str) -> str:
    return f"| Tea {arxiv_id} | Ada, Bo | Hot. | [Link](https://arxiv.org/abs/{arxiv_id}) |\n"


def write_summary(arxiv_id: str) -> str:
    return f"## 0.[Tea {arxiv_id}](https://arxiv.org/pdf/{arxiv_id})\nsummary:**tea** Hot.\n\n"


def describe_result(day: date, arxiv_id: str) -> dict[str, object]:
    return {
        "title": f"Tea {arxiv_id}",
        "authors": "Ada, Bo",
        "link": f"https://arxiv.org/abs/{arxiv_id}",
        "github_repo": f"https://github.com/kettle/tea-{arxiv_id[-3:]}",
        "summary": "Hot.",
        "classification": [LABEL],
        "github_urls": [],
        "huggingface_urls": [],
        "date": str(day),
    }


def write_section(number: int, day: date, arxiv_id: str) -> str:
    lines = (
        f"## {number}. [Tea {arxiv_id}](https://huggingface.co/papers/{arxiv_id})",
        f"**ArXiv ID**: [{arxiv_id}](https://arxiv.org/abs/{arxiv_id})",
        "**Authors**: Ada, Bo",
        f"**Published**: {day} | **Submitted**: {day} by Ada",
        "**Upvotes**: 3",
        "### Abstract",
        "Hot.",
        "---",
    )
    return "".join(f"{line}\n\n" for line in lines)


def entries(day: date, papers: int = 4, upvotes: int = 5) -> list[dict[str, object]]:
    """Return what Hugging Face answers for a day."""
    return [
        {
            "paper": {
                "id": arxiv_id,
                "title": f"Tea {arxiv_id}",
                "summary": "Hot.",
                "authors": [{"name": "Ada"}, {"name": "Bo"}],
                "upvotes": upvotes,
                "publishedAt": f"{day}T00:00:00.000Z",
            },
            "numComments": 1,
        }
        for arxiv_id in ids_of(day, papers)
    ]
