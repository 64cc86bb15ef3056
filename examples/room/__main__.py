"""A private room for a webinar with an RTMP stream.

Configuration:

    pulumi config set --secret rtmpUrl rtmp://live.example.com/app/<stream key>
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()

webinar = daily.Room(
    "webinar",
    name="webinar",
    privacy="private",
    properties=daily.RoomPropertiesArgs(
        # Guests knock, and may send no media until the host permits it.
        enable_knocking=True,
        enable_hand_raising=True,
        permissions=daily.PermissionsArgs(canSend=False, canAdmin=False),
        max_participants=100,
        # The URL with the stream key is also a secret in the state, as all known secrets are.
        streaming_endpoints=[
            daily.StreamingEndpointArgs(
                name="stage", type="rtmp", rtmp_config=daily.RtmpConfigArgs(url=config.require_secret("rtmpUrl"))
            )
        ],
    ),
    # With `pulumi config set protect true`, a destroy fails instead of deleting the room.
    opts=pulumi.ResourceOptions(protect=config.get_bool("protect")),
)

pulumi.export("url", webinar.url)
