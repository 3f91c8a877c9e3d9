"""The state of one fetch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from pipeline.core.settings import Settings
from pipeline.http.client import Web
from pipeline.sources.pages import DocumentDay
from pipeline.sources.stored import Stored


@dataclass
class Fetching:
    """Where the responses of a fetch go, and the result so far."""

    settings: Settings
    web: Web
    stored: Stored
    store: Callable[..., None]  # takes exchanges, which are on disk when it returns
    only_missing: bool = False  # skip what is stored
    advance: Callable[[int], None] = lambda days: None  # called with the number of days done, per source
    requests: int = 0
    gone: list[DocumentDay] = field(default_factory=list[DocumentDay])  # stored, but no longer upstream
    refusals: list[str] = field(default_factory=list[str])  # tokens that were refused, for a person
    reasons: dict[str, None] = field(default_factory=dict[str, None])  # each once: why a way failed, for a person
    asleep: Mapping[str, date] = field(default_factory=dict[str, date])  # sources, and their last day with papers
