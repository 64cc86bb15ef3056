"""``streaming_endpoints``: named RTMP and HLS targets of a room (Daily: /rest-api/rooms/config)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from .fields import Fields, Int, Rule, RuleFinding, setting
from .values import contains_unknown


class RtmpConfig(Fields):
    """The target of an RTMP stream."""

    url: str | None = setting(
        "RTMP address including the stream key.", required=True, secret=True, pattern=r"^rtmps?://\S+$"
    )


class HlsStorage(Fields):
    """The bucket where the segments of an HLS stream are stored."""

    bucket_name: str | None = setting("Name of the bucket.", required=True, min_length=1)
    bucket_region: str | None = setting("Region of the bucket.", required=True, min_length=1)
    assume_role_arn: str | None = setting("IAM role that Daily assumes.", required=True, min_length=1)
    path: str | None = setting("Folder in the bucket.", deprecated="path_template")
    path_template: str | None = setting(
        "Folder template; may use {epoch_time}, {domain_name}, {room_name}, {mtg_session_id}, {instance_id} and "
        "{live_streaming_id}.",
        max_length=1024,
    )


class HlsVariant(Fields):
    """One rendition of an HLS stream."""

    width: Int | None = setting("Width in pixels.", ge=32, le=1920)
    height: Int | None = setting("Height in pixels.", ge=32, le=1920)
    fps: Int | None = setting("Frames per second.", ge=1, le=30)
    bitrate: Int | None = setting("Bit rate in kilobits per second.", ge=100, le=5000)
    iframe_only: bool | None = setting("A variant of key frames only, for scrubbing.")


def _variants(config: Mapping[str, Any]) -> Iterator[RuleFinding]:
    variants = config.get("variants")
    if not isinstance(variants, list) or contains_unknown(variants):
        return
    full = [v for v in variants if isinstance(v, Mapping) and not v.get("iframe_only")]
    if variants and not full:
        yield ("variants",), "needs at least one variant that is not iframe_only"
    if len(full) > 4:
        yield ("variants",), f"may hold at most four variants that are not iframe_only, and holds {len(full)}"
    large = [v for v in variants if isinstance(v, Mapping) and 1080 in (v.get("width"), v.get("height"))]
    if len(large) > 1:
        yield ("variants",), "may hold at most one 1080p variant"


class HlsConfig(Fields):
    """The storage and rendering of an HLS stream."""

    rules = (Rule(("variants",), _variants),)

    save_hls_recording: bool | None = setting("Keep the stream as a recording.", required=True)
    storage: HlsStorage | None = setting("Where segments are stored.")
    variants: list[HlsVariant] | None = setting("Renditions of the stream.")


def _type_fits(endpoint: Mapping[str, Any]) -> Iterator[RuleFinding]:
    kind = endpoint.get("type")
    other = {"rtmp": "hls_config", "hls": "rtmp_config"}.get(str(kind))
    if other and other in endpoint:
        yield (other,), f"does not go with type {kind}"
    if kind == "rtmp" and "rtmp_config" not in endpoint:
        yield ("rtmp_config",), "is required for type rtmp"
    if kind == "hls" and "hls_config" not in endpoint:
        yield ("hls_config",), "is required for type hls"


class StreamingEndpoint(Fields):
    """One named target of a live stream."""

    rules = (Rule(("type", "rtmp_config", "hls_config"), _type_fits),)

    name: str | None = setting("Name that live-streaming/start refers to.", required=True, min_length=1)
    type: Literal["rtmp", "hls"] | None = setting("Kind of the target.", required=True)
    rtmp_config: RtmpConfig | None = setting("The RTMP target.")
    hls_config: HlsConfig | None = setting("The HLS target.")
