"""The laws of `test_laws` over random programs of every kind of object, under every answer that Daily might give."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from in_process import World
from mini_stack import KIND, MiniStack
from programs_all_kinds import INPUTS, age_numbers, programs, world
from soak import TIMES
from stored import COLLECTIONS, broken, not_held, objects_of

from pulumi_daily.objects.domain import DomainProperties
from pulumi_daily.objects.values import same

UNDER: list[dict[str, Any]] = [
    {},
    {"nested_update": "merge"},
    {"echo_retry_type": True},
    {"trunk_shape": "flat"},
    {"trunk_hmac_on_read": False},
    {"trunk_shape": "flat", "trunk_hmac_on_read": False, "nested_update": "merge"},
    {"dialin_hmac": "absent"},
    {"webhook_missing": "400"},
    {"second_webhook": "allow"},
    {"taken": "409"},
    {"expired_sip_client": "200"},
    {"unknown_cursor": "empty"},
    {"unknown_cursor": "404"},
    {"echo_defaults": True},
    {"echo_false": False, "echo_sip": True},
    {"batch_error": "generic", "batch_delete_missing": "400"},
    {"batch_delete_missing": "skip"},
    {"limit_over_max": "400", "read_only_setting": "ignore", "token_room_check": False},
    {"read_lag": 2.0},
]
"""Settings of the emulator's switches that a provider could notice."""

every_switch = pytest.mark.parametrize("switches", UNDER, ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()))
few = settings(max_examples=12 * TIMES, phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))


def assert_held(on: World, program: Mapping[str, Any], stack: MiniStack) -> None:
    """Every setting that the program gives holds on the server, but for those of rooms that Daily never shows."""
    for name, inputs in program.items():
        given = {key: value for key, value in inputs.items() if key != KIND}
        unseen = never_shown(stack, name)
        assert not_held(on, inputs[KIND], given, unseen) == [], name


def never_shown(stack: MiniStack, name: str) -> set[str]:
    """The settings of rooms that Daily takes and does not read back: nobody can notice how they drift."""
    normalized = stack.state[name].outputs.get("__daily", {}).get("normalized", {})
    marks = [mark for mark in normalized.values() if isinstance(mark, dict)] or [normalized]
    return {key for each in marks for key, mark in each.items() if mark == "absent"}


@every_switch
@few
@given(program=programs())
def test_laws_1_and_2_after_up_and_after_refresh_a_preview_is_empty(switches: dict[str, Any], program: Any):
    stack = MiniStack(world(**switches))
    stack.up(program)
    assert stack.preview(program) == {}, stack.lines
    assert_held(stack.world, program, stack)
    before = copy.deepcopy(stack.state)
    stack.refresh()
    assert stack.preview(program) == {}, stack.lines
    for name, resource in stack.state.items():
        assert same(resource.inputs, before[name].inputs), name


@every_switch
@few
@given(data=st.data(), refresh=st.booleans())
def test_law_3_drift_is_corrected_and_nothing_else_is_touched(switches: dict[str, Any], data: Any, refresh: bool):
    stack = MiniStack(world(**switches))
    program = data.draw(programs(least=1), label="program")
    stack.up(program)
    name = data.draw(st.sampled_from(sorted(program)), label="drifted")
    drift = Drift(stack, name, program[name])
    drift.happen(data)
    if refresh:
        stack.refresh()
    age_numbers(stack.world)
    stack.up(program)
    assert_held(stack.world, program, stack)
    drift.assert_only_managed_is_corrected()
    assert stack.preview(program) == {}, stack.lines


class Drift:
    """Somebody edits what belongs to a resource, or removes it."""

    def __init__(self, stack: MiniStack, name: str, inputs: Mapping[str, Any]) -> None:
        self._stack, self._name, self._inputs = stack, name, inputs
        self._kind = inputs[KIND]
        self._emulator = stack.world.emulator
        self._edited: dict[str, Any] = {}
        self._room = ""

    def happen(self, data: Any) -> None:
        """Draw an edit and make it."""
        remove = data.draw(st.booleans(), label="remove")
        if self._kind == "MeetingToken":
            return
        if self._kind in ("Room", "RoomSet"):
            self._room = self._inputs.get("name") or data.draw(st.sampled_from([*sorted(self._inputs["rooms"]), ""]))
            if remove and self._room:
                self._emulator.remove_room(self._room)
            elif self._room:
                other = data.draw(INPUTS["Room"], label="edit")
                self._edited = other.get("properties", {})
                self._emulator.edit_room(self._room, privacy=other.get("privacy"), **self._edited)
        elif self._kind == "DomainConfig":
            self._edited = data.draw(INPUTS[self._kind], label="edit")["properties"]
            self._emulator.backend.domain().properties.update(copy.deepcopy(self._edited))
        else:
            self._happen_to_one(data, remove)

    def _happen_to_one(self, data: Any, remove: bool) -> None:
        collection, spec = COLLECTIONS[self._kind]
        [(identity, stored)] = objects_of(self._stack.world, self._kind).items()
        if remove and self._kind != "PhoneNumber":  # what no list has is not bought again
            self._emulator.remove(collection, identity)
            return
        drawn = data.draw(INPUTS[self._kind], label="edit")
        shown = self._shown(drawn, stored)
        self._edited = {key: value for key, value in shown.items() if key not in {*spec.replaces, spec.id_input}}
        changed = {spec.api_name(key): value for key, value in self._edited.items()}
        self._emulator.edit(collection, identity, **copy.deepcopy(changed))

    def _shown(self, drawn: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
        """The part of an edit that Daily shows, so that it can be noticed."""
        switches = self._emulator.switches
        unseen = {*COLLECTIONS[self._kind][1].write_only, "number"}  # a number is never edited
        found = {key: value for key, value in drawn.items() if key in stored and key not in unseen}
        if not switches.echo_retry_type:
            found.pop("retry_type", None)
        if self._kind == "SipTrunk":
            notification = {**stored["notification"], "webhook_url": drawn["notification"]["webhook_url"]}
            config = {"is_open": True}
            if drawn["trunk_config"].get("allowed_ips"):
                kept = {key: value for key, value in stored["trunk_config"].items() if key == "credential"}
                config = {**kept, "allowed_ips": drawn["trunk_config"]["allowed_ips"]}
            found |= {"notification": notification, "trunk_config": config}
        return found

    def assert_only_managed_is_corrected(self) -> None:
        """What the program does not say is as somebody left it."""
        if self._room:
            stored = self._emulator.rooms()[self._room]["properties"]
            managed = set(self._inputs.get("properties", {}))
            if self._kind == "RoomSet":
                own, shared = self._inputs["rooms"][self._room], self._inputs.get("defaults", {})
                managed = {*own.get("properties", {}), *shared.get("properties", {})}
        elif self._kind == "DomainConfig":
            stored, managed = self._emulator.backend.domain().properties, set(self._inputs["properties"])
        elif self._kind in COLLECTIONS:
            [stored] = objects_of(self._stack.world, self._kind).values()
            managed = set(self._inputs)
        else:
            return
        for key, value in self._edited.items():
            if key not in managed:
                assert same(stored.get(key), value), f"{key} is not managed and was touched"


@pytest.mark.parametrize(
    "switches",
    [{}, {"nested_update": "merge"}, {"trunk_hmac_on_read": False}, {"echo_retry_type": True, "echo_defaults": True}],
    ids=str,
)
@settings(max_examples=40 * TIMES)
@given(first=programs(), second=programs())
def test_law_4_a_then_b_is_b(switches: dict[str, Any], first: dict[str, Any], second: dict[str, Any]):
    stack, straight = MiniStack(world(**switches)), MiniStack(world(**switches))
    stack.up(first)
    age_numbers(stack.world)
    keep = first.get("DomainConfig", {}).get("on_destroy") == "keep" and "DomainConfig" not in second
    stack.up(second)
    straight.up(second)
    assert_held(stack.world, second, stack)
    assert stack.preview(second) == {}, stack.lines
    left, right = contents(stack.world), contents(straight.world)
    if keep:
        left["settings"] = right["settings"]
    assert left == right


def contents(on: World) -> dict[str, Any]:
    """What a domain has: the names of rooms and of settings that are not the default, and how many of other objects."""
    stored = on.emulator.backend.domain().properties
    settings_ = sorted(key for key, value in stored.items() if list(broken(DomainProperties, {}, {key: value})))
    return {
        "rooms": sorted(on.emulator.rooms()),
        "settings": settings_,
        **{kind: len(objects_of(on, kind)) for kind in COLLECTIONS},
    }


@settings(max_examples=40 * TIMES)
@given(program=programs())
def test_law_6_destroy_leaves_only_what_was_not_created(program: Any):
    stack = MiniStack(world())
    emulator = stack.world.emulator
    emulator.seed([{"name": "theirs"}])
    emulator.add("sip_clients", username="theirs", password="theirs-1-password")
    emulator.add("dialin_configs", type="pin_dialin", phone_number="+13055550199")
    emulator.backend.domain().properties["enable_terse_logging"] = True
    before = everything(stack.world)
    for inputs in program.values():
        inputs.get("properties", {}).pop("enable_terse_logging", None)
        if inputs[KIND] == "DomainConfig":
            inputs["on_destroy"] = "reset"
    stack.up(program)
    age_numbers(stack.world)
    stack.destroy()
    assert stack.state == {}
    assert everything(stack.world) == before


def everything(on: World) -> Any:
    """All that a domain has, as it is stored."""
    kinds = {kind: on.emulator.objects(name) for kind, (name, _) in COLLECTIONS.items()}
    return copy.deepcopy({"rooms": on.emulator.rooms(), "settings": on.emulator.backend.domain().properties, **kinds})
