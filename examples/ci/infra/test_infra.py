"""Tests of the program on an emulator of Daily. They need no account, no key and no Pulumi CLI."""

from pathlib import Path

HERE = Path(__file__).parent


def test_it_deploys_and_is_stable(daily_stack, daily_emulator):
    stack = daily_stack(HERE)
    stack.up()
    assert not stack.preview().has_changes
    assert {"standup", "c-1", "c-30"} <= set(daily_emulator.rooms())


def test_no_room_of_the_office_is_public(daily_stack, daily_emulator):
    daily_stack(HERE).up()
    office = {name: room for name, room in daily_emulator.rooms().items() if not name.startswith("c-")}
    assert {room["privacy"] for room in office.values()} == {"private"}
