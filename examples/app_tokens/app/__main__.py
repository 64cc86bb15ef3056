"""The stack of an app that gets its room and token from the stack of the parent folder.

It needs no Daily key and does not import pulumi_daily. Configuration:

    pulumi config set rooms organization/daily-app-tokens/dev
"""

import pulumi

rooms = pulumi.StackReference(pulumi.Config().require("rooms"))

environment = {
    "DAILY_ROOM_URL": rooms.require_output("room_url"),
    "DAILY_TOKEN": rooms.require_output("token"),
}
# Numbers in outputs of other stacks are floats.
restart_at = rooms.require_output("expires_at").apply(int)

# In a real stack: the secret of a Kubernetes deployment, of a Lambda function, …
pulumi.export("environment", pulumi.Output.all(**environment))
pulumi.export("token_expires_at", restart_at)
