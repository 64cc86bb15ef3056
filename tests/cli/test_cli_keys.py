"""The API key occurs nowhere in clear, and a new key is taken up."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from driver import PASSPHRASE, Cli
from scenarios.model import EU_KEY, HEAD, KEY, NEXT_KEY
from scenarios.play import use_key

from pulumi_daily.emulator import Emulator

PROGRAM = (
    HEAD
    + """
eu = daily.Provider("eu", api_key=pulumi.Config().require_secret("euKey"),
                    api_url=pulumi.Config("daily").require("apiUrl"), debug=True)
standup = daily.Room("standup", name="standup", properties={"enable_chat": True})
daily.Room("eu-room", name="standup", opts=pulumi.ResourceOptions(provider=eu))
pulumi.export("room", standup)
"""
)


def texts_of(cli: Cli) -> Iterator[tuple[str, str]]:
    """All that the CLI printed, and all files that it left in the project and the backend."""
    yield "console", "\n".join(cli.console)
    for path in sorted((*cli.backend.rglob("*"), *cli.work.rglob("*"), cli.events)):
        if path.is_file():
            yield str(path.relative_to(cli.folder)), path.read_bytes().decode("utf-8", "replace")


def assert_no_key(cli: Cli) -> None:
    keys = (KEY, EU_KEY, NEXT_KEY)
    found = [where for where, text in texts_of(cli) if any(key in text for key in keys)]
    assert not found, f"an API key is in clear in: {found}"


def test_nowhere_in_clear_whatever_happens(cli: Cli, emulator: Emulator) -> None:
    cli.write(PROGRAM)
    cli.configure("daily:debug", "true", secret=False)
    debug = ["--debug", "--diff", "--show-config"]
    assert cli.run("preview", options=debug).ok
    emulator.drop("POST /rooms", times=1)
    assert cli.run("up", options=["--debug", "--diff"]).ok
    emulator.edit_room("standup", enable_chat=False)
    assert cli.run("refresh", options=["--debug", "--diff"]).ok
    state = cli.call("stack", "export").stdout
    assert '"ciphertext"' in state
    assert '"daily:apiKey"' in state
    cli.call("stack", "output", "--json")
    cli.call("config")

    use_key(emulator, KEY, NEXT_KEY)
    refused = cli.run("preview", options=["--debug"])
    assert not refused.ok
    assert "401" in refused.errors
    use_key(emulator, NEXT_KEY, KEY)

    emulator.add_room("taken")
    cli.write(PROGRAM + 'daily.Room("other", name="taken")\n')
    taken = cli.run("up", options=["--debug"])
    assert not taken.ok
    assert "exists on Daily already" in taken.errors
    assert cli.run("destroy", options=["--debug"]).ok
    assert_no_key(cli)


def test_the_check_can_fail(cli: Cli, emulator: Emulator) -> None:
    """What is asked for in clear is found: the search above is not blind."""
    shown = cli.call("config", "get", "daily:apiKey").stdout
    assert KEY in shown
    with pytest.raises(AssertionError, match="console"):
        assert_no_key(cli)


def test_missing_key_is_one_readable_error(cli: Cli, emulator: Emulator) -> None:
    cli.call("config", "rm", "daily:apiKey")
    cli.write(PROGRAM.replace("debug=True", "debug=False"))
    report = cli.run("up")
    assert not report.ok
    assert "no Daily API key is configured" in report.errors
    assert "pulumi config set --secret daily:apiKey" in report.errors
    assert "Traceback" not in report.errors


def test_a_key_in_clear_is_a_warning(cli: Cli, emulator: Emulator) -> None:
    cli.configure("daily:apiKey", KEY, secret=False)
    cli.write(HEAD + 'daily.Room("standup", name="standup")\n')
    report = cli.run("preview")
    assert report.ok
    assert any("daily:apiKey is stored in clear text" in line for line in report.warnings), report.warnings


def test_new_key_with_the_program_run(cli: Cli, emulator: Emulator) -> None:
    """Refresh and destroy take the recorded key, unless the program is run (Pulumi's rule)."""
    cli.write(HEAD + 'daily.Room("standup", name="standup")\n')
    assert cli.run("up").ok
    use_key(emulator, KEY, NEXT_KEY)
    cli.configure("daily:apiKey", NEXT_KEY, secret=True)
    assert cli.run("refresh", run_program=True).ok
    assert cli.run("destroy", run_program=True).ok
    assert not emulator.rooms()


def test_the_passphrase_is_needed(cli: Cli, emulator: Emulator) -> None:
    """The key is really encrypted: without the passphrase, nothing works."""
    assert PASSPHRASE
    cli.write(HEAD + 'daily.Room("standup", name="standup")\n')
    cli.env["PULUMI_CONFIG_PASSPHRASE"] = "another one"
    done: subprocess.CompletedProcess[str] = cli.call("preview", ok=False)
    assert done.returncode
    assert "incorrect passphrase" in done.stdout + done.stderr
