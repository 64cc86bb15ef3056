"""The previews in docs/previews.md and in the README's picture are what the CLI prints.

``PULUMI_DAILY_RECORD=1`` writes them there; `make generate` then draws the picture.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from driver import Cli
from scenarios.model import HEAD
from scenarios.pull_request import AFTER, BEFORE, change_on_daily

from pulumi_daily.emulator import Emulator

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "previews.md"
PICTURE = DOCS / "images" / "drift-preview.ansi"
BLOCK = re.compile(r"```text\n(.*?)```\n", re.S)
SMALL = """
daily.Room("standup", name="standup", privacy="private", properties={"enable_chat": True})
daily.Room("townhall", name="townhall", properties={"max_participants": 100})
"""


def shown(text: str) -> str:
    """What a pull request shows: without times, ids and the line about the stack's URL."""
    text = re.sub(r"[0-9a-f]{16}(?=\])", "0123456789abcdef", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


def recorded(path: Path, text: str) -> str:
    """Return the text in the file, which is written first when recording."""
    if os.environ.get("PULUMI_DAILY_RECORD"):
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def test_the_picture_in_the_readme(cli: Cli, emulator: Emulator) -> None:
    cli.write(HEAD + SMALL)
    assert cli.run("up").ok
    emulator.edit_room("standup", enable_chat=False)
    cli.write(HEAD + SMALL.replace("100", "200"))
    printed = shown(cli.call("preview", "--diff", "--color", "always", "--suppress-progress").stdout)
    assert sorted(recorded(PICTURE, printed).splitlines()) == sorted(printed.splitlines())


def test_the_preview_in_the_docs(cli: Cli, emulator: Emulator) -> None:
    cli.write(BEFORE)
    assert cli.run("up").ok
    change_on_daily(emulator)
    cli.write(AFTER)
    printed = [
        shown(cli.call("preview", "--color", "never", "--suppress-progress", *more).stdout)
        for more in ((), ("--diff",))
    ]
    page = PAGE.read_text(encoding="utf-8")
    if os.environ.get("PULUMI_DAILY_RECORD"):
        texts = iter(printed)
        PAGE.write_text(BLOCK.sub(lambda _: f"```text\n{next(texts)}```\n", page), encoding="utf-8")
    else:
        # Pulumi looks at several resources at once: their order differs from run to run.
        assert [sorted(block.splitlines()) for block in BLOCK.findall(page)] == [
            sorted(p.splitlines()) for p in printed
        ]
