"""What releases have left: the state of a stack, its program and the Daily account, as files of tests/laws/released.

``tests/cli/test_cli_released_states.py`` records such a file with the Pulumi CLI, for the version of this checkout.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi_daily.emulator import Emulator
from pulumi_daily.emulator._saved import parsed, restore, saved

FOLDER = Path(__file__).with_name("released")
KEY = "released-key-" + "4" * 51
DOMAIN = "released"
URL = "http://daily.invalid/v1"
"""Stands in the files for the emulator's address."""
DAYS = 20.0
"""Phone numbers cannot be released in their first days."""
TYPE = "pulumi-python:dynamic/daily:"

PROGRAM = """
import pulumi
from pulumi import Alias, ResourceOptions
import pulumi_daily as daily

HOOK = "https://example.com/events"
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="
full = daily.Room("full", name="full", privacy="private", adopt_existing=True, properties={
    "enable_chat": True, "lang": "de", "max_participants": 12, "permissions": {"canSend": ["audio", "video"]},
    "sip": {"display_name": "x", "sip_mode": "dial-in", "num_endpoints": 2, "video": False}},
    extra_properties={"enable_knocking": True})
daily.Room("auto", opts=ResourceOptions(aliases=[Alias(name="former")], retain_on_delete=True,
    ignore_changes=["properties.lang"], replace_on_changes=["privacy"]))
daily.Room("secret", name="secret", properties={"lang": pulumi.Output.secret("fr")})
daily.Room.get("reading", "theirs")
daily.RoomSet("set", adopt_existing=True, defaults={"privacy": "private", "properties": {"enable_chat": True}}, rooms={
    "math-1": {}, "math-2": {"privacy": "public", "properties": {"lang": "de", "start_video_off": False}},
    "math-3": {"properties": {"sip": {"display_name": "x", "sip_mode": "dial-in", "num_endpoints": 2}}}})
daily.DomainConfig("domain", adopt_existing=True, on_destroy="reset", properties={
    "lang": "de", "enable_people_ui": False}, extra_properties={"enable_network_ui": True})
daily.Webhook("hook", url=HOOK, event_types=["meeting.started"], retry_type="exponential", hmac=SECRET,
    basic_auth="dXNlcjpwYXNz", adopt_existing=True)
found = daily.PhoneNumber("found", search={"region": "NY"}, adopt_existing=True)
number = daily.PhoneNumber("number", number="+18055550100")
daily.DialinConfig("pinless", type="pinless_dialin", phone_number=number.number, name_prefix="calls", hmac=SECRET,
    room_creation_api="https://example.com/calls", hold_music_url="https://example.com/music.mp3",
    timeout_config={"message": "Later"}, adopt_existing=True)
daily.DialinConfig("pin", type="pin_dialin", phone_number=found.number, ivr_greeting={"message": "Hello"})
daily.SipTrunk("trunk", trunk_name="support", description="Support", room_template={"enable_chat": True}, enabled=True,
    notification={"webhook_url": HOOK}, credential_version="1", hmac_version="1", adopt_existing=True, trunk_config={
        "allowed_ips": ["203.0.113.0/24"], "credential": {"username": "carrier", "password": "carrier-pass-1"}})
daily.SipClient("desk", username="desk.1")
daily.SipClient("pbx", username="pbx", password="another-pass-1", password_version="1", adopt_existing=True)
daily.MeetingToken("token", properties={"room_name": full.name, "is_owner": True})
daily.MeetingToken("signed", properties={"room_name": full.name}, self_signed=True, domain_id="DOMAIN_ID")
"""
"""Every kind, with every input, every output and every hidden key that does not depend on the time of day.

What expires within days is in ``released_states.json``, whose tests have a clock of their own.
"""


def new_emulator() -> Emulator:
    """Return an emulator with objects that the program takes over or reads; not started."""
    emulator = Emulator(DOMAIN, KEY, rate_limits=False, record_bodies=True, seed=1)
    emulator.add_room("full", lang="en")
    emulator.add_room("theirs", enable_chat=True)
    return emulator


def program(emulator: Emulator) -> str:
    """Return the program for the domain of an emulator."""
    return PROGRAM.lstrip().replace("DOMAIN_ID", emulator.domain_id)


def write(version: str, emulator: Emulator, deployment: Mapping[str, Any]) -> None:
    """Write the file of a version from an emulator and from ``pulumi stack export --show-secrets``."""
    kept = {key: value for key, value in deployment.items() if key != "manifest"}
    kept["manifest"] = {key: deployment["manifest"][key] for key in ("time", "magic", "version")}
    dropped = ("created", "modified", "sourcePosition", "stackTrace")
    kept["resources"] = [{k: v for k, v in one.items() if k not in dropped} for one in deployment["resources"]]
    data = {"daily": json.loads(saved(emulator)), "deployment": kept, "program": program(emulator)}
    text = json.dumps(data, indent=1, sort_keys=True).replace(emulator.url, URL)
    (FOLDER / f"{version}.json").write_text(text + "\n", encoding="utf-8")


def releases() -> list[str]:
    """Return the versions that have a file."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def loaded(version: str) -> dict[str, Any]:
    """Return the content of a file: ``program``, ``deployment`` and ``daily``."""
    found: dict[str, Any] = json.loads((FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    return found


def resources(deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the resources of this package in a deployment."""
    return [one for one in deployment["resources"] if one["type"].startswith(TYPE)]


@contextmanager
def left_by(version: str) -> Iterator[tuple[Emulator, dict[str, Any]]]:
    """Yield a running emulator with the account as a release left it, and the file with the emulator's address."""
    data = loaded(version)
    emulator = Emulator(DOMAIN, KEY, rate_limits=False, record_bodies=True)
    restore(emulator, parsed(json.dumps(data["daily"]).encode()))
    with emulator:
        yield emulator, json.loads(json.dumps(data).replace(URL, emulator.url))
