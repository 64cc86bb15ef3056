"""Property values in the engine, and their form on the wire.

A property value is plain JSON data (``None``, ``bool``, ``float``, ``str``, ``list``, ``dict``) or one of three types
that JSON does not have: :class:`Secret`, :data:`UNKNOWN` (a value that a preview cannot know yet) and
:class:`ResourceRef`. Assets and archives remain tagged dictionaries, as on the wire.

On the wire a value is a protobuf ``Struct``; the three special types are dictionaries with a signature key, and an
unknown is one of seven fixed strings (Pulumi: ``sdk/go/common/resource/plugin/rpc.go``). All numbers are floats there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2  # type: ignore[import-untyped]

from .._wire import SIGNATURE, UNKNOWN_STRINGS

SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"

UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Value = Any
"""A property value: JSON data, :class:`Secret`, :data:`UNKNOWN` or :class:`ResourceRef`."""
Properties = dict[str, Value]


class Secret:
    """A value that Pulumi treats as secret. ``.value`` is the plain value; the repr never contains it.

    Used both for configuration (``config={"daily:apiKey": Secret("…")}``) and for the secret inputs and outputs of
    resources. Two secrets are equal when their values are; a secret never equals a plain value.
    """

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and equal(self.value, other.value)

    __hash__ = None  # type: ignore[assignment]  # may hold lists and dicts

    def __repr__(self) -> str:
        return "Secret(…)"


class Unknown:
    """The type of :data:`UNKNOWN`, a value that is known only after ``up``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class ResourceRef:
    """A resource passed as a value. A provider that does not accept references gets its id, or else its URN."""

    urn: str
    id: Value = None  # str, UNKNOWN, or None for a component
    version: str = ""


class WireError(ValueError):
    """Error: a message violates the protocol (such as an unknown value in the answer to ``create``), or a value has
    no form in it.
    """


# --- reading ------------------------------------------------------------------------------------------------------


def unmarshal(props: struct_pb2.Struct | None, *, allow_unknowns: bool = True) -> Properties:
    """Return the properties of a protobuf ``Struct``.

    Raises :class:`WireError` for a secret without a value, and for an unknown value that is not allowed.
    """
    if props is None:
        return {}
    return {key: _read(key, value, allow_unknowns) for key, value in props.fields.items()}


def unmarshal_value(value: struct_pb2.Value) -> Value:
    """Return the property value of one protobuf ``Value``."""
    return _read("value", value, True)


def _read(key: str, value: struct_pb2.Value, unknowns: bool) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        if len(text) == 36 and text in UNKNOWN_STRINGS:
            if not unknowns:
                raise WireError(f'unexpected unknown property value for "{key}"')
            return UNKNOWN
        return text
    if kind == "number_value":
        return value.number_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_read(key, item, unknowns) for item in value.list_value.values]
    if kind == "struct_value":
        obj = {k: _read(k, v, unknowns) for k, v in value.struct_value.fields.items()}
        return _tagged(key, obj, unknowns) if SIGNATURE in obj else obj
    return None


def _tagged(key: str, obj: Properties, unknowns: bool) -> Value:
    signature = obj[SIGNATURE]
    if signature == SECRET:
        if "value" not in obj:
            raise WireError(f'malformed RPC secret: missing value for "{key}"')
        return Secret(obj["value"])
    if signature == OUTPUT:
        if "value" not in obj and not unknowns:
            raise WireError(f'unexpected unknown property value for "{key}"')
        inner = obj.get("value", UNKNOWN)
        return Secret(inner) if obj.get("secret") else inner
    if signature == RESOURCE:
        return reference_of(obj)
    return {k: v for k, v in obj.items() if v != ""}  # an asset or archive: kept as it is, without its empty parts


def reference_of(tagged: Properties) -> ResourceRef:
    """Return the reference of its tagged dictionary, which has the same form on the wire and in states."""
    ident = tagged.get("id")
    return ResourceRef(tagged["urn"], UNKNOWN if ident == "" else ident, tagged.get("packageVersion", ""))


# --- writing ------------------------------------------------------------------------------------------------------


def marshal(props: Properties, *, secrets: bool, unknowns: bool = True, resources: bool = False) -> struct_pb2.Struct:
    """Return `props` as a ``Struct``.

    `secrets` keeps the secret marks (else plain values are sent); without `unknowns` unknown values are left out;
    without `resources` a reference is sent as its id or URN. Raises :class:`WireError` for a value of another type than
    those of property values.
    """
    out = struct_pb2.Struct()
    _write_object(out, props, secrets, unknowns, resources)
    return out


def _write_object(out: struct_pb2.Struct, props: Properties, secrets: bool, unknowns: bool, resources: bool) -> None:
    fields = out.fields
    for key in sorted(props):
        value = props[key]
        if not unknowns and _bare(value, secrets) is UNKNOWN:
            continue
        _write(fields[key], value, secrets, unknowns, resources)


def _bare(value: Value, secrets: bool) -> Value:
    while not secrets and isinstance(value, Secret):
        value = value.value
    return value


def _write(out: struct_pb2.Value, value: Value, secrets: bool, unknowns: bool, resources: bool) -> None:
    value = _bare(value, secrets)
    if value is None:
        out.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, (int, float)):
        out.number_value = value
    elif isinstance(value, str):
        out.string_value = value
    elif isinstance(value, (list, tuple)):
        out.list_value.SetInParent()
        for item in value:
            if unknowns or _bare(item, secrets) is not UNKNOWN:
                _write(out.list_value.values.add(), item, secrets, unknowns, resources)
    elif isinstance(value, dict):
        out.struct_value.SetInParent()
        _write_object(out.struct_value, value, secrets, unknowns, resources)
    elif isinstance(value, Secret):
        _write_object(out.struct_value, {SIGNATURE: SECRET, "value": value.value}, secrets, unknowns, resources)
    elif value is UNKNOWN:
        out.string_value = UNKNOWN_STRING
    elif isinstance(value, ResourceRef):
        if not resources:
            plain = value.urn if value.id is None else value.id
            _write(out, plain, secrets, unknowns, resources)
            return
        ref: Properties = {SIGNATURE: RESOURCE, "urn": value.urn}
        if value.id is not None:
            ref["id"] = "" if value.id is UNKNOWN else value.id
        if value.version:
            ref["packageVersion"] = value.version
        _write_object(out.struct_value, ref, secrets, unknowns, resources)
    else:
        raise WireError(f"not a property value: {type(value).__name__}")


# --- functions of values ------------------------------------------------------------------------------------------


def has_value(value: Value) -> bool:
    """Return False for null, which Pulumi treats like a missing property in objects; else True."""
    return value is not None


def is_secret(value: Value) -> bool:
    return isinstance(value, Secret)


def contains_secret(value: Value) -> bool:
    """Return whether `value` is, or contains at any depth, a secret."""
    if isinstance(value, dict):
        return any(map(contains_secret, value.values()))
    if isinstance(value, list):
        return any(map(contains_secret, value))
    return isinstance(value, Secret)


def contains_unknown(value: Value) -> bool:
    """Return whether `value` is, or contains at any depth, an unknown."""
    if isinstance(value, Secret):
        return contains_unknown(value.value)
    if isinstance(value, dict):
        return any(map(contains_unknown, value.values()))
    if isinstance(value, list):
        return any(map(contains_unknown, value))
    if isinstance(value, ResourceRef):
        return value.id is UNKNOWN
    return value is UNKNOWN


def plain(value: Value) -> Value:
    """Return a copy of `value` without secret marks at any depth."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def copy(value: Value) -> Value:
    """Return a copy whose dictionaries and lists are independent of the original."""
    if isinstance(value, dict):
        return {k: copy(v) for k, v in value.items()}
    if isinstance(value, list):
        return [copy(v) for v in value]
    if isinstance(value, Secret):
        return Secret(copy(value.value))
    return value


def equal(old: Value, new: Value) -> bool:
    """Return whether values are equal for Pulumi: a null property equals a missing one, a secret no plain value."""
    if isinstance(old, dict):
        if not isinstance(new, dict):
            return False
        for key, value in old.items():
            if key in new:
                if not equal(value, new[key]):
                    return False
            elif has_value(value):
                return False
        return not any(key not in old and has_value(value) for key, value in new.items())
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(equal, old, new))
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    return bool(old == new)


def mark_secrets(outs: Properties | None, ins: Properties | None) -> None:
    """Mark values in `outs` as secret, in place, that were secret in `ins`.

    It is for a provider that does not keep the marks. Objects are compared key by key at any depth; any other value
    that contained a secret is marked as a whole (Pulumi: ``annotateSecrets``).
    """
    if not outs or not ins:
        return
    for key, before in ins.items():
        if key not in outs:
            continue
        after = outs[key]
        if isinstance(after, dict) and isinstance(before, dict):
            mark_secrets(after, before)
        elif not isinstance(after, Secret) and contains_secret(before):
            outs[key] = Secret(after)


def display(value: Value) -> str:
    """Return a value in the CLI's form for check failures (braces around every level), with secrets masked."""
    if isinstance(value, Secret):
        return "[secret]"
    if value is UNKNOWN:
        return "output<string>{}"
    return "{" + _body(value) + "}"


def _body(value: Value) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "NaN" if math.isnan(value) else f"{value:+}".title()
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{display(v)}" for k, v in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(display, value)) + "]"
    return value.urn if isinstance(value, ResourceRef) else str(value)
