"""SIP dial-in and dial-out settings of a room (Daily: /rest-api/rooms/config, "sip" and "dialout_config")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from .fields import Fields, Int, Number, Rule, RuleFinding, setting


class SipCodecs(Fields):
    """Codecs offered to the SIP peer."""

    audio: list[Literal["OPUS", "G722", "PCMU", "PCMA"]] | None = setting("Audio codecs.")
    video: list[Literal["H264", "VP8"]] | None = setting("Video codecs.")


class DialinRoomConfig(Fields):
    """Settings of calls that dial in."""

    allow_room_start: bool | None = setting("Whether a call may start the session.", default=False)
    dialin_geo: str | None = setting("Region that receives the call.")
    max_idle_timeout_sec: Number | None = setting("Maximum duration of an idle call, in seconds.", default=0, ge=0)
    max_idle_timeout_post_conversation_sec: Number | None = setting(
        "Time until a call is ended after the other participants have left, in seconds.", ge=0
    )
    hold_music_enabled: bool | None = setting("Play music while the call waits.", default=False)


def _usernames(sip: Mapping[str, Any]) -> Iterator[RuleFinding]:
    if sip.get("force_digit_only_username") is True and sip.get("num_endpoints", 1) > 1:
        yield ("force_digit_only_username",), "does not go with num_endpoints greater than 1"


class Sip(Fields):
    """Settings of a room's SIP dial-in; `sip_uri` contains the addresses."""

    rules = (Rule(("force_digit_only_username", "num_endpoints"), _usernames),)

    display_name: str | None = setting("Name shown for the caller.", required=True)
    sip_mode: Literal["dial-in"] | None = setting("Direction of the calls.", required=True)
    video: bool | None = setting("Accept video calls.", default=False)
    num_endpoints: Int | None = setting("Number of SIP addresses to provision.", default=1, ge=1)
    force_digit_only_username: bool | None = setting("Use only digits in the addresses.", default=False)
    codecs: SipCodecs | None = setting("Offered codecs.")
    provider: Literal["daily", "signalwire"] | None = setting("Provider of the SIP service.")
    dialin_config: DialinRoomConfig | None = setting("Settings of incoming calls.")


class DialoutConfig(Fields):
    """Settings of calls from the room to phones and SIP peers."""

    allow_room_start: bool | None = setting("Whether a call may start the session.", default=False)
    dialout_geo: str | None = setting("Region of the call; by default the region of the room or the domain.")
    max_idle_timeout_sec: Number | None = setting("Maximum duration of an idle call, in seconds.", default=0, ge=0)
    max_idle_timeout_post_conversation_sec: Number | None = setting(
        "Time until a call is ended after the other participants have left, in seconds.", ge=0
    )
