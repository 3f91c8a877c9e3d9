"""Escapes and entities of markdown: `\\[` is a bracket, `&amp;` an ampersand. LaTeX keeps its own. Pure."""

import re
from html import unescape

ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# https://spec.commonmark.org/0.31.2/#backslash-escapes: any ASCII punctuation can be escaped. A backslash has another
# meaning in LaTeX: in `$…$`, in `\(…\)` around a command or an exponent, and as an accent in front of a letter.
MATH = r"\$(?:[^$\\]|\\.)+\$|\\\((?=(?:(?!\\\)).)*?(?:\\[a-zA-Z]|(?<!\\)[_^]))(?:(?!\\\)).)*\\\)"
ACCENT = r"\\['\"`^~=.](?=[A-Za-z{\\])"
ESCAPE = r"\\([!-/:-@\[-`{-~])"
TOKEN = re.compile(rf"({MATH}|{ACCENT})|{ESCAPE}|{ENTITY.pattern}", re.DOTALL)


def resolve_escapes(text: str) -> str:
    """Return a text with its escapes and entities resolved, once: `&amp;lt;` becomes `&lt;`."""
    return TOKEN.sub(resolve, text) if "\\" in text or "&" in text else text


def resolve(token: re.Match[str]) -> str:
    if token[1]:
        return resolve_entities(token[1])
    return token[2] or unescape(token[0])


def resolve_entities(text: str) -> str:
    """Return a text with its entities resolved, once; what is none, as in AT&T, stays."""
    return ENTITY.sub(lambda entity: unescape(entity[0]), text) if "&" in text else text
