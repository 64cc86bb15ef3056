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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import grpc
from pulumi import RunError
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config
from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

from ._process import Child, Start, start_child
from ._provider import CHANNEL_OPTIONS
from ._steps import Severity

_SCRIPT = Path(__file__).with_name("_program.py")
_ORGANIZATION = "organization"
_REPORTED = 32
"""The exit status of a program that has reported its error (see :mod:`._program`)."""
_GRACE = 2.0
"""Seconds between the request to a program to end and its forced end."""

Ended = Callable[[str | None], None]
"""Called once: with None if the program succeeded, else with the reason (``""`` if the program has reported it)."""


class ProgramError(Exception):
    """Error: the program does not exist. The message contains the path that was searched."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project: its location and its program."""

    root: Path
    program: Path
    name: str | None
    config: Mapping[str, Any] = field(default_factory=dict)
    """The declarations about the configuration in ``Pulumi.yaml``."""

    @property
    def folder(self) -> Path:
        """Return the working directory of the program and of its providers."""
        return self.program if self.program.is_dir() else self.program.parent

    @classmethod
    def of(cls, path: Path) -> Project:
        """Return the project at `path`: a directory (with or without ``Pulumi.yaml``), or a Python file.

        ``name``, ``main`` and ``config`` are taken from ``Pulumi.yaml``. Raises :class:`ProgramError` if there is no
        program.
        """
        path = path.resolve()
        if path.is_file() and path.name != "__main__.py":
            return cls(path.parent, path, None)
        root = path.parent if path.is_file() else path
        settings: dict[str, Any] = {}
        for name in ("Pulumi.yaml", "Pulumi.yml"):
            if (root / name).is_file():
                import yaml  # type: ignore[import-untyped]  # comes with the SDK; needed for projects with a file

                settings = yaml.safe_load((root / name).read_text()) or {}
                break
        program = (root / settings.get("main", ".")).resolve()
        if not program.is_file() and not (program / "__main__.py").is_file():
            raise ProgramError(f"no Pulumi program: there is no __main__.py in {program}")
        return cls(root, program, settings.get("name"), settings.get("config") or {})


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
            "root": str(project.root),
            "monitor": info.address,
            "engine": info.address,
            "project": info.project,
            "stack": info.stack,
            "organization": _ORGANIZATION,
            "parallel": info.parallel,
            "dry_run": info.dry_run,
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
        elif status == _REPORTED:
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
            self._configure(channel)
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

    def _configure(self, channel: grpc.Channel) -> None:
        info = self._info
        settings: dict[str, Any] = {
            "monitor": resource_pb2_grpc.ResourceMonitorStub(channel),
            "engine": _QuietEngine(engine_pb2_grpc.EngineStub(channel)),
            "project": info.project,
            "stack": info.stack,
            "parallel": info.parallel,
            "dry_run": info.dry_run,
            "organization": _ORGANIZATION,
            "root_directory": str(Path.cwd()),
        }
        known = inspect.signature(Settings.__init__).parameters
        # A new thread has a new context, which contains the SDK's settings: they are isolated from other threads.
        configure(Settings(**{k: v for k, v in settings.items() if k in known}))
        set_all_config(dict(info.config), list(info.secret_keys))


class _QuietEngine:
    """A client of the engine without debug messages; see :class:`._program.QuietEngine`."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub

    def Log(self, request: Any) -> Any:
        return None if request.severity == 0 else self._stub.Log(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stub, name)


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
