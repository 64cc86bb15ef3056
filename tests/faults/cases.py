"""One operation on one resource of each kind, and what must hold when something went wrong in it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from calls import Killed, MortalStack
from in_process import World
from mini_stack import KIND, attempt
from programs_all_kinds import BASE64, HOOK, age_numbers
from stored import COLLECTIONS, not_held, objects_of

Inputs = dict[str, Any]

TRUNK = {
    KIND: "SipTrunk",
    "trunk_name": "support",
    "description": "Support line",
    "room_template": {"enable_chat": True},
    "notification": {"webhook_url": HOOK},
    "trunk_config": {"credential": {"username": "carrier", "password": "carrier-pass-1"}},
}
PINLESS = {
    KIND: "DialinConfig",
    "type": "pinless_dialin",
    "phone_number": "+18055550100",
    "room_creation_api": HOOK,
    "timeout_config": {"message": "Nobody is there"},
}
CLIENT = {KIND: "SipClient", "username": "desk.1"}
HOOKED = {KIND: "Webhook", "url": HOOK, "event_types": ["meeting.started"]}

ROOM = {"name": "standup", "properties": {"lang": "de", "permissions": {"canSend": True, "canAdmin": True}}}

CHANGES: dict[str, tuple[Inputs, Inputs]] = {
    "room": (ROOM, {"name": "standup", "privacy": "private", "properties": {"permissions": {"canSend": True}}}),
    "other room": (ROOM, {**ROOM, "name": "retro"}),
    "set": (
        {
            KIND: "RoomSet",
            "rooms": {"a": {}, "b": {"properties": {"lang": "de"}}, "c": {}, "d": {}},
            "defaults": {"properties": {"permissions": {"canSend": True, "canAdmin": True}}},
        },
        {
            KIND: "RoomSet",
            "rooms": {"a": {}, "b": {"privacy": "private"}, "e": {}, "f": {"properties": {"lang": "fr"}}},
            "defaults": {"properties": {"permissions": {"canSend": True}}},
        },
    ),
    "domain": (
        {KIND: "DomainConfig", "properties": {"lang": "de", "enable_people_ui": False}},
        {KIND: "DomainConfig", "properties": {"lang": "fr", "enable_pip_ui": True}},
    ),
    "hook": (HOOKED, {**HOOKED, "url": f"{HOOK}/2", "event_types": ["meeting.ended"], "hmac": BASE64}),
    "number": ({KIND: "PhoneNumber", "search": {"region": "NY"}}, {KIND: "PhoneNumber", "number": "+18055550109"}),
    "dialin": (PINLESS, {**PINLESS, "name_prefix": "support", "timeout_config": {"message": "Later"}}),
    "other dialin": (PINLESS, {KIND: "DialinConfig", "type": "pin_dialin", "phone_number": "+18055550100"}),
    "trunk": (
        TRUNK,
        {
            **TRUNK,
            "trunk_config": {"credential": {"username": "carrier", "password": "another-pass-2"}},
            "credential_version": "2",
            "hmac_version": "2",
        },
    ),
    "other trunk": (TRUNK, {**TRUNK, "trunk_name": "sales"}),
    "client": (
        {KIND: "SipClient", "username": "desk.1"},
        {KIND: "SipClient", "username": "desk.1", "password_version": "2"},
    ),
    "other client": ({KIND: "SipClient", "username": "desk.1"}, {KIND: "SipClient", "username": "desk.2"}),
    "token": (
        {KIND: "MeetingToken", "properties": {"room_name": "standup"}, "lifetime": 3600},
        {KIND: "MeetingToken", "properties": {"room_name": "retro"}, "lifetime": 3600},
    ),
}
"""Inputs by name, before and after a change: an update, or a replacement."""

OPERATIONS = ("create", "change", "delete")
MOST = 25
"""More requests than any of the operations makes."""


class Case:
    """One operation on one resource, in a domain in which others have objects of their own."""

    def __init__(self, name: str, operation: str, **switches: Any) -> None:
        self.name = name
        self.error: str | None = None
        """What the latest run said; empty when it was killed."""
        before, after = copy.deepcopy(CHANGES[name])
        self.stack = MortalStack(World(dialin_number_check=False, **switches))
        self.emulator = self.stack.world.emulator
        self.emulator.seed([{"name": "theirs"}])
        self.emulator.add("sip_clients", username="theirs", password="theirs-1-password")
        self.emulator.add("dialin_configs", type="pin_dialin", phone_number="+13055550199")
        self.theirs = self.contents()
        if operation != "create":
            self.stack.up({name: before})
        age_numbers(self.stack.world)
        self.before = {name: before}
        self.target: dict[str, Inputs] = {"create": {name: before}, "change": {name: after}, "delete": {}}[operation]
        self.emulator.clear_log()

    def contents(self) -> dict[str, list[str]]:
        """The ids of all objects."""
        found = {kind: sorted(objects_of(self.stack.world, kind)) for kind in COLLECTIONS}
        return {**found, "Room": sorted(self.emulator.rooms())}

    def run(self) -> str | None:
        """Do it; its error."""
        self.error = ""
        self.error = attempt(lambda: self.stack.up(self.target))
        assert "k" * 64 not in (self.error or "")
        return self.error

    def killed(self, operation: Callable[[], str | None]) -> str | None:
        """Run an operation and return its error; an empty one if the process died."""
        try:
            return operation()
        except Killed:
            return ""

    def ours(self) -> dict[str, list[str]]:
        """The ids of the objects that somebody else did not make."""
        return {kind: [i for i in ids if i not in self.theirs[kind]] for kind, ids in self.contents().items()}

    def of_state(self) -> dict[str, list[str]]:
        """The ids of the objects that the state knows."""
        known: dict[str, list[str]] = {kind: [] for kind in self.theirs}
        resources = [*self.stack.state.values(), *(resource for _, resource in self.stack.pending)]
        for resource in resources:
            if resource.kind == "RoomSet":
                known["Room"] += resource.outputs["rooms"]
            elif resource.kind in known:
                known[resource.kind].append(resource.id)
        return {kind: sorted(ids) for kind, ids in known.items()}

    def settle(self, *, by_hand: bool = False) -> None:
        """With Daily well again, the next up makes it so and is the last one needed."""
        self.emulator.clear_faults()
        age_numbers(self.stack.world)
        if by_hand:
            self._take_over_a_number()
        unsettled = self.run()
        if unsettled:
            # Daily made an object, and nobody but the user can say whose it is.
            assert by_hand, unsettled
            assert "adopt_existing=True" in unsettled
            assert ("pulumi-daily import --" in unsettled) == (self.name != "set")
            if "`DAILY_ADOPT_EXISTING=as-asked pulumi up`" in unsettled:
                self.stack.adoption = "as-asked"
            else:
                self.target = {name: {**inputs, "adopt_existing": True} for name, inputs in self.target.items()}
            assert self.run() is None
            self.stack.adoption = "never"
        self.assert_settled()

    def _take_over_a_number(self) -> None:
        """A number that a search chose, and that may have been bought, has no other name than itself."""
        known = self.of_state()["PhoneNumber"]
        for identity, one in objects_of(self.stack.world, "PhoneNumber").items():
            if "search" in self.target.get("number", {}) and identity not in known:
                assert self.error is not None
                assert f'number="{one["number"]}" and adopt_existing=True' in self.error or self.error == ""
                self.target["number"] |= {"number": one["number"], "adopt_existing": True}

    def assert_settled(self) -> None:
        """What is on the server is what is in the state, and what the program says; what others have is untouched."""
        assert self.ours() == self.of_state()
        for name, inputs in self.target.items():
            own = {key: value for key, value in inputs.items() if key not in (KIND, "adopt_existing")}
            assert [line for line in self.not_held(inputs.get(KIND, "Room"), own) if line] == [], name
        assert self.stack.preview(self.target) == {}, self.stack.lines
        for kind, ids in self.theirs.items():
            assert set(ids) <= set(self.contents()[kind])
        if "client" in self.target:
            stored = self.emulator.objects("sip_clients")["desk.1"]["password"]
            assert self.stack.state["client"].outputs["password"] == stored

    def not_held(self, kind: str, inputs: Inputs) -> list[str]:
        """What of the inputs Daily does not have; where others have objects of the kind, the ids say it all."""
        return [] if kind in COLLECTIONS and self.theirs[kind] else not_held(self.stack.world, kind, inputs)


def calls_of(name: str, operation: str) -> int:
    """How many requests an operation makes when all goes well."""
    case = Case(name, operation)
    assert case.run() is None
    count = case.emulator.count()
    case.assert_settled()
    assert count <= MOST
    return count
