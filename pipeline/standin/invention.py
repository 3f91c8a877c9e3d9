"""Invent facts from a name alone, so that any archive gets plausible answers, the same in every run."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

NAMES = ("Ada", "Bruno", "Clementine", "Diego", "Elif", "Farah", "Gudrun", "Hiro", "Ines", "Jonas", "Kofi", "Linnea")
SURNAMES = ("Quillfeather", "Lanternby", "Østerbrink", "Paperwater", "Zimogorov", "Saffronwala", "Fjordlys", "Inkwell")
CATEGORIES = ("cs.CL", "cs.CV", "cs.LG", "cs.AI", "cs.RO", "cs.SD", "cs.IR", "stat.ML")
LANGUAGES = ("Python", "Python", "Python", "Python", "Jupyter Notebook", "C++", "Rust", None)
LICENSES = ("MIT", "MIT", "Apache-2.0", "Apache-2.0", "BSD-3-Clause", "NOASSERTION", None, None)
TOPICS = ("llm", "benchmark", "diffusion", "agents", "pytorch")
RENAMED = "-renamed"


def draw(seed: str, sides: int) -> int:
    """Return the same number below `sides` for the same seed, on every machine and in every version of Python."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) % sides


def invent_paper(arxiv_id: str) -> dict[str, Any] | None:
    """Return the fields of facts.Paper; None for one id in a hundred, unknown to arXiv."""
    if draw(f"{arxiv_id} exists", 100) == 0:
        return None
    submitted = invent_submission(arxiv_id)
    chance = draw(f"{arxiv_id} version", 100)
    version = 1 if chance < 65 else 2 if chance < 90 else 3
    is_withdrawn = draw(f"{arxiv_id} withdrawn", 200) == 0
    picks = [draw(f"{arxiv_id} category {n}", len(CATEGORIES)) for n in range(1 + chance % 3)]
    return {
        "arxiv_id": arxiv_id,
        "title": f"Invented for the demo: the paper that has the number {arxiv_id}",
        "abstract": f"Invented for the demo. The stand-in has never read {arxiv_id}, & answers in $O(1)$ all the same.",
        "authors": tuple((invent_person(f"{arxiv_id} author {n}"),) for n in range(2 + draw(f"{arxiv_id} authors", 7))),
        "categories": tuple(dict.fromkeys(CATEGORIES[pick] for pick in picks)),
        "version": version,
        "submitted_at": stamp(submitted),
        "updated_at": stamp(submitted + timedelta(hours=0 if version == 1 else 40 + chance * 7)),
        "comment": "This paper has been withdrawn, in the demo" if is_withdrawn else f"{8 + chance % 20} pages",
        "dois": (f"10.99999/standin.{arxiv_id}",) if draw(f"{arxiv_id} doi", 10) == 0 else (),
    }


def invent_submission(arxiv_id: str) -> datetime:
    """Return a moment in the month of the id; in January 2000 for ids from before 2007."""
    month = datetime(2000 + int(arxiv_id[:2]), int(arxiv_id[2:4]), 1, tzinfo=UTC) if is_dated(arxiv_id) else None
    return (month or datetime(2000, 1, 1, tzinfo=UTC)) + timedelta(minutes=draw(f"{arxiv_id} submitted", 28 * 1440))


def is_dated(arxiv_id: str) -> bool:
    return arxiv_id[:4].isdigit() and 1 <= int(arxiv_id[2:4]) <= 12


def invent_person(seed: str) -> str:
    return f"{NAMES[draw(seed, len(NAMES))]} {SURNAMES[draw(f'{seed} surname', len(SURNAMES))]}"


def invent_repository(name: str) -> dict[str, Any] | None:
    """Return the fields of facts.Repository for a lower-case owner/name; None for one in sixteen: gone.

    One in thirty was renamed to the same name with the suffix `-renamed`, and both names lead there; one in two hundred
    is blocked.
    """
    origin = name.removesuffix(RENAMED)
    is_renamed = draw(f"{origin} renamed", 30) == 0
    seed = origin if is_renamed else name
    if draw(f"{seed} exists", 16) == 0:
        return None
    owner, _ = name.split("/")
    created = datetime(2022, 1, 1, tzinfo=UTC) + timedelta(minutes=draw(f"{seed} created", 1200 * 1440))
    popularity = draw(f"{seed} stars", 1000)
    stars = 2 + popularity**4 // 20_000_000 + popularity // 20  # a few have very many
    return {
        "number": 100_000_000 + draw(f"{seed} number", 800_000_000),
        "full_name": origin + RENAMED if is_renamed else name,
        "created_at": stamp(created),
        "pushed_at": stamp(created + timedelta(minutes=1 + draw(f"{seed} pushed", 90 * 1440))),
        "stars_count": stars,
        "stars_a_day": stars // 200 + popularity % 3,
        "status": ("dmca", "tos")[draw(seed, 2)] if draw(f"{seed} blocked", 200) == 0 else "found",
        "owner_type": "User" if draw(f"{owner} type", 3) == 0 else "Organization",
        "description": f"Invented for the demo: what the stand-in says of {seed}",
        "language": LANGUAGES[draw(f"{seed} language", len(LANGUAGES))],
        "license": LICENSES[draw(f"{seed} license", len(LICENSES))],
        "topics": TOPICS[: draw(f"{seed} topics", 4)],
        "is_archived": draw(f"{seed} archived", 30) == 0,
    }


def invent_listing(arxiv_id: str) -> dict[str, Any]:
    """Return the fields of hugging_face.Course: when a paper comes on a list, and what becomes of it there."""
    chance = draw(f"{arxiv_id} placed", 100)
    in_time = chance < 60  # the others come when the day is nearly over, or later
    links_late = draw(f"{arxiv_id} link", 4) == 0
    return {
        "comes_after": timedelta(minutes=chance * 5 if in_time else chance * 15 if chance < 90 else chance * 120),
        "links_after": timedelta(days=1 + chance % 9 if links_late else 0),
        "upvotes_in_the_end": 1 + draw(f"{arxiv_id} upvotes", 1000) ** 3 // 7_000_000,
        "comments_in_the_end": 1 + draw(f"{arxiv_id} comments", 5),
    }


def stamp(moment: datetime) -> str:
    """Format a UTC moment as arXiv and GitHub do, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
