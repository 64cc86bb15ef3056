"""Settings of the whole suite: hypothesis prints the seed of a failure and is bounded."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite", max_examples=60, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")
