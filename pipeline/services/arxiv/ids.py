"""arXiv ids: the one definition of what names a paper, and of its version. Pure."""

import re

NEW_STYLE = re.compile(r"([0-9]{2})(0[1-9]|1[0-2])\.([0-9]{4,5})")


OLD_STYLE = re.compile(r"([a-z]+(?:-[a-z]+)*)(?:\.[A-Z]{2})?/([0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3})")


WRAPPING = re.compile(  # what people and links put around an id
    r"(?:arxiv:|https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/)?(.*?)(?:v([1-9][0-9]{0,3}))?(?:\.pdf)?",
    re.IGNORECASE,
)


def canonical_id(text: str) -> str | None:
    """Return the id that `text` names, without version: `2501.12345` or `quant-ph/0201082`; None where it is none.

    Four digits up to 1412 and five from 1501 (https://info.arxiv.org/help/arxiv_identifier.html). The subject class of
    an old id (`math.GT/0309136`) is left out: arXiv answers without it.
    """
    return split_version(text)[0]


def split_version(text: str) -> tuple[str | None, int | None]:
    """Return the canonical id and the version that `text` names; each None where it names none."""
    wrapped = WRAPPING.fullmatch(text.strip())
    if wrapped is None:
        return None, None
    version = int(wrapped[2]) if wrapped[2] else None
    if (new := NEW_STYLE.fullmatch(wrapped[1])) and new[1] + new[2] >= "0704":
        digits = 4 if new[1] + new[2] <= "1412" else 5
        return (wrapped[1], version) if len(new[3]) == digits else (None, None)
    if (old := OLD_STYLE.fullmatch(wrapped[1])) and (old[2] >= "91" or old[2] < "0704"):
        return f"{old[1]}/{old[2]}", version
    return None, None
