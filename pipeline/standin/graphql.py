"""As much GraphQL as a query of repositories by alias needs: variables, fragments, arguments, aliases."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

TOKEN = re.compile(r'\s+|,|#[^\n]*|(\.\.\.|\$?[A-Za-z_]\w*|-?\d[\d.]*|"(?:[^"\\\n]|\\.)*"|[{}()\[\]:!=])')


class QueryError(Exception):
    """The query fails as a whole; the message goes to `errors`."""


@dataclass(frozen=True)
class Field:
    """A requested field; also the spread of a fragment, named `...Name`, until it is resolved."""

    key: str  # the alias, else the name
    name: str
    arguments: dict[str, object]
    fields: tuple["Field", ...]


Resolver = Callable[[dict[str, object]], object]  # what a field is, given its arguments


def read_query(query: str, variables: Mapping[str, object]) -> list[Field]:
    """Return the fields of the only operation, with fragments and variables resolved. Raises QueryError."""
    return Reader(query, variables).read()


def select(value: object, fields: tuple[Field, ...], kind: str) -> object:
    """Return the requested fields of an object or a list of objects, or a plain value. Raises QueryError."""
    if value is None:
        return None
    if isinstance(value, list):
        return [select(item, fields, kind) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        if fields:
            raise QueryError(f"Selections can't be made on scalars (field '{kind}')")
        return value
    if not fields:
        raise QueryError(f"Field must have selections (field '{kind}' returns an object but has no selections)")
    known = cast("dict[str, object]", value)
    chosen: dict[str, object] = {}
    for field in fields:
        if field.name not in known:
            raise QueryError(f"Field '{field.name}' doesn't exist on type '{kind}'")
        below = known[field.name]
        below = cast("Resolver", below)(field.arguments) if callable(below) else below
        chosen[field.key] = select(below, field.fields, field.name)
    return chosen


def tokenize(query: str) -> Iterator[str]:
    """Yield tokens, without blanks, commas and comments. Raises QueryError for an invalid character."""
    position = 0
    while position < len(query):
        match = TOKEN.match(query, position)
        if match is None:
            raise QueryError(f"Expected one of SCHEMA, QUERY, actual: UNKNOWN_CHAR ({query[position]!a})")
        position = match.end()
        if match[1]:
            yield match[1]


class Reader:
    """Reads a document from left to right."""

    def __init__(self, query: str, variables: Mapping[str, object]) -> None:
        self._tokens = [*tokenize(query), ""]
        self._at = 0
        self._given = variables
        self._variables: dict[str, object] = {}
        self._fragments: dict[str, tuple[Field, ...]] = {}

    def read(self) -> list[Field]:
        operation: tuple[Field, ...] | None = None
        while self._tokens[self._at]:
            if self._took("fragment"):
                name = self._take()
                self._expect("on")
                self._take()
                self._fragments[name] = self._read_fields()
            elif operation is not None:
                raise QueryError("An operation name is required")
            else:
                operation = self._read_operation()
        return list(self._resolve(operation or ()))

    def _read_operation(self) -> tuple[Field, ...]:
        if self._took("query") and self._peek() not in ("(", "{"):
            self._take()  # its name
        if self._took("("):
            while not self._took(")"):
                self._declare(self._take().removeprefix("$"))
        return self._read_fields()

    def _declare(self, name: str) -> None:
        self._expect(":")
        kind = self._take()
        is_required = self._took("!")
        default = self._read_value() if self._took("=") else None
        self._variables[name] = self._given.get(name, default)
        if is_required and self._variables[name] is None:
            raise QueryError(f"Variable ${name} of type {kind}! was provided invalid value")

    def _read_fields(self) -> tuple[Field, ...]:
        self._expect("{")
        fields: list[Field] = []
        while not self._took("}"):
            fields += self._read_spread() if self._took("...") else [self._read_field()]
        return tuple(fields)

    def _read_spread(self) -> tuple[Field, ...]:
        if self._took("on"):
            self._take()
            return self._read_fields()
        name = f"...{self._take()}"
        return (Field(name, name, {}, ()),)

    def _read_field(self) -> Field:
        key = name = self._take()
        if self._took(":"):
            name = self._take()
        arguments: dict[str, object] = {}
        if self._took("("):
            while not self._took(")"):
                argument = self._take()
                self._expect(":")
                arguments[argument] = self._read_value()
        return Field(key, name, arguments, self._read_fields() if self._peek() == "{" else ())

    def _read_value(self) -> object:
        token = self._take()
        if token.startswith("$"):
            if token[1:] not in self._variables:
                raise QueryError(f"Variable {token} is used but not declared")
            return self._variables[token[1:]]
        if token == "[":
            values: list[object] = []
            while not self._took("]"):
                values.append(self._read_value())
            return values
        if token == "{":
            entries: dict[str, object] = {}
            while not self._took("}"):
                key = self._take()
                self._expect(":")
                entries[key] = self._read_value()
            return entries
        return json.loads(token) if token[0] in '"-0123456789' or token in ("true", "false", "null") else token

    def _resolve(self, fields: tuple[Field, ...]) -> Iterator[Field]:
        for field in fields:
            if not field.name.startswith("..."):
                yield Field(field.key, field.name, field.arguments, tuple(self._resolve(field.fields)))
            elif field.name[3:] in self._fragments:
                yield from self._resolve(self._fragments[field.name[3:]])
            else:
                raise QueryError(f"Fragment {field.name[3:]} was used, but not defined")

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        token = self._tokens[self._at]
        if not token:
            raise QueryError("Unexpected end of document")
        self._at += 1
        return token

    def _took(self, token: str) -> bool:
        is_next = self._tokens[self._at] == token
        self._at += is_next
        return is_next

    def _expect(self, token: str) -> None:
        if not self._took(token):
            raise QueryError(f"Expected {token!r}, actual: {self._peek()!r}")
