"""Fixtures for stacks of programs that use the toy provider."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pulumi_daily.testing import Stack

from .toy_provider import World

TESTS = Path(__file__).parents[1]


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path / "world.json")


@pytest.fixture
def stack_of(world):
    """Makes stacks of programs that use the toy provider."""

    def make(program, **options) -> Stack:
        config = {"toy:file": str(world.path), **options.pop("config", {})}
        env = {**os.environ, "PYTHONPATH": str(TESTS)}
        return Stack(program, config=config, **{"timeout": 30, "env": env, **options})

    return make
