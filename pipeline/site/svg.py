"""Drawings of Vega as parts of a page: light, scaled to it, and with ids that no other drawing has."""

import hashlib
import re

from markupsafe import escape

# Of what Vega draws: paths that nobody sees, and places with more digits than a screen can show.
UNSEEN = re.compile(r'<path class="(?:foreground|background)" aria-hidden="true" d="[^"]*"(?: display="none")?/>')
PLACES = re.compile(r' (?:d|transform)="[^"]*"')
LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
NAMESPACES = (' xmlns="http://www.w3.org/2000/svg"', ' xmlns:xlink="http://www.w3.org/1999/xlink"')


def finish(svg: str, label: str) -> str:
    """Return a drawing as an SVG element for the page, which scales down to the available width."""
    for namespace in NAMESPACES:
        svg = svg.replace(namespace, "", 1)
    return name_clips(lightened(svg)).replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)


def lightened(svg: str) -> str:
    """Return a drawing without its invisible paths, and with places to a hundredth of a pixel: less than half of it."""
    return PLACES.sub(lambda found: LONG.sub(lambda number: f"{float(number[0]):.2f}", found[0]), UNSEEN.sub("", svg))


def name_clips(svg: str) -> str:
    """Make the ids of clip paths unique and stable: Vega numbers them per process, and a page has several drawings."""
    name = hashlib.sha256(re.sub(r"clip\d+", "clip", svg).encode()).hexdigest()[:8]
    order = {number: n for n, number in enumerate(dict.fromkeys(re.findall(r'id="clip(\d+)"', svg)))}
    return re.sub(r'(id="|url\(#)clip(\d+)', lambda found: f"{found[1]}clip-{name}-{order.get(found[2], 0)}", svg)
