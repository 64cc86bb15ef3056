"""How long the random laws run: `make soak` sets these variables, `make test` none of them."""

from __future__ import annotations

import os

SOAKS = "PULUMI_DAILY_SOAK" in os.environ
TIMES = max(1, int(os.environ.get("PULUMI_DAILY_SOAK", "1")))
"""How many times more examples than in `make test`."""
SECONDS = float(os.environ.get("PULUMI_DAILY_SOAK_SECONDS", "600"))
"""The time of the test that lives through one random story after another."""
SEED = int(os.environ.get("PULUMI_DAILY_SOAK_SEED", "1"))
"""The seed of its first story; each further story has the next one."""
