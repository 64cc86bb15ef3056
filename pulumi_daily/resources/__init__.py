"""The typed resources for Pulumi programs."""
