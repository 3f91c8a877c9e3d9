"""Sources that installed packages bring, by their entry points: docs/sources.md."""

import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, get_args

from pipeline.core.addresses import shown
from pipeline.core.errors import SettingError
from pipeline.core.terminal import one_line
from pipeline.sources.calendar import Calendar
from pipeline.sources.paths import find_path_fault
from pipeline.sources.source import Document, Feed, GitArchive, Source, Told

ENTRY_POINTS = "daily_papers.sources"
EARLIEST = date(1991, 8, 14)  # arXiv's first day
LONGEST_DAY = timedelta(days=2)  # from a day's midnight in UTC to its end: a day before yesterday is over
LONGEST_REST = timedelta(days=366)  # after which a day is looked at again
SEASONS = (date(2026, 1, 15), date(2026, 7, 15))  # clocks differ between them
SOURCE_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
BRANCH = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._/-]{0,200}")
NAMES = ("markdown", "json")  # of documents
LONGEST = 300  # characters of a stranger's error that are shown


def load_source(point: EntryPoint) -> Source:
    """Return the source that an entry point names. Raises SettingError if it brings anything else."""
    try:
        source: object = point.load()
        fault = find_fault(source)
    except (Exception, SystemExit) as error:  # a stranger's module may raise anything, or end the process
        said = one_line(f"{type(error).__name__}: {error}")[:LONGEST]
        raise SettingError(f"{name_point(point)} cannot be loaded: {said}") from error
    if fault or not isinstance(source, Source):
        raise SettingError(f"{name_point(point)} brings no source: {fault}")
    return source


def find_fault(source: object) -> str | None:
    """Return why a source cannot be used, for the person who wrote it; None if it can."""
    if not isinstance(source, Source):
        return "it is no pipeline.sources.source.Source"
    return next(find_faults(source), None)


def find_faults(source: Source) -> Iterator[str]:
    """Yield what is wrong with a source whose fields may be anything."""
    if not is_a(source.source_id, str) or not SOURCE_ID.fullmatch(source.source_id):
        yield f"its id {shown(str(source.source_id))} should be like owner/name"
    if not (is_a(source.url, str) and is_a(source.licence, str)):
        yield "its url and its licence should be texts"
    days = [source.first_date, *([] if source.last_date is None else [source.last_date])]
    if not all(is_a(day, date) and not is_a(day, datetime) and day >= EARLIEST for day in days):
        yield f"its first and last date should be days from {EARLIEST} on"
    if not (is_a(source.tells, tuple) and set(source.tells) <= set(get_args(Told))):
        yield f"it should tell of nothing but {', '.join(get_args(Told))}, in a tuple"
    if not is_a(source.calendar, Calendar):
        yield "its calendar should be a pipeline.sources.calendar.Calendar"
    else:
        yield from find_calendar_faults(source.calendar)
    yield from find_place_faults(source.place)


def find_calendar_faults(calendar: Calendar) -> Iterator[str]:
    """Yield what is wrong with a calendar; one without a fault can be asked when the next look is due."""
    if not (is_a(calendar.zone, tzinfo) and is_a(calendar.closing, timedelta)):
        yield "the zone of its calendar should be a tzinfo, as ZoneInfo makes one, and closing a timedelta"
        return
    ends = [calendar.closes(day) - datetime.combine(day, time(), UTC) for day in SEASONS]
    if not all(timedelta() <= end <= LONGEST_DAY for end in ends):
        yield "by the zone and closing of its calendar, a day should end from its midnight UTC to two days later"
    if not (is_a(calendar.weekdays, frozenset) and calendar.weekdays <= frozenset(range(1, 8))):
        yield "the weekdays of its calendar should be a frozenset of numbers from 1, Monday, to 7"
    rests: Any = calendar.settles
    if not (
        is_a(rests, tuple) and all(is_a(rest, timedelta) and timedelta() <= rest <= LONGEST_REST for rest in rests)
    ):
        yield f"the settles of its calendar should be a tuple of timedeltas from 0 to {LONGEST_REST.days} days"


def find_place_faults(place: Any) -> Iterator[str]:
    if isinstance(place, Feed):
        if not all(map(callable, (place.base_url, place.ask, place.token))):
            yield "the base_url, ask and token of its feed should be functions"
    elif not isinstance(place, GitArchive):
        yield "its place should be a GitArchive or a Feed"
        return
    elif not (is_a(place.branch, str) and BRANCH.fullmatch(place.branch)):
        yield f"its branch {shown(str(place.branch))} should be the name of one"
    names = [document.name for document in place.documents if is_a(document, Document)]
    if not names or len(names) != len(place.documents) or len(set(names)) != len(names) or not set(names) <= set(NAMES):
        yield f"it should have one document or more, of different names: {' or '.join(NAMES)}"
        return
    for document in place.documents:
        if not all(callable(getattr(document.format, step, None)) for step in ("read", "parse")):
            yield f"the format of its {document.name} should have read and parse"
        if not is_a(document.path, str):
            yield f"the path of its {document.name} should be a text"
        elif isinstance(place, GitArchive) and (fault := find_path_fault(document.path)):
            yield f"the path of its {document.name} {fault}"


def is_a(value: object, kind: type) -> bool:
    """Whether a value is of the type that it is declared to have: a stranger's code may say otherwise."""
    return isinstance(value, kind)


def name_point(point: EntryPoint) -> str:
    """Return the words that lead to an entry point: its name, and that of its package."""
    package = point.dist.name if point.dist else "an installed package"
    return one_line(f"the entry point {point.name} of {package} ({ENTRY_POINTS})")


def code_of(points: Iterable[EntryPoint]) -> list[bytes]:
    """Return what loaded entry points read by: the versions of their packages, and their modules, in order."""
    texts: list[bytes] = []
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        texts.append(f"{point.name} {point.value} {point.dist.version if point.dist else ''}".encode())
        module = sys.modules.get(point.module.partition(".")[0])
        texts += [path.read_bytes() for folder in getattr(module, "__path__", ()) for path in modules_below(folder)]
        file = getattr(module, "__file__", None)
        texts += [Path(file).read_bytes()] if file and Path(file).is_file() else []
    return texts


def modules_below(folder: str) -> list[Path]:
    return sorted(Path(folder).rglob("*.py"))
