"""Logins for desk phones, with generated passwords.

Set new passwords, and show them:

    pulumi config set passwords 2026-12               # any new text: new passwords for all clients
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
# The whole output is secret, because the passwords are secret.
pulumi.export("logins", {desk: client.password for desk, client in clients.items()})
