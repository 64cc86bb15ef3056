"""The Daily account of a command, and the stack's configuration as the Pulumi CLI prints it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from ..api import Client, ConfigurationError
from ..connection import open_client
from ..settings import NAMESPACE, Settings, read_settings
from ._terminal import say

PULUMI_SECONDS = 30.0

PATIENCE = 20.0
"""The longest time in seconds that a command spends retrying one request."""
_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True)
class StackConfig:
    """The ``daily:`` configuration of the selected stack."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    plain: frozenset[str] = frozenset()
    """The keys that are stored in clear text."""
    note: str | None = None
    """The reason why there is no configuration, if it was searched for."""


@dataclass(frozen=True)
class Found:
    """The settings of a command and their sources."""

    settings: Settings
    stack: StackConfig
    key_source: str | None


def account_options(command: _F) -> _F:
    """Add the options that select a command's account."""
    url = "Base URL of the API.  [default: daily:apiUrl, else DAILY_API_URL, else Daily's URL]"
    decorated = click.option("--stack", help="Stack whose configuration is used.  [default: the selected one]")(command)
    decorated = click.option("--api-url", help=url)(decorated)
    return click.option("--api-key-stdin", is_flag=True, help="Read the API key from the standard input.")(decorated)


def find_account(
    api_key_stdin: bool, api_url: str | None, stack: str | None, *, second_key: str | None = None
) -> Found:
    """Return the settings from the options, else from the stack's configuration, else from the environment.

    The provider uses the same order. With ``api_key_stdin``, the key is the first line of the standard input. Raises
    ``ConfigurationError`` for invalid values and for empty options: without a value, another account might be used. A
    missing or invalid key raises no error here.

    ``second_key`` is the key in the stack's configuration under which the API key of a second account is stored. As for
    a ``daily.Provider``, nothing else of the stack's configuration counts then.
    """
    for option, given in (("--stack", stack), ("--api-url", api_url)):
        if given is not None and not given.strip():
            raise ConfigurationError(f"{option} is empty: give it a value, or leave it out")
    config = read_stack_config(stack, second_key)
    values = dict(config.values)
    source = None
    if values.get(f"{NAMESPACE}:apiKey", "").strip():
        source = "the configuration of the stack"
    elif os.environ.get("DAILY_API_KEY", "").strip():
        source = "the environment (DAILY_API_KEY)"
    if api_key_stdin:
        key = sys.stdin.readline().strip()
        if not key:
            raise ConfigurationError(
                "there is no API key on the standard input: --api-key-stdin reads it from the first line there"
            )
        values[f"{NAMESPACE}:apiKey"] = key
        source = "the standard input"
    if api_url:
        values[f"{NAMESPACE}:apiUrl"] = api_url
    return Found(read_settings(values.get, os.environ, values, check_key=False), config, source)


def client_of(settings: Settings) -> Client:
    """Return a client for interactive use: it gives up sooner than in a deployment."""

    def log(line: str) -> None:
        say(line, err=True)

    return open_client(settings, log, retry_seconds=min(PATIENCE, settings.max_retry_seconds), log=log)[0]


def read_stack_config(stack: str | None, second_key: str | None = None) -> StackConfig:
    """Return the output of ``pulumi config``, if a CLI is on PATH and the folder belongs to a project.

    ``second_key``: see :func:`find_account`.
    """
    if not in_project():
        return StackConfig(note="--stack needs a Pulumi project" if stack else None)
    if shutil.which("pulumi") is None:
        return StackConfig(note="no pulumi on PATH: the configuration of the stack was not read")
    which = ["--stack", stack] if stack else []
    done = run_pulumi("config", "--json", "--show-secrets", *which)
    try:
        found = json.loads(done) if done is not None else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        shown = " ".join(["pulumi config", *which])
        reason = "no such stack" if stack else "no stack selected"
        return StackConfig(note=f"`{shown}` failed ({reason}, no login, or no passphrase)")
    own = {key: entry for key, entry in found.items() if key.startswith(f"{NAMESPACE}:") and "value" in entry}
    if second_key is not None:
        # The other part of the key is the name of the project.
        others = [entry for key, entry in found.items() if key.partition(":")[2] == second_key and key not in own]
        own = {f"{NAMESPACE}:apiKey": entry for entry in others if "value" in entry}
    return StackConfig(
        {key: str(entry["value"]) for key, entry in own.items()},
        frozenset(key for key, entry in own.items() if not entry.get("secret")),
    )


def in_project() -> bool:
    """Return whether the current folder belongs to a Pulumi project."""
    here = Path.cwd()
    names = ("Pulumi.yaml", "Pulumi.yml")
    return any((folder / name).is_file() for folder in (here, *here.parents) for name in names)


def run_pulumi(*args: str) -> str | None:
    """Return the standard output of a non-interactive Pulumi command; None without a CLI and after a failure."""
    program = shutil.which("pulumi")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *args, "--non-interactive"],
            env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PULUMI_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
