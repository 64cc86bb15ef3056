"""A SIP trunk (Daily: /rest-api/sip-trunk): calls of a carrier, each into a room made for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, create_model

from .fields import Base64, Fields, HttpsUrl, Int, Ipv4Range, Rule, RuleFinding, SipPassword, borrowed, setting
from .room import RoomProperties
from .spec import Advice, ObjectSpec, OutputField, Routes

_ABSOLUTE = ("exp", "nbf")
"""The settings of a room that a template cannot have, because they are fixed times; a trunk has ``exp_offset``."""

RoomTemplate = create_model(
    "RoomTemplate",
    __base__=Fields,
    __doc__="The settings of the rooms for calls: those of a room, without `exp` and `nbf` (see `exp_offset`).",
    **borrowed(RoomProperties, " ".join(name for name in RoomProperties.model_fields if name not in _ABSOLUTE)),
)
RoomTemplate.rules = RoomProperties.rules[:1]


class TrunkCredential(Fields):
    """The user name and password with which a carrier logs in to the trunk."""

    username: str | None = setting("User name.", required=True, min_length=1)
    password: SipPassword | None = setting(
        "Password: 12 to 64 characters with a letter and a digit. Daily never shows it.",
        required=True,
        secret=True,
        write_only=True,
    )


def _gated(config: Mapping[str, Any]) -> Iterator[RuleFinding]:
    gated = bool(config.get("allowed_ips")) or "credential" in config
    if config.get("is_open") is True and gated:
        yield ("is_open",), "does not go with allowed_ips or credential: a trunk is gated or open"
    if not gated and config.get("is_open") is not True:
        yield ("allowed_ips",), "is required, or credential; or is_open=True lets everybody call in"


class TrunkConfig(Fields):
    """The permitted callers, and the lifetime of rooms."""

    rules = (Rule(("allowed_ips", "credential", "is_open"), _gated),)

    allowed_ips: list[Ipv4Range] | None = setting(
        "Addresses and ranges that may call in.",
        unordered=True,
        max_length=25,
        null_means="that calls may come from every address",
    )
    credential: TrunkCredential | None = setting("The login of the carrier.", null_means="that nobody has to log in")
    is_open: bool | None = setting("Accept calls from everyone.", default=False)
    exp_offset: Int | None = setting("Seconds until a room of a call expires.", default=3600, ge=60, le=86400)


class TrunkNotification(Fields):
    """The webhook to which Daily reports incoming calls."""

    webhook_url: HttpsUrl | None = setting(
        "URL that Daily calls for each incoming call. It must answer a test call with 2xx when the trunk is created "
        "and before each change of the notification.",
        required=True,
    )
    hmac: Base64 | None = setting(
        "Secret for signing these calls, base64. By default, Daily generates one (output `hmac`).",
        secret=True,
        write_only=True,
    )


class SipTrunk(Fields):
    """The inputs of a SIP trunk."""

    trunk_name: Annotated[str, Field(pattern=r"^[a-z0-9]{3,63}$")] | None = setting(
        "Name in the SIP address: 3 to 63 lower-case letters and digits; with the domain's name and a hyphen, at most "
        "63 characters. A change replaces the trunk.",
        required=True,
    )
    description: str | None = setting("Description of the trunk.", max_length=2048)
    room_template: RoomTemplate | None = setting(
        "Settings of the rooms that are created for calls; may be empty.", required=True
    )
    notification: TrunkNotification | None = setting("Where Daily reports incoming calls.", required=True)
    trunk_config: TrunkConfig | None = setting("The permitted callers, and the lifetime of rooms.", required=True)
    enabled: bool | None = setting("Whether calls are accepted.", default=True)
    credential_version: str | None = setting(
        "Any text; a change sends `trunk_config.credential` again. Daily never returns its password, so drift of it is "
        "not detected."
    )
    hmac_version: str | None = setting(
        "Any text; a change makes Daily generate a new `hmac`, or sends the given one again."
    )
    adopt_existing: bool | None = setting(
        "Take over an existing trunk with this name instead of failing.", default=False
    )


def flatten(live: Mapping[str, Any]) -> dict[str, Any]:
    """Return a live trunk without nesting, as in requests; the secret of the notification becomes an output."""
    config = live.get("config")
    flat = {**(config if isinstance(config, Mapping) else {}), **live}
    flat.pop("config", None)
    notification = flat.get("notification")
    if "hmac" not in flat and isinstance(notification, Mapping) and notification.get("hmac") is not None:
        flat["hmac"] = notification["hmac"]
    return flat


def adjust_update(
    settings: Mapping[str, Any], recorded: Mapping[str, Any], live: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the settings of an update with the removals that Daily requires because it merges objects.

    A key that left the program (``recorded`` has it) is sent as null. A trunk is either open to everybody or limited to
    certain callers: a ``trunk_config`` for the one removes the settings for the other that ``live`` has.
    """
    adjusted = {key: _with_nulls(recorded.get(key), value) for key, value in settings.items()}
    config, shown = adjusted.get("trunk_config"), live.get("trunk_config")
    if not isinstance(config, Mapping) or not isinstance(shown, Mapping):
        return adjusted
    if config.get("is_open") is True:
        lost: dict[str, Any] = {
            name: None for name in ("allowed_ips", "credential") if shown.get(name) and name not in config
        }
    else:
        lost = {"is_open": False} if shown.get("is_open") is True else {}
    return {**adjusted, "trunk_config": {**config, **lost}}


def _with_nulls(old: Any, new: Any) -> Any:
    """Return ``new`` with null for the keys of ``old`` that it does not have, at any depth."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    lost = {key: None for key in old if key not in new}
    return {**{key: _with_nulls(old.get(key), value) for key, value in new.items()}, **lost}


_PROBE = Advice(
    "webhook",
    "Daily sends a signed `sip_trunk.test` to notification.webhook_url and expects a 2xx. Start a server there first, "
    "over HTTPS and reachable from the internet, then run this again",
)

SIP_TRUNK = ObjectSpec(
    kind="SipTrunk",
    noun="SIP trunk",
    doc="""A SIP trunk (Daily: /rest-api/sip-trunk): each call of your carrier gets its own room.

Daily sends a test call to `notification.webhook_url` when the trunk is created and before each `notification` change.
Daily never returns the credential's password, so its drift cannot be detected: change `credential_version` to send it
again.""",
    inputs=SipTrunk,
    id_input=None,
    id_key="id",
    replaces=("trunk_name",),
    provider_only_inputs=("adopt_existing",),
    rotation_triggers={"credential_version": ("trunk_config",), "hmac_version": ("notification", "hmac")},
    inherited=("room_template",),
    delete_before_create=True,
    natural_keys=(("trunk_name",),),
    label="trunk_name",
    output_fields=(
        OutputField("sip_uri", "The SIP address that the carrier calls."),
        OutputField(
            "hmac",
            "The secret for signing notifications, given or generated by Daily.",
            secret=True,
            repeats=("notification", "hmac"),
        ),
    ),
    flatten=flatten,
    adjust_update=adjust_update,
    routes=Routes(
        create="sip_trunks.create",
        read="sip_trunks.get",
        update="sip_trunks.update",
        delete="sip_trunks.delete",
        path_parameter="id",
        list="sip_trunks.list",
    ),
    advice={"create": (_PROBE,), "update": (_PROBE,)},
)
