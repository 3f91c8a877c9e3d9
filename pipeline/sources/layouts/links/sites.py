"""Where a paper's work is besides GitHub and Hugging Face: project pages, other hosts of code, models and data. Pure.

A site is told by its host and as much of its path as names one thing there, such as `gitlab.com/owner/name`. A host
that is not named here is a site only where its source says that it is a project page.
"""

import re
from typing import NamedTuple

KINDS = ("project_page", "other_code", "other_artefact")
PLAIN = re.compile("[!-~]*")  # printed ASCII without a space
PAGES = (".github.io", ".gitlab.io")


class Host(NamedTuple):
    kind: str  # one of KINDS
    parts: int  # of the path, that name one thing
    shelves: frozenset[str] = frozenset()  # of which the first part is one; empty: any


HOSTS = {
    "anonymous.4open.science": Host("other_code", 2, frozenset({"r", "repository", "anonymize"})),
    "bitbucket.org": Host("other_code", 2),
    "codeberg.org": Host("other_code", 2),
    "gitcode.com": Host("other_code", 2),
    "gitee.com": Host("other_code", 2),
    "gitlab.com": Host("other_code", 2),
    "kaggle.com": Host("other_artefact", 3, frozenset({"code", "datasets", "models"})),
    "modelscope.cn": Host("other_artefact", 3, frozenset({"collections", "datasets", "models", "studios"})),
    "zenodo.org": Host("other_artefact", 2, frozenset({"record", "records"})),
}


def name_site(host: str, path: list[str], *, is_page: bool) -> tuple[str, str] | None:
    """Return kind and site of an address; null if it is none. `is_page`: its source says that it is a project page.

    The site is text that identifies: host in lower case and path as written, both ASCII.
    """
    if not PLAIN.fullmatch("".join(path)) or {".", ".."} & set(path):
        return None
    if host.endswith(PAGES):
        return "project_page", "/".join([host, *path[:1]])
    known = HOSTS.get(host)
    if known is not None and len(path) >= known.parts and (not known.shelves or path[0] in known.shelves):
        return known.kind, "/".join([host, *path[: known.parts]])
    return ("project_page", "/".join([host, *path])) if is_page else None
