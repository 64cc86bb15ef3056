"""A support desk: rooms, a line for calls, a webhook and a token, as one component (`support_desk.py`).

Start your server first: Daily calls it before it creates or changes the webhook.

    pulumi config set server https://support.example.com
    pulumi config set --secret euKey <key>            # optional: a second desk, in another Daily account
"""

import pulumi
from support_desk import SupportDesk

import pulumi_daily as daily

config = pulumi.Config()
desk = SupportDesk("support", teams=["billing", "technical"], server=config.require("server"))

pulumi.export("urls", desk.urls)
pulumi.export("line", desk.line)
pulumi.export("staff_token", desk.staff_token)

# Daily allows one webhook per domain: a second desk needs a second account.
eu_key = config.get_secret("euKey")
if eu_key is not None:
    eu = daily.Provider("eu", api_key=eu_key, api_url=pulumi.Config("daily").get("apiUrl"))
    eu_desk = SupportDesk(
        "support-eu",
        teams=["billing"],
        server=config.require("server"),
        opts=pulumi.ResourceOptions(providers=[eu]),
    )
    pulumi.export("eu_urls", eu_desk.urls)
