"""The pull request of docs/previews.md and docs/summary.md: two programs, and what happened on Daily between them."""

from __future__ import annotations

from pulumi_daily.emulator import Emulator

from .model import HEAD

BEFORE = (
    HEAD
    + """
daily.Room("standup", name="standup", properties={"enable_chat": True})
daily.Room("townhall", name="townhall", privacy="private", properties={"max_participants": 100})
daily.Room("legacy", name="legacy")
daily.RoomSet("classrooms", rooms={f"c-{n}": {"properties": {"max_participants": 10}} for n in range(1, 31)})
"""
)
AFTER = (
    HEAD
    + """
daily.Room("standup", name="standup", properties={"enable_chat": True})
daily.Room("townhall", name="townhall", privacy="private", properties={"max_participants": 200})
daily.Room("retro", name="retro", properties={"exp": 1893456000})
rooms = {f"c-{n}": {"properties": {"max_participants": 10}} for n in range(1, 31)}
rooms["c-2"]["properties"]["max_participants"] = 30
daily.RoomSet("classrooms", rooms=rooms)
"""
)


def change_on_daily(emulator: Emulator) -> None:
    """Switch off the chat of a room, change another one, and delete a third."""
    emulator.edit_room("standup", enable_chat=False)
    emulator.edit_room("c-7", max_participants=5)
    emulator.remove_room("c-8")
