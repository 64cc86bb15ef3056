"""The settings that requests are checked against: rooms', and those of the domain and of meeting tokens.

Settings that a domain or a token shares with a room are the room's own entries; only what a room does not have is
written here.
"""

from __future__ import annotations

import copy
from typing import Any

from pydantic import create_model

from pulumi_daily.objects.buckets import RecordingsBucket
from pulumi_daily.objects.fields import Fields, HttpUrl, setting
from pulumi_daily.objects.room import RoomProperties


class _DomainOnly(Fields):
    enable_opus_fec: bool | None = setting("In-band error correction of Opus.")
    hide_daily_branding: bool | None = setting("Hide Daily's logo.", default=False, plan="paid")
    redirect_on_meeting_exit: str | None = setting("Page shown after leaving.")
    hipaa: bool | None = setting("HIPAA mode.", default=False, plan="addon")
    batch_processor_bucket: RecordingsBucket | None = setting("Bucket for the batch processor.")
    pinless_dialin: list[dict[str, Any]] | None = setting("Dial-in without PIN.", plan="paid")
    pin_dialin: list[dict[str, Any]] | None = setting("Dial-in with PIN.", plan="paid")


class _TokenOnly(Fields):
    redirect_on_meeting_exit: HttpUrl | None = setting("Page shown after leaving.")
    room_name: str | None = setting("Room that the token opens; all when unset.")
    is_owner: bool | None = setting("Owner privileges.", default=False)
    user_name: str | None = setting("Name shown.")
    user_id: str | None = setting("The app's id of the user.", max_length=36)
    eject_at_token_exp: bool | None = setting("Eject when the token expires.", default=False)
    enable_recording_ui: bool | None = setting("Show the record button.")
    knocking: bool | None = setting("The holder must knock.", default=False)
    start_cloud_recording: bool | None = setting("Record from the join on.", default=False, plan="paid")
    start_cloud_recording_opts: dict[str, Any] | None = setting("Options of that recording.", plan="paid")
    auto_start_transcription: bool | None = setting("Transcribe from the join on.", default=False, plan="paid")
    close_tab_on_exit: bool | None = setting("Close the tab after leaving.", default=False)


def _with_room_settings(name: str, base: type[Fields], shared: str) -> type[Fields]:
    picked: dict[str, Any] = {}
    for key in shared.split():
        info = copy.copy(RoomProperties.model_fields[key])
        picked[key] = (info.annotation, info)
    model: type[Fields] = create_model(name, __base__=base, **picked)
    return model


DomainProperties = _with_room_settings(
    "DomainProperties",
    _DomainOnly,
    "enforce_unique_user_ids permissions enable_people_ui enable_cpu_warning_notifications enable_pip_ui "
    "enable_emoji_reactions enable_hand_raising enable_prejoin_ui enable_live_captions_ui enable_network_ui "
    "enable_noise_cancellation_ui enable_breakout_rooms enable_video_processing_ui enable_advanced_chat lang "
    "enable_mesh_sfu sfu_switchover enable_adaptive_simulcast enable_multiparty_adaptive_simulcast geo "
    "enable_terse_logging enable_raw_tracks_transcoded_audio recordings_bucket recordings_template rtmp_geo "
    "disable_rtmp_geo_fallback enable_transcription_storage transcription_bucket transcription_template "
    "meeting_join_hook",
)

TokenProperties = _with_room_settings(
    "TokenProperties",
    _TokenOnly,
    "nbf exp eject_after_elapsed permissions start_video_off start_audio_off enable_screenshare enable_prejoin_ui "
    "enable_live_captions_ui lang enable_terse_logging enable_recording",
)
