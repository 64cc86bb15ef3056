"""What is released: what is in the wheel and the sdist, and what the Pulumi CLI makes of an installed wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "pulumi_daily/pulumi-plugin.json"
NO_PLUGIN = {"resource": False}
SECONDS = 120.0


def run(*command: str, folder: Path, env: dict[str, str] | None = None) -> None:
    """Run a command, which must succeed."""
    done = subprocess.run(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", str(folder), folder=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    [found] = built.glob("*.whl")
    return found


def test_the_wheel_has_all_modules_and_says_that_there_is_no_plugin(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert json.loads(archive.read(PLUGIN)) == NO_PLUGIN
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "pulumi_daily").rglob("*.py")} <= names


def test_the_sdist_says_that_there_is_no_plugin(built: Path):
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        member = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/{PLUGIN}")
        assert member is not None
        assert json.load(member) == NO_PLUGIN


@pytest.mark.cli
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi on PATH")
def test_the_cli_looks_for_no_plugin_of_the_installed_wheel(wheel: Path, tmp_path: Path):
    venv, work = tmp_path / "venv", tmp_path / "work"
    for folder in (work, tmp_path / "backend"):
        folder.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", str(venv), folder=tmp_path)
    python = venv / Path(sys.executable).relative_to(sys.prefix)
    [site] = venv.glob("lib/python*/site-packages")
    # What the wheel needs is there already. The .pth files there, with this checkout, are not read from here.
    (site / "needed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check")
    run(*pip, "install", "--no-index", "--no-deps", str(wheel), folder=tmp_path)
    code = f"import pulumi_daily; assert pulumi_daily.__file__.startswith({str(site)!r})"
    run(str(python), "-c", code, folder=tmp_path)

    project = {"name": "packaged", "runtime": {"name": "python", "options": {"virtualenv": str(venv)}}}
    (work / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")  # JSON is YAML
    (work / "__main__.py").write_text("", encoding="utf-8")
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "COVERAGE_"))} | {
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "HTTPS_PROXY": "http://127.0.0.1:9",  # a download fails at once
    }
    run("pulumi", "install", "--no-dependencies", "--non-interactive", folder=work, env=env)
    run("pulumi", "plugin", "install", "--non-interactive", folder=work, env=env)
