"""Logs of calls and of the API (Daily: /rest-api/logs).

The log of a call has a line for each join and leave, and the lines that a test adds (`Emulator.add("call_logs", …)`).
There are no metrics.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from . import _calls as calls
from . import _errors as errors
from . import _runtime as runtime
from ._call import Call, Handler
from ._paging import limit_of, page_of, whole_number
from ._state import timestamp_ms
from ._store import Item, Values

DEFAULT_LIMIT = 20
SOURCES = ("webhook", "api")


def _view(call: Call, line: Item) -> Values:
    moment = datetime.fromtimestamp(line.created_at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    keys = ("message", "mtgSessionId", "userSessionId", "peerId")
    return {
        "time": moment,
        "clientTime": moment,
        **{key: line.data[key] for key in keys},
        "domainName": call.domain.name,
        "level": line.data["level"],
        "code": line.data["code"],
    }


def _filter(call: Call) -> Callable[[Item], bool]:
    """Return a function that returns whether a line matches the query.

    Raises `Problem` for a query without meeting and participant, or with an invalid value.
    """
    wanted: Values = {key: call.query[key] for key in ("mtgSessionId", "userSessionId") if call.query.get(key)}
    if not wanted:
        raise errors.invalid("mtgSessionId or userSessionId is required")
    level = runtime.choice(call, "logLevel", tuple(calls.LEVELS))
    if level is not None:
        wanted["level"] = calls.LEVELS[level]
    start, end = runtime.whole(call, "startTime"), runtime.whole(call, "endTime")
    low, high = -math.inf if start is None else start, math.inf if end is None else end

    def fits(line: Item) -> bool:
        return low <= line.created_at * 1000 <= high and all(line.data[key] == wanted[key] for key in wanted)

    return fits


def list_logs(call: Call) -> dict[str, Any]:
    """Answer `GET /logs` with the lines of one meeting or participant, newest first unless `order` is ASC."""
    fits = _filter(call)
    with_logs = runtime.flag(call, "includeLogs")
    with_metrics = runtime.flag(call, "includeMetrics")
    order = call.query.get("order", "DESC").upper()
    if order not in ("ASC", "DESC"):
        raise errors.invalid('"order" must be one of [ASC, DESC]')
    limit, offset = limit_of(call, DEFAULT_LIMIT), whole_number(call, "offset", 0)
    calls.settle(call.domain)
    lines = [line for line in call.domain.collection("call_logs").all() if fits(line)]
    if order == "ASC":
        lines.reverse()
    answer: dict[str, Any] = {}
    if with_logs is not False:
        answer["logs"] = [_view(call, line) for line in lines[offset : offset + limit]]
    if with_metrics:
        answer["metrics"] = []
    return answer


def list_api_logs(call: Call) -> list[dict[str, Any]]:
    """Answer `GET /logs/api` with a bare list, newest first. This request itself is in the next answer."""
    source = call.query.get("source", "api")
    if source not in SOURCES:
        raise errors.bad_source(source)
    log = call.domain.api_log
    page = page_of(call, log.select(source, call.query.get("url")), DEFAULT_LIMIT)
    return [{**log.view(entry), "createdAt": timestamp_ms(entry.created_at)} for entry in page]


HANDLERS: dict[str, Handler] = {"GET /logs": list_logs, "GET /logs/api": list_api_logs}
