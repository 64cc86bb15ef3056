"""Implements Pulumi's operations for each kind of object, composed of shared steps."""
