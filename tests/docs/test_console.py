"""The commands on the pages run, in their order, with the stand-in for the CLI and with the CLI itself."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from blocks import PREAMBLE, ROOT, Block, blocks
from warm import warm

from pulumi_daily.emulator import Emulator

PAGES = sorted({b.page for b in blocks() if b.language == "console" and not b.reason and "cli" not in b.words})
PAGES_OF_CLI = ("README.md", "docs/leaving.md", "docs/ownership.md", "docs/tutorial.md")
"""The pages that the CLI runs, too: where commands follow each other, or the stand-in lacks one."""
KEY = "local-key"
PORT = "8765"
MARK = "----- block "
SECONDS = 600


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(folder: Path, url: str) -> dict[str, str]:
    """Return the environment of a user who has installed the package and a CLI, and nothing else."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "DAILY_", "COVERAGE_"))}
    return own | {
        "PATH": os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(folder),
        "PULUMI_HOME": str(folder / ".pulumi"),
        "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "page",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_SKIP_CONFIRMATIONS": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "DAILY_API_URL": url,
        "DAILY_API_KEY": KEY,
    }


def script(own: list[Block], has_project: bool) -> str:
    """Return the bash script of a page. Each block reads the key from standard input if it asks for one."""
    lines = ["set -eo pipefail"]
    if has_project:
        lines += ["pulumi stack init prod", "pulumi stack init dev"]
    for number, block in enumerate(own):
        lines.append(f"echo '{MARK}{number}'")
        if "each" in block.words:
            commands = [line for line in block.text.splitlines() if line.strip()]
            lines += [f"(cd $(mktemp -d) && {line.partition('  #')[0]})" for line in commands]
        else:
            lines += ["{", block.text.rstrip("\n"), '} < "$HOME/key"']
    text = "\n".join(lines)
    # The port of the emulator is not the usual one.
    return text.replace("emulator ctl ", f"emulator ctl --url http://127.0.0.1:{PORT} ") + "\n"


@contextlib.contextmanager
def running(commands: list[str], folder: Path, env: dict[str, str], port: int) -> Iterator[None]:
    """Run commands in the background until the end; the port answers meanwhile."""
    started = [
        subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=folder, env=env, stdout=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        end = time.monotonic() + SECONDS
        while started:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert time.monotonic() < end
            assert all(process.poll() is None for process in started)
            time.sleep(0.05)
        yield
    finally:
        for process in started:
            process.terminate()
            process.wait()


def furnish(emulator: Emulator) -> None:
    """Create what the pages about existing objects name."""
    for name in ("standup", "lobby", "team-a", "team-b"):
        emulator.add_room(name, enable_chat=True)
    for name in ("desk.1", "desk.2"):
        emulator.add("sip_clients", username=name)


WITH_CLI = [pytest.mark.cli, pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi on PATH")]
RUNS = [(page, "stand-in") for page in PAGES] + [pytest.param(page, "cli", marks=WITH_CLI) for page in PAGES_OF_CLI]


@pytest.mark.parametrize(("page", "engine"), RUNS)
def test_commands(page: str, engine: str, tmp_path: Path) -> None:
    port = free_port()
    here = [block for block in blocks() if block.page == page and not block.reason]
    skipped = {"background"} if engine == "cli" else {"background", "cli"}
    own = [b for b in here if b.language == "console" and not skipped & set(b.words)]
    background = [b.text.strip().partition("  #")[0] + f" --port {port}" for b in here if "background" in b.words]
    env = environment(tmp_path, f"http://127.0.0.1:{port}/v1")
    write_page(here, own, tmp_path, port)
    with contextlib.ExitStack() as stack:
        if engine == "stand-in":
            stack.enter_context(warm(tmp_path / "bin"))
        if not background:
            emulator = stack.enter_context(Emulator(domain_name="acme", api_key=KEY, port=port))
            if any("furnished" in block.words for block in own):
                furnish(emulator)
        stack.enter_context(running(background, tmp_path, env, port))
        done = subprocess.run(
            ["bash", "page.sh"],
            cwd=tmp_path,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-6000:]
    if engine == "cli":  # the stand-in prints other lines
        compare_outputs(here, own, done.stdout)


def write_page(here: list[Block], own: list[Block], folder: Path, port: int) -> None:
    """Write the script of a page, its files, and a project unless the page makes its own."""
    files = {block.file: block.text for block in here if block.file}
    has_project = not any(Path(name).name == "Pulumi.yaml" for name in files)
    if has_project:
        program = next((block.text for block in here if block.program), "")
        files = {"Pulumi.yaml": "name: page\nruntime: python\n", "__main__.py": PREAMBLE + program} | files
    files |= {"key": KEY + "\n", "page.sh": script(own, has_project)}
    for name in ("backend", "bin"):
        (folder / name).mkdir()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.replace(PORT, str(port)), "utf-8")
    if any("cd examples/" in block.text for block in own):
        shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("Pulumi.*.yaml"))


def compare_outputs(here: list[Block], own: list[Block], printed: str) -> None:
    """Raise AssertionError unless each line of an output block is in the output of the block before it."""
    outputs = [part.partition("\n")[2] for part in printed.split(MARK)[1:]]
    for before, block in itertools.pairwise(here):
        if "output" in block.words:
            lines = {line.strip() for line in outputs[own.index(before)].splitlines()}
            assert {line.strip() for line in block.text.splitlines()} <= lines, block.where
