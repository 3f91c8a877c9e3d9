"""What `papers doctor` says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, in one line, and the remedy where it is not well."""

    what: str
    is_well: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok ' if self.is_well else 'BAD'}  {self.what:14} {' '.join(self.text.split())}"
