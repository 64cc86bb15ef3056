"""The results of lookups: typed, read-only, tolerant of unexpected answers, with secrets hidden from ``repr``."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from .._output_object import OutputObject
from ..api import Redactor
from ..objects.values import camel_case

T = TypeVar("T")
R = TypeVar("R", bound="Result")

MASK = "<redacted>"
_REDACTOR = Redactor()


@dataclass(frozen=True)
class Wire:
    """The names of a field in Daily's answers, where they differ from its own name in snake_case or camelCase."""

    names: tuple[str, ...] = ()
    """Daily's names for the field; the first one in the answer is used."""
    secret: bool = False
    """Whether the value gives anybody who knows it the rights of its owner."""


class Raw(Mapping[str, Any]):
    """A read-only mapping whose repr contains only its keys."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Raw({', '.join(self._items)})"


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """One object of Daily.

    A value that is missing in the answer, or of another type than documented, is empty or None here and unchanged in
    :attr:`raw`.
    """

    _raw: Raw = field(default_factory=lambda: Raw({}), compare=False)

    @property
    def raw(self) -> Mapping[str, Any]:
        """Return Daily's answer unchanged, with fields that this package does not know. ``repr`` never shows it."""
        return self._raw

    @classmethod
    def of(cls: type[R], answer: Mapping[str, Any]) -> R:
        """Return the result for an answer. Never raises for missing values."""
        seen = cls._seen(answer)
        values: dict[str, Any] = {}
        for one in result_fields(cls):
            value = next((seen[name] for name in one.names if seen.get(name) is not None), None)
            read = None if value is None else one.read(value)
            if read is not None:
                values[one.name] = read
        return cls(_raw=Raw(answer), **values)

    @classmethod
    def _seen(cls, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer without the nesting that the result type does not have."""
        return answer

    def __repr__(self) -> str:
        shown = []
        for one in result_fields(type(self)):
            value = getattr(self, one.name)
            if value not in (None, "", [], {}):
                shown.append(f"{one.name}={MASK if one.secret else _shown(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"


def _shown(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], Result):
        return repr(value)
    return repr(value if isinstance(value, Result) else _REDACTOR.value(value))


def holds_secret(value: Any) -> bool:
    """Return whether a lookup's result contains a secret: in a secret field, or in ``raw`` what errors would mask."""
    if isinstance(value, Result):
        secrets = (getattr(value, one.name) for one in result_fields(type(value)) if one.secret)
        return any(secrets) or _REDACTOR.value(dict(value.raw)) != dict(value.raw)
    if isinstance(value, Mapping):
        return any(holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(holds_secret(item) for item in value)


@dataclass(frozen=True)
class ResultField:
    """One field of a result type: its name, Daily's names for it, whether it is secret, and its reader."""

    name: str
    names: tuple[str, ...]
    secret: bool
    read: Callable[[Any], Any]
    """Returns the value converted to the field's type; None when that is impossible."""


_known: dict[type[Result], tuple[ResultField, ...]] = {}


def result_fields(cls: type[Result]) -> tuple[ResultField, ...]:
    """Return the fields of a result type, with their readers, from its annotations."""
    if cls not in _known:
        _known[cls] = tuple(_read_fields(cls))
    return _known[cls]


def _read_fields(cls: type[Result]) -> Iterator[ResultField]:
    hints = get_type_hints(cls, include_extras=True)
    for one in dataclasses.fields(cls):
        if one.name == "_raw":
            continue
        annotation = hints[one.name]
        wire = Wire()
        if get_origin(annotation) is Annotated:
            annotation, wire = get_args(annotation)
        names = (*wire.names, one.name, camel_case(one.name))
        yield ResultField(one.name, names, wire.secret, _reader(annotation))


def _reader(annotation: Any) -> Callable[[Any], Any]:
    options = [option for option in _options(annotation) if option is not type(None)]
    if len(options) != 1:
        return lambda value: value if isinstance(value, tuple(options)) else None
    kind = options[0]
    if get_origin(kind) is list:
        item = _reader(get_args(kind)[0])
        return lambda value: [item(one) for one in value if item(one) is not None] if isinstance(value, list) else None
    if get_origin(kind) is dict:
        return lambda value: dict(value) if isinstance(value, Mapping) else None
    if issubclass(kind, Result | OutputObject):
        return lambda value: kind.of(value) if isinstance(value, Mapping) else None
    return {str: _text, int: _whole, float: _number, bool: _flag}[kind]


def _options(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        value = float(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None else None


def _flag(value: Any) -> bool | None:
    # Some answers of Daily contain the text "true" where others contain the boolean.
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value if isinstance(value, bool) else None


class Results(Generic[T]):
    """The objects of a list, read page by page during iteration.

    A page is requested when its first object is needed, never earlier. Objects are kept, so that another iteration
    sends no request. An error is raised again in each iteration: a list is never truncated silently.
    """

    def __init__(self, source: Iterator[T]) -> None:
        self._source = source
        self._read: list[T] = []
        self._done = False
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[T]:
        index = 0
        while index < len(self._read) or self._more():
            yield self._read[index]
            index += 1

    def _more(self) -> bool:
        if self._error is not None:
            raise self._error
        if self._done:
            return False
        try:
            self._read.append(next(self._source))
        except StopIteration:
            self._done = True
        except Exception as error:
            self._error = error
            raise
        return not self._done

    def __bool__(self) -> bool:
        """Return whether there is at least one object; reads at most the first page."""
        return bool(self._read) or self._more()

    def first(self) -> T | None:
        """Return the first object, without reading further; None for an empty list."""
        return next(iter(self), None)

    def all(self) -> list[T]:
        """Return all objects as a list."""
        return list(self)

    def __repr__(self) -> str:
        return f"<Results: {len(self._read)} read{', complete' if self._done else ''}>"
