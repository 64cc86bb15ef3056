"""The stand-in for the CLI in a process that stays: starting it for each command takes too long."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socketserver
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

STAND_IN = Path(__file__).resolve().with_name("pulumi")
CLIENT = """#!{python} -IS
import json, os, socket, sys
asks = (sys.argv[1:3] == ["config", "set"] or "/dev/stdin" in sys.argv) and not sys.stdin.isatty()
call = {{"argv": sys.argv, "cwd": os.getcwd(), "env": dict(os.environ), "stdin": sys.stdin.read() if asks else ""}}
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    with server.makefile("rwb") as stream:
        stream.write(json.dumps(call).encode() + b"\\n")
        stream.flush()
        answer = json.loads(stream.readline())
sys.stdout.write(answer["out"])
sys.stderr.write(answer["err"])
sys.exit(answer["code"])
"""


def load() -> ModuleType:
    """Return the stand-in as a module."""
    loader = SourceFileLoader("stand_in_pulumi", str(STAND_IN))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def run(module: ModuleType, call: Mapping[str, Any]) -> dict[str, Any]:
    """Run one command with the arguments, folder and environment of the caller; return what it printed and its code."""
    out, err, code, before = io.StringIO(), io.StringIO(), 0, os.getcwd()
    os.chdir(call["cwd"])
    try:
        with (
            mock.patch.dict(os.environ, call["env"], clear=True),
            mock.patch.object(sys, "argv", call["argv"]),
            mock.patch.object(sys, "stdin", io.StringIO(call["stdin"])),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            module.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # noqa: BLE001
        code = 1
        err.write(traceback.format_exc())
    finally:
        os.chdir(before)
    return {"out": out.getvalue(), "err": err.getvalue(), "code": code}


@contextlib.contextmanager
def warm(folder: Path) -> Iterator[None]:
    """Write a command `pulumi` into a folder, which runs the stand-in in this process until the end."""
    module = load()
    address = str(folder / "s")

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(json.dumps(run(module, json.loads(self.rfile.readline()))).encode() + b"\n")

    client = folder / "pulumi"
    client.write_text(CLIENT.format(python=sys.executable, address=address), "utf-8")
    client.chmod(0o755)
    with socketserver.UnixStreamServer(address, Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
