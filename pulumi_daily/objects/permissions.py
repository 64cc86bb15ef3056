"""``permissions`` of rooms, domains and tokens (Daily: "Permissions", /rest-api/rooms/config)."""

from __future__ import annotations

from typing import Literal

from .fields import Fields, setting

Media = Literal["video", "audio", "screenVideo", "screenAudio"]
AdminArea = Literal["participants", "streaming", "transcription"]


class ReceivableMedia(Fields):
    """The kinds of media that may be received from a participant."""

    video: bool | None = setting("Receive camera video.")
    audio: bool | None = setting("Receive microphone audio.")
    screenVideo: bool | None = setting("Receive screen-share video.")
    screenAudio: bool | None = setting("Receive screen-share audio.")
    customVideo: dict[str, bool] | None = setting('Receive custom video tracks, by track name; "*" is all others.')
    customAudio: dict[str, bool] | None = setting('Receive custom audio tracks, by track name; "*" is all others.')


class CanReceive(Fields):
    """The participants from whom a participant may receive media."""

    base: bool | ReceivableMedia | None = setting("Media received from all other participants.")
    byUserId: dict[str, bool | ReceivableMedia] | None = setting("Exceptions by `user_id`.")
    byParticipantId: dict[str, bool | ReceivableMedia] | None = setting("Exceptions by participant (session) id.")


class Permissions(Fields):
    """The permissions of participants who are not owners, when they join."""

    hasPresence: bool | None = setting("Whether the participant is visible to others.")
    canSend: bool | list[Media] | None = setting("Whether media may be sent, or which kinds of media.", unordered=True)
    canReceive: CanReceive | None = setting("The participants from whom media may be received.")
    canAdmin: bool | list[AdminArea] | None = setting(
        "Whether the participant has admin rights, or which ones.", unordered=True
    )
