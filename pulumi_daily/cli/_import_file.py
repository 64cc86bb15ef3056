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
from ..objects.kinds import DYNAMIC_TYPE

HIDDEN = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "null"}
"""A secret without a value: it marks an output as secret whose value the file must not contain."""

_NAMES = {"DomainConfig": "domain", "Webhook": "webhook"}
"""The resource names of kinds of which a domain has one object."""

PROVIDER_TYPE = "pulumi:providers:pulumi-python"


def named(found: Iterable[Existing], room_set: str | None = None) -> dict[tuple[str, str], Existing]:
    """Return objects by kind and resource name.

    The name comes from the object alone, so that it stays the same when there are more objects. Should two objects of a
    kind have the same one, the id of the second is added.
    """
    names: dict[tuple[str, str], Existing] = {}
    for one in found:
        kind, name = one.spec.kind, _name(one, room_set)
        names[kind, f"{name}-{_slug(one.identity)}" if (kind, name) in names else name] = one
    return names


def _name(one: Existing, room_set: str | None) -> str:
    kind = one.spec.kind
    if kind == "RoomSet":
        return str(room_set)
    if kind == "DialinConfig":
        # A number has one configuration; a prefix may have several.
        own, prefix = one.inputs.get("phone_number"), _slug(one.inputs.get("name_prefix"))
        return "-".join(filter(None, [prefix or ("" if own else "dialin"), own or _slug(one.identity)[:8]]))
    return _NAMES.get(kind, one.label)


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
    account = [{"type": PROVIDER_TYPE, "name": provider}] if provider else []
    return {"resources": [*account, *(entry(kind, name, one) for (kind, name), one in objects.items())]}


def shown_secrets(one: Existing) -> list[str]:
    """Return the names of an object's secret outputs."""
    return [item.name for item in one.spec.output_fields if item.secret]
