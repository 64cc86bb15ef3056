"""A Daily room: its 50 settings and its identity (Daily: /rest-api/rooms/config, /rest-api/rooms/create-room)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from .buckets import RecordingsBucket, TranscriptionBucket
from .fields import EXTRAS, Fields, HttpUrl, Int, Number, Rule, RuleFinding, UnixSeconds, refusal, setting
from .names import room_name
from .permissions import Permissions
from .sip import DialoutConfig, Sip
from .spec import BatchRoutes, ObjectSpec, OutputField, Routes
from .streaming import StreamingEndpoint

Language = Literal[
    "cs",
    "da",
    "de",
    "en",
    "es",
    "fi",
    "fr",
    "it",
    "jp",
    "ka",
    "nl",
    "no",
    "pt",
    "pt-BR",
    "pl",
    "ru",
    "sk",
    "sv",
    "tr",
    "user",
]
Geo = Literal[
    "af-south-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-south-1",
    "eu-central-1",
    "eu-west-2",
    "sa-east-1",
    "us-east-1",
    "us-west-2",
]
RtmpGeo = Literal["us-west-2", "eu-central-1", "ap-south-1"]
RecordingKind = Literal["cloud", "cloud-audio-only", "local", "raw-tracks"]
TranscodedAudio = Literal[
    "",
    "aac",
    "wav",
    "wav-48k",
    "wav-48k-stereo",
    "wav-48k-mono",
    "wav-44k1",
    "wav-44k1-stereo",
    "wav-44k1-mono",
]
Privacy = Literal["public", "private"]

LEGACY = frozenset(
    {
        "audio_only",
        "autojoin",
        "enable_dialin",
        "enable_livestreaming",
        "enable_new_call_ui",
        "enable_transcription",
        "owner_only_broadcast",
        "signaling_impl",
    }
)
"""Settings of rooms that Daily no longer documents but still accepts: ``owner_only_broadcast`` was tried on the real
API in August 2026; clients still send the others.
"""

_TAGS = re.compile(r"\{([^{}]*)\}")
_COMMON_TAGS = ("epoch_time", "domain_name", "room_name", "mtg_session_id", "instance_id")


def _template(own_tag: str, extension: str | None) -> Any:
    """Return the validator of an object-key template (Daily: "recordings_template", "transcription_template")."""
    allowed = (*_COMMON_TAGS, own_tag)

    def check(value: str) -> str:
        for tag in _TAGS.findall(value):
            if tag not in allowed:
                known = ", ".join(allowed)
                raise refusal(f"has an unknown tag; known are {known}")
        if "{epoch_time}" not in value:
            raise refusal("must contain {epoch_time}")
        if not re.fullmatch(r"[0-9A-Za-z./_-]*", _TAGS.sub("", value)):
            raise refusal("may hold, beside tags, only the characters 0-9 A-Z a-z . / _ -")
        if value.endswith("."):
            raise refusal("must not end with a dot: Daily refuses it")
        if extension and "." in value and not value.endswith(extension):
            raise refusal(f"may end in {extension} only")
        return value

    return AfterValidator(check)


RecordingsTemplate = Annotated[str, _template("recording_id", ".mp4")]
TranscriptionTemplate = Annotated[str, _template("transcript_id", None)]


def _simulcast(properties: Mapping[str, Any]) -> Iterator[RuleFinding]:
    if (
        properties.get("enable_multiparty_adaptive_simulcast") is True
        and properties.get("enable_adaptive_simulcast") is False
    ):
        yield (
            ("enable_multiparty_adaptive_simulcast",),
            "needs enable_adaptive_simulcast, which is set to false",
        )


def _times(properties: Mapping[str, Any]) -> Iterator[RuleFinding]:
    nbf, exp = properties.get("nbf"), properties.get("exp")
    if isinstance(nbf, int) and isinstance(exp, int) and nbf >= exp:
        yield ("nbf",), "is not before exp: nobody could ever join"


class RoomProperties(Fields):
    """The `properties` of a room: a missing key is not managed, a removed one is reset to Daily's default."""

    rules = (
        Rule(("enable_multiparty_adaptive_simulcast", "enable_adaptive_simulcast"), _simulcast),
        Rule(("nbf", "exp"), _times),
    )
    extras = "extra_properties"
    legacy = LEGACY

    nbf: UnixSeconds | None = setting("Earliest time to join, in unix seconds.")
    exp: UnixSeconds | None = setting(
        "Time of expiry, in unix seconds: nobody may join later. Daily deletes an expired room."
    )
    max_participants: Int | None = setting(
        "Maximum number of participants; more than 200 must be enabled by Daily's support.",
        default=200,
        plan="paid",
        ge=1,
    )
    eject_at_room_exp: bool | None = setting("Eject everybody when the room expires.", default=False)
    eject_after_elapsed: Int | None = setting("Eject each participant this many seconds after joining.", ge=1)
    enable_knocking: bool | None = setting("Let people knock at a private room.")
    enforce_unique_user_ids: bool | None = setting(
        "A second join with the same user_id ejects the first.", default=False
    )
    permissions: Permissions | None = setting("Initial permissions of participants who are not owners.")
    start_video_off: bool | None = setting("Join with the camera off.", default=False)
    start_audio_off: bool | None = setting("Join with the microphone off.", default=False)
    enable_screenshare: bool | None = setting("Allow screen sharing.", default=True)
    enable_people_ui: bool | None = setting("Show the people panel (Prebuilt).")
    enable_cpu_warning_notifications: bool | None = setting("Show warnings of high CPU load (Prebuilt).")
    enable_pip_ui: bool | None = setting("Show the picture-in-picture button (Prebuilt).")
    enable_emoji_reactions: bool | None = setting("Offer emoji reactions (Prebuilt).")
    enable_hand_raising: bool | None = setting("Offer raising a hand (Prebuilt).")
    enable_prejoin_ui: bool | None = setting("Show the device check before joining (Prebuilt).")
    enable_live_captions_ui: bool | None = setting("Show the captions button (Prebuilt).")
    enable_network_ui: bool | None = setting("Show the network panel (Prebuilt).")
    enable_noise_cancellation_ui: bool | None = setting("Show the noise-cancellation control (Prebuilt).")
    enable_breakout_rooms: bool | None = setting("Offer breakout rooms (Prebuilt, beta).")
    enable_video_processing_ui: bool | None = setting("Show the background-blur control (Prebuilt).", default=True)
    enable_chat: bool | None = setting("Offer text chat (Prebuilt).", default=False)
    enable_shared_chat_history: bool | None = setting(
        "Late joiners get the chat history from other participants.", default=True
    )
    enable_advanced_chat: bool | None = setting("Offer the richer chat (Prebuilt).", default=False)
    experimental_optimize_large_calls: bool | None = setting("Prebuilt's mode for very large calls.")
    lang: Language | None = setting("Language of Prebuilt; `user` follows the browser.", default="en")
    enable_hidden_participants: bool | None = setting("Non-owners join without presence.", default=False)
    enable_mesh_sfu: bool | None = setting("Spread a call over several media servers.")
    sfu_switchover: Number | None = setting(
        "Participants above which a call uses a media server instead of peer-to-peer; 0.5: from the first join.",
        default=0.5,
        ge=0,
    )
    enable_adaptive_simulcast: bool | None = setting("Adapt the bit rate in calls of two participants.", default=True)
    enable_multiparty_adaptive_simulcast: bool | None = setting(
        "Adapt the bit rate in larger calls; needs enable_adaptive_simulcast.", default=False
    )
    geo: Geo | None = setting("Region of the signalling and media servers.")
    enable_terse_logging: bool | None = setting("Log less in clients.", default=False)
    enable_recording: RecordingKind | list[RecordingKind] | None = setting(
        "Which kinds of recording are allowed.", unordered=True
    )
    enable_raw_tracks_transcoded_audio: TranscodedAudio | None = setting(
        "Gapless transcoded audio for raw-tracks recordings."
    )
    enable_raw_tracks_event_json: bool | None = setting(
        "Write a JSON file with the events of the call next to each raw-tracks recording."
    )
    recordings_bucket: RecordingsBucket | None = setting("Your bucket for recordings.")
    recordings_template: RecordingsTemplate | None = setting(
        "Object-key template of recordings; must contain {epoch_time}.",
        default="{domain_name}/{room_name}/{epoch_time}",
        max_length=1024,
    )
    rtmp_geo: RtmpGeo | None = setting("Region where RTMP streams originate.")
    disable_rtmp_geo_fallback: bool | None = setting(
        "No fallback region for recording and streaming workers.", default=False
    )
    streaming_endpoints: list[StreamingEndpoint] | None = setting("Named RTMP and HLS targets; replaced as a whole.")
    auto_transcription_settings: dict[str, Any] | None = setting(
        "Options used with auto_start_transcription; the keys of transcription/start.", plan="paid"
    )
    enable_transcription_storage: bool | None = setting("Keep transcriptions as WebVTT.", default=False)
    transcription_bucket: TranscriptionBucket | None = setting("Your bucket for transcripts.")
    transcription_template: TranscriptionTemplate | None = setting(
        "Object-key template of transcripts; must contain {epoch_time}.",
        default="{domain_name}/{room_name}/{epoch_time}.vtt",
        max_length=1024,
    )
    enable_dialout: bool | None = setting("Allow calls out of the room.", default=False)
    dialout_config: DialoutConfig | None = setting("Settings of calls out of the room.")
    sip: Sip | None = setting("Provision SIP addresses for the room.")
    meeting_join_hook: Annotated[HttpUrl, None] | None = setting(
        "URL that Daily calls when someone joins a meeting.",
        deprecated="a Webhook resource",
        secret=True,
        max_length=255,
    )


class RoomSipUri(Fields):
    """The SIP addresses of a room."""

    endpoint: str | None = setting("The first address.", required=True)
    extra_endpoints: list[str] | None = setting("The others, where `properties.sip` asks for several.", required=True)


def room_url(name: Any, domain: str) -> str:
    """Return the address of a room."""
    return f"https://{domain}.daily.co/{name}"


class Room(Fields):
    """The inputs of a room."""

    name: str | None = setting(
        "Name of the room, the last part of its URL: A-Z a-z 0-9 - _, at most 128 characters. A change replaces the "
        "room. By default, the name is derived from project, stack and resource name.",
        max_length=128,
        min_length=1,
        pattern=r"^[A-Za-z0-9_-]+$",
    )
    privacy: Privacy | None = setting(
        "Who may join: everyone with the URL (`public`), or only people with a token or who were let in (`private`). "
        "Always managed: without it, the room is public.",
        default="public",
        filled=True,
        closed=True,
        null_means="a room that everybody with the URL may join",
    )
    properties: RoomProperties | None = setting("The settings of the room.")
    extra_properties: dict[str, Any] | None = setting(EXTRAS)
    adopt_existing: bool | None = setting(
        "Take over an existing room with this name instead of failing.", default=False
    )


ROOM = ObjectSpec(
    kind="Room",
    noun="room",
    doc="""A Daily room (Daily: /rest-api/rooms). Its id is its name.

Only settings in the program are managed; all others are not changed. A setting that is removed from the program is
reset to Daily's default. A change of `name` replaces the room; all other changes are updates in place.""",
    inputs=Room,
    id_input="name",
    replaces=("name",),
    settings="properties",
    extras="extra_properties",
    inherited=("properties",),
    config="config",
    provider_only_inputs=("adopt_existing",),
    output_fields=(
        OutputField("room_id", "Daily's own id of the room, a UUID.", key="id", lasting=True),
        OutputField(
            "url",
            "The address that people join, `https://<domain>.daily.co/<name>`.",
            lasting=True,
            expected=lambda inputs, domain: room_url(inputs.get("name"), domain),
        ),
        OutputField("created_at", "When the room was created, as in `2019-01-26T09:01:22.000Z`.", lasting=True),
        OutputField(
            "api_created", "Whether it was created through the API, and not in the dashboard.", "bool", lasting=True
        ),
        OutputField(
            "sip_uri",
            'The SIP addresses, `{"endpoint": …, "extra_endpoints": […]}`, when `properties.sip` asks for them.',
            "dict[str, Any] | None",
            from_config=True,
            model=RoomSipUri,
        ),
        OutputField("name", "The name of the room, the last part of its URL."),
        OutputField("privacy", "`public` or `private`."),
    ),
    future_moments=("exp",),
    expiry="exp",
    own_id="room_id",
    auto_name=room_name,
    routes=Routes(
        create="rooms.create",
        read="rooms.get",
        update="rooms.update",
        delete="rooms.delete",
        path_parameter="name",
        list="rooms.list",
        batch=BatchRoutes("batch.rooms.create", "rooms", "batch.rooms.delete", "room_names"),
    ),
)
