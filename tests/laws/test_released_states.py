"""Law 12: whatever state a release has written can be read, compared, changed and deleted by this one."""

from __future__ import annotations

import copy
import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest
from in_process import World
from mini_stack import KIND, MiniStack, Resource, StepFailed
from programs_all_kinds import age_numbers, world
from stored import COLLECTIONS, not_held

from pulumi_daily.objects.values import same
from pulumi_daily.providers import PROVIDERS

STATES: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("released_states.json").read_text())
"""By release and resource: the program, and the state as Pulumi kept it (numbers are floats there)."""

NEW_KINDS = {provider.spec.kind for provider in PROVIDERS} - {"Room"}


def standing(release: str) -> tuple[MiniStack, dict[str, Any]]:
    """The state of a release, and what it has made as it left it on Daily."""
    kept = copy.deepcopy(STATES[release])
    # Objects do not depend on each other here: the file has them in the order of their names.
    first = MiniStack(world())
    program = {name: one["program"] for name, one in kept.items()}
    first.up(program)
    age_numbers(first.world)
    first.world.emulator.clear_log()
    first.world.took.clear()
    stack = MiniStack(first.world)
    # Ids and dates that Daily makes differ from run to run; the domain is the state's own.
    domain_id = first.world.emulator.domain_id
    for name, one in kept.items():
        kind = one.get("kind", "Room")
        identity = first.state[name].id if kind in COLLECTIONS else one["id"]
        made = {key: first.state[name].outputs[key] for key in ("room_id",) if key in one["outputs"]}
        outputs = {**one["outputs"], **made, "domain_id": domain_id}
        stack.state[name] = Resource(identity, one["inputs"], outputs, kind)
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


DRIFTS: dict[str, tuple[str, dict[str, Any]]] = {
    "hook": ("Webhook", {"eventTypes": ["meeting.ended"]}),
    "pinless": ("DialinConfig", {"timeout_config": {"message": "Later"}}),
    "pin": ("DialinConfig", {"name_prefix": "other"}),
    "trunk": ("SipTrunk", {"description": "Other"}),
    "open-trunk": ("SipTrunk", {"enabled": True}),
}


@pytest.mark.parametrize("release", STATES)
def test_law_12_drift_is_seen_and_corrected(release: str):
    stack, program = standing(release)
    emulator = stack.world.emulator
    emulator.edit_room("full", lang="fr")
    emulator.edit_room("math-2", lang="fr")
    emulator.remove_room("math-1")
    emulator.remove_room("plain")
    emulator.backend.domain().properties["lang"] = "fr"
    for name, (kind, values) in DRIFTS.items():
        emulator.edit(COLLECTIONS[kind][0], stack.state[name].id, **values)
    emulator.remove("sip_clients", stack.state["desk"].id)
    seen = dict.fromkeys(("full", "classrooms", "domain", *DRIFTS), "update")
    assert stack.preview(program) == {**seen, "plain": "replace", "desk": "replace"}
    stack.up(program)
    assert stack.preview(program) == {}
    assert emulator.rooms()["full"]["properties"]["lang"] == "de"
    for name, inputs in program.items():
        kind = inputs.get(KIND, "Room")
        if kind not in ("Webhook", "SipTrunk", "SipClient", "PhoneNumber", "DialinConfig"):
            given = {key: value for key, value in inputs.items() if key != KIND}
            assert not_held(stack.world, kind, given, unseen={"sip"}) == [], name


@pytest.mark.parametrize("release", STATES)
def test_law_12_settings_can_leave_the_program(release: str):
    stack, program = standing(release)
    program["full"] = {"name": "full"}
    program["domain"] = {KIND: "DomainConfig"}
    program["classrooms"] = {KIND: "RoomSet", "rooms": {name: {} for name in program["classrooms"]["rooms"]}}
    for name in ("hook", "pinless", "pin", "trunk", "open-trunk"):
        for optional in ("retry_type", "basic_auth", "timeout_config", "name_prefix", "description", "enabled"):
            program[name].pop(optional, None)
    left = ("full", "domain", "classrooms", "hook", "pinless", "pin", "trunk", "open-trunk")
    assert stack.up(program) == dict.fromkeys(left, "update")
    emulator = stack.world.emulator
    for name in ("full", "math-1", "math-2", "math-3"):
        assert emulator.rooms()[name]["properties"] == {}
    assert emulator.backend.domain().properties == {}
    assert stack.preview(program) == {}


@pytest.mark.parametrize("release", STATES)
def test_law_12_secrets_can_be_rotated(release: str):
    stack, program = standing(release)
    program["trunk"] |= {"credential_version": "2", "hmac_version": "2"}
    program["desk"] |= {"password_version": "2"}
    program["pbx"] |= {"password_version": "2", "password": "another-password-2"}
    old = {name: copy.deepcopy(stack.state[name].outputs) for name in program}
    assert stack.up(program) == dict.fromkeys(("trunk", "desk", "pbx"), "update")
    assert stack.state["trunk"].outputs["hmac"] != old["trunk"]["hmac"]
    assert stack.state["desk"].outputs["password"] != old["desk"]["password"]
    stored = stack.world.emulator.objects("sip_clients")
    for name, identity in (("desk", "desk.1"), ("pbx", "pbx")):
        assert stack.state[name].outputs["password"] == stored[identity]["password"]
    assert stack.preview(program) == {}


@pytest.mark.parametrize("release", STATES)
def test_law_12_it_can_be_destroyed(release: str):
    stack, _ = standing(release)
    stack.destroy()
    emulator = stack.world.emulator
    assert emulator.rooms() == {}
    assert emulator.backend.domain().properties == {}
    assert not any(emulator.objects(kind) for kind, _ in COLLECTIONS.values())


@pytest.mark.parametrize("release", STATES)
def test_law_12_the_key_of_another_domain_is_still_noticed(release: str):
    stack, program = standing(release)
    for name, inputs in program.items():
        other = MiniStack(World("other", key="o" * 64, seed=2))
        other.state = {name: stack.state[name]}
        with pytest.raises(StepFailed, match='belongs to the Daily domain "acme"'):
            other.preview({name: inputs})
        with pytest.raises(StepFailed, match='belongs to the Daily domain "acme"'):
            other.refresh()


def test_law_12_every_kind_is_among_the_states_of_this_release():
    assert {one.get("kind") for one in STATES[importlib.metadata.version("pulumi-daily")].values()} >= NEW_KINDS


def test_law_12_is_about_this_release_too():
    assert importlib.metadata.version("pulumi-daily") in STATES
