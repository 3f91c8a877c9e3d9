"""Links whose address stands elsewhere on the page: `[text][1]`, and `[1]: address` on a line of its own. Pure."""

import re

DEFINITION = re.compile(r"[ ]{0,3}\[([^\[\]]{1,99})\]:[ \t]*<?([^\s<>|]{1,300})>?(?:[ \t].*)?")
REFERENCE = re.compile(r"\[([^\[\]]+)\] ?\[([^\[\]]{0,99})\]")


def resolve_references(lines: list[str | None]) -> list[str | None]:
    """Write each link by reference as a link with its address; one that is not defined stays as it is."""
    defined: dict[str, str] = {}
    for line in lines:
        if line and "]:" in line and (definition := DEFINITION.fullmatch(line)):
            defined.setdefault(definition[1].lower(), definition[2])
    if not defined:
        return lines

    def resolve(link: re.Match[str]) -> str:
        address = defined.get((link[2] or link[1]).lower())
        return link[0] if address is None else f"[{link[1]}]({address})"

    return [REFERENCE.sub(resolve, line) if line and "|" in line and "[" in line else line for line in lines]
