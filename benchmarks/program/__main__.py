"""The measured program: rooms as described by the environment, with one of the providers.

BENCH_KIND   room, set (one RoomSet), plugin (rooms of the native plugin), naive, noop
BENCH_ROOMS  the number of rooms; BENCH_PREFIX is the beginning of their names
BENCH_CHAT   true or false: the setting that is changed on all of them
"""

from __future__ import annotations

import os

kind, count, prefix = os.environ["BENCH_KIND"], int(os.environ["BENCH_ROOMS"]), os.environ["BENCH_PREFIX"]
settings = {"enable_chat": os.environ["BENCH_CHAT"] == "true", "max_participants": 10}
names = [f"{prefix}-{i}" for i in range(count)]

# Each provider is imported only where it is used, so that it does not slow down the others.
if kind == "room":
    import pulumi_daily as daily

    for name in names:
        daily.Room(name, name=name, privacy="private", properties=settings)
elif kind == "set":
    import pulumi_daily as daily

    daily.RoomSet(prefix, rooms={name: {} for name in names}, defaults={"privacy": "private", "properties": settings})
elif kind == "plugin":
    import pulumi

    for name in names:
        inputs = {"name": name, "privacy": "private"}
        own = {"enableChat": settings["enable_chat"], "maxParticipants": settings["max_participants"]}
        pulumi.CustomResource("daily:index:Room", name, {**inputs, "properties": own})
elif kind == "naive":
    from naive_provider import NaiveRoom

    for name in names:
        NaiveRoom(name, name=name, privacy="private", properties=settings)
else:
    from noop_provider import NoopRoom

    for name in names:
        NoopRoom(name, name=name, privacy="private", properties=settings)
