"""Meeting tokens (Daily: /rest-api/meeting-tokens): JWTs, signed with the API key, that the server does not keep."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from . import _checks as checks
from . import _errors as errors
from ._call import Call, Handler
from ._models import TokenProperties

# Daily's abbreviations ("Self-signing tokens"). A setting without a documented claim keeps its own name.
CLAIMS = {
    "room_name": "r",
    "user_id": "ud",
    "user_name": "u",
    "is_owner": "o",
    "knocking": "k",
    "close_tab_on_exit": "ctoe",
    "redirect_on_meeting_exit": "rome",
    "intercom_join_alert": "ij",
    "start_cloud_recording": "sr",
    "start_cloud_recording_opts": "sro",
    "auto_start_transcription": "ast",
    "enable_recording": "er",
    "enable_screenshare": "ss",
    "start_video_off": "vo",
    "start_audio_off": "ao",
    "meeting_join_hook": "mjh",
    "eject_at_token_exp": "ejt",
    "eject_after_elapsed": "eje",
    "lang": "uil",
    "enable_recording_ui": "erui",
    "permissions": "p",
}
_PERMISSIONS = {"hasPresence": "hp", "canSend": "cs", "canReceive": "cr", "canAdmin": "ca"}
_MEDIA = {
    "video": "v",
    "audio": "a",
    "screenVideo": "sv",
    "screenAudio": "sa",
    "customVideo": "cv",
    "customAudio": "ca",
}
_ADMIN = {"participants": "p", "streaming": "s", "transcription": "t"}
_RECEIVE = {"base": "b", "byUserId": "u", "byParticipantId": "p"}


def _inverse(names: dict[str, str]) -> dict[str, str]:
    return {short: long for long, short in names.items()}


def _renamed(value: Any, names: dict[str, str]) -> Any:
    return {names.get(k, k): v for k, v in value.items()} if isinstance(value, dict) else value


def _receive(value: dict[str, Any], names: dict[str, str], media: dict[str, str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in _renamed(value, names).items():
        by_id = key in (*_RECEIVE, *_RECEIVE.values()) and key not in ("base", "b")
        result[key] = {i: _renamed(m, media) for i, m in item.items()} if by_id else _renamed(item, media)
    return result


def _abbreviated(permissions: dict[str, Any]) -> dict[str, Any]:
    result = _renamed(permissions, _PERMISSIONS)
    for key, names in (("cs", _MEDIA), ("ca", _ADMIN)):
        if isinstance(result.get(key), list):
            result[key] = ",".join(names[item] for item in result[key])
    if isinstance(result.get("cr"), dict):
        result["cr"] = _receive(result["cr"], _RECEIVE, _MEDIA)
    return dict(result)


def _spelled_out(claim: dict[str, Any]) -> dict[str, Any]:
    result = _renamed(claim, _inverse(_PERMISSIONS))
    for key, names in (("canSend", _MEDIA), ("canAdmin", _ADMIN)):
        if isinstance(result.get(key), str):
            long = _inverse(names)
            result[key] = [long.get(item, item) for item in result[key].split(",") if item]
    if isinstance(result.get("canReceive"), dict):
        result["canReceive"] = _receive(result["canReceive"], _inverse(_RECEIVE), _inverse(_MEDIA))
    return dict(result)


def claims_of(properties: dict[str, Any]) -> dict[str, Any]:
    """The JWT claims of token properties, without `d` and `iat`."""
    result: dict[str, Any] = {}
    for key, value in properties.items():
        if key == "permissions":
            value = _abbreviated(value)
        elif key == "enable_recording":
            # A list has no documented claim; false was seen as the empty text.
            value = "" if value is False else ",".join(value) if isinstance(value, list) else value
        result[CLAIMS.get(key, key)] = value
    return result


def properties_of(claims: dict[str, Any]) -> dict[str, Any]:
    """The inverse of :func:`claims_of`; drops `d` and `iat`."""
    long = _inverse(CLAIMS)
    result: dict[str, Any] = {}
    for claim, value in claims.items():
        if claim not in ("d", "iat"):
            result[long.get(claim, claim)] = _spelled_out(value) if claim == "p" else value
    return result


def sign(claims: dict[str, Any], key: str) -> str:
    """An HS256 JWT."""
    head = _encode(b'{"alg":"HS256","typ":"JWT"}')
    signed = f"{head}.{_encode(json.dumps(claims, separators=(',', ':')).encode())}"
    return f"{signed}.{_signature(signed, key)}"


def verify(token: str, key: str) -> dict[str, Any] | None:
    """The claims of a JWT that was signed with `key`; None for anything else."""
    signed, _, signature = token.rpartition(".")
    if not token.isascii() or not hmac.compare_digest(signature, _signature(signed, key)):
        return None
    try:
        head, payload = (json.loads(_decode(part)) for part in signed.split("."))
    except ValueError:
        return None
    return payload if isinstance(payload, dict) and head.get("alg") == "HS256" else None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(signed: str, key: str) -> str:
    return _encode(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())


def create_token(call: Call) -> dict[str, Any]:
    """`POST /meeting-tokens`."""
    body = checks.as_object(call.body)
    checks.only(body, ("properties",), call.switches)
    given = checks.properties(TokenProperties, body, call.switches, call.now)
    given = {key: value for key, value in given.items() if value is not None}
    room = given.get("room_name")
    if call.switches.token_room_check and room is not None and call.domain.live(room) is None:
        raise errors.invalid("room not found")
    claims = {**claims_of(given), "d": call.domain.id, "iat": int(call.now)}
    return {"token": sign(claims, call.domain.api_key)}


def validate_token(call: Call) -> dict[str, Any]:
    """`GET /meeting-tokens/:token`: the properties of a token of this domain that is valid now."""
    claims = verify(call.params["token"], call.domain.api_key)
    if claims is None or claims.get("d") != call.domain.id:
        raise errors.invalid("invalid meeting token")
    if claims.get("exp") is not None and claims["exp"] <= call.now:
        raise errors.invalid("meeting token has expired")
    if claims.get("nbf") is not None and claims["nbf"] > call.now and call.query.get("ignoreNbf", "").lower() != "true":
        raise errors.invalid("meeting token is not valid yet")
    return properties_of(claims)


HANDLERS: dict[str, Handler] = {
    "POST /meeting-tokens": create_token,
    "GET /meeting-tokens/:token": validate_token,
}
