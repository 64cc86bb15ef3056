"""The child processes of an operation: how they are started, how their output is read and how they are ended.

There are two ways to start one. ``spawn`` starts a fresh interpreter (about half a second until the Pulumi SDK is
imported). ``fork``, the default where the system has it, forks a process that has imported the SDK and nothing else
(:mod:`._zygote`), which takes milliseconds. ``PULUMI_DAILY_TESTING_START=spawn`` forces the former.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Literal, Protocol

Start = Literal["auto", "fork", "spawn"]
START_VARIABLE = "PULUMI_DAILY_TESTING_START"
_ZYGOTE = Path(__file__).with_name("_zygote.py")
_READY_SECONDS = 60.0
_NOISE = ("Traceback (most recent call last)", "Exception ignored", "KeyboardInterrupt")

LineHandler = Callable[[str, str], None]
"""Called with ``"stdout"`` or ``"stderr"`` and one line without its end."""


class _Process(Protocol):
    def poll(self) -> int | None: ...
    def send(self, sig: int) -> None: ...


class ProcessError(Exception):
    """Error: a child process could not be started, did not answer in time, or ended."""


class Child:
    """A running child process. Its output goes to `on_line`, line by line, from two threads."""

    def __init__(
        self,
        process: _Process,
        stdout: IO[bytes],
        stderr: IO[bytes],
        on_line: LineHandler,
        first_line: Callable[[str], None] | None = None,
    ) -> None:
        self._process = process
        self._closing = False
        self._threads = [
            threading.Thread(target=self._pump, args=(stdout, "stdout", on_line, first_line), daemon=True),
            threading.Thread(target=self._pump, args=(stderr, "stderr", on_line, None), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _pump(self, stream: IO[bytes], name: str, on_line: LineHandler, first: Callable[[str], None] | None) -> None:
        muted = False
        with stream:
            for raw in stream:
                line = raw.decode(errors="replace").rstrip("\r\n")
                if first is not None:
                    first(line)
                    first = None
                    continue
                # Output from before the request to end may be read only now; messages about the interruption are
                # irrelevant.
                muted = muted or (self._closing and line.startswith(_NOISE))
                if not muted:
                    on_line(name, line)
        if first is not None:
            first("")  # ended without output

    def poll(self) -> int | None:
        """Return the exit status (negative: the signal that ended the process), or None while the process runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        """Return the exit status, or None if the process still runs after `seconds`."""
        end = time.monotonic() + seconds
        for thread in self._threads:  # the output ends when the process does
            thread.join(max(0.0, end - time.monotonic()))
        pause = 0.001
        while (status := self._process.poll()) is None and time.monotonic() < end:
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        return status

    def end(self, grace: float = 5.0) -> None:
        """End the process: interrupt it, and kill it if it still runs after `grace` seconds."""
        self._closing = True
        end = time.monotonic() + grace
        while self._process.poll() is None and time.monotonic() < end:
            self._process.send(signal.SIGINT)  # repeated, because Python can lose one, for instance in a finalizer
            self.wait(min(0.5, grace))
        self.kill()
        self.wait(5.0)

    def kill(self) -> None:
        """Kill the process at once."""
        self._closing = True
        self._process.send(signal.SIGKILL)


class _Spawned:
    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self._popen = popen

    def poll(self) -> int | None:
        return self._popen.poll()

    def send(self, sig: int) -> None:
        self._popen.send_signal(sig)


class _Forked:
    def __init__(self, zygote: Zygote, pid: int) -> None:
        self._zygote, self._pid = zygote, pid
        self._status: int | None = None

    def poll(self) -> int | None:
        if self._status is None:
            answer = self._zygote.ask({"do": "poll", "pid": self._pid})
            self._status = -signal.SIGKILL if answer is None else answer["status"]
        return self._status

    def send(self, sig: int) -> None:
        self._zygote.ask({"do": "signal", "pid": self._pid, "signal": int(sig)})


class Zygote:
    """A process of :mod:`._zygote`, which forks children; started at first use, ended with this process.

    There are two for each interpreter, with different hash seeds, as any two processes of Python have. Successive
    operations use them alternately (by the operation's `turn`), so that a program that depends on the order of a set
    changes from one operation to the next. With a ``PYTHONHASHSEED`` in the environment of the processes there is only
    one.
    """

    _all: dict[tuple[str, str, int], Zygote] = {}
    _all_lock = threading.Lock()

    def __init__(self, python: str, hash_seed: str) -> None:
        self._lock = threading.Lock()
        self.owner = os.getpid()
        ours, theirs = socket.socketpair()
        with theirs:
            # gRPC's own fork support stays off: gRPC is not used here, and the forked process initialises it.
            env = {**os.environ, "GRPC_ENABLE_FORK_SUPPORT": "0", "PYTHONHASHSEED": hash_seed or "random"}
            self._popen = subprocess.Popen(
                [python, "-u", str(_ZYGOTE), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=env,
                start_new_session=True,  # Ctrl-C in the terminal must only reach the tests
            )
        self._sock = ours
        self._sock.settimeout(_READY_SECONDS)
        self._python = python
        self._ready = False

    @classmethod
    def of(cls, python: str, hash_seed: str = "", turn: int = 0) -> Zygote:
        """Return the live process for `python` and `turn`, and start the one for the next turn.

        With a `hash_seed` (``PYTHONHASHSEED``) there is only one. Raises :class:`ProcessError` if the SDK cannot be
        imported there.
        """
        with cls._all_lock:
            zygote = cls._live(python, hash_seed, 0 if hash_seed else turn % 2)
        zygote._wait_until_ready()
        if not hash_seed:  # starts during the operation, for the next one
            with cls._all_lock:
                cls._live(python, hash_seed, (turn + 1) % 2)
        return zygote

    @classmethod
    def _live(cls, python: str, hash_seed: str, number: int) -> Zygote:
        key = (python, hash_seed, number)
        zygote = cls._all.get(key)
        if zygote is None or zygote.owner != os.getpid() or zygote._popen.poll() is not None:
            zygote = cls._all[key] = cls(python, hash_seed)
        return zygote

    def _wait_until_ready(self) -> None:
        with self._lock:
            if not self._ready and self._read() is None:
                raise ProcessError(f"{self._python} could not import the Pulumi SDK")
            self._ready = True

    def ask(self, request: Mapping[str, Any], fds: Sequence[int] = ()) -> dict[str, Any] | None:
        """Return the answer to `request`, or None if the process is gone or does not answer within a minute."""
        data = json.dumps(request).encode()
        with self._lock:
            try:
                head = len(data).to_bytes(4, "big")
                if fds:
                    socket.send_fds(self._sock, [head], list(fds))
                else:
                    self._sock.sendall(head)
                self._sock.sendall(data)
                return self._read()
            except OSError:
                return None

    def _read(self) -> dict[str, Any] | None:
        head = self._exactly(4)
        body = self._exactly(int.from_bytes(head, "big")) if head else b""
        return json.loads(body) if body else None

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._sock.recv(size - len(data))
            if not part:
                return b""
            data += part
        return data

    def close(self) -> None:
        """End the process and all its children."""
        if self.owner == os.getpid():
            self._sock.close()
            if not self._ready:
                self._popen.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(10)

    @classmethod
    def close_all(cls) -> None:
        with cls._all_lock:
            zygotes, cls._all = list(cls._all.values()), {}
        for zygote in zygotes:
            zygote.close()


atexit.register(Zygote.close_all)


def resolve_start(start: Start) -> Literal["fork", "spawn"]:
    """Return the way to start processes: `start`, or for ``auto`` that of the environment or the fastest one.

    Raises :class:`ValueError` for any other value.
    """
    if start == "auto":
        start = os.environ.get(START_VARIABLE) or "auto"  # type: ignore[assignment]
    if start not in ("auto", "fork", "spawn"):
        raise ValueError(f"start must be auto, fork or spawn, not {start!r}")
    if start == "auto":
        return "fork" if hasattr(os, "fork") and hasattr(socket, "send_fds") else "spawn"
    return start


def start_child(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    on_line: LineHandler,
    first_line: Callable[[str], None] | None = None,
    start: Start = "auto",
    turn: int = 0,
    python: str = sys.executable,
) -> Child:
    """Start ``python <argv>`` (a script and its arguments, or ``-m module …``) in `cwd` with exactly `env`.

    `turn` is the number of the operation (see :class:`Zygote`). The first line of stdout goes to `first_line` if given
    (``""`` when the process ends without one). Raises :class:`ProcessError` or :class:`OSError` if it cannot be
    started.
    """
    if resolve_start(start) == "spawn":
        popen = subprocess.Popen(
            [python, "-u", str(_ZYGOTE), "run", *argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert popen.stdout is not None
        assert popen.stderr is not None
        return Child(_Spawned(popen), popen.stdout, popen.stderr, on_line, first_line)
    zygote = Zygote.of(python, env.get("PYTHONHASHSEED", "").replace("random", ""), turn)
    out_r, out_w = os.pipe()
    err_r, err_w = os.pipe()
    try:
        request = {"do": "start", "argv": list(argv), "env": dict(env), "cwd": str(cwd)}
        answer = zygote.ask(request, [out_w, err_w])
    finally:
        os.close(out_w)
        os.close(err_w)
    stdout, stderr = os.fdopen(out_r, "rb"), os.fdopen(err_r, "rb")
    if answer is None:
        stdout.close()
        stderr.close()
        raise ProcessError("the process that starts providers is gone")
    return Child(_Forked(zygote, answer["pid"]), stdout, stderr, on_line, first_line)
