"""Meeting tokens without a request: sign them with the API key, verify them, read them.

    token = pulumi_daily.tokens.sign(api_key, domain_id, {"room_name": "standup", "exp": int(time.time()) + 3600})

A meeting token is a JWT (HS256, the API key is the secret) whose claims are Daily's abbreviations of the token's
settings (Daily: guides, "Self-signing meeting tokens"). Daily stores no tokens: one is valid until its ``exp``, or
until the API key that signed it is deleted. This module contains the abbreviations; the emulator uses it as well.

Three settings have no documented abbreviation: ``enable_prejoin_ui``, ``enable_live_captions_ui`` and
``enable_terse_logging`` are signed under their own names. It is unknown whether Daily reads them there; where one of
them matters, let Daily make the token (``POST /meeting-tokens``). A list for ``enable_recording`` is joined with
commas, as Daily documents it for lists inside ``permissions``; this is an assumption as well.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from .objects.meeting_token import TokenProperties
from .objects.validation import Failure, validate
from .objects.values import contains_unknown

if TYPE_CHECKING:
    from jwt.api_jws import PyJWS

LONGEST = 2048
"""The length in characters below which a token should stay, by Daily's advice; longer ones may not fit into a URL."""

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
"""The name of the claim for each setting, as Daily documents it; every other setting keeps its name."""

OWN_CLAIMS = ("d", "iat")
"""The claims without a setting: the id of the domain, and the time of signing."""

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
    """Error: the properties cannot be signed into a token. The message has one line for each failure."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        lines = [f"properties.{failure}" if failure.path else f"properties {failure.reason}" for failure in failures]
        super().__init__("\n".join(lines))
        self.failures = tuple(failures)
        """One entry for each invalid property, with its path."""


class TokenError(ValueError):
    """Error: the token is not valid. The message gives the reason and contains neither token nor key."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        """The check that failed, for comparison in programs."""


class LongTokenWarning(UserWarning):
    """Warning about a token of :data:`LONGEST` characters or more."""


def sign(
    api_key: str,
    domain_id: str,
    properties: Mapping[str, Any],
    *,
    issued_at: float | None = None,
    clock: Callable[[], float] = time.time,
) -> str:
    """Return a meeting token for a domain, signed with ``api_key``.

    ``domain_id`` is the ``domain_id`` of ``GET /`` (also an output of every resource); ``properties`` are the settings
    of ``POST /meeting-tokens`` under their full names. ``issued_at`` is in Unix seconds, by default ``clock()``.
    Without ``room_name`` the token is valid for every room of the domain; without ``exp`` it never expires.

    Raises :class:`PropertiesError` with all failures of ``properties`` (including an ``exp`` that is not later than
    ``issued_at``, and an unknown value), and ``ValueError`` for an empty key or domain id. Issues a
    :class:`LongTokenWarning` for a token of 2 048 characters or more.
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
    """Return the properties of a token that was signed with ``api_key`` and is valid at ``now`` (Unix seconds).

    ``now`` is by default the time of the machine. ``domain_id=None`` accepts every domain, ``ignore_nbf`` a token that
    is not valid yet. Daily does not document which key it uses in ``POST /meeting-tokens``: check such tokens with
    ``GET /meeting-tokens/:token``.

    Raises :class:`TokenError` with the ``reason`` ``bad_signature`` (also for an algorithm other than HS256, and for a
    text that is not a JWT), ``malformed``, ``other_domain``, ``expired`` or ``not_yet_valid``. Raises ``ValueError``
    for an empty key (a missing setting), with which anybody could sign.
    """
    if not api_key:
        raise ValueError("a token is verified with an API key")
    found = _claims_of(token, api_key)
    if found is None:
        raise TokenError("bad_signature", "the token was not signed with this API key, or was changed since")
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
    """Return the claims of a token without verification.

    They may be used for ``exp``, ``iat`` and ``d``, never to authorise anybody. Raises :class:`TokenError`
    (``malformed``) for a text that is not a JWT.
    """
    found = _claims_of(token, None)
    if found is None:
        raise TokenError("malformed", "this is no meeting token: it is not a JWT")
    return found


def encode(claims: Mapping[str, Any], api_key: str) -> str:
    """Return a JWT with exactly these claims, signed with HS256.

    Nothing is validated; programs should use :func:`sign`. Raises ``ValueError`` for a key that PyJWT refuses: an empty
    one, or one in the form of a certificate.
    """
    from jwt import InvalidKeyError

    text = json.dumps(claims, separators=(",", ":"), ensure_ascii=False)
    # UTF-8 keeps names short. It cannot encode half a surrogate pair, whose replacement is its JSON escape.
    payload = text.encode("utf-8", "backslashreplace")
    try:
        return _jws().encode(payload, api_key, "HS256")
    except InvalidKeyError as error:
        raise ValueError(f"no token can be signed with this API key: {error}") from None


def claims(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims for token properties, without those of the token itself (``d``, ``iat``).

    A property that is None is omitted.
    """
    result: dict[str, Any] = {}
    for key, value in properties.items():
        if value is None:
            continue
        if key == "permissions":
            value = _abbreviated(value)
        elif key == "enable_recording":
            # Not documented by Daily; in a published report, a token made with false has the empty text here.
            value = "" if value is False else _joined(value, {})
        result[CLAIMS.get(key, key)] = value
    return result


def properties(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return the token properties for claims, under their full names: the inverse of :func:`claims`.

    An ``enable_recording`` that was a list with one kind of recording is returned as that kind, not as a list.
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
                # Here the keys are ids of people, which may equal an abbreviation.
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


# -- JWT


@cache
def _jws() -> PyJWS:
    """Return the signer and verifier of PyJWT, for HS256 alone.

    PyJWT warns about every HMAC key under 32 bytes. Daily determines the API key, so its user cannot change the length.
    The warning is disabled here and not by a filter, which would apply to the whole process.
    """
    # Imported on first use, because most programs sign no token.
    from jwt.algorithms import HMACAlgorithm
    from jwt.api_jws import PyJWS

    class AnyLength(HMACAlgorithm):
        def check_key_length(self, key: bytes) -> None:
            return None

    jws = PyJWS(algorithms=[])
    jws.register_algorithm("HS256", AnyLength(HMACAlgorithm.SHA256))
    return jws


def _claims_of(token: str, api_key: str | None) -> dict[str, Any] | None:
    """Return the claims of a JWT; None when it is not a JWT, or not signed with ``api_key`` and HS256.

    Without a key, the signature is not verified. Raises :class:`TokenError` (``malformed``) for a JWT whose content is
    not a JSON object. Times are not checked here: PyJWT can compare them only with the clock of the machine.
    """
    from jwt import PyJWTError

    if not token.isascii() or "=" in token:
        return None  # PyJWT accepts padding at the end of a signature, which RFC 7515 does not allow
    try:
        payload = _jws().decode(token, api_key or "", ["HS256"], {"verify_signature": api_key is not None})
    except PyJWTError:
        return None
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        # Outside of the except clause: a chained error would contain the content.
        raise TokenError("malformed", "this is no meeting token: its content is not a JSON object")
    return found


def _moment(claims: Mapping[str, Any], key: str) -> float | None:
    value = claims.get(key)
    if value is None:
        return None
    # The bounds exclude NaN, which no comparison orders: a token with it as expiry would never expire.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e18 < value < 1e18:
        raise TokenError("malformed", f"the token's {key} is not a number")
    return value
