"""Runs a Pulumi program in its own process, as the CLI's language host does.

Run as a script: ``_program.py <JSON>`` with the keys ``program`` (``.``, or a file in the working directory),
``address`` (of monitor and engine) and ``settings`` (see :func:`configure`). The configuration is passed in the
environment (``PULUMI_CONFIG``, ``PULUMI_CONFIG_SECRET_KEYS``); the working directory is the process's own. The exit
status is 32 after an unhandled exception, which was reported, as with the CLI's host, and 1 after a
``pulumi.RunError``.

:mod:`._runner` imports :func:`configure` for programs in its own process. This module itself imports nothing of the
package, which a program may replace by its own.
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
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import grpc
import pulumi
import pulumi.runtime
from pulumi.runtime.proto import engine_pb2_grpc

REPORTED = 32
"""The exit status of a program that has reported its error."""


class QuietEngine:
    """A client of the engine that does not send debug messages (several per resource), which are not shown anyway."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub

    def Log(self, request: Any) -> Any:
        return None if request.severity == 0 else self._stub.Log(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stub, name)


def configure(
    monitor: Any, engine: Any, config: "Mapping[str, str]", secret_keys: "list[str]", settings: "dict[str, Any]"
) -> None:
    """Configure the SDK for a program in the current context.

    `monitor` is the stub of the resource monitor or its address, `engine` the stub of the engine. Of the other
    `settings`, those that the installed SDK does not know are left out.
    """
    known = inspect.signature(pulumi.runtime.Settings.__init__).parameters
    known_settings = {name: value for name, value in settings.items() if name in known}
    pulumi.runtime.configure(pulumi.runtime.Settings(monitor=monitor, engine=QuietEngine(engine), **known_settings))
    pulumi.runtime.set_all_config(dict(config), list(secret_keys))


def run(options: "dict[str, Any]") -> int:
    address = options["address"]
    configure(
        address,
        engine_pb2_grpc.EngineStub(grpc.insecure_channel(address)),
        json.loads(os.environ.get("PULUMI_CONFIG", "{}")),
        json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]")),
        options["settings"],
    )
    program = options["program"]
    del sys.path[0]  # this script's folder; runpy adds the folder of a directory, but not that of a file
    sys.argv = [program]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(options["settings"]["parallel"], 1) * 4)
    loop.set_default_executor(executor)
    # A failed program leaves unread futures; the failure itself is reported below.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _execute(program)))
    except pulumi.RunError as e:
        pulumi.log.error(str(e))
        return 1
    except Exception:  # noqa: BLE001 - any exception comes from the program, and is reported
        pulumi.log.error("Program failed with an unhandled exception:\n" + _user_traceback(program))
        return REPORTED
    finally:
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _execute(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


def _user_traceback(program: str) -> str:
    """Return the current exception's traceback without the frames before the program's first one.

    The program's frames are those of files under the working directory; without any, all frames are kept. A hint
    precedes the traceback of an import that failed for a module next to the program.
    """
    frames = traceback.extract_tb(sys.exc_info()[2])
    home = os.path.join(os.getcwd(), "")
    own = [i for i, frame in enumerate(frames) if os.path.abspath(frame.filename).startswith(home)]
    first = next((i for i in own if not frames[i].filename.startswith("<")), 0)
    return _hint(program, sys.exc_info()[1]) + traceback.format_exc(limit=first - len(frames) if first else None)


def _hint(program: str, error: "BaseException | None") -> str:
    """Return advice if `error` is the failed import of a module next to `program`, a file; else ``""``.

    Pulumi does not import from the folder of such a program.
    """
    name = (getattr(error, "name", None) or "").partition(".")[0]
    beside = [path for path in (f"{name}.py", name) if name and os.path.exists(path)]
    if program == "." or not isinstance(error, ModuleNotFoundError) or not beside:
        return ""
    return (
        f"{beside[0]} lies beside {program}, but Pulumi does not import from the folder of a program that is a file: "
        "let `main` in Pulumi.yaml be a folder with a __main__.py, or set PYTHONPATH\n"
    )


def end(status: int) -> NoReturn:
    """End the process with `status`, without the interpreter's finalization unless other threads still run.

    The finalization takes longer than a small program.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:  # Python must wait for the program's threads
        sys.exit(status)
    atexit._run_exitfuncs()
    os._exit(status)


if __name__ == "__main__":
    end(run(json.loads(sys.argv[1])))
