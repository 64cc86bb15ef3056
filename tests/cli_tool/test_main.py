"""The command itself: help, version, laziness."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from collections.abc import Callable

import click
from click.testing import Result

from pulumi_daily.cli import main


def test_help_names_every_command(daily: Callable[..., Result]) -> None:
    result = daily("--help")
    assert result.exit_code == 0
    assert main.list_commands(click.Context(main)) == [
        *("doctor", "emulator", "import", "move-to-plugin", "plugin", "summary", "webhook-echo")
    ]
    for name in main.list_commands(click.Context(main)):
        assert f"  {name}" in result.output
        assert daily(name, "--help").exit_code == 0


def test_version(daily: Callable[..., Result]) -> None:
    assert daily("--version").output.split()[-1] == importlib.metadata.version("pulumi-daily")


def test_an_unknown_command_is_refused(daily: Callable[..., Result]) -> None:
    result = daily("docter")
    assert result.exit_code == 2
    assert "No such command" in result.output


def test_it_runs_as_a_module_and_loads_nothing_it_does_not_need() -> None:
    program = (
        "import runpy, sys\n"
        "sys.argv = ['pulumi-daily', '--help']\n"
        "try:\n"
        "    runpy.run_module('pulumi_daily.cli', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0\n"
        "print(sorted({'pulumi', 'starlette', 'uvicorn', 'requests'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[0].startswith("Usage: pulumi-daily")
    assert done.stdout.splitlines()[-1] == "[]"
