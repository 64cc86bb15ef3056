"""Texts from the server on the real CLI's console: no command to a terminal, none to a CI runner."""

from __future__ import annotations

import re

from driver import Cli
from scenarios.model import HEAD

from pulumi_daily.emulator import Emulator

HOSTILE = (
    "en\x1b[31m\x1b]0;title\x07\r\n::set-output name=x::y\n::error::no\r\x1b[0Ksection_start:1:x\r\n##[error]z "
    "##vso[task.complete]\u202e\u200b\0**bold**<b>"
)
PROGRAM = HEAD + 'room = daily.Room("standup", name="standup", properties={"lang": "de"})\n'


def assert_harmless(text: str) -> None:
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e]", text.replace("\r\n", "\n"))
    assert not re.search(r"^\s*(::(set-output|error)|section_start)", text, re.MULTILINE)
    assert not re.search(r"##(vso)?\[", text)


def test_texts_of_the_server_do_nothing_on_the_console(cli: Cli, emulator: Emulator) -> None:
    """Not with `refresh --diff`: there Pulumi itself shows values as they are (docs/security.md)."""
    cli.write(PROGRAM)
    assert cli.run("up").ok
    emulator.edit_room("standup", lang="\u202e##vso[x]\u200b\0")
    assert cli.run("preview", options=["--diff"]).ok
    assert any("lang is" in line for line in cli.console)
    emulator.edit_room("standup", lang=HOSTILE)
    assert cli.run("preview", options=["--diff"]).ok
    assert cli.run("refresh").ok
    emulator.fail("POST /rooms/:name", 400, times=None, body={"error": HOSTILE, "info": HOSTILE})
    report = cli.run("up")
    assert not report.ok
    assert "set-output" in report.errors
    assert_harmless("\n".join(cli.console))
