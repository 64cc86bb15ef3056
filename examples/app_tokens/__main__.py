"""A room, and a token with which an app joins it, as outputs for the stack of the app (the project in `app`).

The token is valid for 30 days. Run `pulumi up` daily in a scheduled pipeline, here and then in `app`: in the last
quarter of the 30 days, it creates a new token and hands it on.
"""

import pulumi

import pulumi_daily as daily

room = daily.Room("kiosk", name="kiosk", privacy="private")
token = daily.MeetingToken(
    "kiosk",
    properties={"room_name": room.name, "user_name": "Kiosk", "enable_screenshare": False},
    lifetime=30 * 24 * 3600,
    renew_share=0.25,
)

pulumi.export("room_url", room.url)
pulumi.export("expires_at", token.expires_at)
# Secret, because the token is secret; it remains secret in the stack of the app.
pulumi.export("token", token.token)
