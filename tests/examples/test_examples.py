"""Every example runs: up, an empty preview, a refresh that finds nothing, destroy. There is one for each resource."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pulumi_daily.emulator import Emulator
from pulumi_daily.providers import PROVIDERS
from pulumi_daily.testing import Secret

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FOLDERS = sorted(
    path.parent.name for path in EXAMPLES.glob("*/__main__.py") if not (path.parent / "PulumiPolicy.yaml").exists()
)
IN_THE_ROOT = "quickstart"
"""Its Pulumi.yaml is that of the whole project."""

HOOK = "https://example.com/daily"
"""Not on this machine: the emulator takes its test calls as answered."""

CANARY = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmFyeQ=="

CONFIG: Mapping[str, Mapping[str, Any]] = {
    "dialin_config": {"callsUrl": HOOK, "hmac": Secret(CANARY)},
    "phone_number": {"areacode": "415"},
    "room": {"rtmpUrl": Secret(f"rtmp://live.example.com/{CANARY}")},
    "sip_trunk": {"notifyUrl": HOOK, "carrierPassword": Secret(f"1{CANARY}")},
    "webhook": {"url": HOOK, "hmac": Secret(CANARY)},
}
"""What an example needs to be told."""

KINDS = ("webhooks", "dialin_configs", "phone_numbers", "sip_trunks", "sip_clients")


def project(folder: str) -> str:
    path = EXAMPLES / folder / "Pulumi.yaml"
    found = re.search(r"^name: (\S+)$", path.read_text("utf-8"), re.MULTILINE) if path.is_file() else None
    return found[1] if found else folder


def left(emulator: Emulator) -> dict[str, Any]:
    """What the account has."""
    with emulator.backend.lock:
        settings = dict(emulator.backend.domain().properties)
    return {"rooms": emulator.rooms(), "settings": settings, **{kind: emulator.objects(kind) for kind in KINDS}}


@pytest.mark.parametrize("folder", FOLDERS)
def test_its_life(folder: str, daily_stack: Any, daily_emulator: Emulator) -> None:
    config = {f"{project(folder)}:{key}": value for key, value in CONFIG.get(folder, {}).items()}
    stack = daily_stack(EXAMPLES / folder, config=config)
    before = left(daily_emulator)
    assert not any(before.values())
    assert not stack.preview().messages("error")
    assert left(daily_emulator) == before
    made = stack.up()
    assert not made.messages("warning")
    assert made.changes["create"] > 1  # the stack itself is one
    assert any(left(daily_emulator).values())
    assert not stack.preview().has_changes
    assert not stack.preview(refresh=True).has_changes
    assert CANARY not in json.dumps(stack.export())
    assert CANARY not in repr(stack.outputs)
    # Daily keeps a phone number for 14 days.
    daily_emulator.clock.advance(15 * 86400)
    stack.destroy()
    assert left(daily_emulator) == before


@pytest.mark.parametrize("kind", [provider.spec.kind for provider in PROVIDERS])
def test_there_is_one_for_each_resource(kind: str) -> None:
    folder = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
    assert folder in FOLDERS, f"examples/{folder} is missing"
    assert f"daily.{kind}(" in (EXAMPLES / folder / "__main__.py").read_text("utf-8")


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_is_a_project_and_says_what_it_must_be_told(folder: str) -> None:
    program = (EXAMPLES / folder / "__main__.py").read_text("utf-8")
    assert program.startswith('"""')
    if folder != IN_THE_ROOT:
        assert project(folder) == f"daily-{folder.replace('_', '-')}"
    introduction = program.split('"""')[1]
    for key, value in CONFIG.get(folder, {}).items():
        assert f"pulumi config set {'--secret ' if isinstance(value, Secret) else ''}{key} " in introduction
    secrets = set(re.findall(r'(?:require|get)_secret\("(\w+)"\)', program))
    assert set(re.findall(r"config set --secret (\w+)", introduction)) <= secrets
    # What must be given is given above, and secrets are asked for as such.
    required = set(re.findall(r'config\.require(?:_secret)?\("(\w+)"\)', program))
    assert required <= set(CONFIG.get(folder, {}))


def test_the_list_of_examples() -> None:
    listed = re.findall(r"^\| \[(\w+)\]\((\S+)\)", (EXAMPLES / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(name for name, _ in listed) == FOLDERS
    for name, target in listed:
        assert target == f"{name}/__main__.py"
