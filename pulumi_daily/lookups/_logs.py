"""Lookups of what Daily logged: in sessions, and of requests to its API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pulumi

from ..api import Client, UsageError
from ._lookup import lookup
from ._paging import Moment, read, seconds
from ._results import Result, Results, Wire

__all__ = [
    "GetApiLogResult",
    "GetLogResult",
    "get_api_logs",
    "get_api_logs_output",
    "get_logs",
    "get_logs_output",
]


LogLevel = Literal["ERROR", "INFO", "DEBUG"]


@dataclass(frozen=True, kw_only=True, repr=False)
class GetLogResult(Result):
    """A line that a participant's client, or Daily's server for it, logged."""

    time: str = ""
    """When Daily received it, as in ``2026-03-23T16:32:55.473000000Z``."""
    client_time: str | None = None
    """When it was written, by the client's clock."""
    message: str = ""
    """The text."""
    mtg_session_id: str | None = None
    """Id of the meeting session."""
    user_session_id: str | None = None
    """Id of the participant."""
    peer_id: str | None = None
    """Id of the other participant that it is about."""
    domain_name: str | None = None
    """Name of the domain."""
    level: int | None = None
    """How serious it is, as a number of Daily's."""
    code: int | None = None
    """Daily's code of the event."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetApiLogResult(Result):
    """A request to the REST API, or a call of a webhook, as Daily recorded it."""

    id: str = ""
    """Id of the record."""
    user_id: str | None = None
    """Id of the account's owner."""
    domain_id: str | None = None
    """Id of the domain."""
    source: str = ""
    """``api`` or ``webhook``."""
    ip: str | None = None
    """Where the request came from."""
    method: str = ""
    """HTTP method."""
    url: str = ""
    """The API route, or the address of the webhook."""
    status: int | None = None
    """HTTP status of the answer."""
    created_at: str = ""
    """When it was recorded."""
    request: Annotated[str | None, Wire(secret=True)] = None
    """The request's body, JSON text. It may hold whatever was sent."""
    response: Annotated[str | None, Wire(secret=True)] = None
    """The answer's body, JSON text. It may hold tokens and other secrets that Daily made."""


@lookup("get_logs", "logs.list")
def _logs(
    client: Client,
    mtg_session_id: str | None,
    user_session_id: str | None,
    log_level: str | None,
    start_time: Moment | None,
    end_time: Moment | None,
    order: str | None,
    limit: int | None,
) -> Results[GetLogResult]:
    if not (mtg_session_id or user_session_id):
        raise UsageError("get_logs needs mtg_session_id or user_session_id: Daily has logs by session only")
    if log_level not in (None, "ERROR", "INFO", "DEBUG"):
        raise UsageError(f"log_level must be ERROR, INFO or DEBUG, not {log_level!r}")
    if order is not None and order.upper() not in ("ASC", "DESC"):
        raise UsageError(f"order must be ASC or DESC, not {order!r}")
    params = {
        "mtgSessionId": mtg_session_id,
        "userSessionId": user_session_id,
        "logLevel": log_level,
        "startTime": _milliseconds("start_time", start_time),
        "endTime": _milliseconds("end_time", end_time),
        "order": order,
    }
    return read(client, "logs.list", GetLogResult, params, limit=limit)


def _milliseconds(name: str, moment: Moment | None) -> int | None:
    found = seconds(name, moment)
    return None if found is None else round(found * 1000)


def get_logs(
    *,
    mtg_session_id: str | None = None,
    user_session_id: str | None = None,
    log_level: LogLevel | None = None,
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    order: Literal["ASC", "DESC"] | None = None,
    limit: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> Results[GetLogResult]:
    """What was logged in a session, the newest first (Daily: GET /logs). One of the two ids is needed.

    :param mtg_session_id: Id of a meeting session.
    :param user_session_id: Id of a participant.
    :param log_level: Only this level.
    :param start_time: Only what was logged from this moment on.
    :param end_time: Only what was logged up to this moment.
    :param order: ``DESC`` (the newest first, Daily's default) or ``ASC``.
    :param limit: How many lines to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _logs.plain(
        opts,
        mtg_session_id=mtg_session_id,
        user_session_id=user_session_id,
        log_level=log_level,
        start_time=start_time,
        end_time=end_time,
        order=order,
        limit=limit,
    )


def get_logs_output(
    *,
    mtg_session_id: pulumi.Input[str] | None = None,
    user_session_id: pulumi.Input[str] | None = None,
    log_level: pulumi.Input[str] | None = None,
    start_time: pulumi.Input[Moment] | None = None,
    end_time: pulumi.Input[Moment] | None = None,
    order: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetLogResult]]:
    """:func:`get_logs` for a session that is known later, as a list."""
    return _logs.output(
        opts,
        mtg_session_id=mtg_session_id,
        user_session_id=user_session_id,
        log_level=log_level,
        start_time=start_time,
        end_time=end_time,
        order=order,
        limit=limit,
    )


@lookup("get_api_logs", "logs.api")
def _api_logs(client: Client, source: str | None, url: str | None, limit: int | None) -> Results[GetApiLogResult]:
    if source not in (None, "api", "webhook"):
        raise UsageError(f"source must be api or webhook, not {source!r}")
    return read(client, "logs.api", GetApiLogResult, {"source": source, "url": url}, limit=limit)


def get_api_logs(
    *,
    source: Literal["api", "webhook"] | None = None,
    url: str | None = None,
    limit: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> Results[GetApiLogResult]:
    """The requests to the REST API, or the calls of webhooks, that Daily recorded (Daily: GET /logs/api).

    There may be very many: pass ``limit``, or stop when you have seen enough.

    :param source: ``api`` (Daily's default) or ``webhook``.
    :param url: Only this API route, or this address of a webhook.
    :param limit: How many to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _api_logs.plain(opts, source=source, url=url, limit=limit)


def get_api_logs_output(
    *,
    source: pulumi.Input[str] | None = None,
    url: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetApiLogResult]]:
    """:func:`get_api_logs`, as a list. Secret, because of the bodies in it."""
    return _api_logs.output(opts, source=source, url=url, limit=limit)
