"""Settings of the whole suite: hypothesis prints the seed of a failure and is bounded."""

from __future__ import annotations

import os
import pickle
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The workers of xdist are measured, the processes that tests start are not: that would take twice the time.
if "PYTEST_XDIST_WORKER" in os.environ:
    for _name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        os.environ.pop(_name, None)

# Pulumi's SDK wraps this method anew for each resource it serialises and never takes a wrapper off: after some hundred
# resources in one process, pickling a dictionary exceeds the recursion limit.
_BATCH_SETITEMS = pickle._Pickler._batch_setitems  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _plain_pickler() -> Iterator[None]:
    yield
    pickle._Pickler._batch_setitems = _BATCH_SETITEMS  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def _caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(autouse=True)
def _own_cache(_caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder for each test: the user's stays untouched, and no test waits for the requests of another."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(_caches / uuid.uuid4().hex))


# The same random examples in each run, so that a failure is about what was changed; PULUMI_DAILY_RANDOM=1 tries others.
settings.register_profile(
    "suite",
    max_examples=60,
    deadline=None,
    print_blob=True,
    derandomize="PULUMI_DAILY_RANDOM" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")
