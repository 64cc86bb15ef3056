"""Tests that deploy the program: the real providers, an emulator of Daily, no account, no Pulumi CLI."""

from pathlib import Path

PROGRAM = Path(__file__).parent


def test_the_rooms_are_private_and_a_second_preview_is_empty(daily_stack, daily_emulator):
    stack = daily_stack(PROGRAM)
    assert stack.preview().ops("desk-de") == ["create"]
    stack.up()
    assert {room["privacy"] for room in daily_emulator.rooms().values()} == {"private"}
    assert stack.outputs["urls"]["de"] == daily_emulator.rooms()["desk-de"]["url"]
    assert not stack.preview().has_changes
    stack.destroy()
    assert daily_emulator.rooms() == {}


def test_the_rooms_are_as_large_as_the_template(daily_stack, daily_emulator):
    daily_emulator.add_room("template", max_participants=30)
    stack = daily_stack(PROGRAM, config={"languages": "en"})
    stack.up()
    assert daily_emulator.rooms()["desk-en"]["config"]["max_participants"] == 30
    stack.destroy()
    assert daily_emulator.rooms().keys() == {"template"}


def test_a_room_that_somebody_opened_is_closed_again(daily_stack, daily_emulator):
    stack = daily_stack(PROGRAM, config={"languages": "fr"})
    stack.up()
    daily_emulator.edit_room("desk-fr", "public")
    assert stack.preview().ops("desk-fr") == ["update"]
    stack.up()
    assert daily_emulator.rooms()["desk-fr"]["privacy"] == "private"


def test_a_name_that_daily_would_refuse_is_reported_by_the_preview(daily_stack, daily_emulator):
    result = daily_stack(PROGRAM, config={"languages": "Swiss German"}).preview(expect_failure=True)
    assert any("name: " in message for message in result.messages("error"))
    assert daily_emulator.count("POST /rooms") == 0
