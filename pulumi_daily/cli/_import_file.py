"""The import file of Pulumi, and the names that resources have in it.

Sources: since CLI 3.254 an entry may carry inputs and outputs, and Pulumi then does not ask the provider to read (which
no dynamic provider in Python can do during an import); measured with CLI 3.260: a value in the form of ``HIDDEN`` is a
secret of the state, and what a refresh later reads under its key is one as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..importing import Existing
from ..lifecycle.state import encode

HIDDEN = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "null"}
"""A secret without a value: it keeps a place marked for what the file must not have."""

_NAMES = {"DomainConfig": "domain", "Webhook": "webhook"}
"""Objects of which a domain has one."""


def named(found: Iterable[Existing], room_set: str | None = None) -> dict[tuple[str, str], Existing]:
    """Objects by kind and resource name. The names of one kind differ."""
    names: dict[tuple[str, str], Existing] = {}
    for one in found:
        stem = _stem(one, room_set)
        name, number = stem, 2
        while (one.spec.kind, name) in names:
            name, number = f"{stem}-{number}", number + 1
        names[one.spec.kind, name] = one
    return names


def _stem(one: Existing, room_set: str | None) -> str:
    kind = one.spec.kind
    if kind == "RoomSet":
        return str(room_set)
    if kind == "DialinConfig":
        text = one.inputs.get("name_prefix") or one.inputs.get("phone_number") or "dialin"
        return re.sub(r"[^A-Za-z0-9+._-]+", "-", str(text)).strip("-") or "dialin"
    return _NAMES.get(kind, one.label)


def import_file(objects: Mapping[tuple[str, str], Existing]) -> dict[str, Any]:
    """Return the import file for objects by kind and resource name."""
    from ..providers import HIDDEN_INPUT, PROVIDERS, serialized  # imports Pulumi

    providers = {provider.spec.kind: {"__provider": serialized(provider)} for provider in PROVIDERS}

    def entry(kind: str, name: str, one: Existing) -> dict[str, Any]:
        # Project, stack and parents are not known here; the program's owner remembers this one as a former name.
        own = {"owner": f"import::{kind} {name}"}
        outputs, kept = encode(one.spec, one.state)
        secrets = dict.fromkeys(shown_secrets(one), HIDDEN)
        return {
            "type": f"pulumi-python:dynamic/daily:{kind}",
            "name": name,
            "id": one.identity,
            "inputs": {**one.inputs, **providers[kind], HIDDEN_INPUT: own},
            "outputs": {**outputs, **secrets, **providers[kind], HIDDEN_INPUT: {**own, **kept}},
        }

    return {"resources": [entry(kind, name, one) for (kind, name), one in objects.items()]}


def shown_secrets(one: Existing) -> list[str]:
    """The secret outputs of an object."""
    return [item.name for item in one.spec.output_fields if item.secret]
