"""A stack that a release has deployed, as its state file is: this version finds nothing to do, reads and deletes it.

``PULUMI_DAILY_RECORD=1`` records the file of this checkout's version first (docs/releasing.md).
"""

from __future__ import annotations

import importlib.metadata
import json
import os
from pathlib import Path

import pytest
import released
from driver import Cli

VERSION = importlib.metadata.version("pulumi-daily")
CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"


@pytest.mark.skipif(not os.environ.get("PULUMI_DAILY_RECORD"), reason="PULUMI_DAILY_RECORD is not set")
def test_record_the_state_of_this_version(home: Path, tmp_path: Path) -> None:
    assert f"## [{VERSION}]" not in CHANGELOG.read_text(encoding="utf-8"), f"{VERSION} is released: its file stays"
    cli = Cli(tmp_path, home)
    with released.new_emulator() as emulator:
        # As with Daily, so that the states have times of creation.
        cli.init({"daily:apiUrl": emulator.url, "daily:readLag": "10"}, {"daily:apiKey": released.KEY})
        cli.write(released.program(emulator))
        report = cli.run("up")
        assert report.ok, report.errors
        [identity] = emulator.objects("webhooks")
        emulator.edit("webhooks", identity, lastMomentPushed=emulator.clock.now())
        assert cli.run("refresh").ok
        report = cli.run("preview")
        assert set(report.changes) == {"same"}, report
        exported = json.loads(cli.call("stack", "export", "--show-secrets").stdout)
        released.write(VERSION, emulator, exported["deployment"])


@pytest.mark.parametrize("version", released.releases())
def test_a_released_state_in_the_cli(version: str, home: Path, tmp_path: Path) -> None:
    cli = Cli(tmp_path, home)
    with released.left_by(version) as (emulator, data):
        cli.init({"daily:apiUrl": emulator.url}, {"daily:apiKey": released.KEY})
        file = tmp_path / "state.json"
        file.write_text(json.dumps({"version": 3, "deployment": data["deployment"]}), encoding="utf-8")
        cli.call("stack", "import", "--file", str(file))
        cli.write(data["program"])
        for refresh in (False, True):
            report = cli.run("preview", refresh=refresh)
            assert report.ok, report.errors
            assert set(report.changes) == {"same"}, report
        assert cli.run("refresh").ok
        report = cli.run("up")
        assert set(report.changes) == {"same"}, report
        emulator.clock.advance(released.DAYS * 86400)
        report = cli.run("destroy")
        assert report.ok, report.errors
        kept = {one["id"] for one in data["deployment"]["resources"] if one.get("retainOnDelete")}
        assert set(emulator.rooms()) == {"theirs", *kept}
        kinds = ("webhooks", "dialin_configs", "phone_numbers", "sip_trunks", "sip_clients")
        assert not any(emulator.objects(kind) for kind in kinds)
