"""examples/policies with the real CLI: what a preview reports, what stops it, and what is never printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from driver import Cli
from native_driver import NativeCli

from pulumi_daily.summary import read, summarize

pytest.importorskip("pulumi_policy")

PACK = Path(__file__).resolve().parents[2] / "examples" / "policies"
CANARY = "canary-4711"

PROGRAM = f"""
import time

import pulumi
import pulumi_daily as daily

soon = int(time.time()) + 3600
bucket = {{"bucket_name": pulumi.Output.secret("{CANARY}"), "bucket_region": "us-east-1",
    "assume_role_arn": "arn:aws:iam::123456789012:role/x"}}
daily.Room("open", name="open", privacy="public", properties={{"exp": soon}})
daily.RoomSet("set", defaults={{"privacy": "private", "properties": {{"exp": soon}}}}, rooms={{
    "b": {{"privacy": "public", "properties": {{"enable_recording": "cloud"}}}},
    "c": {{"properties": {{"enable_recording": "cloud", "recordings_bucket": bucket}}}},
}})
first = daily.Room("first", name="first", privacy="private", properties={{"exp": soon + 3 * 86400}})
# Not known in the first preview.
daily.Room("later", name="later", privacy=first.room_id.apply(lambda _: "private"),
    properties=first.room_id.apply(lambda _: {{"exp": soon, "enable_recording": "cloud"}}))
daily.Webhook("hook", url="http://hooks.example.com/{CANARY}", event_types=["meeting.started"])
"""

PROBE = """
from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy

def validate(args, report):
    rooms = sorted(one.name for one in args.resources if "daily:Room" in one.resource_type)
    report(f"seen: {rooms} {args.stack_tags}")

PolicyPack("probe", [StackValidationPolicy("seen", "What a policy sees.", validate, EnforcementLevel.ADVISORY)])
"""


def previewed(cli: Cli, pack: Path, **config: Any) -> tuple[int, str]:
    """Preview with a pack and its settings; return the exit code and what was printed."""
    path = cli.folder / "policies.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    options = ["--policy-pack", str(pack), "--policy-pack-config", str(path), "--color", "never", "--suppress-progress"]
    done = cli.call("preview", *options, ok=False)
    return done.returncode, done.stdout + done.stderr


def violations(said: str) -> dict[tuple[str, str], list[str]]:
    """Return the texts by policy and resource."""
    found: dict[tuple[str, str], list[str]] = {}
    pattern = r"^ +- \[\w+\]  (\S+)  \((?:.*: )?([^:)]+)\)\n.*\n +(.*)$"
    for policy, resource, text in re.findall(pattern, said, re.MULTILINE):
        found.setdefault((policy, resource), []).append(text)
    return found


BROKEN = {
    ("private-rooms", "open"): ["the room is public: set privacy to private, or add its name to exceptNames"],
    ("private-rooms", "set"): ["room 'b' is public: set privacy to private, or add its name to exceptNames"],
    ("recordings-in-our-bucket", "set"): [
        "room 'b' allows recordings that are not stored in our bucket: set recordings_bucket",
        "room 'c' records to a bucket that is not in buckets",
    ],
    ("https-only", "hook"): ["url does not begin with https://"],
}


def test_resources_of_the_plugin_break_the_same_rules(native: NativeCli) -> None:
    native.write(PROGRAM)
    code, said = previewed(native, PACK)
    assert code != 0
    assert violations(said) == BROKEN
    assert CANARY not in said
    assert "can't run policy" not in said


def test_what_a_preview_reports_and_how_settings_change_it(cli: Cli, emulator: Any) -> None:
    cli.write(PROGRAM)
    code, said = previewed(cli, PACK)
    assert code != 0
    assert violations(said) == BROKEN
    assert CANARY not in said
    assert "can't run policy" not in said
    assert emulator.rooms() == {}

    # The document of `--json` has no violations, the events have.
    cli.env = {**cli.env, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
    done = cli.call("preview", "--json", "--policy-pack", str(PACK), ok=False)
    del cli.env["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"]
    told = summarize(read(done.stdout))
    assert told.status == "failed"
    assert any("policy https-only" in text and "does not begin with https://" in text for text in told.errors)
    assert any(text.startswith("open: policy private-rooms: ") for text in told.warnings)

    code, said = previewed(
        cli,
        PACK,
        **{
            "private-rooms": {"exceptNames": ["o*"]},
            "no-public-rooms-in-production": {"stacks": ["dev"]},
            "recordings-in-our-bucket": {"buckets": [CANARY], "domainBucket": True},
            "rooms-expire": {"maxDays": 2, "names": ["first"]},
            "https-only": "advisory",
        },
    )
    assert code != 0
    assert set(violations(said)) == {
        ("private-rooms", "set"),
        ("no-public-rooms-in-production", "open"),
        ("no-public-rooms-in-production", "set"),
        ("rooms-expire", "first"),
        ("https-only", "hook"),
    }
    assert CANARY not in said

    code, said = previewed(cli, PACK, all="advisory")
    assert code == 0, said
    code, said = previewed(cli, PACK, **{"rooms-expire": {"maxDays": "many"}})
    assert code != 0
    assert "maxDays" in said


def test_a_policy_sees_no_deletions(cli: Cli, emulator: Any, tmp_path: Path) -> None:
    """Which is why the limit of deletions is an option of `pulumi-daily summary` and no rule of the pack."""
    pack = tmp_path / "probe"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n", encoding="utf-8")
    (pack / "__main__.py").write_text(PROBE, encoding="utf-8")
    rooms = "import pulumi_daily as daily\nfor name in {}: daily.Room(name, name=name, privacy='private')\n"
    cli.write(rooms.format(["a", "b", "c"]))
    assert cli.run("up").ok
    cli.write(rooms.format(["a"]))
    code, said = previewed(cli, pack)
    assert code == 0
    assert "- 2 to delete" in said
    assert "seen: ['a']" in said
    done = cli.call("destroy", "--preview-only", "--policy-pack", str(pack), "--color", "never", ok=False)
    assert "seen:" not in done.stdout + done.stderr
