"""A private room for a webinar, streamed to a stage elsewhere.

It needs:

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
        # Guests knock, and may send nothing until the host lets them.
        enable_knocking=True,
        enable_hand_raising=True,
        permissions=daily.PermissionsArgs(canSend=False, canAdmin=False),
        max_participants=100,
        # A secret in the state, too: everything that is known to be one is.
        streaming_endpoints=[
            daily.StreamingEndpointArgs(
                name="stage", type="rtmp", rtmp_config=daily.RtmpConfigArgs(url=config.require_secret("rtmpUrl"))
            )
        ],
    ),
    # `pulumi config set protect true`, and no `destroy` takes the room.
    opts=pulumi.ResourceOptions(protect=config.get_bool("protect")),
)

pulumi.export("url", webinar.url)
