"""Where a repository keeps the page of a day: a template such as `archive/%Y/%m/%d.md`, and what it means. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache

FIELD = re.compile("(%.?)")
FIELDS = {"%Y": "[0-9]{4}", "%m": "[0-9]{2}", "%d": "[0-9]{2}"}  # all of them stand in every template
FOLDERS = {"%Y": "20[0-9]{2}", "%m": "0[1-9]|1[0-2]", "%d": "[0-9]{2}"}  # a folder of anything else holds no days
SHOWN = {"%Y": "YYYY", "%m": "MM", "%d": "DD"}
PLAIN = re.compile(r"(?:[A-Za-z0-9_%-][A-Za-z0-9._%-]*/)*[A-Za-z0-9_%-][A-Za-z0-9._%-]*")


def find_path_fault(template: str) -> str | None:
    """Return what is wrong with a template, for the person who wrote it; None if nothing is."""
    fields = {part for part in FIELD.split(template)[1::2]}
    if fields != FIELDS.keys():
        return f"{template!r} should have %Y, %m and %d, and no other %"
    if not PLAIN.fullmatch(template):
        return f"{template!r} should be a path of plain names within the repository, without `..`"
    return None


def path_of(template: str, day: date) -> str:
    """Return the path of a day's page."""
    return fill(template, {"%Y": f"{day.year:04}", "%m": f"{day.month:02}", "%d": f"{day.day:02}"})


def show_path(template: str) -> str:
    """Return a template for people: `archive/YYYY/MM/DD.md`."""
    return fill(template, SHOWN)


def fill(template: str, values: Mapping[str, str]) -> str:
    return "".join(values.get(part, part) for part in FIELD.split(template))


def folder_of(template: str) -> str:
    """Return the folder that has all pages and no more than is needed: `archive`; empty if there is none."""
    return template.partition("%")[0].rpartition("/")[0]


def day_of_path(template: str, path: str) -> date | None:
    """Return the day whose page has a path; None for any other path, and for a day that does not exist."""
    match = page_pattern(template).fullmatch(path)
    try:
        return date(*(int(match[name]) for name in "Ymd")) if match else None
    except ValueError:
        return None


def leads_to_pages(template: str, folder: str) -> bool:
    """Whether a folder may have pages below it."""
    return folder_pattern(template).fullmatch(folder) is not None


@cache
def page_pattern(template: str) -> re.Pattern[str]:
    return re.compile(write_pattern(template, FIELDS))


@cache
def folder_pattern(template: str) -> re.Pattern[str]:
    folders = template.split("/")[:-1]
    paths = ("/".join(folders[:depth]) for depth in range(1, len(folders) + 1))
    return re.compile("|".join(f"(?:{write_pattern(path, FOLDERS, named=False)})" for path in paths) or "(?!)")


def write_pattern(template: str, fields: Mapping[str, str], *, named: bool = True) -> str:
    """Return a template as a pattern; a field that comes again must have the same digits, if fields are named."""
    written, seen = list[str](), set[str]()
    for part in FIELD.split(template):
        if part not in fields:
            written.append(re.escape(part))
        elif named and part in seen:
            written.append(f"(?P={part[1]})")
        else:
            written.append(f"(?P<{part[1]}>{fields[part]})" if named else f"(?:{fields[part]})")
        seen.add(part)
    return "".join(written)
