"""Law 12: whatever state a release has written can be read, compared, changed and deleted by this one."""

from __future__ import annotations

import copy
import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest
from in_process import World
from mini_stack import MiniStack, Resource, StepFailed

from pulumi_daily.objects.values import same

STATES: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("released_states.json").read_text())
"""By release and resource: the program, and the state as Pulumi kept it (numbers are floats there)."""


def standing(release: str) -> tuple[MiniStack, dict[str, Any]]:
    """The state of a release, and the rooms as it left them on Daily."""
    kept = copy.deepcopy(STATES[release])
    first = MiniStack(World())
    program = {name: one["program"] for name, one in kept.items()}
    first.up(program)
    first.world.emulator.clear_log()
    stack = MiniStack(first.world)
    # Ids and dates that Daily makes differ from run to run; the domain is the state's own.
    domain_id = first.world.emulator.domain_id
    for name, one in kept.items():
        stack.state[name] = Resource(one["id"], one["inputs"], {**one["outputs"], "domain_id": domain_id})
    return stack, program


@pytest.mark.parametrize("release", STATES)
def test_law_12_a_preview_of_the_same_program_is_empty(release: str):
    stack, program = standing(release)
    assert stack.preview(program) == {}
    assert stack.lines == []


@pytest.mark.parametrize("release", STATES)
def test_law_12_it_can_be_refreshed(release: str):
    stack, program = standing(release)
    before = copy.deepcopy(stack.state)
    stack.refresh()
    assert stack.state.keys() == before.keys()
    for name, resource in stack.state.items():
        assert same(resource.inputs, before[name].inputs), name
    assert stack.preview(program) == {}


@pytest.mark.parametrize("release", STATES)
def test_law_12_drift_is_seen_and_corrected(release: str):
    stack, program = standing(release)
    stack.world.emulator.edit_room("full", lang="fr")
    stack.world.emulator.remove_room("plain")
    assert stack.preview(program) == {"full": "update", "plain": "replace"}
    stack.up(program)
    assert stack.preview(program) == {}
    assert stack.world.emulator.rooms()["full"]["properties"]["lang"] == "de"


@pytest.mark.parametrize("release", STATES)
def test_law_12_settings_can_leave_the_program(release: str):
    stack, program = standing(release)
    program["full"] = {"name": "full"}
    assert stack.up(program) == {"full": "update"}
    assert stack.world.emulator.rooms()["full"]["properties"] == {}
    assert stack.preview(program) == {}


@pytest.mark.parametrize("release", STATES)
def test_law_12_it_can_be_destroyed(release: str):
    stack, _ = standing(release)
    stack.destroy()
    assert stack.world.emulator.rooms() == {}


@pytest.mark.parametrize("release", STATES)
def test_law_12_the_key_of_another_domain_is_still_noticed(release: str):
    stack, program = standing(release)
    other = MiniStack(World(domain_name="other", seed=2))
    other.state = stack.state
    with pytest.raises(StepFailed, match='belongs to the Daily domain "acme"'):
        other.preview(program)


def test_law_12_is_about_this_release_too():
    assert importlib.metadata.version("pulumi-daily") in STATES
