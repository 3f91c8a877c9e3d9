"""The errors of a GraphQL answer, by the repository that each is about. Pure.

An answer of 16 MiB holds millions of them: they are walked once, and not for each repository.
"""

from collections.abc import Iterable

from pipeline.services.github.json_values import mapping, sequence
from pipeline.services.github.responses import BLOCKED, FAILED, FORBIDDEN, LIMIT_TEXT, NOT_FOUND, RATE_LIMITED

TOO_LARGE = "RESOURCE_LIMITS_EXCEEDED"

Error = dict[str, object]


class Errors:
    """Those of one answer, as its JSON has them: `told` may be anything."""

    def __init__(self, told: object) -> None:
        self._own: dict[str, list[Error]] = {}
        shared: list[Error] = []
        for error in map(mapping, sequence(told)):
            path = sequence(error.get("path"))
            if not path:
                shared.append(error)
            elif isinstance(path[0], str):
                self._own.setdefault(path[0], []).append(error)
        self._shared_outcome = outcome_of(shared, "")
        self._is_cut = has_limit(shared)

    def is_cut(self, alias: str) -> bool:
        """Whether a limit on the query's size may have cut the repository short."""
        return self._is_cut or has_limit(self._own.get(alias, []))

    def fields(self, alias: str) -> frozenset[str]:
        """Return the fields of the repository at or below which an error stands."""
        below = (sequence(error.get("path"))[1:2] for error in self._own.get(alias, []))
        return frozenset(field for path in below for field in path if isinstance(field, str))

    def outcome_of_null(self, alias: str) -> str:
        """Return what a repository that is null means, by its own errors, or else by those that name none."""
        own = self._own.get(alias)
        return outcome_of(own, alias) if own else self._shared_outcome


def has_limit(errors: Iterable[Error]) -> bool:
    """Whether one of them is a limit on the query's size."""
    return any(error.get("type") == TOO_LARGE for error in errors)


def outcome_of(errors: Iterable[Error], alias: str) -> str:
    """Return what the errors of a null repository mean, as an outcome."""
    for error in errors:
        kind, message = str(error.get("type")), str(error.get("message"))
        if kind.startswith("RATE_LIMIT") or LIMIT_TEXT.search(message):
            return RATE_LIMITED
        if error.get("path") == [alias]:
            if "access blocked" in message.lower():
                return BLOCKED
            if kind in (NOT_FOUND.upper(), FORBIDDEN.upper()):
                return kind.lower()
    return FAILED
