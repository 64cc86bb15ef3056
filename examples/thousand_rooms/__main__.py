"""A thousand rooms as one resource: one request creates them, ten compare them with Daily, one changes a room.

Configuration:

    pulumi config set rooms 200                       # optional: another number of rooms
    pulumi config set --path 'large[0]' class-0007    # optional: these rooms have more seats
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
names = [f"class-{number:04}" for number in range(config.get_int("rooms") or 1000)]
large: list[str] = config.get_object("large") or []

classes = daily.RoomSet(
    "classes",
    defaults={"privacy": "private", "properties": {"enable_chat": True, "max_participants": 30}},
    rooms={name: {"properties": {"max_participants": 200}} if name in large else {} for name in names},
)

# Addresses follow from the names. All of them as an output of the stack would be a large state and a large preview.
pulumi.export("rooms", len(names))
pulumi.export("first", classes.urls[names[0]])
