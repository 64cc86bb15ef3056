"""Python source of types and docstrings for the generators."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from models import camel, is_model, options
from reference_pages import allowed, shown

from pulumi_daily.objects.fields import Entry, Fields
from pulumi_daily.objects.values import ABSENT

ROOT = Path(__file__).resolve().parent.parent
SCALARS = {bool: "bool", int: "int", float: "float", str: "str"}


@dataclass
class InputTypes:
    """The input types of all modules. A type shared by two kinds is in the first module, and imported by the next."""

    module: dict[str, str] = field(default_factory=dict)
    """The module of each type, by the name of the type."""
    aliases: dict[tuple[Any, ...], str] = field(default_factory=dict)
    """The name of each ``Literal``, by its choices."""

    def alias(self, choices: tuple[Any, ...], owner: type[Fields], entry: Entry, module: str) -> str:
        """Return the name of a ``Literal``, which is made from its first owner's and belongs to ``module``."""
        if choices not in self.aliases:
            name = f"{owner.__name__}{camel(entry.name)}"
            if name in self.module:
                raise SystemExit(f"two types are called {name}")
            self.aliases[choices] = name
            self.module[name] = module
        return self.aliases[choices]

    def of(self, owner: type[Fields], entry: Entry, module: str) -> str:
        """Return the type of an input. It allows None unless a null has a meaning of its own."""
        kind = self._union(entry.annotation, owner, entry, module)
        if entry.meta.required:
            return f"pulumi.Input[{kind}]"
        return f"pulumi.Input[{kind}] | None" if entry.meta.null_means else f"pulumi.Input[{kind} | None]"

    def key(self, owner: type[Fields], entry: Entry, module: str) -> str:
        """Return the type of an input as a key of a TypedDict."""
        kind = self.of(owner, entry, module).removesuffix(" | None")
        return kind if entry.meta.required else f"NotRequired[{kind}]"

    def imports(self, module: str) -> Iterable[str]:
        """Yield an import of every type of another module; unused imports are removed later."""
        return (f"from .{other} import {name}" for name, other in self.module.items() if other != module)

    def _union(self, annotation: Any, owner: type[Fields], entry: Entry, module: str) -> str:
        return " | ".join(dict.fromkeys(self._option(option, owner, entry, module) for option in options(annotation)))

    def _option(self, option: Any, owner: type[Fields], entry: Entry, module: str) -> str:
        origin, args = get_origin(option), get_args(option)
        if is_model(option):
            return f"{option.__name__}Args | {option.__name__}ArgsDict"
        if origin is Literal:
            return self.alias(args, owner, entry, module)
        if origin is list:
            return f"Sequence[pulumi.Input[{self._union(args[0], owner, entry, module)}]]"
        if origin is dict:
            if args[1] is Any:
                return "Mapping[str, Any]"
            # A null for an object means an object without settings.
            null = " | None" if is_model(args[1]) else ""
            return f"Mapping[str, pulumi.Input[{self._union(args[1], owner, entry, module)}{null}]]"
        return SCALARS[option]


def output_type(annotation: Any, prefix: str = "") -> str:
    """Return the type of an output, without None; ``prefix`` is put before the names of output objects."""
    return " | ".join(dict.fromkeys(_output_option(option, prefix) for option in options(annotation)))


def _output_option(option: Any, prefix: str) -> str:
    origin, args = get_origin(option), get_args(option)
    if is_model(option):
        return f"{prefix}{option.__name__}"
    if origin is Literal:
        return "str"  # Daily may return values that it has added since
    if origin is list:
        return f"list[{output_type(args[0], prefix)}]"
    if origin is dict:
        return "dict[str, Any]" if args[1] is Any else f"dict[str, {output_type(args[1], prefix)}]"
    return SCALARS[option]


def described(entry: Entry) -> list[str]:
    """Return the paragraphs about one setting, for a docstring."""
    parts = [entry.meta.doc]
    facts = [f"Allowed: {text}." for text in [allowed(entry)] if text]
    if entry.meta.default is not ABSENT:
        facts.append(f"Default: {shown(entry.meta.default)}.")
    if entry.meta.plan:
        facts.append(f"Needs: {entry.meta.plan} plan.")
    if facts:
        parts.append(" ".join(facts))
    if entry.meta.deprecated:
        parts.append(f"Deprecated: use {entry.meta.deprecated} instead.")
    return parts


def docstring(paragraphs: list[str], indent: int = 4) -> list[str]:
    """Return the lines of a docstring."""
    space = " " * indent
    texts = [
        "\n".join(textwrap.wrap(" ".join(text.split()), 114 - indent, break_on_hyphens=False)) for text in paragraphs
    ]
    body = "\n\n".join(texts).replace("\\", "\\\\")
    if "\n" not in body and not body.endswith('"'):
        return [f'{space}"""{body}"""']
    lines = [f"{space}{line}" if line else "" for line in body.split("\n")]
    return [f'{space}"""{lines[0].strip()}', *lines[1:], f'{space}"""']


def literal(choices: tuple[Any, ...]) -> str:
    """Return the source of a ``Literal``."""
    return f"Literal[{', '.join(repr(choice) for choice in choices)}]"


def formatted(source: str, name: str) -> str:
    """Return source formatted by ruff, without unused imports; ``name`` is its path in the project."""
    for command in (["check", "--quiet", "--select", "I,F401", "--fix"], ["format", "--quiet"]):
        source = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", name, "-"],
            input=source,
            capture_output=True,
            check=True,
            text=True,
            cwd=ROOT,
        ).stdout
    return source
