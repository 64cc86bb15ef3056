"""A trunk for the calls of a carrier; each call gets its own room.

Start the server for the notifications first: Daily calls it before it creates or changes the trunk.

    pulumi config set notifyUrl https://example.com/calls
    pulumi config set --secret carrierPassword <12 to 64 characters with a letter and a digit>
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()

trunk = daily.SipTrunk(
    "support",
    trunk_name="support",
    description="The support line",
    room_template=daily.RoomTemplateArgs(enable_chat=True, start_video_off=True),
    notification=daily.TrunkNotificationArgs(webhook_url=config.require("notifyUrl")),
    trunk_config=daily.TrunkConfigArgs(
        allowed_ips=config.get_object("carrierIps") or ["203.0.113.0/24"],
        credential=daily.TrunkCredentialArgs(username="carrier", password=config.require_secret("carrierPassword")),
        exp_offset=2 * 3600,
    ),
    # Daily never returns the password, so its drift cannot be detected: a new version sends the password again.
    credential_version=config.get("carrierPasswordVersion") or "1",
)

pulumi.export("address", trunk.sip_uri)
# For your server, to verify notifications with pulumi_daily.webhooks.verify_sip_trunk.
pulumi.export("hmac", trunk.hmac)
