"""What a link names: a repository, a Hugging Face resource, a site, or the reason why none. Pure, and linear in length.

Only what line breaks of a table, punctuation and markup do to an address is repaired: a letter that only looks Latin, a
brace template or a dot-dot name is a reason, beside which stands what may be meant. Hosts are compared whole, so
`github.com.evil.org` is another host; user names and default ports in front of a known host are dropped.
"""

import re
from typing import Literal, NamedTuple

from pipeline.services.github.names import is_name_part, is_owner
from pipeline.sources.layouts.links import sites
from pipeline.sources.layouts.links.sites import name_site

Column = Literal["github", "hugging_face", "project_page"]

KINDS = ("repository", "model", "dataset", "space", "collection", "account", *sites.KINDS)
REASONS = (
    "not_a_link",  # a word or nothing where an address should be: null, N/A, [data], an e-mail address
    "no_host",  # owner/name beside an address of the same cell: another repository, or a remark
    "not_ascii",  # a letter outside ASCII in host or name, or a control or direction mark anywhere
    "bad_name",  # the right host, but a name that the service does not allow
    "github_root",  # github.com itself
    "github_account",  # a person or organisation: no repository is named
    "github_other",  # a page of GitHub's own, a gist, an attachment
    "hub_root",  # huggingface.co itself
    "hub_page",  # docs, blog, papers, lists; a running space (*.hf.space), which does not tell owner from name
    "other_host",
)
NOTHING = r"(?i)^[\W_]*(?:n/?a|none|null|nan)?[\W_]*$"  # an empty cell, N/A and the like
NO_WORD = re.compile(NOTHING)
SHORT = 100  # characters; time grows with the square of it
NOT_LINKS = {"", "n/a", "n.a", "na", "null", "none", "nan", "string", "url", "link", "tbd", "tba", "undefined"}
GITHUB_PAGES = re.compile(
    "about|account|apps|blog|codespaces|collections|contact|customer-stories|dashboard|discussions|enterprise|events"
    "|explore|features|gist|gists|github-copilot|images|issues|join|login|logout|marketplace|mobile|new|notifications"
    "|orgs|organizations|pages|pricing|pulls|readme|repos|resources|search|security|sessions|settings|signup|site"
    "|solutions|sponsors|stars|topics|team|trending|users|watching|wiki"
)
HUB_PAGES = re.compile(
    "about|api|blog|brand|changelog|chat|contact|course|dashboard|discuss|docs|enterprise|front|hub|inference"
    "|inference-api|inference-endpoints|jobs|join|languages|learn|login|logout|metrics|models|new|notifications"
    "|organizations|orgs|papers|posts|pricing|privacy|search|security|settings|storage|support|tasks|terms-of-service"
    "|transformers|welcome"
)
HUB_SHELVES = {"datasets": "dataset", "spaces": "space", "collections": "collection"}
HUB_TABS = {"activity", "collections", "datasets", "followers", "following", "likes", "models", "papers", "spaces"}
DEEP = {"blob", "commit", "commits", "discussions", "embed", "raw", "resolve", "tree", "viewer"}

WRAPPING = "<>\"'` \t"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]")
LABEL = re.compile(r"\s[\"']")  # where a title behind an address begins
ESCAPE = re.compile(r"\\([_.~-])")  # as markdown has it
SCHEME = re.compile(r"(?:git\+)?(?:https?|ssh|git):", re.ASCII | re.IGNORECASE)
SCP = re.compile(r"git@([a-z.]{1,30}):(?!//)", re.ASCII | re.IGNORECASE)
HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?", re.ASCII)
HUB_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_-])?", re.ASCII)
HUB_SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}", re.ASCII)


def says_nothing(text: str) -> bool:
    """Whether a cell or name is empty, N/A or the like; a long one only without letter and digit."""
    return NO_WORD.match(text) is not None if len(text) <= SHORT else not any(map(str.isalnum, text))


class LinkName(NamedTuple):
    """Either kind and target, or a reason; never both."""

    kind: str | None = None
    target: str | None = None
    reason: str | None = None


def name_link(url: str, column: Column) -> LinkName:
    """Name what an address points to, as whatever it is listed.

    The column decides only for an address without a host: `owner/name` is a model in the Hugging Face column and a
    repository in the GitHub column. An address below a repository or resource (a file, a branch) names it as well.
    """
    address = clean_address(url)
    if CONTROL.search(address):
        return LinkName(reason="not_ascii")
    if address.lower() in NOT_LINKS:
        return LinkName(reason="not_a_link")
    host, path = split_address(address)
    if host is None:
        return name_bare_path(path, column)
    if not host.isascii():
        return LinkName(reason="not_ascii")
    if not HOST.fullmatch(host):
        return LinkName(reason="not_a_link")
    link = name_path(host, [part for part in path if part])
    site = name_site(host, [part for part in path if part], is_page=column == "project_page")
    return LinkName(*site) if link.reason == "other_host" and site is not None else link


def clean_address(url: str) -> str:
    """Take off an address what a table's lines, a sentence and markup put into it and around it."""
    address = "".join(map(str.strip, url.replace("\r", "\n").split("\n")))
    address = ESCAPE.sub(r"\1", LABEL.split(address, maxsplit=1)[0]).strip(WRAPPING)
    ended = address.rstrip(WRAPPING + ".,;:!?)")
    return address if ended.endswith("/") else ended  # a name of dots only is a bad name, not an account


def is_guess(url: str, link: LinkName) -> bool | None:
    """Whether an address leaves the kind open: a bare `owner/name` may be a dataset, `datasets/name` an account.

    None where it names nothing.
    """
    if link.kind not in ("model", "dataset"):
        return None if link.kind is None else False
    host, path = split_address(clean_address(url))
    return host is None if link.kind == "model" else len([part for part in path if part]) == 2


def split_address(address: str) -> tuple[str | None, list[str]]:
    """Return the host (lower case, without www., user and default port; null if there is none) and the path."""
    address = SCP.sub(r"ssh://\1/", address, count=1).partition("?")[0].partition("#")[0]
    scheme = SCHEME.match(address)
    rest = address[scheme.end() :] if scheme else address
    has_authority = rest.startswith("//")
    first, *path = rest.lstrip("/").split("/") if has_authority else rest.split("/")
    if not has_authority and ("." not in first or "@" in first):
        return None, [first, *path]
    host = re.sub(r":(?:80|443|22)?$", "", first.rpartition("@")[2].lower()).removesuffix(".")
    return host.removeprefix("www."), path


def name_bare_path(path: list[str], column: Column) -> LinkName:
    """Name `owner/name` without a host; anything else without a host is no link."""
    if not all(path) or any(" " in part or "@" in part or ":" in part for part in path):
        return LinkName(reason="not_a_link")
    if column == "hugging_face" and (len(path) == 2 or path[0] in HUB_SHELVES):
        return name_hub_path(path)
    if column == "github" and len(path) == 2:
        return name_github_path(path)
    return LinkName(reason="not_a_link")


def name_path(host: str, path: list[str]) -> LinkName:
    """Name a path by its host, which is compared whole."""
    match host:
        case "github.com":
            return name_github_path(path)
        case "raw.githubusercontent.com" | "codeload.github.com" if len(path) >= 2:
            return name_github_path(path)
        case "api.github.com" if len(path) >= 3 and path[0] == "repos":
            return name_github_path(path[1:])
        case "huggingface.co" | "hf.co":
            return name_hub_path(path)
        case _:
            return LinkName(reason=other_host(host))


def other_host(host: str) -> str:
    """Return the reason for a host that names nothing by its path."""
    if host.endswith((".github.com", ".githubusercontent.com")):
        return "github_other"
    return "hub_page" if host.endswith((".hf.space", ".huggingface.co")) else "other_host"


def name_github_path(path: list[str]) -> LinkName:
    """Name the repository of a path of github.com, whatever lies below it."""
    if not path:
        return LinkName(reason="github_root")
    if GITHUB_PAGES.fullmatch(path[0].lower()):
        return LinkName(reason="github_other")
    owner, name = path[0], clean_name(path[1]) if len(path) > 1 else None
    if not (owner + (name or "")).isascii():
        return LinkName(reason="not_ascii")
    if not is_owner(owner) or (name is not None and not is_name_part(name)):
        return LinkName(reason="bad_name")
    return LinkName(reason="github_account") if name is None else LinkName("repository", f"{owner}/{name}")


def name_hub_path(path: list[str]) -> LinkName:
    """Name the resource of a path of huggingface.co.

    Early resources have no owner: `/datasets/squad`, and `/gpt2/tree/main` as a model. `/gpt2` alone cannot
    be told from an account and is called one.
    """
    if not path:
        return LinkName(reason="hub_root")
    shelf = path[0].lower()
    if HUB_PAGES.fullmatch(shelf):
        return LinkName(reason="hub_page")
    if shelf in HUB_SHELVES:
        return name_hub_resource(HUB_SHELVES[shelf], path[1:])
    if len(path) == 1 or path[1] in HUB_TABS:
        return hub_link("account", path[:1])
    return name_hub_resource("model", path)


def name_hub_resource(kind: str, path: list[str]) -> LinkName:
    """Name a resource by what follows its shelf."""
    if len(path) > 1 and path[1] not in DEEP:
        return hub_link(kind, path[:2])
    return hub_link(kind, path[:1]) if path and kind in ("dataset", "model") else LinkName(reason="hub_page")


def hub_link(kind: str, parts: list[str]) -> LinkName:
    """Join the parts of a resource's id, if the Hub allows them."""
    parts = [*parts[:-1], clean_name(parts[-1])]
    if not "".join(parts).isascii():
        return LinkName(reason="not_ascii")
    patterns = [HUB_NAME, HUB_SLUG if kind == "collection" else HUB_NAME]
    allowed = all(p.fullmatch(part) and ".." not in part for p, part in zip(patterns, parts, strict=False))
    return LinkName(kind, "/".join(parts)) if allowed else LinkName(reason="bad_name")


def clean_name(name: str) -> str:
    """Remove what a sentence or a clone command adds to a name: dots and `.git`."""
    return re.sub(r"\.git$", "", name.rstrip("."), flags=re.IGNORECASE).rstrip(".")
