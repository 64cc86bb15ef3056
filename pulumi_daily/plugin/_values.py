"""Conversion between the property values of Pulumi's wire and this package's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime import rpc

from .._wire import LEVELS, SIGNATURE, UNKNOWN_STRINGS, TooDeep
from ..objects.values import UNKNOWN, Path

_SECRET = rpc._special_secret_sig
_OUTPUT = rpc._special_output_value_sig
_UNKNOWN = rpc.UNKNOWN


@dataclass
class Props:
    """Property values without marks: the visible and the hidden (``__…``) ones, and the paths of the secret values."""

    values: dict[str, Any]
    hidden: dict[str, Any] = field(default_factory=dict)
    secrets: list[Path] = field(default_factory=list)


def read(struct: struct_pb2.Struct) -> Props:
    """Return the values of a ``Struct``; whole numbers are ints."""
    props = Props({})
    for key, item in struct.fields.items():
        (props.hidden if key.startswith("__") else props.values)[key] = _read(item, (key,), props.secrets)
    return props


def _read(value: struct_pb2.Value, path: Path, secrets: list[Path]) -> Any:
    if len(path) > LEVELS:
        raise TooDeep.of(str(path[0]))
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_STRINGS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_read(item, (*path, index), secrets) for index, item in enumerate(value.list_value.values)]
    if kind != "struct_value":
        return None
    fields = value.struct_value.fields
    mark = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if mark not in (_SECRET, _OUTPUT):
        return {key: _read(item, (*path, key), secrets) for key, item in fields.items()}
    if mark == _SECRET or ("secret" in fields and fields["secret"].bool_value):
        secrets.append(path)
    return _read(fields["value"], path, secrets) if "value" in fields else UNKNOWN


def write(values: Mapping[str, Any], is_secret: Callable[[Path], bool]) -> struct_pb2.Struct:
    """Return values as a ``Struct``. Nulls are left out; a value for whose path ``is_secret`` is true is marked."""
    struct = struct_pb2.Struct()
    for key, item in values.items():
        if item is not None:
            _write(struct.fields[key], item, (key,), is_secret)
    return struct


def _write(out: struct_pb2.Value, value: Any, path: Path, is_secret: Callable[[Path], bool]) -> None:
    if is_secret(path):
        out.struct_value.fields[SIGNATURE].string_value = _SECRET
        out, is_secret = out.struct_value.fields["value"], _never
    if value is UNKNOWN:
        out.string_value = _UNKNOWN
    elif value is None:
        out.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, int | float):
        out.number_value = value
    elif isinstance(value, str):
        out.string_value = value
    elif isinstance(value, Mapping):
        out.struct_value.SetInParent()
        for key, item in value.items():
            _write(out.struct_value.fields[key], item, (*path, key), is_secret)
    else:
        out.list_value.SetInParent()
        for index, item in enumerate(value):
            _write(out.list_value.values.add(), item, (*path, index), is_secret)


def _never(_: Path) -> bool:
    return False
