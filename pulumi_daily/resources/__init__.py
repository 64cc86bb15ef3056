"""The typed resources that a Pulumi program uses."""
