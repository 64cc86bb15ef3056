"""The import file of Pulumi, and the names of resources in it.

Sources: since CLI 3.254 an entry may contain inputs and outputs, and Pulumi then does not call the provider's read
(which no dynamic provider in Python supports during an import). Measured with CLI 3.260: a value in the form of
``HIDDEN`` is a secret in the state, and so is the value that a later refresh reads for its key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..importing import Existing
from ..lifecycle.state import encode
from ..objects.kinds import DYNAMIC_PROVIDER, DYNAMIC_TYPE
from ..objects.room_set import ROOM_SET
from ..objects.spec import ObjectSpec

HIDDEN = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "null"}
"""A secret without a value: it marks an output as secret whose value the file must not contain."""


def named(
    found: Iterable[Existing], room_set: str | None = None, provider: str | None = None
) -> dict[tuple[str, str], Existing]:
    """Return objects by kind and resource name.

    The name comes from the object alone, so that it stays the same when there are more objects. Should two objects of a
    kind have the same one, the id of the second is added. ``room_set`` is the whole name of a set. The others begin
    with the name of the second account ``provider``: one program may declare equal objects of two accounts.
    """
    names: dict[tuple[str, str], Existing] = {}
    for one in found:
        kind = one.spec.kind
        own = _name(one.spec, one.inputs, one.identity, one.label)
        name = str(room_set) if kind == ROOM_SET.kind else prefixed(own, provider)
        names[kind, f"{name}-{_slug(one.identity)}" if (kind, name) in names else name] = one
    return names


def prefixed(name: str, provider: str | None) -> str:
    """Return the resource name of an object that belongs to the second account ``provider``; None: to the first one."""
    return f"{provider}-{name}" if provider else name


def names_of(spec: ObjectSpec, values: Mapping[str, Any], identity: str, provider: str | None = None) -> set[str]:
    """Return the texts that patterns may match: an object's id, its name, number, prefix or address, its resource name.

    ``values`` are its fields, of a live object or of a state.
    """
    fields = (spec.label, "name_prefix", "phone_number", "number", "url")
    found = {str(values[field]) for field in fields if field and values.get(field) is not None}
    own = _name(spec, values, identity, str(values.get(spec.label or "") or identity))
    return {*found, str(identity), prefixed(own, provider)}


def _name(spec: ObjectSpec, values: Mapping[str, Any], identity: str, label: str) -> str:
    kind = spec.kind
    if kind == "DomainConfig":
        return "domain"
    if kind == "Webhook":
        return f"webhook-{_slug(identity).partition('-')[0]}"
    if kind == "DialinConfig":
        # A number has one configuration; a prefix may have several.
        own, prefix = values.get("phone_number"), _slug(values.get("name_prefix"))
        return "-".join(filter(None, [prefix or ("" if own else "dialin"), own or _slug(identity)[:8]]))
    return label


def _slug(text: Any) -> str:
    return re.sub(r"[^A-Za-z0-9+._-]+", "-", str(text or "")).strip("-")


def import_file(objects: Mapping[tuple[str, str], Existing], provider: str | None = None) -> dict[str, Any]:
    """Return the import file for objects by kind and resource name; ``provider`` is the name of a second account."""
    from ..providers import HIDDEN_INPUT, PROVIDERS, serialized  # imports Pulumi

    providers = {provider.spec.kind: {"__provider": serialized(provider)} for provider in PROVIDERS}

    def entry(kind: str, name: str, one: Existing) -> dict[str, Any]:
        # Project, stack and parents are unknown here; the program's resource treats this name as a former one.
        own = {"owner": f"import::{kind} {name}"}
        outputs, kept = encode(one.spec, one.state)
        secrets = dict.fromkeys(shown_secrets(one), HIDDEN)
        return {
            "type": f"{DYNAMIC_TYPE}{kind}",
            "name": name,
            "id": one.identity,
            **({"provider": provider} if provider else {}),
            "inputs": {**one.inputs, **providers[kind], HIDDEN_INPUT: own},
            "outputs": {**outputs, **secrets, **providers[kind], HIDDEN_INPUT: {**own, **kept}},
        }

    # An entry without an id says what the name of the provider means: it is in the stack already.
    account = [{"type": DYNAMIC_PROVIDER, "name": provider}] if provider else []
    return {"resources": [*account, *(entry(kind, name, one) for (kind, name), one in objects.items())]}


def shown_secrets(one: Existing) -> list[str]:
    """Return the names of an object's secret outputs."""
    return [item.name for item in one.spec.output_fields if item.secret]
