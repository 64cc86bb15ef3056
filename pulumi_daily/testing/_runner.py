"""Runs a program: a project in a child process, or a callable in a thread."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import inspect
import json
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import grpc
from pulumi import RunError
from pulumi.runtime import run_in_stack
from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

from ._process import Child, Start, start_child
from ._program import REPORTED, configure
from ._project import Project
from ._provider import CHANNEL_OPTIONS
from ._steps import Severity

_SCRIPT = Path(__file__).with_name("_program.py")
_ORGANIZATION = "organization"
_GRACE = 2.0
"""Seconds between the request to a program to end and its forced end."""

Ended = Callable[[str | None], None]
"""Called once: with None if the program succeeded, else with the reason (``""`` if the program has reported it)."""


@dataclass(frozen=True)
class RunInfo:
    """The information about the operation that a program receives."""

    address: str
    project: str
    stack: str
    config: Mapping[str, str]
    secret_keys: list[str]
    dry_run: bool
    parallel: int

    def settings(self, root: str) -> dict[str, Any]:
        """Return the SDK's settings, except the connections to the engine, for a program of the project at `root`."""
        return {
            "project": self.project,
            "stack": self.stack,
            "parallel": self.parallel,
            "dry_run": self.dry_run,
            "organization": _ORGANIZATION,
            "root_directory": root,
        }


class Runner(Protocol):
    """The interface of a running program."""

    def stop(self, *, patience: float) -> bool:
        """Wait `patience` seconds for the program to end, then end it. Return whether it has ended.

        A child process is interrupted, then killed. A callable gets two more seconds; it cannot be ended.
        """


class ChildProgram:
    """A project that :mod:`._program` runs in a child process."""

    def __init__(
        self,
        project: Project,
        info: RunInfo,
        *,
        env: Mapping[str, str],
        start: Start,
        turn: int,
        python: str,
        log: Callable[[Severity, str], None],
        ended: Ended,
    ) -> None:
        options = {
            "program": "." if project.program.is_dir() else project.program.name,
            "address": info.address,
            "settings": info.settings(str(project.root)),
        }
        self._tail: list[str] = []
        self._log = log
        self._ended = ended
        self._child: Child = start_child(
            [str(_SCRIPT), json.dumps(options)],
            env={
                **env,
                "PULUMI_CONFIG": json.dumps(dict(info.config)),
                "PULUMI_CONFIG_SECRET_KEYS": json.dumps(info.secret_keys),
            },
            cwd=project.folder,
            on_line=self._line,
            start=start,
            turn=turn,
            python=python,
        )
        self._watch = threading.Thread(target=self._wait, daemon=True)
        self._watch.start()

    def _line(self, stream: str, line: str) -> None:
        self._tail = [*self._tail[-19:], line]
        self._log("info", line)

    def _wait(self) -> None:
        while (status := self._child.wait(1.0)) is None:
            pass
        if status == 0:
            self._ended(None)
        elif status == REPORTED:
            self._ended("")
        else:
            message = f"an unhandled error occurred: program exited with non-zero exit code: {status}"
            self._ended("\n  ".join([message, *(self._tail if status != 1 else [])]))

    def stop(self, *, patience: float) -> bool:
        if patience:
            self._child.wait(patience)
        self._child.end(_GRACE)
        self._watch.join(_GRACE + 10)
        return True


class InlineProgram:
    """A callable that runs in a thread of this process, with Pulumi's runtime state in its own context."""

    def __init__(self, program: Callable[[], Any], info: RunInfo, *, ended: Ended) -> None:
        self._program, self._info, self._ended = program, info, ended
        self._thread = threading.Thread(target=self._main, name="pulumi-daily-program", daemon=True)
        self._thread.start()

    def stop(self, *, patience: float) -> bool:
        self._thread.join(patience + _GRACE)
        return not self._thread.is_alive()

    def _main(self) -> None:
        error: str | None = None
        channel = grpc.insecure_channel(self._info.address, options=CHANNEL_OPTIONS)
        executor = concurrent.futures.ThreadPoolExecutor(
            max(self._info.parallel, 1) * 4, thread_name_prefix="pulumi-daily-program"
        )
        loop = asyncio.new_event_loop()
        # A failed program leaves unread futures; the failure itself is reported.
        loop.set_exception_handler(lambda *_: None)
        loop.set_default_executor(executor)
        asyncio.set_event_loop(loop)
        try:
            info = self._info
            configure(  # a new thread has a new context: the SDK's settings in it are isolated from other threads
                resource_pb2_grpc.ResourceMonitorStub(channel),
                engine_pb2_grpc.EngineStub(channel),
                info.config,
                info.secret_keys,
                info.settings(str(Path.cwd())),
            )
            loop.run_until_complete(run_in_stack(self._program))
        except RunError as e:
            error = str(e)
        except BaseException as e:  # noqa: BLE001 - any exception comes from the program, and is reported
            error = "Program failed with an unhandled exception:\n" + _own_traceback(e)
        finally:
            with contextlib.suppress(Exception):
                _wind_up(loop)
            executor.shutdown(wait=True)
            asyncio.set_event_loop(None)
            loop.close()
            channel.close()
        self._ended(error)


def _wind_up(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the remaining tasks of a failed program, so that none is destroyed while pending."""
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())


def _own_traceback(error: BaseException) -> str:
    """Return the traceback of `error` without the frames before the program's first one (asyncio, SDK, this module)."""
    frames = traceback.extract_tb(error.__traceback__)
    hidden = (__file__, asyncio.__path__[0], inspect.getfile(run_in_stack))
    index = next((i for i, f in enumerate(frames) if not f.filename.startswith(hidden)), 0)
    return "".join(traceback.format_exception(error, limit=index - len(frames)))
