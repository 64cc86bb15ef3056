"""Python code that declares rooms with given inputs."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 100


def program(rooms: Iterable[Mapping[str, Any]]) -> str:
    """A program with one ``daily.Room`` for each of the checked inputs; running it is what the inputs describe."""
    taken = {"daily"}
    parts = ["import pulumi_daily as daily\n"]
    for inputs in rooms:
        name = str(inputs["name"])
        lines = [f"{_variable(name, taken)} = daily.Room(", f"    {_text(name)},"]
        lines += [f"    {key}={literal(value, 4, len(key) + 2)}," for key, value in inputs.items()]
        parts.append("\n".join([*lines, ")\n"]))
    return "\n".join(parts)


def _variable(name: str, taken: set[str]) -> str:
    stem = re.sub(r"\W", "_", name.lower(), flags=re.ASCII).strip("_") or "room"
    if stem[0].isdigit() or stem == "daily" or keyword.iskeyword(stem):
        stem = f"room_{stem}"
    variable, number = stem, 2
    while variable in taken:
        variable, number = f"{stem}_{number}", number + 1
    taken.add(variable)
    return variable


def literal(value: Any, indent: int, used: int = 0) -> str:
    """A JSON value as Python, on one line where it fits beside ``used`` characters, else one entry a line."""
    if isinstance(value, Mapping):
        pairs = [(f"{_text(str(key))}: ", item) for key, item in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, list | tuple):
        pairs = [("", item) for item in value]
        opening, closing = "[", "]"
    else:
        return _text(value) if isinstance(value, str) else repr(value)
    line = opening + ", ".join(head + literal(item, 0, -(10**6)) for head, item in pairs) + closing
    if indent + used + len(line) + 1 <= WIDTH:
        return line
    space = " " * (indent + 4)
    rows = [f"{space}{head}{literal(item, indent + 4, len(head))},\n" for head, item in pairs]
    return f"{opening}\n{''.join(rows)}{' ' * indent}{closing}"


def _text(value: str) -> str:
    """A string in double quotes; ``repr`` where that would need escapes."""
    shown = repr(value)
    return f'"{value}"' if shown == f"'{value}'" and '"' not in value else shown
