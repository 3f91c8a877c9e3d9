"""The sources of daily papers: all that are known, and those that are chosen."""

from collections.abc import Iterable
from datetime import date
from importlib.metadata import EntryPoint, entry_points

from pipeline.core.addresses import shown
from pipeline.core.errors import SettingError
from pipeline.sources.known import chenin_wang, gabrielchua, hugging_face, joe0731, timlrx
from pipeline.sources.plugins import EARLIEST, ENTRY_POINTS, code_of, load_source, name_point
from pipeline.sources.source import Source

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


INSTALLED = entry_points(group=ENTRY_POINTS)
SOURCES, FAULTS = add_sources(OURS, INSTALLED)


def known_sources() -> tuple[Source, ...]:
    """Return all sources. Raises SettingError if an installed package brings one that cannot be used.

    To go on without it would read what is stored of it as something else.
    """
    if FAULTS:
        raise SettingError("; ".join(FAULTS))
    return SOURCES


def installed_code() -> list[bytes]:
    """Return what the sources of installed packages read by: if it changes, so may what is read of stored pages."""
    return code_of(INSTALLED)


def find_source(source_id: str) -> Source:
    """Return a source by its id. One that nobody knows, or any more, has pages of tables at the usual path."""
    known = {source.source_id: source for source in SOURCES}
    return known.get(source_id) or Source(source_id, f"https://github.com/{source_id}", "NOASSERTION", EARLIEST)


def choose_sources(wanted: str | None) -> tuple[Source, ...]:
    """Return the sources of a comma list, or the default ones without it. Raises SettingError if one is unknown."""
    sources = known_sources()
    names = {name.strip() for name in (wanted or "").split(",")} - {""}
    if wanted and wanted.strip() and not names:
        raise SettingError(f"SOURCES is {shown(wanted)}: it should name sources, between commas, or be left out")
    if not names:
        return tuple(source for source in sources if source.is_default)
    known = [source.source_id for source in sources]
    if unknown := sorted(names - set(known)):
        raise SettingError(f"SOURCES names {shown(unknown[0])}, which is no source: there are {', '.join(known)}")
    return tuple(source for source in sources if source.source_id in names)


def first_day() -> date:
    """Return the first day of any known source: days begin with it."""
    return min(source.first_date for source in SOURCES)
