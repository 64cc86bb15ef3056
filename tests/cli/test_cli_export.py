"""What the test kit exports with its secrets is a state that ``pulumi stack import`` takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driver import PASSPHRASE, Cli

from pulumi_daily.testing import Secret, Stack

PROGRAM = "import pulumi\npulumi.export('word', pulumi.Config().require_secret('word'))\n"


@pytest.mark.parametrize("salt", ["of the stack file", "of the test kit"])
def test_an_export_is_imported(cli: Cli, tmp_path: Path, salt: str) -> None:
    cli.write(PROGRAM)
    if salt == "of the test kit":
        for file in cli.work.glob("Pulumi.*.yaml"):
            file.rename(file.with_suffix(".moved"))
    with Stack(cli.work, config={"word": Secret("canary-of-the-export")}) as stack:
        stack.up()
        file = tmp_path / "export.json"
        file.write_text(json.dumps(stack.export(show_secrets=True)), encoding="utf-8")
    for moved in cli.work.glob("*.moved"):
        moved.rename(moved.with_suffix(".yaml"))
    # The test kit's own salt is that of an empty passphrase.
    cli.env["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE if salt == "of the stack file" else ""
    cli.call("stack", "import", "--file", str(file))
    assert "canary-of-the-export" not in cli.state_text()
    exported = cli.call("stack", "output", "--show-secrets", "--json").stdout
    assert json.loads(exported) == {"word": "canary-of-the-export"}
