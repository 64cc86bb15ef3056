"""examples/unit_tests: a user copies the folder, installs the package with `testing`, and runs pytest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "unit_tests"


def test_its_tests_pass_without_key_and_settings_of_this_repository(tmp_path: Path) -> None:
    folder = tmp_path / "unit_tests"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    env = {key: value for key, value in os.environ.items() if not key.startswith(("DAILY_", "PULUMI_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--disable-socket"]
    command += ["-p", "no:schemathesis"]  # which takes seconds to load, and is not what a user has
    command += ["--allow-hosts=127.0.0.1,::1,localhost", "--allow-unix-socket"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout
