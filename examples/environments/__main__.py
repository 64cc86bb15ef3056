"""The same rooms in two Daily accounts: stack `dev` and stack `prod`, each with its own key and domain.

Pulumi.dev.yaml and Pulumi.prod.yaml contain what differs. Write the names of your domains there, and set each key once:

    pulumi config set --stack dev --secret daily:apiKey
    pulumi config set --stack prod --secret daily:apiKey

The program does not know the names of the stacks, so that a third environment is one more file.
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
# In production, neither a destroy nor a removed line deletes a room.
kept = pulumi.ResourceOptions(protect=config.get_bool("protect"))

lobby = daily.Room(
    "lobby",
    kept,
    name="lobby",
    properties={"max_participants": config.get_int("seats") or 10, "enable_people_ui": True},
)
consulting = daily.Room(
    "consulting",
    kept,
    name="consulting",
    privacy="private",
    properties={"enable_knocking": True},
)

pulumi.export("domain", lobby.domain)
pulumi.export("urls", {"lobby": lobby.url, "consulting": consulting.url})
