"""Write ``tests/repository/public.json``: what of this package's interface is promised to users (docs/releasing.md).

Run before a release. A test fails if a promised name is gone; new names need no entry until they are released.
"""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import click

FILE = Path(__file__).resolve().parents[1] / "tests" / "repository" / "public.json"
MODULES = ("", ".api", ".emulator", ".lookups", ".outputs", ".testing", ".tokens", ".webhooks")


def public(module: ModuleType) -> list[str]:
    """Return the public names of a module: its ``__all__``, else the functions and classes that it defines."""
    if hasattr(module, "__all__"):
        return sorted(module.__all__)
    own = (name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__)
    return sorted(name for name in own if not name.startswith("_"))


def parameters(value: Any) -> list[str]:
    """Return the names of the parameters of a class or function; none if Python does not know them."""
    try:
        found = inspect.signature(value).parameters
    except (TypeError, ValueError):
        return []
    return [name for name in found if not name.startswith("_") and name not in {"args", "kwargs"}]


def options(name: str, command: click.Command) -> dict[str, list[str]]:
    """Return the options, arguments and commands of a command and of those below it, by their full names."""
    own = [option for parameter in command.params for option in parameter.opts]
    found: dict[str, list[str]] = {}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            own.append(below)
            if (sub := command.get_command(context, below)) is not None:
                found |= options(f"{name} {below}", sub)
    return {name: sorted(own), **found}


def promised() -> dict[str, list[str]]:
    """Return the present interface by place: the names of modules, parameters, configuration and commands."""
    found: dict[str, list[str]] = {}
    for part in MODULES:
        module = importlib.import_module(f"pulumi_daily{part}")
        found[module.__name__] = public(module)
        for name in found[module.__name__]:
            if names := parameters(getattr(module, name)):
                found[f"{module.__name__}.{name}"] = names
    settings = importlib.import_module("pulumi_daily.settings").OPTIONS
    found["configuration"] = sorted(f"daily:{option.name}" for option in settings)
    found["environment"] = sorted(option.environment for option in settings if option.environment)
    found |= options("pulumi-daily", importlib.import_module("pulumi_daily.cli").main)
    return found


def read() -> dict[str, list[str]]:
    """Return the interface that was recorded last."""
    found: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    return {place: names.split() for place, names in found.items()}


def gone(before: dict[str, list[str]], now: dict[str, list[str]]) -> list[str]:
    """Return what was promised and is missing, as ``place: name``."""
    return [f"{place}: {name}" for place, names in before.items() for name in names if name not in now.get(place, ())]


if __name__ == "__main__":
    lines = {place: " ".join(names) for place, names in promised().items()}
    FILE.write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
