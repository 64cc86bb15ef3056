"""Meeting tokens (Daily: /rest-api/meeting-tokens): JWTs, signed with the API key, which the server does not store."""

from __future__ import annotations

from typing import Any

from pulumi_daily import tokens
from pulumi_daily.objects.meeting_token import TokenProperties

from . import _checks as checks
from . import _errors as errors
from ._call import Call, Handler

_REFUSED = {"expired": "meeting token has expired", "not_yet_valid": "meeting token is not valid yet"}


def create_token(call: Call) -> dict[str, Any]:
    """Answer `POST /meeting-tokens`."""
    body = checks.as_object(call.body)
    checks.only(body, ("properties",), call.switches)
    given = checks.properties(TokenProperties, body, call.switches, call.now)
    given = {key: value for key, value in given.items() if value is not None}
    room = given.get("room_name")
    if call.switches.token_room_check and room is not None and call.domain.live(room) is None:
        raise errors.invalid("room not found")
    claims = {**tokens.claims(given), "d": call.domain.id, "iat": int(call.now)}
    return {"token": tokens.encode(claims, call.domain.api_key)}


def validate_token(call: Call) -> dict[str, Any]:
    """Answer `GET /meeting-tokens/:token` with the properties of a token that is valid for this domain now."""
    key, ignore_nbf = call.domain.api_key, call.query.get("ignoreNbf", "").lower() == "true"
    try:
        return tokens.verify(call.params["token"], key, call.domain.id, now=call.now, ignore_nbf=ignore_nbf)
    except tokens.TokenError as error:
        raise errors.invalid(_REFUSED.get(error.reason, "invalid meeting token")) from None


HANDLERS: dict[str, Handler] = {
    "POST /meeting-tokens": create_token,
    "GET /meeting-tokens/:token": validate_token,
}
