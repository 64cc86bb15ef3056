"""Generates Python code that declares objects with given inputs."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..api import printable

WIDTH = 100

RESERVED = frozenset({"config", "daily", "name", "pulumi", "pulumi_daily", *keyword.kwlist, *dir(builtins)})
"""Names that no variable gets: the program that the code is pasted into probably uses them."""


@dataclass(frozen=True)
class Declared:
    """One resource to declare in a generated program."""

    kind: str
    name: str
    inputs: Mapping[str, Any]
    left_out: tuple[str, ...] = ()
    """Omitted settings, which are listed in comments."""


@dataclass(frozen=True)
class Code:
    """Source text in place of a value, which is written unchanged."""

    text: str


def program(resources: Iterable[Declared], not_taken: Iterable[str] = ()) -> str:
    """Return the source of a program with these resources, and a comment for each line of text in ``not_taken``.

    References to a phone number of the program become a variable, so that Pulumi knows the dependency.
    """
    taken: set[str] = set()
    numbers: dict[str, Code] = {}
    parts = ["import pulumi_daily as daily\n"]
    for one in resources:
        variable = _variable(one.name, one.kind, taken)
        inputs = dict(one.inputs)
        if one.kind == "PhoneNumber":
            numbers[repr(inputs.get("number"))] = Code(f"{variable}.number")
        elif "phone_number" in inputs:
            inputs["phone_number"] = numbers.get(repr(inputs["phone_number"]), inputs["phone_number"])
        lines = [f"{variable} = daily.{one.kind}(", f"    {_text(one.name)},"]
        lines += [f"    {key}={literal(value, 4, len(key) + 2)}," for key, value in inputs.items()]
        lines += [f"    # left out: {printable(setting)}" for setting in one.left_out]
        parts.append("\n".join([*lines, ")\n"]))
    if lines := [f"# not imported: {printable(line)}\n" for line in not_taken]:
        parts.append("".join(lines))
    return "\n".join(parts)


def _variable(name: str, kind: str, taken: set[str]) -> str:
    noun = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
    stem = re.sub(r"\W", "_", name.lower(), flags=re.ASCII).strip("_") or noun
    if stem[0].isdigit() or stem in RESERVED:
        stem = f"{noun}_{stem}"
    variable, number = stem, 2
    while variable in taken:
        variable, number = f"{stem}_{number}", number + 1
    taken.add(variable)
    return variable


def literal(value: Any, indent: int, used: int = 0) -> str:
    """Return a JSON value as Python source, on one line if it fits after ``used`` characters, else line by line."""
    if isinstance(value, Mapping):
        pairs = [(f"{_text(str(key))}: ", item) for key, item in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, list | tuple):
        pairs = [("", item) for item in value]
        opening, closing = "[", "]"
    elif isinstance(value, Code):
        return value.text
    else:
        return _text(value) if isinstance(value, str) else repr(value)
    line = opening + ", ".join(head + literal(item, 0, -(10**6)) for head, item in pairs) + closing
    if indent + used + len(line) + 1 <= WIDTH:
        return line
    space = " " * (indent + 4)
    rows = [f"{space}{head}{literal(item, indent + 4, len(head))},\n" for head, item in pairs]
    return f"{opening}\n{''.join(rows)}{' ' * indent}{closing}"


def _text(value: str) -> str:
    """Return a string in double quotes, or its ``repr`` where escapes are needed."""
    shown = repr(value)
    return f'"{value}"' if shown == f"'{value}'" and '"' not in value else shown
