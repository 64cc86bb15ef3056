"""The real Pulumi CLI as an engine of scenarios: a project, a home and a file backend of its own, events parsed.

The events come from ``--event-log``, which ``PULUMI_DEBUG_COMMANDS`` unlocks (Pulumi 3.260): one JSON object a line.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from scenarios.model import PROJECT, STACK, Command, Report, Step

PASSPHRASE = "scenario passphrase"
SECONDS = 120.0


class Cli:
    """One stack of one project in ``folder``. ``console`` has all that was printed so far."""

    def __init__(self, folder: Path, home: Path, *, project: str = PROJECT, main: Path | None = None) -> None:
        pulumi = shutil.which("pulumi")
        assert pulumi is not None
        self.folder = folder
        self.project = project
        self.work = folder / "work"
        self.backend = folder / "backend"
        self.events = folder / "events.json"
        self.console: list[str] = []
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "DAILY_", "COVERAGE_"))} | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": self.backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # A program that is rewritten within a second would run as it was before.
            "PYTHONDONTWRITEBYTECODE": "1",
            # Else the CLI asks the network for plugins that came with it, for seconds, at each command.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
        }
        self._pulumi = pulumi
        self._origin: Cli | None = None
        for path in (self.work, self.backend, home):
            path.mkdir(parents=True, exist_ok=True)
        runtime: dict[str, Any] = {"name": "python"}
        if sys.prefix != sys.base_prefix:
            runtime["options"] = {"virtualenv": sys.prefix}
        settings: dict[str, Any] = {"name": project, "runtime": runtime}
        if main is not None:
            settings["main"] = str(main)
        # JSON is YAML.
        (self.work / "Pulumi.yaml").write_text(json.dumps(settings), encoding="utf-8")

    # -- the stack

    def init(self, config: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        """Make the stack, with this configuration."""
        self.call("stack", "init", STACK)
        arguments = [x for k, v in config.items() for x in ("--plaintext", f"{k}={v}")]
        arguments += [x for k, v in secrets.items() for x in ("--secret", f"{k}={v}")]
        self.call("config", "set-all", *arguments)

    def copy_of(self, folder: Path) -> Cli:
        """The same stack as it is now, in another folder (making one takes the CLI half a second)."""
        copy = type(self)(folder, Path(self.env["PULUMI_HOME"]), project=self.project)
        copy.env |= {name: self.env[name] for name in ("PYTHONPATH",) if name in self.env}
        shutil.copytree(self.backend, copy.backend, dirs_exist_ok=True)
        shutil.copytree(self.work, copy.work, dirs_exist_ok=True)
        copy.call("stack", "select", STACK)
        copy._origin = self
        return copy

    def another(self) -> Cli:
        """A stack as this one was before anything was deployed, with a backend of its own."""
        assert self._origin is not None
        return self._origin.copy_of(self.folder / "elsewhere")

    def state_text(self) -> str:
        return self.state_file.read_text(encoding="utf-8")

    @property
    def state_file(self) -> Path:
        """The state on disk."""
        return self.backend / ".pulumi" / "stacks" / self.project / f"{STACK}.json"

    def outputs_of(self, resource: str) -> Mapping[str, Any]:
        """The outputs of a resource in the state."""
        state = json.loads(self.state_file.read_text(encoding="utf-8"))
        [found] = [
            r for r in state["checkpoint"]["latest"]["resources"] if r["urn"].endswith(f"::{resource}") and r.get("id")
        ]
        return dict(found["outputs"])

    # -- commands

    def call(
        self, *arguments: str, ok: bool = True, seconds: float = SECONDS, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the CLI for at most so many seconds; with ``ok`` it must succeed."""
        done = subprocess.run(
            [self._pulumi, *arguments, "--non-interactive"],
            cwd=self.work,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        self.console += [done.stdout, done.stderr]
        assert not ok or done.returncode == 0, f"pulumi {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
        return done

    def begin(self, command: Command) -> subprocess.Popen[bytes]:
        """Start a command on the stack, in a session of its own, and do not wait for it."""
        return subprocess.Popen(
            [self._pulumi, command, "--yes", "--skip-preview", "--non-interactive"],
            cwd=self.work,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def write(self, source: str) -> None:
        (self.work / "__main__.py").write_text(source, encoding="utf-8")

    def configure(self, key: str, value: str, *, secret: bool) -> None:
        self.call("config", "set", "--secret" if secret else "--plaintext", key, value)

    def run(
        self,
        command: Command,
        *,
        refresh: bool = False,
        run_program: bool = False,
        env: Mapping[str, str] | None = None,
        options: Iterable[str] = (),
    ) -> Report:
        """A command on the stack, and what its events tell."""
        arguments = [command, "--color", "never", "--suppress-progress", *options]
        arguments += [] if command == "preview" else ["--yes", "--skip-preview"]
        arguments += (["--refresh"] if refresh else []) + (["--run-program"] if run_program else [])
        before, self.env = self.env, {**self.env, **(env or {})}
        try:
            return self._observed(arguments)
        finally:
            self.env = before

    def import_file(self, entries: Mapping[str, Any]) -> Report:
        path = self.folder / "import.json"
        path.write_text(json.dumps(entries), encoding="utf-8")
        arguments = ["import", "--file", str(path), "--generate-code=false", "--protect=false", "--yes"]
        done = self.call(*arguments, "--skip-preview", ok=False)
        return Report(done.returncode == 0, [], {}, [], done.stdout + done.stderr)

    @staticmethod
    def leaves(kind: str, detailed: Mapping[str, Any]) -> set[str]:
        """The marked leaves of a detailed diff of a resource of this type."""
        return {f"{diff['diffKind']} {path}" for path, diff in detailed.items()}

    def _observed(self, arguments: list[str]) -> Report:
        self.events.unlink(missing_ok=True)
        done = self.call(*arguments, "--event-log", str(self.events), ok=False)
        events = [json.loads(line) for line in self.events.read_text(encoding="utf-8").splitlines()]
        changes: dict[str, int] = {}
        for event in events:
            changes.update(event.get("summaryEvent", {}).get("resourceChanges") or {})
        said = [event["diagnosticEvent"] for event in events if "diagnosticEvent" in event]
        warnings = [
            line.removeprefix("warning: ")
            for d in said
            if d["severity"] in ("info#err", "warning")
            for line in d["message"].splitlines()
            if line.startswith("warning: ") or d["severity"] == "warning"
        ]
        errors = "\n".join(d["message"] for d in said if d["severity"] == "error")
        return Report(
            done.returncode == 0, steps_of(events, self.leaves), changes, [w for w in warnings if w.strip()], errors
        )


Leaves = Callable[[str, Mapping[str, Any]], set[str]]


def steps_of(events: Iterable[Mapping[str, Any]], leaves: Leaves = Cli.leaves) -> list[Step]:
    """The steps that were carried out, each once, in the order of their ends."""
    refreshing: set[str] = set()
    steps: list[Step] = []
    for event in events:
        begun = event.get("resourcePreEvent", {}).get("metadata")
        if begun:
            (refreshing.add if begun["op"] == "refresh" else refreshing.discard)(begun["urn"])
        ended = event.get("resOutputsEvent", {}).get("metadata")
        if ended:
            step = _step(ended, leaves, refreshed=ended["urn"] in refreshing)
            if step not in steps:
                steps.append(step)
    return steps


def _step(metadata: Mapping[str, Any], leaves: Leaves, *, refreshed: bool) -> Step:
    op = metadata["op"]
    if refreshed:
        # A preview says "refresh" where the command itself says what was found.
        if op == "refresh":
            op = "delete" if not metadata.get("new") else "update" if metadata.get("diffs") else "same"
        op = f"refresh {op}"
    return Step(
        name=metadata["urn"].rpartition("::")[2],
        type=metadata["type"],
        op=op,
        replaces=tuple(sorted(metadata.get("keys") or ())),
        leaves=tuple(sorted(leaves(metadata["type"], metadata.get("detailedDiff") or {}))),
    )
