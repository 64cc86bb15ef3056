"""A private room, and the token of a device: the screen in a meeting room.

Run `pulumi up` once a week, for example in a scheduled pipeline: it creates a new token in the last quarter of the 30
days.
"""

import pulumi

import pulumi_daily as daily

boardroom = daily.Room("boardroom", name="boardroom", privacy="private", properties={"enable_knocking": True})

screen = daily.MeetingToken(
    "screen",
    properties=daily.TokenPropertiesArgs(
        room_name=boardroom.name,
        user_name="Meeting room 3",
        start_audio_off=True,
        enable_screenshare=False,
    ),
    lifetime=30 * 24 * 3600,
)

pulumi.export("expires_at", screen.expires_at)
# Secret, because the token is secret.
pulumi.export("screen_url", pulumi.Output.concat(boardroom.url, "?t=", screen.token))
