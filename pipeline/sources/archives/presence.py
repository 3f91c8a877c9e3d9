"""Whether a source's archive is there: only then does a 404 mean that a page is missing, and not all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pipeline.http.exchange import Exchange
from pipeline.sources.archives.listing import Listing
from pipeline.sources.markup.bodies import is_html
from pipeline.sources.source import Source


@dataclass
class Presence:
    """What is known of an archive during one fetch.

    A page of it proves that it is there. Without one, the newest page that we have is asked for again, and at last the
    listing; two requests at most, and none unless a page is missing.
    """

    source: Source
    newest: date | None  # the newest day with a stored page
    ask: Callable[[date], Exchange]  # requests a page as evidence only
    list_days: Callable[[], Listing]
    listing: Listing | None = None  # if it was requested already
    is_proven: bool = False
    doubt: str | None = None  # why a 404 is not believed, for a person

    def see(self, answer: Exchange) -> None:
        """Take note of the response to a request for a page."""
        self.is_proven = self.is_proven or brings_file(answer)

    def find_doubt(self) -> str | None:
        """Return why a missing page may be a missing archive; None if the archive is there."""
        if not self.is_proven and self.doubt is None:
            self.doubt = self._ask_listing() if self._is_missing() or not self._has_newest() else None
            self.is_proven = self.doubt is None
        return None if self.is_proven else self.doubt

    def _is_missing(self) -> bool:
        return self.listing is not None and self.listing.is_missing

    def _has_newest(self) -> bool:
        return self.newest is not None and brings_file(self.ask(self.newest))

    def _ask_listing(self) -> str | None:
        self.listing = self.listing or self.list_days()
        if self.listing.blobs:
            return None
        reason = self.listing.reason or f"the listing of {self.source.source_id} has no page"
        return reason if self.listing.is_missing else f"whether the archive is there cannot be told: {reason}"


def brings_file(answer: Exchange) -> bool:
    """Whether a response brought a file, and not a notice in its place.

    What the file says is not read here: it is stored first, and then read by a process that has a deadline.
    """
    return answer.status == 200 and bool(answer.body) and not is_html(answer.body or b"")
