"""The lookups as functions of the plugin (``invoke``)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from .. import lookups
from .._output_object import OutputObject
from ..api import DailyError as ApiFailure
from ..api import printable
from ..connection import Connection
from ..lookups._lookup import LOOKUPS, Lookup
from ..lookups._mocks import token
from ..lookups._results import Result, Results, result_fields
from ..objects.plugin_names import MODELS, is_secret, model_shape, to_daily, to_program
from ..objects.room import RoomProperties
from ..objects.values import Path, camel_case
from ..operations import DailyError

LIST = "result"
"""The key of a list in an answer, which is always an object."""


@dataclass(frozen=True)
class Function:
    """One lookup."""

    lookup: Lookup[Any, Any]
    plain: Callable[..., Any]

    @property
    def name(self) -> str:
        return self.lookup.name

    @property
    def token(self) -> str:
        return token(self.name)

    @cached_property
    def hints(self) -> Mapping[str, Any]:
        """Return the types of the arguments and of the result."""
        return get_type_hints(self.lookup.ask)

    @cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """Return the arguments that programs give."""
        known = inspect.signature(self.plain).parameters
        return {name: one for name, one in known.items() if name in self.hints}

    @cached_property
    def types(self) -> Mapping[str, TypeAdapter[Any]]:
        """Return what checks the types of the arguments."""
        return {name: TypeAdapter(self.hints[name]) for name in self.parameters}

    @property
    def result(self) -> Any:
        """Return the type of the result; a list for one that is read page by page."""
        found = self.hints["return"]
        return list[get_args(found)[0]] if get_origin(found) is Results else found  # type: ignore[misc]


FUNCTIONS: Mapping[str, Function] = {
    token(name): Function(found, getattr(lookups, name)) for name, found in LOOKUPS.items()
}
"""Each function by its token."""


def call(function: Function, args: Mapping[str, Any], connection: Connection) -> tuple[dict[str, Any], set[Path]]:
    """Return the answer of a function, and the paths of its secrets. Raises :class:`DailyError`."""
    names = {camel_case(name): name for name in function.parameters}
    unknown = [key for key in args if key not in names]
    if unknown:
        raise DailyError(f"{camel_case(function.name)} has no argument {', '.join(sorted(unknown))}")
    room = model_shape(RoomProperties)  # a filter contains settings of rooms
    given = dict.fromkeys(function.parameters) | {
        names[key]: to_daily(room, value) if isinstance(value, Mapping) else value for key, value in args.items()
    }
    required = inspect.Parameter.empty
    missing = [
        key for key, name in names.items() if given[name] is None and function.parameters[name].default is required
    ]
    if missing:
        raise DailyError(f"{camel_case(function.name)} needs {', '.join(missing)}")
    for key, name in names.items():
        if given[name] is not None:
            _check_type(function, key, name, given[name])
    try:
        client = connection.client_of_expected_domain()
        found = function.lookup.found(client, given)
        secrets: set[Path] = set()
        listed = found.all() if isinstance(found, Results) else found
        whole = isinstance(listed, Result)
        value = _answer(listed, () if whole else (LIST,), secrets)
    except ApiFailure as error:
        raise DailyError(printable(str(error))) from None
    return value if whole else {LIST: value}, secrets


def _check_type(function: Function, key: str, name: str, value: Any) -> None:
    """Raise :class:`DailyError` for an argument of another type than the lookup takes; the text has no value."""
    try:
        function.types[name].validate_python(value, strict=True)
    except ValidationError as error:
        reason = error.errors(include_input=False, include_url=False)[0]["msg"]
        raise DailyError(f"{camel_case(function.name)}: {key}: {reason}") from None


def _answer(value: Any, path: Path, secrets: set[Path]) -> Any:
    """Return a result under the names of programs; the paths of its secrets are added to ``secrets``."""
    if isinstance(value, Result):
        known = {camel_case(one.name): one for one in result_fields(type(value))}
        secrets |= {(*path, key) for key, one in known.items() if one.secret}
        return {key: _answer(getattr(value, one.name), (*path, key), secrets) for key, one in known.items()}
    if isinstance(value, OutputObject):
        shape = model_shape(MODELS[type(value).__name__])
        found = to_program(shape, dict(value))
        secrets |= {(*path, key) for key in found if is_secret(shape, (key,))}
        return found
    if isinstance(value, Mapping):
        return {key: _answer(item, (*path, key), secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_answer(item, (*path, index), secrets) for index, item in enumerate(value)]
    return value
