"""The names of properties in programs with the native plugin: Daily's ``enable_chat`` is ``enableChat`` there.

Only names that a field model or an output defines are converted. Keys of free-form values (``extraProperties``, the
names of rooms in a set) are the program's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args, get_origin

from .fields import Fields, entries
from .kinds import SPECS
from .spec import DOMAIN, DOMAIN_ID, ObjectSpec, settings_model
from .validation import is_model, members, nested_model
from .values import UNKNOWN, Path, camel_case

SETTINGS, EXTRAS = "properties", "extra_properties"
"""The inputs with the settings of a room or domain: those with a type, and those that are sent as they are."""


@dataclass(frozen=True)
class Shape:
    """The structure of a value, as far as names in it are converted."""

    fields: Mapping[str, Shape | None] | None = None
    """The properties of an object by Daily's names; None for a list or a map of free keys."""
    items: Shape | None = None
    """The structure of the elements of a list or of a map of free keys."""
    own: Mapping[str, str] = field(default_factory=dict)
    """Daily's names of the properties by those of programs."""
    secrets: frozenset[str] = frozenset()
    """The secret properties, by Daily's names."""
    unconverted: bool = False
    """True where programs use Daily's names, so that nothing is converted."""

    @classmethod
    def of(cls, fields: Mapping[str, Shape | None], secrets: Iterable[str]) -> Shape:
        """Return the structure of an object."""
        return cls(fields, own={camel_case(name): name for name in fields}, secrets=frozenset(secrets))

    def below(self, key: str | int) -> Shape | None:
        """Return the structure of a property by Daily's name, or of an element."""
        return self.items if self.fields is None else self.fields.get(str(key))

    def to_daily(self, key: str | int) -> str | int:
        """Return Daily's name of a property; keys that are not known are unchanged."""
        return self.own.get(key, key) if isinstance(key, str) else key

    def to_program(self, key: str | int) -> str | int:
        """Return the name of a property in programs; keys that are not known are unchanged."""
        known = self.fields is not None and key in self.fields and not self.unconverted
        return camel_case(key) if known else key  # type: ignore[arg-type]

    def as_extra(self) -> Shape:
        """Return the structure of these settings in ``extra_properties``: under Daily's names, with their secrets."""
        inner = {name: one and one.as_extra() for name, one in self.fields.items()} if self.fields is not None else None
        return Shape(inner, self.items and self.items.as_extra(), {}, self.secrets, unconverted=True)


@cache
def model_shape(model: type[Fields]) -> Shape:
    """Return the structure of the objects of a field model."""
    known = entries(model)
    fields = {name: _shape(entry.annotation) for name, entry in known.items()}
    settings = fields.get(SETTINGS)
    if settings is not None and EXTRAS in fields:
        fields[EXTRAS] = settings.as_extra()
    return Shape.of(fields, (name for name, entry in known.items() if entry.meta.secret))


def _shape(annotation: Any) -> Shape | None:
    for option in members(annotation):
        if is_model(option):
            return model_shape(option)
        if get_origin(option) in (list, dict):
            inner = _shape(get_args(option)[-1])
            return inner and Shape(items=inner)
    return None


def shape_of(spec: ObjectSpec) -> Shape:
    """Return the structure of the inputs and outputs of a kind."""
    fields: dict[str, Shape | None] = {DOMAIN: None, DOMAIN_ID: None}
    fields |= {item.name: model_shape(item.model) if item.model else None for item in spec.output_fields}
    if spec.config:
        fields[spec.config] = model_shape(settings_model(spec))
    return Shape.of({**fields, **(model_shape(spec.inputs).fields or {})}, spec.secrets)


def to_daily(shape: Shape | None, value: Any) -> Any:
    """Return a program's value under Daily's names."""
    return _renamed(shape, value, inward=True)


def to_program(shape: Shape | None, value: Any) -> Any:
    """Return a value under the names of programs."""
    return _renamed(shape, value, inward=False)


def _renamed(shape: Shape | None, value: Any, *, inward: bool) -> Any:
    if shape is None or value is UNKNOWN:
        return value
    if isinstance(value, Mapping):
        names = {key: shape.to_daily(key) if inward else key for key in value}
        # A setting that is given under both names keeps both, and the check refuses the one that Daily does not know.
        names = {key: key if name in value else name for key, name in names.items()}
        return {
            names[key] if inward else shape.to_program(key): _renamed(shape.below(names[key]), item, inward=inward)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_renamed(shape.items if shape.fields is None else shape, item, inward=inward) for item in value]
    return value


def path_to_daily(shape: Shape | None, path: Path) -> Path:
    """Return a property path of a program under Daily's names."""
    return _path(shape, path, inward=True)


def path_to_program(shape: Shape | None, path: Path) -> Path:
    """Return a property path under the names of programs."""
    return _path(shape, path, inward=False)


def _path(shape: Shape | None, path: Path, *, inward: bool) -> Path:
    found: list[str | int] = []
    for key in path:
        if shape is None:
            found.append(key)
            continue
        daily = shape.to_daily(key) if inward else key
        found.append(daily if inward else shape.to_program(key))
        shape = shape.below(daily)
    return tuple(found)


def is_secret(shape: Shape | None, path: Path) -> bool:
    """Return whether the value at a path, with the names of programs, is always secret."""
    *above, last = path_to_daily(shape, path)
    for key in above:
        shape = shape and shape.below(key)
    return shape is not None and last in shape.secrets


def _models() -> Iterator[type[Fields]]:
    """Yield all field models."""
    waiting: list[type[Fields]] = []
    for spec in SPECS.values():
        waiting += [spec.inputs, settings_model(spec), *(item.model for item in spec.output_fields if item.model)]
    while waiting:
        model = waiting.pop()
        yield model
        inner = (nested_model(entry.annotation) for entry in entries(model).values())
        waiting += [one for one in inner if one is not None]


MODELS = {model.__name__: model for model in _models()}
"""All field models by name, which is also that of the class of outputs."""
