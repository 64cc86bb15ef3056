"""The ledgers of all processes of this machine that use one key: a small file in the user's cache folder.

* Alone: an advisory lock of the operating system on the open file. It ends with its process, however that
  ends; there is no lock file that could stay behind. It is held for some ten microseconds; who does not get
  it for two seconds (its owner was stopped in the middle) goes on without the file.
* Clock: `time.monotonic`, which is the same for all processes of a machine (Python's documentation, for all
  systems since 3.10). It starts anew with the machine, so what was written before a restart, or by another
  machine with the same home folder, must not be read: the kernel's boot id is part of the file's name; where
  there is none, the moment of the start (wall clock minus monotonic clock) is in the file. That moment changes when
  the wall clock is set or the monotonic one stands still (a laptop asleep); what was written before is dropped then.
* Whatever is in the file, nothing in it can hold anybody up for long: times in the future are brought back,
  a pause is bounded, and a file that cannot be read is an empty one.
* Nothing is secret in it. Its name is a digest of key, URL and boot id, and folder and file are the user's
  alone, so that nobody else can slow him down. Only a folder that the caller names is taken as it is.
* Where the cache folder cannot be used (one run under `sudo` left it to root), all processes of the user meet in
  `pulumi-daily-<uid>` in the folder for temporary files. Who makes that says so.

Where there can be no such file either, the process keeps its ledgers by itself, and says so once.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import os
import socket
import stat
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from ._ledger import FLOOR, GRACE, LEASE, Ledger, Ticket
from ._locks import ProcessLock
from ._printable import printable

MAGIC = b"pulumi-daily limits, format 1\n\0\0"
LIMIT = 1 << 20  # bytes; a file that claims to be longer is not one of ours
MOST = 1000  # entries of a kind; there are never so many unless something went wrong
LONGEST_PAUSE = 600.0  # seconds
LOCK_SECONDS = 2.0
LOCK_AT = 1 << 30  # the byte to lock where locks are on bytes and keep others from reading them: none of ours
DRIFT = 60.0  # seconds by which two looks at the start of the machine may differ (the wall clock is set)
STALE = 86_400.0  # seconds after which a file that nobody wrote is removed
SUFFIX = ".limits"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_T = TypeVar("_T")
_HEAD = struct.Struct("<32sdII")  # magic, start of the machine, length and checksum of the rest
_TIER = struct.Struct("<16sddIII")  # name, paused_until, factor, number of counted, flying, queue
_FLYING = struct.Struct("<Qd")
_TICKET = struct.Struct("<dQdd")


def cache_folder() -> Path:
    """The folder for this package's files in the user's cache folder, by the conventions of the system.

    `XDG_CACHE_HOME` counts everywhere. Raises `OSError` when there is no home folder.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    home = os.path.expanduser("~")
    if os.path.isabs(given):
        base = given
    elif sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        base = os.environ["LOCALAPPDATA"]
    elif os.path.isabs(home):
        base = os.path.join(home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",)))
    else:
        raise FileNotFoundError("there is no home folder")
    return Path(base, "pulumi-daily")


def boot() -> tuple[str, float]:
    """Which run of which machine this is: a name, and the Unix time of its start where the name does not tell."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip(), 0.0
    except (OSError, ValueError):
        return socket.gethostname(), time.time() - time.monotonic()


def spare_folder() -> Path:
    """Return the folder for this package's files where the cache folder cannot be used: always the same for a user."""
    return Path(tempfile.gettempdir(), f"pulumi-daily-{os.geteuid()}" if hasattr(os, "geteuid") else "pulumi-daily")


def limits_name(api_key: str, api_url: str) -> str:
    """Return the name of the file with the ledgers of a key, for this format and run of the machine."""
    parts = (MAGIC, boot()[0].encode(), api_url.encode(), api_key.encode())
    digest = hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts))
    return digest.hexdigest()[:32] + SUFFIX


def encode(ledgers: dict[str, bytes], started: float) -> bytes:
    """A file of encoded ledgers by tier."""
    body = b"".join(ledgers.values())
    return _HEAD.pack(MAGIC, started, len(body), zlib.crc32(body)) + body


def decode(data: bytes, started: float) -> dict[str, bytes]:
    """The encoded ledgers of a file by tier; none where it is not whole, not ours or of another time."""
    if len(data) < _HEAD.size:
        return {}
    magic, at, length, checksum = _HEAD.unpack_from(data)
    body = data[_HEAD.size : _HEAD.size + length]
    if magic != MAGIC or len(body) != length or zlib.crc32(body) != checksum or abs(at - started) > DRIFT:
        return {}
    ledgers = {}
    while len(body) >= _TIER.size:
        name, _, _, counted, flying, queue = _TIER.unpack_from(body)
        size = _TIER.size + 8 * counted + _FLYING.size * flying + _TICKET.size * queue
        ledgers[name.rstrip(b"\0").decode("latin-1")] = body[:size]
        body = body[size:]
    return ledgers


def encode_ledger(tier: str, ledger: Ledger) -> bytes:
    """One ledger; of more than a thousand entries of a kind, the last ones are left to their owners."""
    counted = ledger.counted[-MOST:]
    flying = list(ledger.flying.items())[:MOST]
    queue = ledger.queue[:MOST]
    sizes = len(counted), len(flying), len(queue)
    return b"".join(
        [
            _TIER.pack(tier.encode(), ledger.paused_until, ledger.factor, *sizes),
            struct.pack(f"<{len(counted)}d", *counted),
            *(_FLYING.pack(*one) for one in flying),
            *(_TICKET.pack(one.asked, one.id, one.part, one.wake) for one in queue),
        ]
    )


def decode_ledger(data: bytes, now: float) -> Ledger:
    """One ledger, held against the present: nothing was counted in the future, and nothing lasts for long."""
    _, paused_until, factor, counted, flying, queue = _TIER.unpack_from(data)
    ends = [_TIER.size + 8 * counted]
    ends += [ends[0] + _FLYING.size * flying, ends[0] + _FLYING.size * flying + _TICKET.size * queue]
    if ends[2] != len(data):
        return Ledger()
    return Ledger(
        [min(at, now) for at in struct.unpack_from(f"<{counted}d", data, _TIER.size)],
        {id_: min(until, now + LEASE) for id_, until in _FLYING.iter_unpack(data[ends[0] : ends[1]])},
        [
            Ticket(min(asked, now), id_, part if 0 < part <= 1 else 1.0, min(wake, now + GRACE))
            for asked, id_, part, wake in _TICKET.iter_unpack(data[ends[1] :])
        ],
        min(paused_until, now + LONGEST_PAUSE),
        min(1.0, max(FLOOR, factor)),
    )


def file_lock() -> tuple[Callable[[int], bool], Callable[[int], None]]:
    """Take (at once or not at all: False) and give back the lock of an open file, as this system has it.

    Both raise `OSError` where the system refuses for another reason than that somebody has it.
    """
    try:
        fcntl = importlib.import_module("fcntl")
    except ImportError:
        msvcrt = importlib.import_module("msvcrt")

        def take(fd: int) -> bool:
            os.lseek(fd, LOCK_AT, os.SEEK_SET)
            try:
                msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
            except OSError as error:
                if error.errno in (errno.EACCES, errno.EDEADLK):
                    return False
                raise
            return True

        def give(fd: int) -> None:
            os.lseek(fd, LOCK_AT, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

    else:

        def take(fd: int) -> bool:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        def give(fd: int) -> None:
            fcntl.flock(fd, fcntl.LOCK_UN)

    return take, give


def make_folder(folder: Path) -> bool:
    """Make a folder for the user alone; whether there was none. Raises `OSError`."""
    os.makedirs(folder.parent, mode=0o700, exist_ok=True)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return False
    return True


def open_private(path: Path) -> int:
    """Open a file (made when missing) that is the user's alone. Raises `OSError`."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    fd = os.open(path, flags, 0o600)
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise FileExistsError(f"{path} is not a file")
        _own(found, path, 0o600)
    except OSError:
        os.close(fd)
        raise
    return fd


def _own(found: os.stat_result, path: Path, mode: int, *, strict: bool = False) -> None:
    """Make sure that nobody else can write there. `strict`: it is a folder, and not even root takes another's."""
    if strict and not stat.S_ISDIR(found.st_mode):
        raise FileExistsError(f"{path} is not a folder")
    if not hasattr(os, "geteuid"):
        return  # Windows: a user's cache folder is his own by its access list
    if os.geteuid() != found.st_uid and (strict or os.geteuid() != 0):
        raise PermissionError(f"{path} belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o077:
        os.chmod(path, mode)


def sweep(folder: Path, now: float) -> None:
    """Remove what other keys and earlier runs of the machine left behind long ago; who still has such a file
    open notices.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIX) and entry.stat(follow_symlinks=False).st_mtime < now - STALE:
                os.unlink(entry.path)


class _File:
    """The open file of one process; `find` opens it."""

    def __init__(self, find: Callable[[], tuple[Path, int]]) -> None:
        self.pid = os.getpid()
        self._find = find
        self._dated = boot()[1] != 0.0
        self._started = 0.0
        self._take, self._give = file_lock()
        self._path, self._fd = find()

    def close(self) -> None:
        """Close it, which gives the lock back."""
        with suppress(OSError):
            os.close(self._fd)

    def read(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> dict[str, bytes]:
        """Lock the file and read it."""
        end = clock() + LOCK_SECONDS
        nap = 0.0002
        while True:
            if not self._take(self._fd):
                trouble = "is locked by a process that does not go on"
            else:
                found = os.fstat(self._fd)
                if found.st_nlink:
                    break
                removed = self._fd
                self._path, self._fd = self._find()  # others use a new one, or soon will
                os.close(removed)
                trouble = "is removed again and again"
            if clock() >= end:
                raise TimeoutError(f"{self._path} {trouble}")
            sleep(nap)
            nap = min(2 * nap, 0.01)
        if not found.st_size:
            sweep(self._path.parent, time.time())
        # Anew each time: a process that kept it would, when it changes, never again read what newer ones write.
        self._started = boot()[1] if self._dated else 0.0
        os.lseek(self._fd, 0, os.SEEK_SET)
        return decode(os.read(self._fd, min(found.st_size, LIMIT)), self._started)

    def write(self, ledgers: dict[str, bytes]) -> None:
        """Replace what is in the file, in place. A process that is killed in the middle leaves a wrong checksum."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.write(self._fd, encode(ledgers, self._started))

    def unlock(self) -> None:
        """Let others have it."""
        self._give(self._fd)


class FileStore:
    """A `Store` in a file. Thread-safe; one for each limiter.

    `name` is that of the file, `folder` where it is (None: in the user's cache folder). `log` gets one line when there
    can be no file, or another folder had to be made. `clock` and `sleep` count seconds.
    """

    def __init__(
        self,
        name: str,
        folder: Path | None = None,
        *,
        log: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name = name
        self._folder = folder
        self._log = log
        self._clock = clock
        self._sleep = sleep
        self._threads = ProcessLock()
        self._file: _File | None = None
        self._lost = False
        self._ledgers: dict[str, Ledger] = {}  # as last seen: what this process goes on with without the file

    @contextmanager
    def open(self, tier: str) -> Iterator[Ledger]:
        """See `limits.Store`."""
        with self._threads():
            try:
                kept = self._try(lambda file: file.read(self._clock, self._sleep))
                if kept is not None:
                    data = kept.get(tier)
                    self._ledgers[tier] = Ledger() if data is None else decode_ledger(data, self._clock())
                ledger = self._ledgers.setdefault(tier, Ledger())
                yield ledger
                if kept is not None:
                    self._try(lambda file: file.write({**kept, tier: encode_ledger(tier, ledger)}))
            finally:
                self._try(_File.unlock)

    def _try(self, step: Callable[[_File], _T]) -> _T | None:
        """A step on the file. The first one that fails is the last one."""
        if self._lost:
            return None
        try:
            if self._file is not None and self._file.pid != os.getpid():
                self._file.close()  # a fork: parent and child on one open file would share the lock as well
                self._file = None
            if self._file is None:
                self._file = _File(self._find)
            return step(self._file)
        except OSError as error:
            self._lost = True
            if self._file is not None:
                self._file.close()
            self._say(f"rate limits are not shared with other processes of this machine: {error}")
            return None

    def _find(self) -> tuple[Path, int]:
        """Return the file, open, and its path."""
        if self._folder is not None:
            make_folder(self._folder)
            return self._folder / self._name, open_private(self._folder / self._name)
        try:
            folder = cache_folder()
            make_folder(folder)
            _own(os.stat(folder), folder, 0o700)
            return folder / self._name, open_private(folder / self._name)
        except OSError as error:
            refused = error
        try:
            folder = spare_folder()
            new = make_folder(folder)
            # Anybody can make things there: it must be a folder, and made by nobody else, not even for root.
            _own(os.lstat(folder), folder, 0o700, strict=True)
            found = folder / self._name, open_private(folder / self._name)
        except OSError:
            raise refused from None
        if new:
            self._say(f"rate limits are shared through {folder} from now on: {refused}")
        return found

    def _say(self, line: str) -> None:
        if self._log:
            self._log(printable(line))
