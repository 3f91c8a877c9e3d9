"""What people were told and what is still to be sent: private/alerts.json of the warehouse.

A trouble is told when it begins and when it is over, and not in between. A message that a receiver did not take stays
here, and is sent again. One process at a time works on it, so that each message is sent once; a process that is killed
between the receiver's answer and the end of `sending` sends it a second time.
"""

import fcntl
import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.core.errors import WarehouseError
from pipeline.core.files import open_plain, replacing
from pipeline.core.settings import Settings
from pipeline.defs.news.alerts import channels, send_alert
from pipeline.warehouse.reports import read

FILE = "alerts.json"
ROOM_BYTES = 16 * 1024  # blanks at the end of the file: on a full disk the next state is written over them
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)  # after a receiver took nothing


@dataclass(frozen=True)
class Trouble:
    """What is wrong: a line for the subject of a message, and sentences that say why and what to do."""

    subject: str
    text: str


@dataclass
class Outbox:
    """The state, as JSON has it. Times are in ISO 8601, UTC."""

    told: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict[str, dict[str, dict[str, str]]])
    """Troubles that people know of and that last: by scope and key, subject, text and since when."""
    waiting: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Messages, oldest first, each with the channels `to` which it must still go."""
    away: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Channels that took nothing at their last try: why, since when, how often, and when to try again."""
    runs: dict[str, str] = field(default_factory=dict[str, str])
    """The ended runs that were looked at, with the time of their end."""

    def compare(
        self, scope: str, troubles: Mapping[str, Trouble], now: datetime, *, is_whole: bool = True
    ) -> tuple[list[Trouble], list[Trouble]]:
        """Note what is wrong by now, and return what is new and what is over. Without `is_whole`, nothing is over."""
        known = self.told.setdefault(scope, {})
        begun = {key: trouble for key, trouble in troubles.items() if key not in known}
        over = [key for key in known if key not in troubles] if is_whole else []
        ended = [known.pop(key) for key in over]
        for key, trouble in begun.items():
            known[key] = {"subject": trouble.subject, "text": trouble.text, "since": write_moment(now)}
        return list(begun.values()), [Trouble(each["subject"], recovery(each)) for each in ended]

    def add(self, settings: Settings, subject: str, text: str, now: datetime) -> None:
        """Add a message to every channel that is set."""
        to = list(channels(settings))
        self.waiting.append({"subject": subject, "text": text, "at": write_moment(now), "to": to})

    def send(self, settings: Settings, now: datetime) -> list[str]:
        """Send what waits, oldest first; return what went wrong. A receiver that is away is left alone for a while."""
        ready = {name for name in channels(settings) if self.is_ready(name, now)}
        for message in self.waiting:
            to = [name for name in message["to"] if name in channels(settings)]
            faults = send_alert(settings, message["subject"], told_late(message, now), [n for n in to if n in ready])
            message["to"] = [name for name in to if name not in faults or faults[name]]
            for name, fault in faults.items():
                self.note_answer(name, fault, now)
                ready -= {name} if fault else set()
        self.waiting = [message for message in self.waiting if message["to"]]
        return [f"{name}: {self.away[name]['why']}" for name in channels(settings) if name in self.away]

    def is_ready(self, channel: str, now: datetime) -> bool:
        """Whether a channel took what was sent last, or it is time to try again."""
        return channel not in self.away or now >= datetime.fromisoformat(self.away[channel]["until"])

    def note_answer(self, channel: str, fault: str | None, now: datetime) -> None:
        """Note that a channel took a message, or why not, and then when to try again."""
        if fault is None:
            self.away.pop(channel, None)
            return
        before = self.away.get(channel, {"since": write_moment(now), "tries": 0})
        pause = min(FIRST_PAUSE * 2 ** min(before["tries"], 10), LONGEST_PAUSE)
        again = {"why": fault, "until": write_moment(now + pause), "tries": before["tries"] + 1}
        self.away[channel] = before | again


def recovery(told: Mapping[str, str]) -> str:
    return f"It is over. Since {told['since'][:16].replace('T', ' ')} UTC people knew of: {told['text']}"


def told_late(message: Mapping[str, Any], now: datetime) -> str:
    """Return the text of a message, with its time if that is long ago."""
    at = datetime.fromisoformat(message["at"])
    late = f"(Of {at:%Y-%m-%d %H:%M} UTC: it could not be sent before.)\n"
    return f"{late if now - at > 2 * FIRST_PAUSE else ''}{message['text']}"


def write_moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


@contextmanager
def opened(private: Path) -> Generator[Outbox]:
    """Yield the state, for this process alone. The block saves it, by `save`. Raises WarehouseError."""
    try:
        private.mkdir(parents=True, exist_ok=True)
        descriptor = open_plain(private / "alerts.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise unsaved(private, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield read_outbox(private)
    finally:
        os.close(descriptor)


def read_outbox(private: Path) -> Outbox:
    """Return the state as it was saved last; an empty one if there is none, or it cannot be read."""
    found = read(private / FILE)
    empty = asdict(Outbox())
    return Outbox(**{name: found[name] for name in empty if type(found.get(name)) is type(empty[name])})


def save(private: Path, outbox: Outbox) -> None:
    """Save the state; on a full disk over the one before, in place. Raises WarehouseError."""
    content = json.dumps(asdict(outbox)).encode()
    try:
        try:
            with replacing(private / FILE) as part:
                part.write_bytes(content.ljust(len(content) + ROOM_BYTES))
        except OSError:
            overwrite(private / FILE, content)
    except OSError as error:
        raise unsaved(private, error) from error


def overwrite(path: Path, content: bytes) -> None:
    """Write over a file without a byte more than it has. Raises OSError if that is not enough."""
    with os.fdopen(open_plain(path, os.O_RDWR | os.O_NOFOLLOW), "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        if len(content) > size:
            raise OSError(28, os.strerror(28), str(path))
        file.write(content.ljust(size))


def unsaved(private: Path, error: OSError) -> WarehouseError:
    why = error.strerror or str(error)
    return WarehouseError(f"{private / FILE} cannot be written ({why}): make room or grant write permission")
