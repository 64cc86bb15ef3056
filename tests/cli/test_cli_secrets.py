"""Every secret of every kind of object on the real CLI: in no file, no line of the console and no log in clear.

The program marks nothing as a secret: the package does.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import canaries
import pytest
from canaries import BASIC_AUTH, CARRIER, CLIENT, GIVEN, HMAC, STREAM, made, settle_switches
from driver import Cli
from scenarios.model import KEY

from pulumi_daily.emulator import Emulator

PROGRAM = f"{Path(canaries.__file__).read_text(encoding='utf-8')}\nprogram()\n"
LOUD = ("--debug", "--diff", "-v=3", "--logtostderr")


class Search:
    """All secrets that were seen so far, and the places where they are searched."""

    def __init__(self, cli: Cli, emulator: Emulator) -> None:
        self.cli, self.emulator = cli, emulator
        self.secrets = {*GIVEN, KEY}

    def places(self) -> Iterator[tuple[str, str]]:
        cli = self.cli
        yield "console", "\n".join(cli.console)
        yield "requests", str(self.emulator.requests)
        for folder in (cli.backend, cli.work, Path(os.environ["XDG_CACHE_HOME"])):
            for path in folder.rglob("*"):
                if path.is_file() and path.name != "__main__.py":
                    yield str(path), path.read_bytes().decode("utf-8", "replace")
        if cli.events.exists():
            yield "events", cli.events.read_text(encoding="utf-8")

    def clean(self) -> None:
        """Fail if a secret is anywhere in clear."""
        shown = subprocess.run(
            ["pulumi", "stack", "export", "--show-secrets"],
            cwd=self.cli.work,
            env=self.cli.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        self.secrets |= made(self.emulator) | set(re.findall(r"eyJ[A-Za-z0-9_.-]+", shown.stdout))
        exported = self.cli.call("stack", "export").stdout
        assert '"deployment"' in exported
        found = {
            (where, secret)
            for where, text in self.places()
            for secret in self.secrets
            if secret in text or json.dumps(secret)[1:-1] in text
        }
        assert not found


def test_no_secret_of_any_kind_is_in_clear(cli: Cli, emulator: Emulator) -> None:
    settle_switches(emulator)
    search = Search(cli, emulator)
    cli.env["PULUMI_EXPERIMENTAL"] = "true"
    cli.write(PROGRAM)
    assert cli.run("preview", options=[*LOUD, "--save-plan", "plan.json"]).ok
    assert "canary" not in (cli.work / "plan.json").read_text(encoding="utf-8")
    cli.call("preview", "--json")
    search.clean()

    emulator.fail("POST /sip-clients", 400, times=1)
    assert cli.run("up", options=LOUD).ok is False
    search.clean()
    assert cli.run("up", options=LOUD).ok
    search.clean()
    assert any(secret.startswith("eyJ") for secret in search.secrets)

    emulator.edit_room("live", streaming_endpoints=[canaries.endpoint("room", "evil.example")])
    assert cli.run("refresh", options=LOUD).ok
    search.clean()
    cli.call("preview", "--json", "--diff")
    cli.call("stack", "output", "--json")
    cli.call("config")
    search.clean()

    out, code = cli.work / "import.json", cli.work / "imported.py"
    pulumi_daily = Path(sys.executable).with_name("pulumi-daily")
    done = subprocess.run(
        [pulumi_daily, "import", "--everything", "--out", str(out), "--program", str(code)],
        env=cli.env | {"DAILY_API_KEY": KEY, "DAILY_API_URL": emulator.url},
        cwd=cli.folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    cli.console += [done.stdout, done.stderr]
    assert done.returncode == 0, done.stdout + done.stderr
    assert "resources" in out.read_text(encoding="utf-8")
    search.clean()
    assert cli.run("destroy", options=LOUD).ok
    search.clean()


WRONG = """
import pulumi_daily as daily
daily.Webhook("hook", url="https://example.com", event_types=["meeting.started"], hmac="canary!", basic_auth=["canary"])
"""


@pytest.mark.parametrize("door", ["cli", "native"])
def test_a_wrong_secret_is_not_printed(door: str, request: pytest.FixtureRequest) -> None:
    """Pulumi prints the value of a property that a check names, in clear: so checks name none."""
    runner: Cli = request.getfixturevalue(door)
    runner.write(WRONG)
    report = runner.run("preview")
    assert not report.ok
    assert "has a problem: hmac: must be base64 text" in report.errors
    assert re.search("has a problem: basic_?auth: must be text", report.errors, re.IGNORECASE)
    assert "canary" not in "".join(runner.console) + report.errors


def test_an_error_that_quotes_what_was_sent_shows_no_secret(cli: Cli, emulator: Emulator) -> None:
    """Alone, without the address, in base64 or cut off."""
    settle_switches(emulator)
    quoted = {
        "rooms": STREAM["room"][:-4],
        "batch/rooms": f"{STREAM['set']}.",
        "webhooks": f"hmac={HMAC['hook']} basic:{BASIC_AUTH} {base64.b64decode(BASIC_AUTH).decode()}",
        "sip-trunk": f"{STREAM['trunk']} {CARRIER} {HMAC['trunk']}",
        "sip-clients": base64.b64encode(f"desk.1:{CLIENT}".encode()).decode(),
        "domain-dialin-config": quote(HMAC["dialin"], safe=""),
    }
    for route, secret in quoted.items():
        info = f"::error::cannot use {secret}\x1b[31m\n::set-output name=x::y"
        emulator.fail(f"POST /{route}", 400, times=None, body={"error": "invalid-request-error", "info": info})
    search = Search(cli, emulator)
    # Those that give no secret would be told secrets of others.
    cli.write(
        PROGRAM.replace(
            "\nprogram()\n", '\nfor name in [n for n in INPUTS if "made" in n]:\n    del INPUTS[name]\nprogram()\n'
        )
    )
    report = cli.run("up", options=["--continue-on-error", *LOUD])
    assert not report.ok
    assert "cannot use" in report.errors
    printed = "\n".join(cli.console)
    assert "\x1b[31m" not in printed
    assert not re.search(r"^\s*::(error|set-output)", printed, re.MULTILINE)
    search.clean()
    decoded = base64.b64decode(BASIC_AUTH).decode()
    assert not [secret for secret in (STREAM["room"][:-4], decoded, *quoted.values()) if secret in printed]
