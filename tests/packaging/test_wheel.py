"""What is released: the contents of the wheel and the sdist, and what an installed wheel does without the checkout."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import stat
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


def run(*command: str, folder: Path, env: dict[str, str] | None = None) -> str:
    """Run a command, which must succeed, and return its output."""
    done = subprocess.run(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}\n{done.stderr}"
    return done.stdout


def build(source: Path, folder: Path) -> Path:
    """Build wheel and sdist of a source folder as `make dist` does, and return the folder that they are in."""
    run(sys.executable, "-m", "hatchling", "build", "-d", str(folder), folder=source)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    [found] = built.glob("*.whl")
    return found


def test_the_wheel_has_all_modules_and_says_that_there_is_no_plugin(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert json.loads(archive.read(PLUGIN)) == NO_PLUGIN
    sources = [path for ending in ("py", "lua") for path in (ROOT / "pulumi_daily").rglob(f"*.{ending}")]
    assert {path.relative_to(ROOT).as_posix() for path in sources} <= names


def test_the_sdist_has_every_file_of_the_repository(built: Path):
    """So all tests can be run from it. An unpacked sdist, which has no Git, is compared with its own files."""
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tracked = {name for name in names if (ROOT / name).is_file()}
    untracked: set[str] = set()
    if (ROOT / ".git").exists():
        tracked = {name for name in run("git", "ls-files", folder=ROOT).splitlines() if (ROOT / name).exists()}
        untracked = set(run("git", "ls-files", "--others", "--exclude-standard", folder=ROOT).splitlines())
    assert len(tracked) > 400
    assert tracked <= names <= tracked | untracked | {"PKG-INFO"}


def test_the_same_source_gives_the_same_bytes(built: Path, tmp_path: Path):
    """Built again, from the unpacked sdist: another folder, other times and another mask of permissions."""
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [source] = tmp_path.iterdir()
    for path in source.rglob("*"):
        path.chmod(0o700 if path.stat().st_mode & stat.S_IXUSR else 0o600)
    again = build(source, tmp_path / "again")
    digests = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in (built, again)]
    assert sorted(digests[0]) == sorted(digests[1])
    assert [name for name, data in digests[0].items() if data != digests[1][name]] == []


def test_the_sdist_says_that_there_is_no_plugin(built: Path):
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        member = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/{PLUGIN}")
        assert member is not None
        assert json.load(member) == NO_PLUGIN


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment with the wheel, in which nothing of this checkout can be imported."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(venv), folder=venv.parent)
    python = venv / Path(sys.executable).relative_to(sys.prefix)
    [site] = venv.glob("lib/python*/site-packages")
    # What the wheel needs is there already. The .pth files there, with this checkout, are not read from here.
    (site / "needed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check")
    run(*pip, "install", "--no-index", "--no-deps", str(wheel), folder=venv.parent)
    code = f"import pulumi_daily; assert pulumi_daily.__file__.startswith({str(site)!r})"
    run(str(python), "-c", code, folder=venv.parent, env=clean_environment())
    return python


def test_the_installed_wheel_runs_the_quickstart(python: Path, tmp_path: Path):
    """The demonstration creates, previews, repairs and deletes the five rooms; it fails if a step surprises it."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    env = clean_environment() | {"PULUMI_DAILY_NO_CLI": "1"}
    run(str(python), "examples/demo.py", str(tmp_path / "demo"), folder=tmp_path, env=env)


def test_the_command_and_the_resources_need_no_extra(python: Path, tmp_path: Path):
    """Without the extras `emulator` and `testing`, all other modules can be imported."""
    hidden = "import sys; sys.modules.update(dict.fromkeys(['starlette', 'uvicorn', 'pytest'])); "
    code = f"""{hidden}
import importlib, pkgutil, pulumi_daily
for name in pulumi_daily.__all__:
    getattr(pulumi_daily, name)
for found in pkgutil.walk_packages(pulumi_daily.__path__, 'pulumi_daily.'):
    if not found.name.startswith(('pulumi_daily.emulator', 'pulumi_daily.testing', 'pulumi_daily.cli.__main__')):
        importlib.import_module(found.name)
"""
    run(str(python), "-c", code, folder=tmp_path, env=clean_environment())
    said = run(str(python.parent / "pulumi-daily"), "--version", folder=tmp_path, env=clean_environment())
    assert said.split()[-1] == importlib.metadata.version("pulumi-daily")


def clean_environment() -> dict[str, str]:
    """Return the environment without settings of Pulumi, Daily, Python's path and the measuring of coverage."""
    ours = ("PULUMI_", "DAILY_", "COVERAGE_", "PYTHONPATH")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


@pytest.mark.cli
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi on PATH")
def test_the_cli_looks_for_no_plugin_of_the_installed_wheel(python: Path, tmp_path: Path):
    work = tmp_path / "work"
    for folder in (work, tmp_path / "backend"):
        folder.mkdir()
    venv = python.parent.parent
    project = {"name": "packaged", "runtime": {"name": "python", "options": {"virtualenv": str(venv)}}}
    (work / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")  # JSON is YAML
    (work / "__main__.py").write_text("", encoding="utf-8")
    env = clean_environment() | {
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "HTTPS_PROXY": "http://127.0.0.1:9",  # a download fails at once
    }
    run("pulumi", "install", "--no-dependencies", "--non-interactive", folder=work, env=env)
    run("pulumi", "plugin", "install", "--non-interactive", folder=work, env=env)
