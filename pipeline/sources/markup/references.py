"""Links whose address is elsewhere on the page: `[text][1]`, and `[1]: address` on a line of its own. Pure."""

import re

DEFINITION = re.compile(r"[ ]{0,3}\[([^\[\]]{1,99})\]:[ \t]*<?([^\s<>|]{1,300})>?(?:[ \t].*)?")
MOST_ADDED = 1_000_000  # characters that a page may gain: a short reference to a long address could make any page huge
REFERENCE = re.compile(r"\[([^\[\]]+)\] ?\[([^\[\]]{0,99})\]")


def resolve_references(lines: list[str | None]) -> list[str | None]:
    """Replace each link by reference by a link with its address; undefined ones stay.

    So do all others once the page has gained MOST_ADDED characters.
    """
    defined: dict[str, str] = {}
    for line in lines:
        if line and "]:" in line and (definition := DEFINITION.fullmatch(line)):
            defined.setdefault(definition[1].lower(), definition[2])
    if not defined:
        return lines

    left = MOST_ADDED

    def resolve(link: re.Match[str]) -> str:
        nonlocal left
        address = defined.get((link[2] or link[1]).lower())
        left -= len(address or "")
        return link[0] if address is None or left < 0 else f"[{link[1]}]({address})"

    return [REFERENCE.sub(resolve, line) if line and "|" in line and "[" in line else line for line in lines]
