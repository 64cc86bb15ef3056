"""A dial-in configuration (Daily: /rest-api/domain-dialin-config): calls to a number or SIP address, into rooms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from .domain import DialinMessage
from .fields import Base64, Fields, HttpUrl, PhoneNumberText, Rule, RuleFinding, setting
from .spec import Advice, ObjectSpec, OutputField, Routes

PINLESS_ONLY = ("hmac", "room_creation_api", "hold_music_url", "timeout_config")
PIN_ONLY = ("ivr_greeting",)


def _fits(config: Mapping[str, Any]) -> Iterator[RuleFinding]:
    kind = config.get("type")
    for name in PINLESS_ONLY if kind == "pin_dialin" else PIN_ONLY:
        if name in config:
            yield (name,), f"does not go with type {kind}"
    if kind == "pin_dialin" and "phone_number" not in config:
        yield ("phone_number",), "is required for type pin_dialin"
    if kind == "pinless_dialin" and "room_creation_api" not in config:
        yield ("room_creation_api",), "is required for type pinless_dialin"


class DialinConfig(Fields):
    """The inputs of a dial-in configuration."""

    rules = (Rule(("type", "phone_number", "room_creation_api"), _fits),)

    type: Literal["pin_dialin", "pinless_dialin"] | None = setting(
        "Whether callers enter a PIN. A change replaces the configuration.", required=True
    )
    phone_number: PhoneNumberText | None = setting(
        "Number of yours that is called, in E.164 form; a number serves one configuration. Without one, "
        "`pinless_dialin` takes calls at its SIP address alone."
    )
    name_prefix: str | None = setting("Name of the configuration.")
    hmac: Base64 | None = setting(
        "Secret that calls to `room_creation_api` are signed with, base64 (pinless_dialin).", secret=True
    )
    room_creation_api: HttpUrl | None = setting(
        "Address that Daily calls when a call comes in, and that makes the room (pinless_dialin)."
    )
    hold_music_url: HttpUrl | None = setting(
        "Address of an MP3 file, under 10 MB and 60 s, that plays while the caller waits (pinless_dialin)."
    )
    timeout_config: DialinMessage | None = setting("What is said when no room was made in time (pinless_dialin).")
    ivr_greeting: DialinMessage | None = setting("What is said when the call connects (pin_dialin).")
    adopt_existing: bool | None = setting(
        "Take over the configuration of this number that exists already, instead of failing.", default=False
    )


def flatten(live: Mapping[str, Any]) -> dict[str, Any]:
    """Return a live configuration without nesting: Daily returns most fields under ``config``, but takes them flat."""
    config = live.get("config")
    return {**(config if isinstance(config, Mapping) else {}), "id": live.get("id"), "type": live.get("type")}


_NUMBER = Advice(
    "not associated with",
    "{phone_number} is not a number of this domain: buy it first (a PhoneNumber resource does), and pass its `number` "
    "output",
)

DIALIN_CONFIG = ObjectSpec(
    kind="DialinConfig",
    noun="dial-in config",
    doc="""A dial-in configuration (Daily: /rest-api/domain-dialin-config): where calls to a number or address go.

`pin_dialin` asks callers for the PIN of a room; `pinless_dialin` calls an address of yours, which makes the room. A
changed `type` replaces the configuration; everything else is updated in place.""",
    inputs=DialinConfig,
    id_input=None,
    id_key="id",
    replaces=("type",),
    provider_only_inputs=("adopt_existing",),
    computed=("hmac",),
    natural_keys=(("phone_number",), ("type", "phone_number", "name_prefix", "room_creation_api")),
    output_fields=(
        OutputField("sip_uri", "The SIP address that takes calls (pinless_dialin).", "str | None"),
        OutputField(
            "hmac", "The secret of calls to `room_creation_api`, given or made by Daily.", "str | None", secret=True
        ),
    ),
    flatten=flatten,
    routes=Routes(
        create="dialin.create",
        read="dialin.get",
        update="dialin.update",
        delete="dialin.delete",
        path_parameter="id",
        list="dialin.list",
    ),
    advice={"create": (_NUMBER,), "update": (_NUMBER,)},
)
