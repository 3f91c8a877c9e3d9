"""The real days of all lists beside the project, laid out as a stand-in serves them."""

import json
import shutil
from datetime import date
from pathlib import Path

from five_lists import GABRIELCHUA, TIMLRX

SHARED = Path(__file__).parents[1].parent / "shared"
LISTS = SHARED / "lists"
ANSWERS = LISTS / "2404589803" / "hf-daily-paper-newsletter-chinese" / "main" / "Paper_metadata_download"


def readable(path: Path) -> bool:
    """Whether a file is an answer; five are not."""
    entries = json.loads(path.read_text("utf-8"))
    return isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)


def lay_out(folder: Path) -> list[date]:
    """Copy the lists as a stand-in serves them; return the days of which there is something."""
    for owner in ("joe0731", "chenin-wang", "timlrx"):
        shutil.copytree(LISTS / owner, folder / "lists" / owner)
    for source_id in (TIMLRX, GABRIELCHUA):
        pages = Path(source_id) / "main" / "archive"
        shutil.copytree(SHARED / "archives" / pages, folder / "lists" / pages)
    (folder / "answers").mkdir()
    days: set[date] = set()
    for path in filter(readable, ANSWERS.glob("*.json")):
        shutil.copy(path, folder / "answers")
        days.add(date.fromisoformat(path.stem))
    for path in [*(folder / "lists").rglob("*.md"), *(folder / "lists").rglob("daily_results/*/*/*.json")]:
        numbers = "-".join([*path.parts[-3:-1], path.stem]) if len(path.stem) == 2 else path.stem
        if numbers[:2] == "20":
            days.add(date.fromisoformat(numbers))
    return sorted(days)
