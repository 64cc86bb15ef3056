"""The pytest plugin: light until it is used; each test begins with an empty account; the documented examples run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pulumi_daily as daily
from pulumi_daily import testing

DOCS = Path(__file__).parents[2] / "docs" / "testing.md"


def test_loading_the_plugin_loads_nothing_heavy():
    code = "import sys, pulumi_daily.testing.plugin; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "pytest" in loaded
    assert not loaded & {"pulumi", "grpc", "dill", "starlette", "uvicorn", "requests", "pydantic", "yaml"}


def test_every_public_name_is_there():
    assert testing.__all__ == list(testing._HOMES)
    for name in testing.__all__:
        assert getattr(testing, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        testing.Nothing  # noqa: B018


@pytest.mark.parametrize("round", [1, 2])
def test_every_test_begins_with_no_rooms(daily_emulator, round):
    assert daily_emulator.rooms() == {}
    daily_emulator.add_room("left-behind")


def test_a_stack_has_the_account_of_the_emulator(daily_stack, daily_emulator):
    stack = daily_stack(lambda: daily.Room("standup", name="standup"))
    stack.up()
    assert list(daily_emulator.rooms()) == ["standup"]
    assert daily_emulator.api_key not in str(stack.export())
    assert daily_emulator.api_key not in repr(stack.config)
    stack.destroy()
    assert daily_emulator.rooms() == {}


def test_configuration_given_wins(daily_stack):
    stack = daily_stack(lambda: daily.Room("r", name="r"), config={"daily:apiKey": testing.Secret("wrong")})
    with pytest.raises(testing.StackError, match=r"authentication-error|refused|401"):
        stack.up()


def test_the_documented_example_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.S)
    program = next(b for b in blocks if b.startswith("# infra/__main__.py"))
    tests = [b for b in blocks if b.startswith(("# test_infra.py", "def test_"))]
    assert len(tests) == 2
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "__main__.py").write_text(program)
    (tmp_path / "test_infra.py").write_text("\n\n".join(tests))
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:schemathesis"]
    command += ["test_infra.py"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
