"""A finding of `papers doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one check, in one line, with a remedy if it is bad."""

    what: str
    is_well: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok ' if self.is_well else 'BAD'}  {self.what:14} {' '.join(self.text.split())}"
