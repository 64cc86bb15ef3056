"""Rooms for the preview environment of a pull request: one stack for each, `pulumi stack init pr-7`.

The rooms end a fixed time after the pull request was opened, even if nobody destroys the stack:

    pulumi config set pullRequest 7
    pulumi config set openedAt 2026-11-24T09:12:00Z   # from the event that starts the pipeline; the same in every run
    pulumi config set days 30                         # optional: longer than the default, two weeks

Never compute `exp` from the present time: each preview would contain a change, and each `up` would change every room.
"""

from datetime import datetime, timedelta

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
number = config.require_int("pullRequest")
opened = datetime.fromisoformat(config.require("openedAt").replace("Z", "+00:00"))
if opened.tzinfo is None:
    raise ValueError("openedAt needs a time zone, such as the Z in 2026-11-24T09:12:00Z")
ends = opened + timedelta(days=config.get_int("days") or 14)

rooms = daily.RoomSet(
    "rooms",
    defaults={"privacy": "private", "properties": {"exp": int(ends.timestamp()), "eject_at_room_exp": True}},
    rooms={f"pr-{number}-{use}": {} for use in ("lobby", "consulting")},
)

pulumi.export("urls", rooms.urls)
pulumi.export("ends", ends.isoformat())
