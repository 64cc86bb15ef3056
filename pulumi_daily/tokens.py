"""Meeting tokens without a request: sign them with the API key, verify them, read them.

    token = pulumi_daily.tokens.sign(api_key, domain_id, {"room_name": "standup", "exp": int(time.time()) + 3600})

A meeting token is a JWT (HS256, the API key is the secret) whose claims are Daily's abbreviations of the token's
settings (Daily: guides, "Self-signing meeting tokens"). Daily keeps no tokens: one is good until its ``exp``, or until
the API key that signed it is deleted. This module holds the abbreviations; the emulator uses it as well.

Three settings have no documented abbreviation: ``enable_prejoin_ui``, ``enable_live_captions_ui`` and
``enable_terse_logging`` are signed under their own names. Whether Daily reads them there is not known; have Daily make
the token (``POST /meeting-tokens``) where one of them matters. A list for ``enable_recording`` is joined with commas,
as Daily documents it for lists inside ``permissions``; that too is a guess.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from .objects.meeting_token import TokenProperties
from .objects.validation import Failure, validate
from .objects.values import contains_unknown

LONGEST = 2048
"""Characters that Daily advises a token to stay below; longer ones may not fit into a URL."""

CLAIMS: Mapping[str, str] = {
    "nbf": "nbf",
    "exp": "exp",
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
"""Claims by setting, as Daily documents them; every other setting keeps its name."""

OWN_CLAIMS = ("d", "iat")
"""Claims of the token itself: the id of the domain, and when it was signed."""

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

Reason = Literal["malformed", "bad_signature", "other_domain", "expired", "not_yet_valid"]


class PropertiesError(ValueError):
    """Properties that no token can have. The message has a line for each finding."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        lines = [f"properties.{failure}" if failure.path else f"properties {failure.reason}" for failure in failures]
        super().__init__("\n".join(lines))
        self.failures = tuple(failures)
        """What is wrong, with the path of each finding."""


class TokenError(ValueError):
    """A token that does not let anybody in. The message says why and shows neither token nor key."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        """For programs: which check failed."""


class LongTokenWarning(UserWarning):
    """A token has :data:`LONGEST` characters or more."""


def sign(
    api_key: str,
    domain_id: str,
    properties: Mapping[str, Any],
    *,
    issued_at: float | None = None,
    clock: Callable[[], float] = time.time,
) -> str:
    """A meeting token for a domain, signed here with ``api_key``.

    ``domain_id`` is the ``domain_id`` of ``GET /`` (also an output of every resource); ``properties`` are the settings
    of ``POST /meeting-tokens`` under their full names. ``issued_at`` is unix seconds, by default what ``clock`` says.

    Without ``room_name`` the token opens every room of the domain; without ``exp`` it does so for ever. Raises
    :class:`PropertiesError` with all that is wrong with ``properties`` (an ``exp`` in the past included), and
    ``ValueError`` for an empty key or domain. A token of 2 048 characters or more is returned with a
    :class:`LongTokenWarning`.
    """
    if not api_key or not domain_id:
        raise ValueError("a token needs an API key" if not api_key else "a token needs the id of the domain")
    moment = int(clock() if issued_at is None else issued_at)
    normal, failures = validate(TokenProperties, properties)
    if not failures:
        failures = list(_not_signable(normal, moment))
    if failures:
        raise PropertiesError(failures)
    token = encode({**claims(normal), "d": domain_id, "iat": moment}, api_key)
    if len(token) >= LONGEST:
        text = f"this meeting token has {len(token)} characters; Daily advises to stay below {LONGEST}"
        warnings.warn(text, LongTokenWarning, stacklevel=2)
    return token


def verify(
    token: str,
    api_key: str,
    domain_id: str | None = None,
    *,
    now: float | None = None,
    ignore_nbf: bool = False,
) -> dict[str, Any]:
    """The properties of a token that ``api_key`` signed and that is valid ``now`` (unix seconds, default: the clock).

    ``domain_id=None`` accepts every domain, ``ignore_nbf`` a token that is not valid yet. Raises :class:`TokenError`;
    its ``reason`` is ``malformed``, ``bad_signature``, ``other_domain``, ``expired`` or ``not_yet_valid``; and
    ``ValueError`` for an empty key (a setting that is missing), with which anybody can sign. It is not documented which
    key Daily signs with in ``POST /meeting-tokens``: ask ``GET /meeting-tokens/:token`` about those.
    """
    if not api_key:
        raise ValueError("a token is verified with an API key")
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_raw(signature), _raw(_signature(signed, api_key))):
        raise TokenError("bad_signature", "the token was not signed with this API key, or was changed since")
    if _object(signed.partition(".")[0]).get("alg") != "HS256":
        raise TokenError("malformed", "the token is not signed with HS256")
    found = decode(token)
    exp, nbf = (_moment(found, key) for key in ("exp", "nbf"))
    moment = time.time() if now is None else now
    if domain_id is not None and found.get("d") != domain_id:
        raise TokenError("other_domain", "the token is for another domain")
    if exp is not None and exp <= moment:
        raise TokenError("expired", f"the token has expired {moment - exp:.0f} s ago")
    if nbf is not None and nbf > moment and not ignore_nbf:
        raise TokenError("not_yet_valid", f"the token is not valid yet, but in {nbf - moment:.0f} s")
    return properties(found)


def decode(token: str) -> dict[str, Any]:
    """The claims of a token, which nothing is known of: for its ``exp``, ``iat`` and ``d``, never to let anybody in.

    Raises :class:`TokenError` (``malformed``) for what is no JWT.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("malformed", "this is no meeting token: a JWT has three parts")
    return _object(parts[1])


def encode(claims: Mapping[str, Any], api_key: str) -> str:
    """A JWT with these claims as they stand, signed with HS256. :func:`sign` is for people; this checks nothing."""
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    return f"{signed}.{_signature(signed, api_key)}"


def claims(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of token properties, without those of the token itself (``d``, ``iat``). What is None has none."""
    result: dict[str, Any] = {}
    for key, value in properties.items():
        if value is None:
            continue
        if key == "permissions":
            value = _abbreviated(value)
        elif key == "enable_recording":
            # Daily was seen to make the empty text of false.
            value = "" if value is False else _joined(value, {})
        result[CLAIMS.get(key, key)] = value
    return result


def properties(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The token properties of claims, under their full names; the inverse of :func:`claims`.

    A list that holds one kind of recording comes back as that kind.
    """
    result: dict[str, Any] = {}
    for claim, value in claims.items():
        if claim in OWN_CLAIMS:
            continue
        if claim == "p":
            value = _spelled_out(value)
        elif claim == "er" and isinstance(value, str) and (not value or "," in value):
            value = _split(value, {})
        result[_LONG_CLAIMS.get(claim, claim)] = value
    return result


def _not_signable(normal: Mapping[str, Any], moment: int) -> Iterator[Failure]:
    for key, value in normal.items():
        if contains_unknown(value):
            yield Failure((key,), "type", "is not known yet")
        elif not _is_json(value):
            yield Failure((key,), "type", "must be a JSON value")
        elif key == "exp" and value <= moment:
            yield Failure((key,), "rule", f"must be in the future; the token is signed at {moment}")


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


# -- abbreviations


def _inverse(names: Mapping[str, str]) -> dict[str, str]:
    return {short: long for long, short in names.items()}


_LONG_CLAIMS = _inverse(CLAIMS)


def _abbreviated(permissions: Any) -> Any:
    result = _renamed(permissions, _PERMISSIONS)
    if isinstance(result, dict):
        for key, names in (("cs", _MEDIA), ("ca", _ADMIN)):
            if key in result:
                result[key] = _joined(result[key], names)
        if "cr" in result:
            result["cr"] = _receive(result["cr"], _RECEIVE, _MEDIA, by_id=("u", "p"))
    return result


def _spelled_out(claim: Any) -> Any:
    result = _renamed(claim, _inverse(_PERMISSIONS))
    if isinstance(result, dict):
        for key, names in (("canSend", _MEDIA), ("canAdmin", _ADMIN)):
            if isinstance(result.get(key), str):
                result[key] = _split(result[key], _inverse(names))
        if "canReceive" in result:
            names, media = _inverse(_RECEIVE), _inverse(_MEDIA)
            result["canReceive"] = _receive(result["canReceive"], names, media, by_id=("byUserId", "byParticipantId"))
    return result


def _receive(value: Any, names: Mapping[str, str], media: Mapping[str, str], by_id: tuple[str, str]) -> Any:
    result = _renamed(value, names)
    if isinstance(result, dict):
        for key, item in result.items():
            if key in by_id and isinstance(item, Mapping):
                # Here the keys are ids of people, which may look like an abbreviation.
                result[key] = {who: _renamed(allowed, media) for who, allowed in item.items()}
            else:
                result[key] = _renamed(item, media)
    return result


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    return {names.get(k, k): v for k, v in value.items()} if isinstance(value, Mapping) else value


def _joined(value: Any, names: Mapping[str, str]) -> Any:
    return ",".join(names.get(item, item) for item in value) if isinstance(value, list | tuple) else value


def _split(text: str, names: Mapping[str, str]) -> list[str]:
    return [names.get(item, item) for item in text.split(",") if item]


# -- JWT (RFC 7515, compact form)


def _encoded(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    # UTF-8 keeps names short. Half a surrogate pair has none; its replacement is the JSON escape of the same.
    return _base64(text.encode("utf-8", "backslashreplace"))


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        # Outside of the except clause: a chained error would carry the content.
        raise TokenError("malformed", "this is no meeting token: a part of it is not an encoded JSON object")
    return found


def _moment(claims: Mapping[str, Any], key: str) -> float | None:
    value = claims.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenError("malformed", f"the token's {key} is not a number")
    return value


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _signature(signed: str, api_key: str) -> str:
    return _base64(hmac.new(_raw(api_key), _raw(signed), hashlib.sha256).digest())


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
