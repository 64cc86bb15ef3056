"""Runs a Pulumi program in a process of its own, as the CLI's language host would.

Run as a script, never imported: ``_program.py <JSON>`` with the keys ``program`` (a directory with ``__main__.py``, or
a file), ``root``, ``monitor``, ``engine``, ``project``, ``stack``, ``organization``, ``parallel``, ``dry_run``. The
configuration comes in the environment (``PULUMI_CONFIG``, ``PULUMI_CONFIG_SECRET_KEYS``), the working directory is
the process's own. Ends with status 32 when it has reported what went wrong, as the CLI's host does.
"""

import asyncio
import atexit
import inspect
import json
import logging
import os
import runpy
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import grpc
import pulumi
import pulumi.runtime
from pulumi.runtime.proto import engine_pb2_grpc

REPORTED = 32


class QuietEngine:
    """The engine's client, but debug messages (several per resource) are not sent: nobody would see them."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub

    def Log(self, request: Any) -> Any:
        return None if request.severity == 0 else self._stub.Log(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stub, name)


def run(options: "dict[str, Any]") -> int:
    pulumi.runtime.set_all_config(
        json.loads(os.environ.get("PULUMI_CONFIG", "{}")),
        json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]")),
    )
    engine = QuietEngine(engine_pb2_grpc.EngineStub(grpc.insecure_channel(options["engine"])))
    settings: dict[str, Any] = {
        "monitor": options["monitor"],
        "engine": engine,
        "project": options["project"],
        "stack": options["stack"],
        "parallel": options["parallel"],
        "dry_run": options["dry_run"],
        "organization": options["organization"],
        "root_directory": options["root"],
    }
    known = inspect.signature(pulumi.runtime.Settings.__init__).parameters
    pulumi.runtime.configure(pulumi.runtime.Settings(**{k: v for k, v in settings.items() if k in known}))
    program = options["program"]
    home = program if os.path.isdir(program) else os.path.dirname(program)
    sys.path[0] = home
    sys.argv = [program]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(options["parallel"], 1) * 4)
    loop.set_default_executor(executor)
    # A program that fails leaves futures behind that nobody has looked at; the failure itself is reported below.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _execute(program)))
    except pulumi.RunError as e:
        pulumi.log.error(str(e))
        return 1
    except Exception:  # noqa: BLE001 - whatever it is, it is the program's, and is reported
        pulumi.log.error("Program failed with an unhandled exception:\n" + _user_traceback(home))
        return REPORTED
    finally:
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _execute(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


def _user_traceback(home: str) -> str:
    """The current exception's traceback, from the program's first frame on."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    for index, frame in enumerate(frames):
        own = os.path.abspath(frame.filename).startswith(os.path.join(os.path.abspath(home), ""))
        if own and not frame.filename.startswith("<"):
            return traceback.format_exc(limit=index - len(frames))
    return traceback.format_exc()


def end(status: int) -> NoReturn:
    """End the process. Taking the interpreter apart takes longer than a small program: left out where it may be."""
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:  # the program has threads that Python would wait for
        sys.exit(status)
    atexit._run_exitfuncs()
    os._exit(status)


if __name__ == "__main__":
    end(run(json.loads(sys.argv[1])))
