"""Where each page stands, below the site's root. An id or a name becomes a path only if it fits, else its hash does."""

import hashlib
import re
from collections.abc import Iterable
from datetime import date
from itertools import chain, count

from pipeline.services.arxiv.ids import canonical_id
from pipeline.services.github.names import is_name

# A name that means the same on every file system and host: in lower case, and neither hidden nor ending in a dot.
SEGMENT = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9_-])?")
WORDS = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")  # devices of Windows, whatever their ending
DEVICE_FREE = re.compile(rf"(?!.*\.\.|{RESERVED.pattern}\Z){SEGMENT.pattern}")
# What a module may yield: folders and files of the site.
PATH = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}/){0,6}[A-Za-z0-9_.-]{1,120}")
YEARLY = re.compile(r"-in-[0-9]{4}\Z")  # how the page of a year of a label ends


def hashed(text: str) -> str:
    """Return twelve hex digits that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def paper_path(arxiv_id: str) -> str:
    """Return the page of a paper: `paper/2503.12345.html`, `paper/hep-th-9901001.html`."""
    is_id = canonical_id(arxiv_id) == arxiv_id
    return f"paper/{arxiv_id.replace('/', '-') if is_id else hashed(arxiv_id)}.html"


def repository_folder(full_name: str) -> str:
    """Return the folder of a repository, without a slash at its end: `repository/owner/name`, in lower case."""
    parts = full_name.lower().split("/")
    if is_name(full_name) and all(DEVICE_FREE.fullmatch(part) for part in parts):
        return f"repository/{'/'.join(parts)}"
    return f"repository/_/{hashed(full_name)}"  # no owner has this name


def slug(name: str) -> str:
    """Return a name for a path, another for each name that differs in more than case."""
    lower = name.lower().replace(" ", "-")
    if len(name) <= 60 and not YEARLY.search(lower) and WORDS.fullmatch(name) and DEVICE_FREE.fullmatch(lower):
        return lower
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower())[:40].strip("-")
    return f"{readable}-{hashed(name)}" if readable else hashed(name)


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Return by name its name for a path. Of names that would have one and the same, all but the first have a hash."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        others = (f"{slug(name)}-{hashed(f'{name}{again}')}" for again in chain([""], count()))
        found[name] = next(path for path in chain([slug(name)], others) if path not in taken)
        taken.add(found[name])
    return found


def source_path(source_id: str) -> str:
    """Return the page of a source: its slash is a hyphen, and no other hyphen stands before that."""
    plain = source_id.lower().replace("/", "-", 1)
    is_plain = "-" not in source_id.partition("/")[0] and DEVICE_FREE.fullmatch(plain)
    return f"source/{plain if is_plain else slug(source_id)}.html"


def day_path(day: date) -> str:
    return f"day/{day}.html"


def week_path(day: date) -> str:
    """Return the page of the ISO week of a day."""
    return f"week/{day:%G-W%V}.html"


def month_path(day: date) -> str:
    return f"month/{day:%Y-%m}.html"


def question_path(name: str) -> str:
    """Return the page of a query of ours."""
    return f"questions/{name}.html"


def is_path(text: str) -> bool:
    """Whether a module may yield a file of this path."""
    return PATH.fullmatch(text) is not None and ".." not in text
