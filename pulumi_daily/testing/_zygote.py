"""A process that becomes a provider or a program on request: Python with the Pulumi SDK imported, forked on request.

Run as a script, never imported: a forked process must look like the fresh ``python -m pulumi.dynamic`` (or ``python
__main__.py``) that it replaces. The process has no threads and has opened no gRPC channel, so forking is safe. User
code is imported only after the fork, in a process that ends with the operation. The installed ``pulumi_daily`` is
imported before, because that takes most of a second. Where the user has a module with the name of one that has been
imported (``requests``, or Python's own ``secrets``), the process becomes a fresh interpreter.

It can also run a process at once, without a fork: ``_zygote.py run <argv …>``.

Requests come through an inherited Unix socket (whose number is ``argv[1]``): requests and answers are 4 bytes of length
and JSON; a ``start`` request includes two file descriptors (stdout, stderr). When the socket is closed, the process
kills its children and ends.
"""

import contextlib
import importlib
import importlib.machinery
import json
import os
import runpy
import select
import signal
import socket
import sys
import sysconfig
from types import CodeType
from typing import Any

PRELOADED = (
    "asyncio",
    "concurrent.futures",
    "dill",
    "grpc",
    "pulumi.dynamic",
    "pulumi.runtime.proto.engine_pb2_grpc",
    "pulumi.runtime.proto.provider_pb2_grpc",
    "pulumi.runtime.proto.resource_pb2_grpc",
    "runpy",
)
PRELOADED_IF_THERE = ("pydantic", "requests", "pulumi_daily.providers", "pulumi_daily.resources.room")
"""The modules that providers of this package import in addition to the SDK, and this package itself."""
MAX_REQUEST = 64 * 1024 * 1024


def main() -> None:
    sock = socket.socket(fileno=int(sys.argv[1]))
    _import()
    own = {os.path.abspath(p) for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p}
    base_path = [p for p in sys.path[1:] if p not in own]  # a child has its own PYTHONPATH
    wake_r, wake_w = os.pipe()
    os.set_blocking(wake_w, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
    running: set[int] = set()
    ended: dict[int, int] = {}
    try:
        _send(sock, {"ready": True})
    except BrokenPipeError:  # ended before it was used
        return
    while True:
        select.select([sock.fileno(), wake_r], [], [])
        _reap(running, ended)
        if not select.select([sock], [], [], 0)[0]:
            if select.select([wake_r], [], [], 0)[0]:
                os.read(wake_r, 4096)
            continue
        request, fds = _receive(sock)
        if request is None:
            break
        if request["do"] == "start":
            pid = os.fork()
            if pid == 0:
                sock.close()
                os.close(wake_r)
                os.close(wake_w)
                signal.set_wakeup_fd(-1)
                _become(request, fds, base_path)
                return
            running.add(pid)
            for fd in fds:
                os.close(fd)
            _send(sock, {"pid": pid})
        elif request["do"] == "signal":
            if request["pid"] in running:  # the pid belongs to a child until it is reaped
                os.kill(request["pid"], request["signal"])
            _send(sock, {})
        else:
            _send(sock, {"status": ended.get(request["pid"])})
    for pid in running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for pid in running:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
    os._exit(0)


def _import() -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    for name in PRELOADED_IF_THERE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _reap(running: "set[int]", ended: "dict[int, int]") -> None:
    while running:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        running.discard(pid)
        ended[pid] = os.waitstatus_to_exitcode(status)


def _become(request: "dict[str, Any]", fds: "list[int]", base_path: "list[str]") -> None:
    """Become the process that `request` describes. Returns (or raises SystemExit) when that process ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (fds[0], 1), (fds[1], 2)):
        os.dup2(source, target)
        os.close(source)
    environment: dict[str, str] = request["env"]
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(request["cwd"]))
    argv: list[str] = request["argv"]
    extra = [os.path.abspath(p) for p in environment.get("PYTHONPATH", "").split(os.pathsep) if p]
    if _hides_what_is_imported([os.getcwd(), *(p for p in extra if p not in base_path)]):
        os.execv(sys.executable, [sys.executable, "-u", os.path.abspath(__file__), "run", *argv])
    _run(argv, [*extra, *(p for p in base_path if p not in extra)])


def _run(argv: "list[str]", path: "list[str]") -> None:
    """Run ``-m module …`` or a script, as Python does. `path` is ``sys.path`` without its first entry."""
    _compile_what_is_not_installed()
    if argv[0] == "-m":
        sys.path[:] = [os.getcwd(), *path]
        sys.argv = argv[1:]
        runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
    else:
        sys.path[:] = [os.path.dirname(argv[0]), *path]
        sys.argv = argv
        runpy.run_path(argv[0], run_name="__main__")


def _hides_what_is_imported(folders: "list[str]") -> bool:
    """Return whether a module in one of `folders` has the name of another module that is imported already."""
    for folder in folders:
        with contextlib.suppress(OSError):
            for name in {entry.partition(".")[0] for entry in os.listdir(folder)} & sys.modules.keys() - {"__main__"}:
                loaded = getattr(sys.modules[name], "__file__", None)
                found = importlib.machinery.PathFinder.find_spec(name, [folder])
                origin = found.origin if found is not None else None  # None: a folder that is not a package
                if origin is not None and not (loaded and os.path.samefile(origin, loaded)):
                    return True
    return False


def _compile_what_is_not_installed() -> None:
    """Disable reading and writing of bytecode for the user's own modules, however they are imported.

    Python treats bytecode as current when the source's time (in whole seconds) and size are unchanged. A test may
    write, run and rewrite a program within one second.
    """
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = tuple(os.path.join(folder, "") for folder in (own, *map(sysconfig.get_path, names)))
    loader = importlib.machinery.SourceFileLoader
    by_bytecode = loader.get_code

    def get_code(self: Any, fullname: str) -> "CodeType | None":
        path = os.path.abspath(self.get_filename(fullname))
        if path.startswith(installed) or not {"site-packages", "dist-packages"}.isdisjoint(path.split(os.sep)):
            return by_bytecode(self, fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code

    loader.get_code = get_code  # type: ignore[method-assign]


def _send(sock: socket.socket, message: "dict[str, Any]") -> None:
    data = json.dumps(message).encode()
    sock.sendall(len(data).to_bytes(4, "big") + data)


def _receive(sock: socket.socket) -> "tuple[dict[str, Any] | None, list[int]]":
    head, fds, _, _ = socket.recv_fds(sock, 4, 2)
    while 0 < len(head) < 4:
        head += sock.recv(4 - len(head))
    if not head:
        return None, []
    size = int.from_bytes(head, "big")
    if size > MAX_REQUEST:
        return None, []
    data = b""
    while len(data) < size:
        part = sock.recv(min(size - len(data), 1 << 20))
        if not part:
            return None, []
        data += part
    return json.loads(data), fds


if __name__ == "__main__":
    if sys.argv[1] == "run":
        _run(sys.argv[2:], sys.path[1:])
    else:
        main()
