"""A full demonstration on the console, with an emulator of Daily's API: no account or key; writes only to ``.demo``.

    make demo                      or: python examples/demo.py [FOLDER]

Uses the Pulumi CLI if it is on PATH. Otherwise it tries Pulumi's installer once, for at most 15 seconds
(``PULUMI_DAILY_NO_INSTALL=1`` skips this). Without the CLI, it runs the same program and provider process with the
package's own stack runner, which ``PULUMI_DAILY_NO_CLI=1`` selects directly. Exits with 0 only if every step had the
expected result.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import Secret, Stack, StackError

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "examples" / "quickstart"
PROJECT = "daily-quickstart"
INSTALLER = "https://get.pulumi.com"
INSTALL_SECONDS = 15.0
STEP_SECONDS = 300.0


class StoryError(Exception):
    """Error: a step did not have the expected result."""


@dataclass
class Outcome:
    """The result of one step: the number of resources by operation, and the messages."""

    changes: Mapping[str, int]
    messages: str


class Engine(Protocol):
    """Runs Pulumi operations on the program."""

    def run(self, command: str) -> Outcome: ...


def environment() -> dict[str, str]:
    """Return the environment without variables for another account or backend."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "DAILY_"))}


class Cli:
    """The real Pulumi CLI, with its own home, backend and project in ``folder``."""

    def __init__(self, pulumi: str, folder: Path, api_url: str, api_key: str) -> None:
        self.pulumi, self.folder = pulumi, folder
        self.env = environment() | {
            "PATH": os.pathsep.join([str(Path(pulumi).parent), os.environ.get("PATH", "")]),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "demo",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # For --event-log, the engine's events as JSON.
            "PULUMI_DEBUG_COMMANDS": "true",
        }
        for name in ("home", "state", "project"):
            (folder / name).mkdir(parents=True)
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        # JSON is valid YAML and needs no special quoting of paths.
        project = {"name": PROJECT, "runtime": runtime, "main": str(PROGRAM)}
        (folder / "project" / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")
        self._call("stack", "init", "demo")
        self._call("config", "set", "daily:apiUrl", api_url)
        self._call("config", "set", "--secret", "daily:apiKey", stdin=api_key)

    def run(self, command: str) -> Outcome:
        options = ["--non-interactive", "--color", "never", "--suppress-progress"]
        options += [] if command == "preview" else ["--yes", "--skip-preview"]
        events = self.folder / "events.json"
        events.unlink(missing_ok=True)
        print(self._call(command, *options, "--event-log", str(events)).strip("\n"))
        changes: dict[str, int] = {}
        messages = ""
        for line in events.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            changes |= event.get("summaryEvent", {}).get("resourceChanges", {})
            messages += event.get("diagnosticEvent", {}).get("message", "")
        return Outcome(changes, messages)

    def _call(self, *args: str, stdin: str = "") -> str:
        done = subprocess.run(
            [self.pulumi, *args],
            cwd=self.folder / "project",
            env=self.env,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_SECONDS,
        )
        if done.returncode:
            raise StoryError(f"pulumi {' '.join(args[:2])} failed:\n{done.stdout}")
        return done.stdout


class Runner:
    """The stack runner of ``pulumi_daily.testing``: the same program and provider, without the CLI."""

    SIGNS: ClassVar = {"create": "+", "delete": "-", "update": "~", "replace": "+-", "same": " "} | {
        "create-replacement": "++",
        "delete-replaced": "--",
    }

    def __init__(self, api_url: str, api_key: str) -> None:
        config: dict[str, str | int | float | bool | Secret] = {
            "daily:apiUrl": api_url,
            "daily:apiKey": Secret(api_key),
        }
        self.stack = Stack(PROGRAM, project=PROJECT, stack="demo", config=config, env=environment())

    def run(self, command: str) -> Outcome:
        try:
            result = getattr(self.stack, command)()
        except StackError as error:
            raise StoryError(str(error)) from None
        for step in result.steps:
            if step.op != "same":
                print(f" {self.SIGNS.get(step.op, step.op):<2} {step.type} {step.name} {step.op}")
        messages = "\n".join(result.messages())
        if messages:
            print("Diagnostics:\n" + textwrap.indent(messages, "    "))
        if command == "up":
            print("Outputs:")
            for name, value in sorted(result.outputs.items()):
                print(f"    {name:<15}: {value}")
        print("Resources:")
        for op, count in sorted(result.changes.items()):
            print(f"    {self.SIGNS.get(op, op):<2} {count} {op}")
        return Outcome(result.changes, messages)


def install(folder: Path, url: str = INSTALLER, seconds: float = INSTALL_SECONDS) -> str | None:
    """Install the CLI below ``folder`` and return its path; None if this fails or takes too long."""
    end = time.monotonic() + seconds
    script, root = folder / "install.sh", folder / "pulumi"
    try:
        with urllib.request.urlopen(url, timeout=min(5.0, seconds)) as answer:
            script.write_bytes(answer.read())
        process = subprocess.Popen(
            ["sh", str(script), "--no-edit-path", "--install-root", str(root)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        print(f"  no: {error}")
        return None
    try:
        code = process.wait(max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        print(f"  no: it took more than {seconds:.0f} seconds")
        return None
    found = root / "bin" / "pulumi"
    if code or not found.is_file():
        print(f"  no: the installer ended with {code}")
        return None
    return str(found)


def find_cli(folder: Path) -> str | None:
    """Return the path of the Pulumi CLI to use; None without one."""
    if os.environ.get("PULUMI_DAILY_NO_CLI"):
        return None
    found = shutil.which("pulumi") or shutil.which("pulumi", path=str(folder / "pulumi" / "bin"))
    if found or os.environ.get("PULUMI_DAILY_NO_INSTALL"):
        return found
    print(
        f"No pulumi on PATH. Trying {INSTALLER} for at most {INSTALL_SECONDS:.0f} seconds, into {folder / 'pulumi'} ..."
    )
    return install(folder)


class Story:
    """The steps and their expected results."""

    def __init__(self, engine: Engine, emulator: Emulator) -> None:
        self.engine, self.emulator = engine, emulator
        self.requests: list[tuple[str, Mapping[str, int]]] = []

    def step(self, title: str, command: str, expected: Mapping[str, int], says: tuple[str, ...] = ()) -> None:
        """Run ``command`` and check its changes (without unchanged resources) and its messages."""
        print(f"\n== {len(self.requests) + 1}. {title}: pulumi {command}\n", flush=True)
        self.emulator.clear_log()
        outcome = self.engine.run(command)
        self.requests.append((title, self.emulator.counts()))
        did = {op: count for op, count in outcome.changes.items() if op != "same" and count}
        if did != expected:
            raise StoryError(f"{title}: expected {dict(expected)}, got {did}")
        for text in says:
            if text not in outcome.messages:
                raise StoryError(f"{title}: {text!r} was not said, but: {outcome.messages!r}")
        print(f"-> as expected; requests to the API: {self._requests(self.requests[-1][1])}")

    def behind(self) -> None:
        """Change rooms as someone would in the dashboard."""
        print('\n== Meanwhile, in the dashboard: chat of room "standup" is switched off, room "townhall" is deleted')
        self.emulator.edit_room("standup", enable_chat=False)
        self.emulator.remove_room("townhall")

    def expect(self, what: str, truth: bool) -> None:
        if not truth:
            raise StoryError(f"not true on the server: {what}")
        print(f"-> on the server: {what}")

    def tell(self) -> None:
        # Five rooms and the stack itself.
        rooms = self.emulator.rooms
        drift = ('room "standup": enable_chat is false on Daily', 'room "townhall" is gone from Daily')
        self.step("What will be made", "preview", {"create": 6})
        self.expect("nothing was made by a preview", not rooms())
        self.step("Make it", "up", {"create": 6})
        self.expect("five rooms", len(rooms()) == 5)
        self.step("Nothing to do", "preview", {})
        self.behind()
        self.step("What was changed behind Pulumi's back", "preview", {"update": 1, "replace": 1}, drift)
        self.step("Repair it", "up", {"update": 1, "replace": 1}, drift)
        self.expect("chat is on again in standup", rooms()["standup"]["config"].get("enable_chat") is True)
        self.expect("townhall is back, guests knock", rooms()["townhall"]["config"].get("enable_knocking") is True)
        self.step("Remove everything", "destroy", {"delete": 6})
        self.expect("no room is left", not rooms())

    @staticmethod
    def _requests(counts: Mapping[str, int]) -> str:
        routes = ", ".join(f"{count} x {route}" for route, count in sorted(counts.items()))
        return f"{sum(counts.values())} ({routes})" if routes else "0"

    def summary(self) -> None:
        print("\nRequests to Daily's API:")
        for number, (title, counts) in enumerate(self.requests, 1):
            print(f"  {number}. {title:<40} {self._requests(counts)}")


def main(folder: Path) -> int:
    folder = folder.resolve()
    for name in ("home", "state", "project"):
        shutil.rmtree(folder / name, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["XDG_CACHE_HOME"] = str(folder / "home" / "cache")  # where the provider's processes share rate limits
    pulumi = find_cli(folder)
    with Emulator(domain_name="acme") as emulator:
        print(f"An emulator of Daily's API runs at {emulator.url}.")
        if pulumi:
            version = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=60).stdout.strip()
            how = f"the Pulumi CLI {version}"
        else:
            how = "the stack runner of pulumi_daily.testing (no Pulumi CLI)"
        print(f"The program examples/quickstart is run by {how}.")
        try:
            engine = (
                Cli(pulumi, folder, emulator.url, emulator.api_key)
                if pulumi
                else Runner(emulator.url, emulator.api_key)
            )
            story = Story(engine, emulator)
            story.tell()
        except StoryError as error:
            print(f"\nThe demo failed. {error}", file=sys.stderr)
            return 1
        story.summary()
    print(f"\nDone: every step did what it says, with {how}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".demo"))
