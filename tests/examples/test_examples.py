"""Every example runs: up, an empty preview, a refresh that finds nothing, its story, destroy.

There is one for each resource. `example_lives.CASES` has what an example needs, and its story.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from example_lives import CANARY, CASES, EXAMPLES, Case, Life, add_accounts, project

from pulumi_daily.emulator import Emulator
from pulumi_daily.providers import PROVIDERS
from pulumi_daily.testing import Secret

IN_THE_ROOT = "quickstart"
"""Its Pulumi.yaml is that of the whole project."""

PROJECTS = (path.parent for path in EXAMPLES.glob("*/Pulumi.yaml"))
FOLDERS = sorted({IN_THE_ROOT, *(folder.name for folder in PROJECTS if (folder / "__main__.py").exists())})
"""Those in Python; tests/cli/test_cli_plugin.py runs the others."""
KINDS = ("webhooks", "dialin_configs", "phone_numbers", "sip_trunks", "sip_clients")


def left(emulator: Emulator) -> dict[str, dict[str, Any]]:
    """Return what each account has."""
    with emulator.backend.lock:
        settings = {domain.name: dict(domain.properties) for domain in emulator.backend.domains()}
    return {
        name: {"rooms": emulator.rooms(name), "settings": own, **{kind: emulator.objects(kind, name) for kind in KINDS}}
        for name, own in settings.items()
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_its_life(folder: str, daily_stack: Any, daily_emulator: Emulator, tmp_path: Path) -> None:
    case = CASES.get(folder, Case())
    config = {f"{project(folder)}:{key}": value for key, value in case.config.items()}
    add_accounts(daily_emulator)
    stack = daily_stack(EXAMPLES / folder, config=config, references=case.references)
    before = left(daily_emulator)
    assert not any(any(account.values()) for account in before.values())
    assert not stack.preview().messages("error")
    assert left(daily_emulator) == before
    made = stack.up()
    assert not made.messages("warning")
    assert made.changes["create"] > 1  # the stack itself is one
    assert left(daily_emulator) != before
    assert not stack.preview().has_changes
    assert not stack.preview(refresh=True).has_changes
    assert CANARY not in json.dumps(stack.export())
    assert CANARY not in repr(stack.outputs)
    life = Life(folder, stack, daily_emulator, daily_stack, tmp_path)
    if case.story is not None:
        case.story(life)
    # Daily keeps a phone number for 14 days.
    daily_emulator.clock.advance(15 * 86400)
    life.stack.destroy()
    assert left(daily_emulator) == before


@pytest.mark.parametrize("kind", [provider.spec.kind for provider in PROVIDERS])
def test_there_is_one_for_each_resource(kind: str) -> None:
    folder = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
    assert folder in FOLDERS, f"examples/{folder} is missing"
    assert f"daily.{kind}(" in (EXAMPLES / folder / "__main__.py").read_text("utf-8")


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_is_a_project_and_says_what_it_must_be_told(folder: str) -> None:
    config = CASES.get(folder, Case()).config
    program = (EXAMPLES / folder / "__main__.py").read_text("utf-8")
    assert program.startswith('"""')
    if folder != IN_THE_ROOT:
        assert project(folder) == f"daily-{folder.replace('_', '-')}"
    introduction = program.split('"""')[1]
    for key, value in config.items():
        assert f"pulumi config set {'--secret ' if isinstance(value, Secret) else ''}{key} " in introduction
    secrets = set(re.findall(r'(?:require|get)_secret\("(\w+)"\)', program))
    assert set(re.findall(r"config set --secret (\w+)", introduction)) <= secrets
    # What must be given is given above, and secrets are asked for as such.
    required = set(re.findall(r'(?:config|Config\(\))\.require(?:_\w+)?\("(\w+)"\)', program))
    assert required <= set(config)


def test_the_list_of_examples() -> None:
    listed = re.findall(r"^\| \[(\w+)\]\((\S+)\)", (EXAMPLES / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(name for name, target in listed if target.endswith("__main__.py")) == FOLDERS
    for name, target in listed:
        assert target.startswith(f"{name}/")
        assert (EXAMPLES / target).is_file()
    assert set(CASES) <= set(FOLDERS)
