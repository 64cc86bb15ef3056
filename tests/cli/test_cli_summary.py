"""The summary of the CLI's own previews: the comment in docs/summary.md, a refresh, the stream of events, a failure."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from driver import Cli
from scenarios.pull_request import AFTER, BEFORE, change_on_daily

from pulumi_daily.cli import main
from pulumi_daily.emulator import Emulator

PAGE = Path(__file__).parents[2] / "docs" / "summary.md"


def summary(text: str, *options: str) -> tuple[int, str]:
    """Return the exit status and the summary of a preview."""
    result = CliRunner().invoke(main, ["summary", *options], input=text)
    return result.exit_code, result.stdout


def test_the_comment_in_the_page(cli: Cli, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.write(BEFORE)
    assert cli.run("up").ok
    clean = cli.call("preview", "--json").stdout
    assert summary(clean, "--exit-code") == (0, "### `scenarios/dev`: no changes\n")
    change_on_daily(emulator)
    assert summary(cli.call("preview", "--json").stdout, "--exit-code")[0] == 11
    cli.write(AFTER)
    [sample] = re.findall(r"```text\n(.*?)```\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    text = cli.call("preview", "--json", "--show-sames").stdout
    assert summary(text) == (0, sample)
    assert summary(text, "--max-deletes", "3.1%")[0] == 0
    assert summary(text, "--max-deletes", "3%")[0] == 3
    assert summary(text, "--protect-names", "leg*")[0] == 3
    assert _entries(cli.call("preview", "--json", "--refresh").stdout) == _entries(text)
    monkeypatch.setitem(cli.env, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW", "true")
    assert summary(cli.call("preview", "--json").stdout) == (0, sample)


def _entries(text: str) -> list[object]:
    """Return the objects of a summary without what a refresh says in other words."""
    objects = json.loads(summary(text, "--format", "json")[1])["stacks"][0]["objects"]
    return [{key: item[key] for key in ("action", "name", "resource", "deletes", "changes")} for item in objects]


def test_a_failed_preview(cli: Cli) -> None:
    cli.write("raise ValueError('no')")
    status, text = summary(cli.call("preview", "--json", ok=False).stdout)
    assert status == 1
    assert "the preview failed with 1 error" in text
    assert "ValueError: no" in text
    done = cli.call("preview", "--json", "--stack", "nosuch", ok=False)
    assert summary(done.stdout)[0] == 1
