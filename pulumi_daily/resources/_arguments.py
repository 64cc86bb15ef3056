"""The two forms of a constructor: ``(name, opts, inputs as keywords)`` and ``(name, args, opts)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi


def inputs_and_options(
    kind: type[Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Mapping[str, Any], pulumi.ResourceOptions | None]:
    """Return the inputs and the options (None: not given) in a constructor's arguments after the name.

    ``kind`` is its ``…Args``.

    Raises ``TypeError`` for invalid arguments, as Python does for any function.
    """
    first = args[0] if args else kwargs.get("args")
    names = ("args", "opts") if isinstance(first, kind) else ("opts",)
    if len(args) > len(names):
        raise TypeError(f"a resource takes (name, opts, inputs as keywords) or (name, {kind.__name__}, opts)")
    twice = [name for name in names[: len(args)] if name in kwargs]
    if twice:
        raise TypeError(f"got multiple values for argument {twice[0]!r}")
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    opts, typed = given.pop("opts", None), given.pop("args", None)
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        raise TypeError(f"opts must be pulumi.ResourceOptions, not {type(opts).__name__}")
    if typed is not None and (given or not isinstance(typed, kind)):
        raise TypeError(f"args must be a {kind.__name__} with all inputs, and no input beside it")
    return vars(kind(**given) if typed is None else typed), opts
