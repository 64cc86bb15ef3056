"""A meeting token (Daily: /rest-api/meeting-tokens): a signed text with which its owner may join a room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, create_model

from .fields import TEN_YEARS, Fields, HttpUrl, Int, Number, Rule, RuleFinding, borrowed, refusal, setting
from .room import RoomProperties
from .spec import ObjectSpec, OutputField, Routes

_FOR_EVER = "a token that never expires"


class _TokenOnly(Fields):
    """The `properties` of a meeting token."""

    rules = RoomProperties.rules[1:]

    room_name: str | None = setting(
        "Room that the token is for; by default every room of the domain.", null_means="a token for every room"
    )
    is_owner: bool | None = setting("Whether the holder is a meeting owner.", default=False)
    user_name: str | None = setting("Name shown for the holder.")
    user_id: str | None = setting("Id of the holder in your application.", max_length=36)
    eject_at_token_exp: bool | None = setting("Eject the holder when the token expires.", default=False)
    enable_recording_ui: bool | None = setting("Show the record button (Prebuilt).")
    knocking: bool | None = setting("The holder must knock despite the token.", default=False)
    start_cloud_recording: bool | None = setting("Record from the moment the holder joins.", default=False, plan="paid")
    start_cloud_recording_opts: dict[str, Any] | None = setting(
        "Options of this recording, with the keys of recordings/start; keep the token under 2 048 characters.",
        plan="paid",
    )
    auto_start_transcription: bool | None = setting(
        "Transcribe from the moment an owner joins.", default=False, plan="paid"
    )
    close_tab_on_exit: bool | None = setting("Close the browser tab when the holder leaves.", default=False)
    redirect_on_meeting_exit: HttpUrl | None = setting("Address that the browser loads when the holder leaves.")


TokenProperties = create_model(
    "TokenProperties",
    __base__=_TokenOnly,
    __doc__=_TokenOnly.__doc__,
    **borrowed(
        RoomProperties,
        "nbf exp eject_after_elapsed permissions start_video_off start_audio_off enable_screenshare "
        "enable_prejoin_ui enable_live_captions_ui lang enable_terse_logging enable_recording",
        null_means={"exp": _FOR_EVER},
    ),
)
"""The 24 settings of a meeting token."""


def _life(inputs: Mapping[str, Any]) -> Iterator[RuleFinding]:
    properties = inputs.get("properties")
    exp = properties.get("exp") if isinstance(properties, Mapping) else None
    if exp is not None and "lifetime" in inputs:
        yield ("lifetime",), "does not go with properties.exp"
    if "renew_share" in inputs and "lifetime" not in inputs:
        yield ("renew_share",), "needs lifetime"
    if "domain_id" in inputs and inputs.get("self_signed") is not True:
        yield ("domain_id",), "goes with self_signed=True only"


def _at_most_ten_years(value: int) -> int:
    if value > TEN_YEARS:
        raise refusal(f"must be at most {TEN_YEARS} seconds, which are ten years")
    return value


class MeetingToken(Fields):
    """The inputs of a meeting token."""

    rules = (Rule(("properties", "lifetime", "renew_share", "self_signed", "domain_id"), _life),)

    properties: TokenProperties | None = setting("The properties of the token.", null_means="a token for every room")
    lifetime: Annotated[Int, AfterValidator(_at_most_ten_years)] | None = setting(
        "Validity of the token in seconds from its creation, at most ten years; an alternative to `properties.exp`.",
        ge=1,
        null_means=_FOR_EVER,
    )
    renew_share: Annotated[Number, Field(ge=0, lt=1)] | None = setting(
        "The next `pulumi up` creates a new token if at most this share of the lifetime is left.",
        default=0.25,
    )
    self_signed: bool | None = setting(
        "Sign the token in the provider with the API key, without a request to Daily.", default=False
    )
    domain_id: str | None = setting(
        "Id of the domain (self_signed); by default it is read from Daily, once for all tokens.", min_length=1
    )


MEETING_TOKEN = ObjectSpec(
    kind="MeetingToken",
    noun="meeting token",
    doc="""A meeting token (Daily: /rest-api/meeting-tokens): a token for joining a room. Daily does not store tokens.

A new token is created when an input changes or, with `lifetime`, when the token is about to expire (`renew_share`); the
old one stays valid until it expires. A refresh checks whether the token is valid.""",
    inputs=MeetingToken,
    id_input=None,
    replaces=("properties", "lifetime", "self_signed", "domain_id"),
    settings="properties",
    provider_only_inputs=("renew_share",),
    computed=("domain_id",),
    output_fields=(
        OutputField("token", "The token: a JWT.", secret=True),
        OutputField("issued_at", "When the token was created, in unix seconds.", "int"),
        OutputField("expires_at", "When the token expires, in unix seconds; None if it does not expire.", "int | None"),
    ),
    future_moments=("exp",),
    routes=Routes(create="meeting_tokens.create", read="meeting_tokens.get", path_parameter="token"),
)
