"""Five Daily rooms with different settings."""

import pulumi

import pulumi_daily as daily

# Everyone with the URL may join. All other settings are inherited from the domain.
lobby = daily.Room(
    "lobby",
    name="lobby",
    properties={"enable_prejoin_ui": True, "enable_people_ui": True, "max_participants": 50},
)

# A private room with text chat.
standup = daily.Room(
    "standup",
    name="standup",
    privacy="private",
    properties={"enable_chat": True, "start_video_off": True, "start_audio_off": True},
)

# A town hall: guests knock, join muted, and may send only audio. The args classes contain every setting with its type.
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

# Without a name: it is derived from project, stack and resource name, and is the same in every run.
scratch = daily.Room("scratch", properties={"eject_after_elapsed": 3600})

for room, label in [
    (lobby, "lobby"),
    (standup, "standup"),
    (townhall, "townhall"),
    (interviews, "interviews"),
    (scratch, "scratch"),
]:
    pulumi.export(f"{label}_url", room.url)
