"""A handful of Daily rooms with different settings."""

import pulumi

import pulumi_daily as daily

# Everybody who has the URL may come in. Settings that are not named here stay as your domain has them.
lobby = daily.Room(
    "lobby",
    name="lobby",
    properties={"enable_prejoin_ui": True, "enable_people_ui": True, "max_participants": 50},
)

# Members of the team only, with text chat.
standup = daily.Room(
    "standup",
    name="standup",
    privacy="private",
    properties={"enable_chat": True, "start_video_off": True, "start_audio_off": True},
)

# A town hall: guests knock, join muted, and may send audio alone. The args classes know every setting and its type.
townhall = daily.Room(
    "townhall",
    name="townhall",
    privacy="private",
    properties=daily.RoomPropertiesArgs(
        enable_knocking=True,
        enable_hand_raising=True,
        start_audio_off=True,
        permissions=daily.PermissionsArgs(canSend=["audio"], canAdmin=False),
    ),
)

# Media servers in the EU, cloud recording, and a folder for each room.
interviews = daily.Room(
    "interviews-eu",
    name="interviews-eu",
    privacy="private",
    properties={
        "geo": "eu-central-1",
        "lang": "de",
        "enable_recording": "cloud",
        "recordings_template": "interviews/{room_name}/{epoch_time}",
    },
)

# Without a name: it is made of project, stack and resource name, and stays the same from run to run.
scratch = daily.Room("scratch", properties={"eject_after_elapsed": 3600})

for room, label in [
    (lobby, "lobby"),
    (standup, "standup"),
    (townhall, "townhall"),
    (interviews, "interviews"),
    (scratch, "scratch"),
]:
    pulumi.export(f"{label}_url", room.url)
