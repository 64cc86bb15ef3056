"""The webhook of the domain: where Daily posts what happens in the rooms.

Serve the address first (receiver.py, behind HTTPS): Daily calls it before it makes or changes the webhook.

    pulumi config set url https://example.com/daily
    pulumi config set --secret hmac "$(openssl rand -base64 32)"     # or leave it to Daily
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()

hook = daily.Webhook(
    "events",
    url=config.require("url"),
    event_types=["meeting.started", "meeting.ended", "recording.ready-to-download", "recording.error"],
    # Five tries within a quarter of an hour. The default gives up for good after three failures in a row.
    retry_type="exponential",
    hmac=config.get_secret("hmac"),
    basic_auth=config.get_secret("basicAuth"),
)

# What receiver.py verifies with: `pulumi stack output hmac --show-secrets`.
pulumi.export("hmac", pulumi.Output.secret(hook.hmac))
pulumi.export("state", hook.state)
