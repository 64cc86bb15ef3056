"""Settings of the whole suite: hypothesis prints the seed of a failure and is bounded."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Pulumi's SDK wraps this method anew for each resource it serialises and never takes a wrapper off: after some hundred
# resources in one process, pickling a dictionary exceeds the recursion limit.
_BATCH_SETITEMS = pickle._Pickler._batch_setitems  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _plain_pickler() -> Iterator[None]:
    yield
    pickle._Pickler._batch_setitems = _BATCH_SETITEMS  # type: ignore[attr-defined]


settings.register_profile(
    "suite", max_examples=60, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")
