"""What each kind of object makes of Pulumi's operations, composed of shared steps."""
