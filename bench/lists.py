"""Invented days of the lists that are no tables: section pages, and answers of JSON.

A day lists what Synthetic's pages list, with abstracts half as long again, and in the JSON with all that Hugging Face
says of people and places: five sixths of an answer are that.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from bench.synthetic import DAYS_OF_ONE, Listed, Synthetic
from pipeline.sources.reading import PAGES

FACE = "https://cdn-avatars.huggingface.co/v1/production/uploads/0123456789abcdef01234567/AbCdEfGhIjKlMnOpQrStU.png"
SECTIONS, ANSWERS = "joe0731/hf_paper_watch_dog", "huggingface/daily-papers"


def invent_pages() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return as many days as the real archives have, as PAGES: of section pages, and of JSON answers."""
    days = list(Synthetic().days(DAYS_OF_ONE))
    sections = [(SECTIONS, day, write_sections(day, listed)) for day, listed in days]
    answers = [(ANSWERS, day, write_answer(day, listed)) for day, listed in days]
    return tuple(pl.DataFrame(rows, schema=PAGES, orient="row") for rows in (sections, answers))  # pyright: ignore


def abstract_of(paper: Listed) -> str:
    return (paper.summary + " " + paper.summary[: len(paper.summary) // 2]).replace(". ", ".\n")


def write_sections(day: date, listed: Sequence[Listed]) -> str:
    """Return a section page in the layout of hf_paper_watch_dog."""
    head = f"# Daily Papers - {day}\n\n> source: [Daily Papers](https://huggingface.co/papers)\n\n"
    sections = "".join(write_section(number, day, paper) for number, paper in enumerate(listed, 1))
    return f"{head}Total papers: {len(listed)}\n\n---\n\n{sections}"


def write_section(number: int, day: date, paper: Listed) -> str:
    links = [f"[GitHub](https://github.com/{paper.repository})"] if paper.repository else []
    links += [f"[Project Page](https://{paper.hub_resource.replace('/', '.github.io/')})"] if paper.hub_resource else []
    lines = [
        f"## {number}. [{paper.title}](https://huggingface.co/papers/{paper.arxiv_id})",
        f"**ArXiv ID**: [{paper.arxiv_id}](https://arxiv.org/abs/{paper.arxiv_id})",
        f"**Authors**: {', '.join(paper.authors)}",
        f"**Published**: {day} | **Submitted**: {day} by {paper.authors[0]}",
        f"**Upvotes**: {100 - number}",
        *([f"**Links**: {' | '.join(links)}"] if links else []),
        "### Abstract",
        abstract_of(paper),
        "---",
    ]
    return "".join(f"{line}\n\n" for line in lines)


def write_answer(day: date, listed: Sequence[Listed]) -> str:
    """Return the answer of Hugging Face's list for a day."""
    return json.dumps([describe_entry(number, day, paper) for number, paper in enumerate(listed, 1)])


def describe_entry(number: int, day: date, paper: Listed) -> dict[str, Any]:
    person = {"_id": "0123456789abcdef01234567", "avatarUrl": FACE, "fullname": paper.authors[0], "name": "someone"}
    person |= {"type": "user", "isPro": False, "isHf": False, "isHfAdmin": False, "isMod": False, "followerCount": 7}
    more = {"githubRepo": f"https://github.com/{paper.repository}", "githubStars": 7} if paper.repository else {}
    inner = {
        "id": paper.arxiv_id,
        "authors": [
            {
                "_id": f"{i:024}",
                "name": name,
                "hidden": False,
                **({"user": person, "status": "claimed"} if i < 2 else {}),
            }
            for i, name in enumerate(paper.authors)
        ],
        "publishedAt": f"{day}T00:00:00.000Z",
        "submittedOnDailyAt": f"{day}T00:00:00.000Z",
        "submittedOnDailyBy": person,
        "title": paper.title,
        "summary": abstract_of(paper),
        "upvotes": 100 - number,
        "discussionId": "0123456789abcdef01234567",
        "ai_summary": paper.summary[:200],
        "ai_keywords": [word for word in paper.title.split() if len(word) > 3],
        **more,
    }
    outer = {"title": paper.title, "summary": abstract_of(paper), "thumbnail": FACE, "numComments": 2}
    return {"paper": inner, "publishedAt": f"{day}T00:00:00.000Z", "submittedBy": person, **outer}
