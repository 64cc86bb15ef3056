"""The settings of a Daily domain (Daily: /rest-api/your-domain, /rest-api/your-domain/set-domain-config).

The domain always exists: it is read and changed, never created. Most settings are those of a room, with another
default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import create_model

from .buckets import RecordingsBucket
from .fields import EXTRAS, Base64, Fields, HttpUrl, Int, PhoneNumberText, borrowed, setting
from .room import RoomProperties
from .spec import Claim, ObjectSpec, Parts, Routes, Values

_DIALIN = "DialinConfig resources: a number must not be managed both ways"


class DialinMessage(Fields):
    """A message that is read to a caller."""

    message: str | None = setting("Text of the message.", required=True, min_length=1)


class DomainPinlessDialin(Fields):
    """One entry of the domain's deprecated `pinless_dialin`."""

    phone_number: PhoneNumberText | None = setting("Number of yours that is called.")
    room_creation_api: HttpUrl | None = setting("Address that Daily calls when a call comes in.")
    name_prefix: str | None = setting("Name of the entry.")
    hmac: Base64 | None = setting("Secret for signing the calls to `room_creation_api`, base64.", secret=True)
    sip_uri: str | None = setting("SIP address of the entry.", read_only="is made by Daily and cannot be set")
    hold_music_url: HttpUrl | None = setting("Address of an MP3 file that plays while the caller waits.")
    timeout_config: DialinMessage | None = setting("Message to the caller if no room was created in time.")


class DomainPinDialin(Fields):
    """One entry of the domain's deprecated `pin_dialin`."""

    phone_number: PhoneNumberText | None = setting("Number of yours that is called.")
    name_prefix: str | None = setting("Name of the entry.")
    ivr_greeting: DialinMessage | None = setting("Message to the caller when the call connects.")


class _DomainOnly(Fields):
    """The `properties` of the domain: a missing key is not managed, a removed one is reset to Daily's default."""

    rules = RoomProperties.rules[:1]
    extras = "extra_properties"
    legacy = frozenset({"enable_transcription", "owner_only_broadcast", "signaling_impl"})

    enable_opus_fec: bool | None = setting("In-band forward error correction of Opus.")
    hide_daily_branding: bool | None = setting("Hide Daily's logo in calls.", default=False, plan="paid")
    redirect_on_meeting_exit: Annotated[str, None] | None = setting(
        "URL that the browser loads when a participant leaves; `?recent-call=<domain>/<room>` is added to it."
    )
    hipaa: bool | None = setting("HIPAA mode; Daily's support turns it on.", default=False, plan="addon")
    intercom_auto_record: bool | None = setting(
        "Record calls of the Intercom app.", read_only="is set by Daily's support and cannot be set here"
    )
    max_api_keys: Int | None = setting(
        "Maximum number of API keys.", read_only="is set by Daily's support and cannot be set here"
    )
    batch_processor_bucket: RecordingsBucket | None = setting("Your bucket for the output of the batch processor.")
    pinless_dialin: list[DomainPinlessDialin] | None = setting("Dial-in without PIN.", plan="paid", deprecated=_DIALIN)
    pin_dialin: list[DomainPinDialin] | None = setting("Dial-in with PIN.", plan="paid", deprecated=_DIALIN)


_PERMISSIONS = {"canSend": True, "canReceive": {"base": True}, "hasPresence": True, "canAdmin": False}

DomainProperties = create_model(
    "DomainProperties",
    __base__=_DomainOnly,
    __doc__=_DomainOnly.__doc__,
    **borrowed(
        RoomProperties,
        "enforce_unique_user_ids permissions enable_people_ui enable_cpu_warning_notifications enable_pip_ui "
        "enable_emoji_reactions enable_hand_raising enable_prejoin_ui enable_live_captions_ui enable_network_ui "
        "enable_noise_cancellation_ui enable_breakout_rooms enable_video_processing_ui enable_advanced_chat lang "
        "enable_mesh_sfu sfu_switchover enable_adaptive_simulcast enable_multiparty_adaptive_simulcast geo "
        "enable_terse_logging enable_raw_tracks_transcoded_audio recordings_bucket recordings_template rtmp_geo "
        "disable_rtmp_geo_fallback enable_transcription_storage transcription_bucket transcription_template "
        "meeting_join_hook",
        defaults={
            "permissions": _PERMISSIONS,
            "enable_people_ui": True,
            "enable_cpu_warning_notifications": True,
            "enable_pip_ui": False,
            "enable_emoji_reactions": False,
            "enable_hand_raising": False,
            "enable_prejoin_ui": True,
            "enable_live_captions_ui": False,
            "enable_network_ui": False,
            "enable_noise_cancellation_ui": True,
            "enable_breakout_rooms": False,
        },
    ),
)
"""The 39 settings of a domain."""


class DomainConfig(Fields):
    """The inputs of the domain's configuration."""

    properties: DomainProperties | None = setting("The settings of the domain.")
    extra_properties: dict[str, Any] | None = setting(EXTRAS)
    adopt_existing: bool | None = setting(
        "Overwrite settings that already have another value, instead of failing.", default=False
    )
    on_destroy: Literal["reset", "keep"] | None = setting(
        "What to do with the managed settings when the resource is deleted: reset them to Daily's defaults, or keep "
        "their values.",
        default="reset",
        closed=True,
    )


def _settings(inputs: Values) -> list[Claim]:
    """Return the claims of inputs, one for each managed setting."""
    parts = [inputs.get(name) for name in ("properties", "extra_properties")]
    return [("DomainConfig", str(name)) for part in parts if isinstance(part, Mapping) for name in part]


DOMAIN_CONFIG = ObjectSpec(
    kind="DomainConfig",
    noun="domain",
    doc="""The configuration of the Daily domain (Daily: /rest-api/your-domain). Its id is the domain's name.

Every domain has one, so nothing is created: the first `up` applies the program's settings. It fails with a list of
settings if it would overwrite values that were set outside Pulumi; `adopt_existing=True` overwrites them. Only settings
in the program are managed; a setting that is removed is reset to Daily's default. Declare it once per domain.""",
    inputs=DomainConfig,
    id_input=None,
    id_key="domain_name",
    settings="properties",
    extras="extra_properties",
    config="config",
    provider_only_inputs=("adopt_existing",),
    rotation_triggers={"on_destroy": ()},
    blank_is_unset=True,
    claims=_settings,
    parts=Parts("properties", "DomainConfig", "domain setting", objects=False),
    routes=Routes(read="domain.get", update="domain.update"),
)
