"""`pulumi-daily import` and `pulumi import` of a domain with a thousand rooms, and of a second account."""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
from domains import PASSWORD, fill, new_seed, random_rooms
from driver import Cli
from scenarios.model import EU_DOMAIN, EU_KEY

from pulumi_daily.emulator import Emulator

ROOMS = 1000
FEWER_LINES = 8185 // 3
"""A third of what a declaration for each room took."""
SECONDS = 300.0
OBJECTS = 8
"""Objects of `fill` that are no rooms."""
AT_ONCE = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""With a checkpoint after each resource, the file backend writes the state a thousand times."""


def shell(cli: Cli, command: str) -> str:
    """Run a command in the project, and return what it printed."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=cli.work,
        env=cli.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    cli.console += [done.stdout, done.stderr]
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


def writes(emulator: Emulator) -> list[str]:
    return [f"{one.method} {one.path}" for one in emulator.requests if one.method != "GET"]


def test_a_thousand_rooms(cli: Cli, emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    rooms = random_rooms(new_seed(), ROOMS)
    fill(emulator, rooms)
    cli.env |= AT_ONCE
    emulator.clear_log()
    times = [time.monotonic()]
    shell(cli, "pulumi-daily import --everything --program __main__.py --force")
    times.append(time.monotonic())
    shell(cli, "pulumi import --file import.json --generate-code=false --protect=false --yes --skip-preview")
    times.append(time.monotonic())
    report = cli.run("preview")
    times.append(time.monotonic())
    assert report.ok, report.errors
    assert report.changes == {"same": ROOMS + OBJECTS + 1}
    assert writes(emulator) == []
    lines = (cli.work / "__main__.py").read_text("utf-8").count("\n")
    assert lines < FEWER_LINES
    secrets = ("canary", PASSWORD)
    texts = "".join(path.read_text("utf-8") for path in (cli.work / "__main__.py", cli.work / "import.json"))
    assert not [secret for secret in secrets if secret in texts + "".join(cli.console)]
    took = ", ".join(f"{after - before:.0f} s" for before, after in itertools.pairwise(times))
    with capsys.disabled():
        text = f"{ROOMS} rooms: {lines} lines; import, pulumi import, preview: {took}; {emulator.count()} requests"
        sys.stdout.write(f"\n{text}\n")


def killed_after(cli: Cli, lines: int, command: list[str]) -> None:
    """Run a command, and kill it and its processes when it has printed that something was imported so many times."""
    with subprocess.Popen(
        command, cwd=cli.work, env=cli.env, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        too_late = threading.Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        too_late.start()
        for line in process.stdout:
            lines -= " imported" in line
            if lines <= 0:
                break
        too_late.cancel()
        os.killpg(process.pid, signal.SIGKILL)
    assert lines <= 0


def test_an_import_that_is_killed_and_run_again_through_a_pipe(cli: Cli, emulator: Emulator) -> None:
    fill(emulator, random_rooms(new_seed(), 20))
    emulator.clear_log()
    shell(cli, "pulumi-daily import --everything --program __main__.py --split --force")
    options = ["--generate-code=false", "--protect=false", "--yes", "--skip-preview"]
    killed_after(cli, 5, ["pulumi", "import", "--file", "import.json", *options])
    cli.call("cancel", "--yes")
    pipe = f"| pulumi import --file /dev/stdin {' '.join(options)}"
    again = shell(cli, f"pulumi-daily import --everything --program __main__.py --split --force --out - {pipe}")
    assert re.search(r"= \d+ imported\n +\d+ unchanged", again)
    report = cli.run("preview")
    assert report.ok, report.errors
    assert set(report.changes) == {"same"}
    assert "no differences" in shell(cli, "pulumi-daily import --check")
    assert writes(emulator) == []


def test_a_second_account(cli: Cli, emulator: Emulator) -> None:
    for name in ("a", "b", "c"):
        emulator.add_room(name, domain=EU_DOMAIN, privacy="private", enable_chat=True)
    emulator.clear_log()
    cli.env |= {**AT_ONCE, "DAILY_API_URL": emulator.url}
    cli.configure("euApiKey", EU_KEY, secret=True)
    shell(cli, "pulumi-daily import --everything --provider eu --program __main__.py --force")
    assert (cli.work / "__main__.py").read_text("utf-8").count(f'domain="{EU_DOMAIN}"') == 1
    shell(cli, "pulumi up --yes --skip-preview --target '**pulumi:providers:pulumi-python::eu'")
    shell(cli, "pulumi import --file import.json --generate-code=false --protect=false --yes --skip-preview")
    report = cli.run("preview")
    assert report.ok, report.errors
    assert set(report.changes) == {"same"}
    shell(cli, "pulumi-daily import --check --provider eu")
    assert writes(emulator) == []
    assert EU_KEY not in "".join(cli.console)
