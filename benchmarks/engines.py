"""The engines that run the program: the Pulumi CLI with a file backend, or this package's stack runner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from pulumi_daily.testing import Secret, Stack, StackError

HERE = Path(__file__).resolve().parent
PROGRAM = HERE / "program"
PROJECT = "benchmark"
SECONDS = 3000.0


class BenchError(Exception):
    """Error: an operation failed, or left another number of rooms than expected."""


class Engine(Protocol):
    """The interface of an engine with one stack."""

    def run(self, operation: str, program: Mapping[str, str], *, refresh: bool = False) -> None:
        """Run `preview`, `up`, `refresh` or `destroy` with the program that these environment variables describe.

        Raises `BenchError` if it fails.
        """
        ...

    def close(self) -> None: ...


def keep_bytecode(cache: Path) -> None:
    """Make all Python processes write bytecode into `cache`, as for an installed package.

    This includes processes that the stack runner makes with the environment of this process.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(cache / "bytecode")


def environment(cache: Path) -> dict[str, str]:
    """Return this environment without variables that would change the results; call `keep_bytecode` before.

    Rate limits are shared in the benchmark's own cache folder.
    """
    own = ("PULUMI_", "DAILY_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    return kept | {
        "PYTHONPATH": path,  # the provider process must be able to import the naive and the no-op provider
        "XDG_CACHE_HOME": str(cache),
    }


class Cli:
    """An engine that is the Pulumi CLI, with state and project in `folder`."""

    def __init__(self, pulumi: str, folder: Path, cache: Path, url: str, key: str) -> None:
        self._pulumi, self._folder = pulumi, folder
        self._env = environment(cache) | {
            "PATH": os.pathsep.join([str(Path(pulumi).parent), os.environ.get("PATH", "")]),
            "PULUMI_HOME": str(cache / "pulumi"),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "benchmark",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        for path in (folder / "state", folder / "project", cache / "pulumi"):
            path.mkdir(parents=True, exist_ok=True)
        runtime: dict[str, Any] = {"name": "python"}
        if sys.prefix != sys.base_prefix:
            runtime["options"] = {"virtualenv": sys.prefix}
        # JSON is YAML.
        project = {"name": PROJECT, "runtime": runtime, "main": str(PROGRAM)}
        (folder / "project" / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")
        self._call({}, "stack", "init", "bench")
        self._call({}, "config", "set", "daily:apiUrl", url)
        self._call({}, "config", "set", "--secret", "daily:apiKey", key)

    def run(self, operation: str, program: Mapping[str, str], *, refresh: bool = False) -> None:
        options = [] if operation == "preview" else ["--yes", "--skip-preview"]
        options += ["--refresh"] if refresh else []
        self._call(program, operation, *options, "--color", "never", "--suppress-progress")

    def close(self) -> None:
        shutil.rmtree(self._folder / "state", ignore_errors=True)

    def _call(self, program: Mapping[str, str], *arguments: str) -> None:
        done = subprocess.run(
            [self._pulumi, *arguments, "--non-interactive"],
            cwd=self._folder / "project",
            env=self._env | dict(program),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        if done.returncode:
            raise BenchError(f"pulumi {arguments[0]} failed:\n{done.stdout[-5000:]}")


class Runner:
    """An engine that is this package's stack runner."""

    def __init__(self, cache: Path, url: str, key: str) -> None:
        self._env = environment(cache)
        config: dict[str, Any] = {"daily:apiUrl": url, "daily:apiKey": Secret(key)}
        self._stack = Stack(PROGRAM, project=PROJECT, stack="bench", config=config, env=self._env, timeout=SECONDS)

    def run(self, operation: str, program: Mapping[str, str], *, refresh: bool = False) -> None:
        self._stack.env = self._env | dict(program)
        try:
            getattr(self._stack, operation)(**({"refresh": True} if refresh else {}))
        except StackError as error:
            raise BenchError(str(error)[:5000]) from None

    def close(self) -> None:
        self._stack.close()


def version(pulumi: str) -> str:
    """Return the CLI's version after a blank; empty when it was built without a version."""
    done = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=60, check=True)
    return f" {done.stdout.strip()}".rstrip()
