"""Writes values and calls as Python source, in the form in which ``ruff format`` leaves them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 88
"""The longest line, where a value can be divided: the default of ruff and black."""


@dataclass(frozen=True)
class Code:
    """Source text in place of a value, which is written unchanged."""

    text: str


@dataclass(frozen=True)
class Remark:
    """Comment lines in place of a key and its value."""

    lines: tuple[str, ...]


def literal(value: Any, indent: int, used: int = 0) -> str:
    """Return a JSON value as Python source, on one line if it fits after ``used`` characters, else line by line.

    A ``Code`` may stand in place of a value, and a ``Remark`` in place of a key, whose value is not used.
    """
    if isinstance(value, Mapping):
        pairs = [(key if isinstance(key, Remark) else f"{text(str(key))}: ", item) for key, item in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, list | tuple):
        pairs = [("", item) for item in value]
        opening, closing = "[", "]"
    elif isinstance(value, Code):
        return value.text
    else:
        return text(value) if isinstance(value, str) else repr(value)
    if not _has_remark(value):
        line = opening + ", ".join(f"{head}{literal(item, 0, -(10**6))}" for head, item in pairs) + closing
        if indent + used + _width(line) + 1 <= WIDTH:
            return line
    space = " " * (indent + 4)
    rows = [
        "".join(f"{space}# {line}\n" for line in head.lines)
        if isinstance(head, Remark)
        else f"{space}{head}{literal(item, indent + 4, _width(head))},\n"
        for head, item in pairs
    ]
    return f"{opening}\n{''.join(rows)}{' ' * indent}{closing}"


def _has_remark(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(isinstance(key, Remark) or _has_remark(item) for key, item in value.items())
    return isinstance(value, list | tuple) and any(map(_has_remark, value))


def _width(line: str) -> int:
    """Return the columns of a text, at most: a character that is not ASCII may take two."""
    return sum(1 if character.isascii() else 2 for character in line)


def call(head: str, arguments: Sequence[str], indent: int) -> str:
    """Return a call: on one line, with the arguments on a line of their own, or with one argument on each line."""
    line, space, end = ", ".join(arguments), " " * (indent + 4), " " * indent
    if line.isascii() and "\n" not in line:
        if indent + len(head) + len(line) + 2 <= WIDTH:
            return f"{end}{head}({line})"
        if len(space) + len(line) <= WIDTH:
            return f"{end}{head}(\n{space}{line}\n{end})"
    rows = "".join(f"{space}{argument},\n" for argument in arguments)
    return f"{end}{head}(\n{rows}{end})"


def text(value: str) -> str:
    """Return a string literal: in double quotes, unless single quotes need fewer escapes."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    # repr escapes everything that is not printable; which quotes it escapes depends on those that it chooses.
    bare = repr(f"{value}'\"")[1:-4].replace("\\'", "'")
    return f"{quote}{bare.replace(quote, chr(92) + quote)}{quote}"


def identifier(name: str, prefix: str) -> str:
    """Return a name as part of a variable: in ASCII, and not beginning with a digit, before which goes ``prefix``."""
    stem = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or prefix
    return f"{prefix}_{stem}" if stem[0].isdigit() else stem
