"""Pages as a parser sees them: their elements, links and ids, and whether every element is closed in order."""

import posixpath
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """A page that was read: tags with their attributes in order, ids, and faults of nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.faults += [f"<{tag}> has {name} twice" for name in set(names) if names.count(name) > 1]
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    def found(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self) -> Iterator[str]:
        """Yield what the page leads to or loads."""
        for tag, attributes in self.elements:
            if tag == "link" and attributes.get("rel") == "canonical":
                continue
            yield from (attributes[name] for name in ("href", "src") if name in attributes)


def pages(site: Path) -> dict[str, Page]:
    """Return by path every page of a site."""
    return {path.relative_to(site).as_posix(): Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


def broken_links(site: Path, found: dict[str, Page]) -> list[str]:
    """Return each link to a file that is not there, or to a place that the page does not have."""
    broken: list[str] = []
    for path, page in found.items():
        for link in page.links():
            parts = urlsplit(link)
            if parts.scheme:
                continue
            joined = posixpath.join(posixpath.dirname(path), unquote(parts.path))
            target = posixpath.normpath(joined) if parts.path else path
            is_there = (site / target).is_file() and not parts.path.startswith("/")
            # What has an equals sign is for a script of the page, and no place in it.
            place = "" if "=" in parts.fragment else parts.fragment
            if not is_there or (place and target in found and place not in found[target].ids):
                broken.append(f"{path}: {link}")
    return broken
