"""Without Daily, objects of every kind are compared with the state alone, and a refresh leaves them as they are."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from in_process import NOW, World
from mini_stack import KIND, MiniStack, wire
from programs_all_kinds import HOOK, world

from pulumi_daily.operations import DailyError
from pulumi_daily.providers import DailyProvider

SAID = "daily:offline is set: Daily is not asked. Drift, names that are taken and other conflicts are not seen"
REFRESHED = (
    "daily:offline is set: Daily is not asked, and the refresh changes nothing. It uses the configuration of the last "
    "`pulumi up`; with --run-program, the present one"
)

KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Room": ({"name": "a"}, {"privacy": "private"}),
    "RoomSet": ({"rooms": {"a": {}}}, {"rooms": {"a": {}, "b": {}}}),
    "DomainConfig": ({"properties": {"lang": "de"}}, {"properties": {"lang": "fr"}}),
    "Webhook": ({"url": HOOK, "event_types": ["meeting.ended"]}, {"event_types": ["meeting.started"]}),
    "DialinConfig": ({"type": "pin_dialin", "phone_number": "+18055550100"}, {"name_prefix": "x"}),
    "PhoneNumber": ({"number": "+18055550100"}, {"number": "+18055550101"}),
    "SipTrunk": (
        {
            "trunk_name": "support",
            "room_template": {},
            "notification": {"webhook_url": HOOK},
            "trunk_config": {"is_open": True},
        },
        {"description": "x"},
    ),
    "SipClient": ({"username": "desk.1"}, {"password_version": "2"}),
    "MeetingToken": ({"lifetime": 100}, {"lifetime": 200}),
}
"""Inputs, and a change of them."""

REPLACED = {"PhoneNumber": ["number"], "MeetingToken": ["lifetime"]}


def offline(on: World, kind: str) -> tuple[DailyProvider, list[str]]:
    process = on.process()
    provider = process.providers[kind]
    provider._connection.settings = dataclasses.replace(provider._connection.settings, offline=True)
    return provider, process.lines


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_alone_is_compared(kind: str):
    inputs, change = KINDS[kind]
    stack = MiniStack(world())
    stack.up({"it": {**inputs, KIND: kind}})
    stack.world.emulator.clear_log()
    old = stack.state["it"]
    provider, lines = offline(stack.world, kind)

    def diff(news: dict[str, Any]) -> Any:
        checked = provider.check(wire(old.inputs), wire(news))
        assert checked.failures == []
        return provider.diff(old.id, wire(old.outputs), wire(checked.inputs))

    assert diff(inputs).changes is False
    changed = diff({**inputs, **change})
    assert changed.changes is None
    assert changed.replaces == REPLACED.get(kind, [])
    read = provider.read(old.id, wire(old.outputs))
    assert (read.id, wire(read.outs)) == (old.id, old.outputs)
    assert lines == [SAID, REFRESHED]
    assert stack.world.emulator.count() == 0


def test_a_token_that_is_about_to_end_is_noticed_all_the_same():
    stack = MiniStack(world())
    stack.up({"it": {KIND: "MeetingToken", "lifetime": 100}})
    provider, lines = offline(stack.world, "MeetingToken")
    ending = {**stack.state["it"].outputs, "expires_at": NOW + 5}
    found = provider.diff("x", wire(ending), wire({"lifetime": 100}))
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ["lifetime"], False)
    assert any("a meeting token expires at" in line for line in lines)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_written(kind: str, monkeypatch: pytest.MonkeyPatch):
    from pulumi_daily.connection import Connection

    provider, _ = offline(world(), kind)
    monkeypatch.setattr(type(provider._connection), "account", Connection.account)
    for operation in (
        lambda: provider.create(wire(KINDS[kind][0])),
        lambda: provider.update("x", {}, wire(KINDS[kind][0])),
        lambda: provider.delete("x", {}),
    ):
        with pytest.raises(DailyError, match="daily:offline is set: only previews work"):
            operation()
