"""Bodies of the requests that act on a running call.

Sources: Daily's /rest-api/rooms ("session", "recordings", "live-streaming", "transcription", "dialout") and
/rest-api/dialin. There are no resources for them, because such requests are actions, not states. They document the
possible requests, and the emulator validates requests with them. All of Daily's names are camelCase here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from .fields import Fields, Int, Number, PhoneNumberText, Rule, RuleFinding, borrowed, setting
from .permissions import Permissions
from .sip import SipCodecs

MESSAGE_BYTES = 4096
"""The largest size of an app message as JSON, in bytes."""

DEFAULT_INSTANCE = "c3df927c-f738-4471-a2b7-066fa7e95a6b"
"""The instance of a recording or live stream for which none is given; reserved by Daily."""

_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

InstanceId = Annotated[str, Field(pattern=_UUID)]
"""A UUID that distinguishes several recordings or streams of one room."""


# -- messages, session data, people


def _fits(body: Mapping[str, Any]) -> Iterator[RuleFinding]:
    size = len(json.dumps(body.get("data"), separators=(",", ":"), ensure_ascii=False).encode(errors="replace"))
    if size > MESSAGE_BYTES:
        yield ("data",), f"must be at most {MESSAGE_BYTES} bytes of JSON, and has {size}"


class AppMessage(Fields):
    """Body of `POST /rooms/:name/send-app-message`."""

    rules = (Rule(("data",), _fits),)

    data: dict[str, Any] | None = setting("What is sent, at most 4 KB of JSON.", required=True)
    recipient: str | None = setting("A participant's session id; `*` is everybody.", default="*", min_length=1)


class SessionData(Fields):
    """Body of `POST /rooms/:name/set-session-data`."""

    data: dict[str, Any] | None = setting("Data that everybody in the call sees.", default={})
    mergeStrategy: Literal["replace", "shallow-merge"] | None = setting(
        "Whether the data takes the place of what is there, or is laid over it key by key.", default="replace"
    )
    keysToDelete: list[str] | None = setting("Keys that are taken out (`shallow-merge`).")


def _at_most_100(body: Mapping[str, Any]) -> Iterator[RuleFinding]:
    for key in ("ids", "user_ids"):
        if len(body.get(key, ())) > 100:
            yield (key,), f"may hold at most 100 ids, and holds {len(body[key])}"


class Eject(Fields):
    """Body of `POST /rooms/:name/eject`."""

    rules = (Rule(("ids", "user_ids"), _at_most_100),)

    ids: list[str] | None = setting("Session ids of those who are removed, at most 100.")
    user_ids: list[str] | None = setting("Your app's ids of those who are removed, at most 100.")
    ban: bool | None = setting("Keep `user_ids` from joining again while the meeting lasts.", default=False)


class PermissionsUpdate(Fields):
    """Body of `POST /rooms/:name/update-permissions`."""

    data: dict[str, Permissions] | None = setting(
        "What changes, by participant's session id; `*` is everybody.", required=True
    )


# -- recordings and live streams

# Measured on recordings/start: `max_cam_streams` is refused for `default`, and `custom` needs no `composition_id`.
# Daily's API description says the opposite of both.
_LAYOUTS: dict[str, tuple[str, ...]] = {
    "default": (),
    "single-participant": ("session_id",),
    "active-participant": (),
    "portrait": ("variant", "max_cam_streams"),
    "custom": ("composition_id", "composition_params", "session_assets"),
}
_NEEDED = {"single-participant": "session_id"}


def _preset_fits(layout: Mapping[str, Any]) -> Iterator[RuleFinding]:
    preset = str(layout.get("preset"))
    for key in layout:
        if key != "preset" and key not in _LAYOUTS.get(preset, ()):
            yield (key,), "is not allowed"  # Daily's words
    if preset in _NEEDED and _NEEDED[preset] not in layout:
        yield (_NEEDED[preset],), f"is required for preset {preset}"


class Layout(Fields):
    """The arrangement of the participants in the picture; `preset` decides which keys may be combined."""

    rules = (Rule(("preset",), _preset_fits),)

    preset: Literal["default", "single-participant", "active-participant", "portrait", "custom"] | None = setting(
        "Kind of the arrangement.", required=True
    )
    max_cam_streams: Number | None = setting("Cameras that are shown at once (`portrait`).", ge=0)
    session_id: str | None = setting("Who is shown (`single-participant`).", min_length=1)
    variant: Literal["vertical", "inset"] | None = setting("Kind of portrait.")
    composition_id: str | None = setting("Composition that draws the picture (`custom`).", min_length=1)
    composition_params: dict[str, bool | Number | str] | None = setting("Parameters of the composition (`custom`).")
    session_assets: dict[str, str] | None = setting("Addresses of images that the composition uses, by name.")


class StreamOptions(Fields):
    """The common settings of recordings and live streams."""

    width: Number | None = setting("Width of the picture in pixels.", ge=1)
    height: Number | None = setting("Height of the picture in pixels.", ge=1)
    fps: Number | None = setting("Frames per second.", ge=1)
    videoBitrate: Number | None = setting("Bit rate of the video in kilobits per second.", ge=10, le=10_000)
    audioBitrate: Number | None = setting("Bit rate of the audio in kilobits per second.", ge=10, le=320)
    minIdleTimeOut: Number | None = setting("Seconds of an idle room until it ends.", default=300, ge=0)
    maxDuration: Number | None = setting(
        "Seconds until it ends in any case; Daily's pages name 10 800 for recordings and 86 400 for live streams, its "
        "description 15 000 for both.",
        ge=1,
    )
    backgroundColor: str | None = setting(
        "Colour behind the picture, #rrggbb or #aarrggbb.", pattern=r"^#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})$"
    )
    instanceId: InstanceId | None = setting("Tells several of one room apart.", default=DEFAULT_INSTANCE)
    layout: Layout | None = setting("How the participants are arranged.")


class RecordingStart(StreamOptions):
    """Body of `POST /rooms/:name/recordings/start`."""

    type: Literal["cloud", "cloud-audio-only", "raw-tracks"] | None = setting("Kind of the recording.", default="cloud")
    dataOutputs: list[Literal["event-json", "transcript-webvtt", "chat-webvtt"]] | None = setting(
        "Files that are written beside the recording."
    )


class RecordingUpdate(StreamOptions):
    """Body of `POST /rooms/:name/recordings/update`; a recording of raw tracks cannot be changed."""

    type: str | None = setting("Kind of the recording.")


class RecordingStop(Fields):
    """Body of `POST /rooms/:name/recordings/stop`."""

    instanceId: InstanceId | None = setting("Which recording.", default=DEFAULT_INSTANCE)
    type: Literal["cloud", "cloud-audio-only", "raw-tracks"] | None = setting("Which kind of recording.")


RtmpAddress = Annotated[str, Field(pattern=r"^rtmps?://\S+$")]
"""An RTMP address including the stream key."""


class NamedEndpoint(Fields):
    """One target of a live stream, by its name in the room's `streaming_endpoints`."""

    endpoint: str | None = setting("Name of one of the room's `streaming_endpoints`.", required=True, min_length=1)


def _one_target(body: Mapping[str, Any]) -> Iterator[RuleFinding]:
    if "rtmpUrl" in body and "endpoints" in body:
        yield ("endpoints",), "does not go with rtmpUrl"


def _a_target(body: Mapping[str, Any]) -> Iterator[RuleFinding]:
    yield from _one_target(body)
    if not body.get("rtmpUrl") and not body.get("endpoints"):
        yield ("rtmpUrl",), "is required, or endpoints"


class LiveStreamUpdate(StreamOptions):
    """Body of `POST /rooms/:name/live-streaming/update`."""

    rules = (Rule(("rtmpUrl", "endpoints"), _one_target),)

    type: Literal["cloud", "cloud-audio-only", "raw-tracks"] | None = setting("Listed by Daily; means nothing here.")
    dataOutputs: list[str] | None = setting("Listed by Daily; means nothing here.")
    rtmpUrl: RtmpAddress | list[RtmpAddress] | None = setting("Where the stream goes.", secret=True)
    endpoints: list[NamedEndpoint] | None = setting("Where the stream goes, by name; instead of rtmpUrl.")


class LiveStreamStart(LiveStreamUpdate):
    """Body of `POST /rooms/:name/live-streaming/start`."""

    rules = (Rule(("rtmpUrl", "endpoints"), _a_target),)


class LiveStreamStop(Fields):
    """Body of `POST /rooms/:name/live-streaming/stop`."""

    instanceId: InstanceId | None = setting("Which live stream.", default=DEFAULT_INSTANCE)


# -- transcription


def _unmixed(body: Mapping[str, Any]) -> Iterator[RuleFinding]:
    redact = body.get("redact")
    if isinstance(redact, list) and len({isinstance(item, bool) for item in redact}) > 1:
        yield ("redact",), "must hold either names or booleans"


class TranscriptionUpdate(Fields):
    """Body of `POST /rooms/:name/transcription/update`."""

    instanceId: str | None = setting("Which transcription.", min_length=1)
    participants: list[str] | None = setting("Session ids of those who are transcribed; everybody when left out.")


class TranscriptionStart(TranscriptionUpdate):
    """Body of `POST /rooms/:name/transcription/start`; most keys are Deepgram's."""

    rules = (Rule(("redact",), _unmixed),)

    language: str | None = setting("Language that is spoken.")
    model: str | None = setting("Deepgram's model.")
    tier: str | None = setting("Deepgram's tier.", deprecated="model")
    profanity_filter: bool | None = setting("Blank out profanities.")
    punctuate: bool | None = setting("Set punctuation marks.")
    endpointing: Number | bool | None = setting("Milliseconds of silence that end an utterance; or whether they do.")
    redact: bool | list[str | bool] | None = setting("What is blanked out; or whether anything is.")
    extra: dict[str, Any] | None = setting("Further parameters of Deepgram.")
    includeRawResponse: bool | None = setting("Hand on Deepgram's answer as it is.")
    transcription_geo: Literal["global", "eu"] | None = setting("Where speech is processed.", default="global")


class TranscriptionStop(Fields):
    """Body of `POST /rooms/:name/transcription/stop`."""

    instanceId: str | None = setting("Which transcription.", min_length=1)


# -- telephony


class VideoSettings(Fields):
    """The video settings of a call that dials out."""

    width: Int | None = setting("Width in pixels.", default=1280, ge=1, le=1280)
    height: Int | None = setting("Height in pixels.", default=720, ge=1, le=720)
    fps: Int | None = setting("Frames per second.", default=15, ge=1, le=30)
    videoBitrate: Int | None = setting("Kilobits per second.", default=900, ge=1, le=1000)


def _one_callee(body: Mapping[str, Any]) -> Iterator[RuleFinding]:
    if "sipUri" in body and "phoneNumber" in body:
        yield ("phoneNumber",), "does not go with sipUri"
    elif "sipUri" not in body and "phoneNumber" not in body:
        yield ("sipUri",), "is required, or phoneNumber"
    elif body.get("video") is True and "sipUri" not in body:
        yield ("video",), "is for sipUri only"


class DialOutStart(Fields):
    """Body of `POST /rooms/:name/dialOut/start`."""

    rules = (Rule(("sipUri", "phoneNumber", "video"), _one_callee),)

    sipUri: str | None = setting("SIP address that is called; its query becomes headers.", pattern=r"^sips?:\S+$")
    phoneNumber: PhoneNumberText | None = setting("Number that is called; instead of sipUri.")
    extension: str | None = setting("Extension that is dialled once the call is taken.", min_length=1, max_length=20)
    waitBeforeExtensionDialSec: Int | None = setting("Seconds until it is dialled.", default=0, ge=0, le=60)
    displayName: str | None = setting("Name shown for the callee.")
    userId: str | None = setting("Your app's id of the callee.")
    callerId: str | None = setting("Purchased number that the callee sees.")
    video: bool | None = setting("Send video (sipUri only).")
    videoSettings: VideoSettings | None = setting("The video that is sent.")
    codecs: SipCodecs | None = setting("Codecs offered.")


class SendDtmf(Fields):
    """Body of `POST /rooms/:name/dialOut/sendDTMF`."""

    sessionId: str | None = setting("Session id of the callee.", required=True, min_length=1)
    tones: str | None = setting("The tones, such as `1234#`.", required=True, min_length=1, max_length=20)
    digitDurationMs: Int | None = setting("Milliseconds from tone to tone.", default=500, ge=50, le=2000)


class DialOutStop(Fields):
    """Body of `POST /rooms/:name/dialOut/stop`."""

    sessionId: str | None = setting("Session id of the callee.", required=True, min_length=1)


class SipRefer(Fields):
    """Body of `POST /rooms/:name/sipRefer`."""

    sessionId: str | None = setting("Session id of the caller.", required=True, min_length=1)
    toEndPoint: str | None = setting("SIP address or number that the call goes to.", required=True, min_length=1)


SipCallTransfer = create_model(
    "SipCallTransfer",
    __base__=SipRefer,
    __doc__="Body of `POST /rooms/:name/sipCallTransfer`.",
    **borrowed(DialOutStart, "callerId waitBeforeExtensionDialSec extension"),
)


class PinlessCallUpdate(Fields):
    """Body of `POST /dialin/pinlessCallUpdate`: the target of a waiting call.

    Ids and domain are those in Daily's webhook request.
    """

    callId: str | None = setting("Id of the call.", required=True, min_length=1)
    callDomain: str | None = setting("Your domain in the SIP network.", required=True, min_length=1)
    sipUri: str | None = setting("SIP address of the room that takes the call.", required=True, min_length=1)
