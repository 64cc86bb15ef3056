"""Logins for desk phones, with passwords that nobody has to think of.

New passwords, and where they are:

    pulumi config set passwords 2026-12               # any other text: new passwords for all of them
    pulumi stack output logins --show-secrets
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
desks = ["reception", "support.1", "support.2"]

clients = {
    desk: daily.SipClient(desk, username=desk, password_version=config.get("passwords") or "2026-11") for desk in desks
}

pulumi.export("addresses", {desk: client.sip_uri for desk, client in clients.items()})
# A secret as a whole, because the passwords are.
pulumi.export("logins", {desk: client.password for desk, client in clients.items()})
