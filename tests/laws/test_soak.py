"""One random story after another, for ten minutes: `make soak`."""

from __future__ import annotations

import itertools
import time
from collections import Counter

import pytest
import test_laws_ownership
import test_laws_stories
from soak import SECONDS, SEED, SOAKS

STORIES = {"rooms that change hands": test_laws_ownership.story_of, "every kind": test_laws_stories.story_of}


@pytest.mark.skipif(not SOAKS, reason="make soak runs it: it takes ten minutes")
def test_soak(capsys: pytest.CaptureFixture[str]) -> None:
    """Live through the stories of each sort in turn until the time is over; the first that breaks a law fails."""
    ends = time.monotonic() + SECONDS
    stories: Counter[str] = Counter()
    operations = kills = losses = made = 0
    for seed in itertools.count(SEED):
        for sort, story_of in STORIES.items():
            world = story_of(seed)
            stories[sort] += 1
            operations, made = operations + world.runs, made + len(world.maker)
            kills, losses = kills + world.kills, losses + world.losses
        if time.monotonic() > ends:
            break
    with capsys.disabled():
        sorts = " and ".join(f"{count} of {sort}" for sort, count in stories.items())
        print(  # noqa: T201 - the figures are what the run is for
            f"\nseeds {SEED} to {seed}: stories of two stacks, {sorts}; {operations} operations, {made} objects made; "
            f"survived {kills} kills and {losses} lost answers; lost 0, orphaned 0, leaked 0"
        )
