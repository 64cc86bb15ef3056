"""The webhook of the domain: Daily sends events to it.

Start the server first (receiver.py, behind an HTTPS proxy): Daily calls it before it creates or changes the webhook.

    pulumi config set url https://example.com/daily
    pulumi config set --secret hmac "$(openssl rand -base64 32)"     # optional: by default, Daily generates it
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()

hook = daily.Webhook(
    "events",
    url=config.require("url"),
    event_types=["meeting.started", "meeting.ended", "recording.ready-to-download", "recording.error"],
    # Five attempts within 15 minutes. The default stops all deliveries after three failures in a row.
    retry_type="exponential",
    hmac=config.get_secret("hmac"),
    basic_auth=config.get_secret("basicAuth"),
)

# For receiver.py, to verify events: `pulumi stack output hmac --show-secrets`.
pulumi.export("hmac", pulumi.Output.secret(hook.hmac))
pulumi.export("state", hook.state)
