"""Lookups in unit tests with Pulumi's mocks: ``Mocks.call`` answers in place of Daily, without key and network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

import pulumi
from pulumi.runtime import mocks, settings
from pulumi.runtime.sync_await import _sync_await

from ..api import DailyError, UsageError
from ..objects.values import camel_case
from ._results import Results

LIST_KEY = "result"
"""The key under which mocks return a list, or a dictionary of lists: ``Mocks.call`` always returns a dictionary."""


def active() -> bool:
    """Return whether the program runs under ``pulumi.runtime.set_mocks``."""
    return isinstance(settings.get_monitor(), mocks.MockMonitor)


def token(name: str) -> str:
    """Return the token of a lookup that the mocks get: ``daily:index:getRoom`` for ``get_room``."""
    return f"daily:index:{camel_case(name)}"


def ask(name: str, args: Mapping[str, Any], provider: pulumi.ProviderResource | None, kind: Any) -> tuple[Any, bool]:
    """Return a lookup's result of type ``kind`` as answered by the mocks, and whether the answer contains a secret.

    Raises ``UsageError`` for an answer without content or of another form, ``DailyError`` for failures that the mocks
    return, and what the mocks raise.
    """
    given = {key: value for key, value in args.items() if value is not None}
    called = mocks.MockCallArgs(token(name), given, _reference(provider))
    # Not with Pulumi's `invoke`, where an error of the mocks ends the program even if the program handles it.
    answer: Any = settings.get_monitor().mocks.call(called)  # type: ignore[union-attr]
    if isinstance(answer, tuple) and len(answer) == 2:
        answer, failures = answer
        if failures:
            raise DailyError("; ".join(f"{reason} ({field})" for field, reason in failures))
    output = pulumi.Output.from_input(answer)
    return _result(name, kind, _sync_await(output.future())), _sync_await(output.is_secret())


def _reference(provider: pulumi.ProviderResource | None) -> str:
    """Return how Pulumi names a provider in a call: its URN and id; empty for the account of the stack."""
    if provider is None:
        return ""
    return f"{_sync_await(provider.urn.future())}::{_sync_await(provider.id.future()) or pulumi.runtime.rpc.UNKNOWN}"


def _result(name: str, kind: Any, answer: Any) -> Any:
    """Return the answer as a value of type ``kind``. Raises ``UsageError`` for an answer of another form."""
    if not isinstance(answer, Mapping):
        raise _unusable(name, kind)
    origin, given = get_origin(kind), answer.get(LIST_KEY)
    if origin is None and answer:
        return kind.of(answer)
    of: Any = get_args(kind)[-1] if origin else None
    if origin is dict and isinstance(given, Mapping) and all(map(_is_list, given.values())):
        return {room: list(map(get_args(of)[0].of, items)) for room, items in given.items()}
    if origin in (list, Results) and isinstance(given, list) and _is_list(given):
        found = list(map(of.of, given))
        return found if origin is list else Results(iter(found))
    raise _unusable(name, kind)


def _is_list(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(item, Mapping) for item in given)


def _unusable(name: str, kind: Any) -> UsageError:
    form = "a dictionary with the fields of " + getattr(kind, "__name__", "")
    if get_origin(kind) is dict:
        form = f'{{"{LIST_KEY}": {{room: [...]}}}}'
    elif get_origin(kind) is not None:
        form = f'{{"{LIST_KEY}": [...]}}'
    return UsageError(
        f'the mocks of this test have no answer for {name}: let Mocks.call return {form} for the token "{token(name)}"'
    )
