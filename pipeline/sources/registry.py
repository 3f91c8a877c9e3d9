"""The sources of daily papers: all that are known, and those that are chosen."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.metadata import EntryPoint, entry_points

from pipeline.core.addresses import shown
from pipeline.core.errors import SettingError
from pipeline.sources.known import chenin_wang, gabrielchua, hugging_face, joe0731, timlrx
from pipeline.sources.paths import find_path_fault
from pipeline.sources.source import GitArchive, Source

EARLIEST = date(1991, 8, 14)  # arXiv's first day
ENTRY_POINTS = "daily_papers.sources"  # of installed packages that bring a source: docs/sources.md
SOURCE_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
OURS = (gabrielchua.SOURCE, timlrx.SOURCE, hugging_face.SOURCE, joe0731.SOURCE, chenin_wang.SOURCE)


def add_sources(ours: Iterable[Source], points: Iterable[EntryPoint]) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """Return our sources with those of installed packages, and what is wrong with those that cannot be used."""
    known = {source.source_id: source for source in ours}
    faults: list[str] = []
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        try:
            source = load_source(point)
        except SettingError as error:
            faults.append(str(error))
            continue
        if source.source_id in known:
            faults.append(f"{name_point(point)} brings {source.source_id}, which is there already: uninstall one")
        known.setdefault(source.source_id, source)
    return tuple(known.values()), tuple(faults)


def load_source(point: EntryPoint) -> Source:
    """Return the source that an entry point names. Raises SettingError if it brings anything else."""
    try:
        source: object = point.load()
    except Exception as error:  # a stranger's module may raise anything
        raise SettingError(f"{name_point(point)} cannot be loaded: {type(error).__name__}: {error}") from error
    fault = "it is no pipeline.sources.source.Source" if not isinstance(source, Source) else find_fault(source)
    if fault or not isinstance(source, Source):
        raise SettingError(f"{name_point(point)} brings no source: {fault}")
    return source


def find_fault(source: Source) -> str | None:
    """Return why a source cannot be used, for the person who wrote it; None if it can."""
    return next(find_faults(source), None)


def find_faults(source: Source) -> Iterator[str]:
    if not SOURCE_ID.fullmatch(source.source_id):
        yield f"its id {shown(source.source_id)} should be like owner/name"
    if len({document.name for document in source.documents}) != len(source.documents) or not source.documents:
        yield "it should have one document or more, of different names"
    if isinstance(source.place, GitArchive):
        yield from filter(None, (find_path_fault(document.path) for document in source.documents))


def name_point(point: EntryPoint) -> str:
    package = point.dist.name if point.dist else "an installed package"
    return f"the entry point {point.name} of {package} ({ENTRY_POINTS})"


SOURCES, FAULTS = add_sources(OURS, entry_points(group=ENTRY_POINTS))


def known_sources() -> tuple[Source, ...]:
    """Return all sources. Raises SettingError if an installed package brings one that cannot be used.

    To go on without it would read what is stored of it as something else.
    """
    if FAULTS:
        raise SettingError("; ".join(FAULTS))
    return SOURCES


def find_source(source_id: str) -> Source:
    """Return a source by its id. One that nobody knows, or any more, has pages of tables at the usual path."""
    known = {source.source_id: source for source in SOURCES}
    return known.get(source_id) or Source(source_id, f"https://github.com/{source_id}", "NOASSERTION", EARLIEST)


def choose_sources(wanted: str | None) -> tuple[Source, ...]:
    """Return the sources of a comma list, or the default ones without it. Raises SettingError if one is unknown."""
    sources = known_sources()
    names = {name.strip() for name in (wanted or "").split(",")} - {""}
    if not names:
        return tuple(source for source in sources if source.is_default)
    known = [source.source_id for source in sources]
    if unknown := sorted(names - set(known)):
        raise SettingError(f"SOURCES names {shown(unknown[0])}, which is no source: there are {', '.join(known)}")
    return tuple(source for source in sources if source.source_id in names)


def first_day() -> date:
    """Return the first day of any known source: days begin with it."""
    return min(source.first_date for source in SOURCES)
