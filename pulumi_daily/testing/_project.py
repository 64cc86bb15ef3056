"""Pulumi projects: where the program is, what ``Pulumi.yaml`` says, and Pulumi's rules for names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FILES = ("Pulumi.json", "Pulumi.yaml", "Pulumi.yml")
"""The names of a project's file, in the CLI's order of search."""
_LONGEST_NAME = 100


class ProgramError(Exception):
    """Error: the program does not exist, or Pulumi would not run it because of its ``Pulumi.yaml``.

    The message contains the path that was searched, or that of the file and what is wrong with it.
    """


@dataclass(frozen=True)
class Project:
    """A Pulumi project: its location, its program and the settings of its ``Pulumi.yaml`` that matter here."""

    root: Path
    program: Path
    name: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    """The declarations about the configuration in ``Pulumi.yaml``."""
    always_refresh: bool = False
    """True if ``Pulumi.yaml`` says ``options: {refresh: always}``: the CLI then refreshes before each operation."""

    @property
    def folder(self) -> Path:
        """Return the working directory of the program and of its providers."""
        return self.program if self.program.is_dir() else self.program.parent

    @classmethod
    def of(cls, path: Path) -> Project:
        """Return the project at `path`: a directory (with or without ``Pulumi.yaml``), or a Python file.

        ``Pulumi.yaml`` is read for a directory and for its ``__main__.py``, but not for another file. Raises
        :class:`ProgramError` if there is no program, or if Pulumi would not run it.
        """
        path = path.resolve()
        if path.is_file() and path.name != "__main__.py":
            return cls(path.parent, path)
        root = path.parent if path.is_file() else path
        file = next((root / name for name in _FILES if (root / name).is_file()), None)
        settings = _settings(file) if file is not None else {}
        program = (root / (settings.get("main") or ".")).resolve()
        if not program.is_file() and not (program / "__main__.py").is_file():
            raise ProgramError(f"no Pulumi program: there is no __main__.py in {program}")
        declared = settings.get("config")
        return cls(
            root,
            program,
            settings.get("name"),
            declared if isinstance(declared, dict) else {},  # text: a folder, the former form of stackConfigDir
            always_refresh=bool(settings.get("options")),
        )


def _settings(file: Path) -> dict[str, Any]:
    """Return the content of a project's file. Raises :class:`ProgramError` for one that Pulumi would not run."""
    import yaml  # comes with the SDK; needed for projects with a file

    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise ProgramError(f"{file}: {e}") from None
    if not isinstance(settings, dict):
        raise ProgramError(f"{file}: expected project to be an object")
    for problem in _problems(settings):
        raise ProgramError(f"{file}: {problem}")
    return settings


def _problems(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reasons for which Pulumi, or this kit, does not run a project with `settings`."""
    name = settings.get("name")
    if not isinstance(name, str) or not name:
        yield "project is missing a non-empty string 'name' attribute"
    elif problem := project_name_problem(name):
        yield problem
    runtime = settings.get("runtime")
    full = runtime if isinstance(runtime, dict) else {"name": runtime}
    if not full.get("name"):
        yield "without `runtime: python`, Pulumi runs no Python program"
    elif full["name"] != "python":
        yield f"the test kit runs only Python programs, not {full['name']!r}"
    if full.keys() - {"name", "options"} or not isinstance(full.get("options", {}), dict):
        yield "`runtime` has only `name` and `options`, and the latter is an object"
    if settings.get("options") not in (None, {}, {"refresh": "always"}):
        yield "`options` can only be `refresh: always`"


def project_name_problem(name: str) -> str:
    """Return the CLI's message about a project name that it refuses, or ``""`` (Pulumi: ``tokens/project.go``)."""
    if not name:
        return "project names may not be empty"
    if len(name) > _LONGEST_NAME:
        return f"project names are limited to {_LONGEST_NAME} characters"
    if _allowed(name) < len(name):
        return "project names may only contain alphanumerics, hyphens, underscores, and periods"
    return ""


def stack_name_problem(name: str) -> str:
    """Return the CLI's message about a stack name that it refuses, or ``""`` (Pulumi: ``tokens/stack_name.go``)."""
    if not name:
        return "a stack name may not be empty"
    if len(name) > _LONGEST_NAME:
        return f"a stack name cannot exceed {_LONGEST_NAME} characters"
    if (at := _allowed(name)) < len(name):
        return (
            "a stack name may only contain alphanumeric, hyphens, underscores, or periods: "
            f"invalid character {name[at]!r} at position {at}"
        )
    return ""


def _allowed(name: str) -> int:
    """Return the number of characters at the start of `name` that names may contain."""
    return len(re.match(r"[A-Za-z0-9_.-]*", name)[0])  # type: ignore[index]  # it matches every text
