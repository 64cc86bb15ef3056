"""A private room, and the token of a device that is always let in: the screen in the meeting room.

Run `pulumi up` once a week, say from a scheduled pipeline: when a quarter of the month is left, it makes a new token.
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
# A secret, because the token is.
pulumi.export("screen_url", pulumi.Output.concat(boardroom.url, "?t=", screen.token))
