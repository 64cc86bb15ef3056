"""Decides whether a request is sent again: one pure function, `decide`.

* 429: always. Nothing was processed.
* No connection: always, except for a bad certificate. Nothing was sent.
* 5xx, connection dropped, time-out, unreadable answer: only on idempotent routes. On others the error is raised at
  once, with `outcome_unknown`, because a second request could have the effect twice.
* Everything else: never.

The wait is the `Retry-After` of the answer (capped), else exponential backoff with jitter in [1/2, 1]. The number of
attempts is limited, and so is the time lost to failures (waits, and the duration of failed attempts). For a 429 the
time is the limit that matters: a 429 always ends by waiting, so its waits are short and its attempts are many.
"""

from __future__ import annotations

import datetime
import email.utils
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ._errors import (
    ApiError,
    BadResponse,
    ConnectError,
    DailyError,
    RateLimitError,
    ServerError,
    TransportError,
)
from ._routes import Route


@dataclass(frozen=True)
class RetryPolicy:
    """The limits of retrying. Times are in seconds.

    `attempts` includes the first one. `quick_attempts` is the limit for failures that waiting rarely cures (no
    connection, unreadable answers). `limited_attempts` is the limit for 429s, which only a server reaches that keeps
    requesting retries without a wait. `cap` and `limited_cap` limit one backoff wait. `budget` limits the time lost to
    failures in one call; waits for the client-side rate limiter do not count.
    """

    attempts: int = 8
    quick_attempts: int = 4
    limited_attempts: int = 40
    base: float = 0.5
    cap: float = 30.0
    limited_cap: float = 10.0
    retry_after_cap: float = 60.0
    budget: float = 120.0


@dataclass(frozen=True)
class Decision:
    """A decision whether to `retry`, after `wait` seconds. `exhausted` means that only the limits forbid a retry."""

    retry: bool
    wait: float = 0.0
    exhausted: bool = False
    reason: str = ""


_DEFINITE = Decision(False, reason="the same request would fail again")
_UNSETTLED = Decision(False, reason="the outcome is unknown and the route is not idempotent")


def decide(
    attempt: int,
    failure: DailyError | int,
    route: Route,
    elapsed: float,
    policy: RetryPolicy,
    random: Callable[[], float],
) -> Decision:
    """Return whether to repeat a call, and after which wait, when attempt number `attempt` (from 1) has failed.

    `failure` is the error or the HTTP status. `elapsed` is the time in seconds that this call has lost to failures so
    far, `random` returns numbers in [0, 1).
    """
    if isinstance(failure, int):
        failure = _by_status(failure)
    limited = isinstance(failure, RateLimitError)
    unsent = isinstance(failure, ConnectError)
    if isinstance(failure, TransportError) and failure.permanent:
        return _DEFINITE
    if not (limited or isinstance(failure, (ServerError, TransportError))):
        return _DEFINITE
    if not (limited or unsent or route.idempotent):
        return _UNSETTLED
    quick = unsent or isinstance(failure, BadResponse)
    allowed = policy.limited_attempts if limited else policy.quick_attempts if quick else policy.attempts
    if attempt >= allowed:
        return Decision(False, exhausted=True, reason=f"{attempt} attempts failed")
    wait = _wait(attempt, failure, policy, random)
    if elapsed + wait > policy.budget:
        return Decision(False, exhausted=True, reason=f"{elapsed:.0f} s lost, {policy.budget:.0f} s allowed")
    return Decision(True, wait=wait)


def _by_status(status: int) -> DailyError:
    if status == 429:
        return RateLimitError(status)
    return ServerError(status) if status >= 500 else ApiError(status)


def _wait(attempt: int, failure: DailyError, policy: RetryPolicy, random: Callable[[], float]) -> float:
    asked = failure.retry_after if isinstance(failure, ApiError) else None
    if asked is not None:
        return min(asked, policy.retry_after_cap)
    cap = policy.limited_cap if isinstance(failure, RateLimitError) else policy.cap
    # The exponent is bounded so that no number of attempts overflows.
    return min(cap, policy.base * 2.0 ** min(attempt - 1, 60)) * (0.5 + random() / 2)


def retry_after(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds of a `Retry-After` header, 0 or more; None for a missing or unreadable one.

    Header names are in lower case. The value is seconds or an HTTP date. A date is compared with the answer's own
    `Date`, if there is one, so that a wrong local clock does no harm; else with `now` (Unix seconds).
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    at = http_date(value)
    if at is None:
        return None
    sent = http_date(headers.get("date", ""))
    return max(0.0, at - (now() if sent is None else sent))


def http_date(value: str) -> float | None:
    """Return an HTTP date as Unix seconds; None when the text is not a date."""
    try:
        at = email.utils.parsedate_to_datetime(value)
        # An HTTP date is in GMT even where the sender left the zone out.
        return (at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        return None
