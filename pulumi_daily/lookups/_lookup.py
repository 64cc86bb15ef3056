"""One lookup in its two forms: plain (sends its request at once) and ``_output`` (when its inputs are known)."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Iterable, Mapping
from inspect import isawaitable
from types import MappingProxyType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, get_type_hints

import pulumi

from ..api import Client, DailyError, NotFoundError, UsageError
from ..settings import Settings
from . import _mocks as mocks
from ._account import connect, one_line, provider_of, readable, settings_later, settings_now, unreachable
from ._results import Results, holds_secret

P = ParamSpec("P")
R = TypeVar("R")
D = TypeVar("D")
T = TypeVar("T")


class Required(enum.Enum):
    """The type of :data:`REQUIRED`."""

    REQUIRED = "an object that must be there"

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = Required.REQUIRED
"""The default of ``default``: a missing object is an error."""

LOOKUPS: dict[str, Lookup[Any, Any]] = {}
"""Each lookup by the name of its plain form."""

_routes: dict[str, tuple[str, ...]] = {}

ROUTES_USED: Mapping[str, tuple[str, ...]] = MappingProxyType(_routes)
"""The API routes (of ``pulumi_daily.api.ROUTES``) that each lookup uses, by the name of its plain form. In addition, a
configuration with a ``domain`` reads the key's domain once per process.
"""


class Lookup(Generic[P, R]):
    """A lookup: a function that takes the client and the arguments, and the advice for a missing object."""

    def __init__(
        self,
        ask: Callable[Concatenate[Client, P], R],
        name: str,
        hint: str,
        absent: type[DailyError],
    ) -> None:
        self.name = name
        self.ask = ask
        self._hint = hint
        self._absent = absent

    def plain(self, opts: pulumi.InvokeOptions | None, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the result itself, not an Output. Raises the errors of ``pulumi_daily.api``."""
        return self.plain_or(opts, REQUIRED, *args, **kwargs)

    def plain_or(
        self, opts: pulumi.InvokeOptions | None, default: D | Required, /, *args: P.args, **kwargs: P.kwargs
    ) -> R | D:
        """Return the result itself; when Daily has no such object, ``default``, or an error if that is ``REQUIRED``.

        Raises ``UsageError`` for an argument that is an Output or awaitable and for an account that is not known yet,
        and the other errors of ``pulumi_daily.api``.
        """
        for name, value in kwargs.items():
            if isinstance(value, pulumi.Output) or isawaitable(value):
                raise UsageError(f"{name} is a value that is known later: use {self.name}_output")
        debug = False
        try:
            if mocks.active():
                return self._found(lambda: self._mocked(opts, kwargs)[0], default)
            settings = settings_now(self.name, opts)
            debug = settings.debug
            return self._answer(settings, default, *args, **kwargs)
        except DailyError as error:
            failure = error
        # The inner frames belong to this package: the traceback should end near the program's own line.
        raise failure if debug else readable(failure)

    def found(self, client: Client, args: Mapping[str, Any]) -> R:
        """Return the result for arguments by name; an error about a missing object has the advice."""
        return self._found(lambda: self.ask(client, **args), REQUIRED)  # type: ignore[call-arg]

    def _answer(self, settings: Settings, default: D | Required, /, *args: P.args, **kwargs: P.kwargs) -> R | D:
        return self._found(lambda: self.ask(connect(settings), *args, **kwargs), default)

    def _mocked(self, opts: pulumi.InvokeOptions | None, args: Mapping[str, Any]) -> tuple[R, bool]:
        """Return the result that the mocks of a unit test give, and whether they marked it as secret."""
        return mocks.ask(self.name, args, provider_of(self.name, opts), get_type_hints(self.ask)["return"])

    def _found(self, ask: Callable[[], T], default: D | Required) -> T | D:
        """Return the result of ``ask``; for a missing object, ``default`` or an error with the advice."""
        try:
            return ask()
        except self._absent as error:
            if not isinstance(default, Required):
                return default
            error.hint = "; ".join(text for text in (error.hint, self._hint) if text)
            raise

    def output(
        self, opts: pulumi.InvokeOptions | None, default: Any = REQUIRED, /, **args: pulumi.Input[Any]
    ) -> pulumi.Output[Any]:
        """Return the result as an Output; the request is sent once all arguments and the account are known.

        In a preview the Output is unknown, and no request is sent, while an argument is unknown or comes from a
        resource that is yet to be created, and also without a key or offline. Lists are Python lists. The Output is
        secret when an argument is secret, and when Daily's answer contains a secret.
        """
        mocked = mocks.active()
        account = pulumi.Output.from_input(None) if mocked else settings_later(self.name, opts)
        given = pulumi.Output.from_input(dict(args))
        made = _made(given, getattr(opts, "depends_on", None))

        def ask(known: list[Any]) -> pulumi.Input[Any]:
            if mocked:
                return self._complete_mocked(opts, default, known[1])
            settings: Settings = known[0]
            if pulumi.runtime.is_dry_run() and unreachable(settings):
                return pulumi.Output.from_input(pulumi.output.UNKNOWN)
            # In a thread: the program registers other resources meanwhile.
            return asyncio.to_thread(self._complete, settings, default, known[1])

        return pulumi.Output.all(account, given, made).apply(ask).apply(_marked)

    def _complete_mocked(self, opts: pulumi.InvokeOptions | None, default: Any, args: dict[str, Any]) -> Any:
        def answer() -> pulumi.Input[Any]:
            found, secret = self._mocked(opts, args)
            complete = _listed(found)
            return pulumi.Output.secret(True).apply(lambda _: complete) if secret else complete

        with one_line():
            return self._found(answer, default)

    def _complete(self, settings: Settings, default: Any, args: dict[str, Any]) -> Any:
        with one_line(settings.debug):
            return _listed(self._answer(settings, default, **args))  # type: ignore[call-arg]


def lookup(
    name: str,
    *routes: str,
    hint: str = "pass default=None if it may be missing",
    absent: type[DailyError] = NotFoundError,
) -> Callable[[Callable[Concatenate[Client, P], R]], Lookup[P, R]]:
    """Declare a lookup: its public name and the names of the API routes it uses.

    ``absent`` is the error that means a missing object, and ``hint`` the advice that is added to that error.
    """

    def declare(ask: Callable[Concatenate[Client, P], R]) -> Lookup[P, R]:
        _routes[name] = routes
        LOOKUPS[name] = made = Lookup(ask, name, hint, absent)
        return made

    return declare


def _listed(found: Any) -> Any:
    return found.all() if isinstance(found, Results) else found


def _marked(answer: Any) -> pulumi.Input[Any]:
    return pulumi.Output.secret(True).apply(lambda _: answer) if holds_secret(answer) else answer


def _made(given: pulumi.Output[Any], depends_on: Any) -> pulumi.Output[Any]:
    """Return an Output that is known once the resources of the arguments and of ``depends_on`` have been created.

    An argument that the program gives itself (a room's name) is known before its room is created, when a lookup would
    fail. The id of a resource is known only when the resource exists.
    """
    named = pulumi.Output.from_input([] if depends_on is None else [depends_on])

    def ids(known: list[Any]) -> pulumi.Output[Any]:
        found = _resources([*known[0], *known[1]])
        return pulumi.Output.from_input([one.__dict__.get("id", one.__dict__.get("urn")) for one in found])

    return pulumi.Output.all(given.resources(), named).apply(ids)


def _resources(listed: Iterable[Any]) -> list[pulumi.Resource]:
    """Return the resources in nested lists, with the children of components (whose own URN does not wait for them)."""
    found: list[pulumi.Resource] = []
    left = list(listed)
    while left:
        one = left.pop()
        if isinstance(one, list | tuple):
            left += one
        elif one not in found:
            found.append(one)
            if isinstance(one, pulumi.ComponentResource):
                left += getattr(one, "_childResources", ())
    return found
