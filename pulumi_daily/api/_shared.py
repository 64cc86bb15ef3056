"""The ledgers of all processes of this machine that use one key, in a small file in the user's cache folder.

* Lock: an advisory lock of the operating system on the open file. It always ends with its process, and no lock file is
  left over. It is held for some ten microseconds. A process that does not get it within two seconds (because its owner
  was stopped meanwhile) continues without the file.
* Clock: `time.monotonic`, which is the same for all processes of a machine (Python's documentation, for all systems
  since 3.10). It starts again with the machine, so entries from before a restart, or of another machine with the same
  home folder, must not be read. The kernel's boot id is therefore part of the file's name. On systems without one, the
  start of the machine (wall clock minus monotonic clock) is stored in the file. That value changes when the wall clock
  is set or the monotonic clock stops (a laptop asleep); older entries are then dropped.
* Content: no content of the file can block a process for long. An entry with an impossible time (no number, negative,
  later than any that is written) is ignored, and an unreadable file counts as empty.
* Access: the content is not secret. The file's name is a digest of key, URL and boot id. Folder and file are
  accessible to the user alone, so that no other user can slow this process down. Only a folder that the caller passes
  is used with its present rights.
* Where the cache folder cannot be used (for instance because a run under `sudo` created it for root), all processes of
  the user use `pulumi-daily-<uid>` in the folder for temporary files. The process that creates it logs a line.

Where that is impossible as well, the process keeps its ledgers in memory, and logs that once.
"""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from ._files import cache_folder, check_owner, make_folder, open_private, spare_folder, try_lock, unlock
from ._ledger import FLOOR, GRACE, LONGEST_LEASE, LONGEST_PAUSE, Ledger, Ticket
from ._locks import ProcessLock
from ._printable import printable

MAGIC = b"pulumi-daily limits, format 1\n\0\0"
LIMIT = 1 << 20  # bytes; a file with a greater length was not written by this package
MOST = 1000  # entries of a kind; more of them mean an error
LOCK_SECONDS = 2.0
DRIFT = 60.0  # seconds by which two computed starts of the machine may differ (the wall clock is adjusted)
STALE = 86_400.0  # seconds without a write after which a file is removed
SUFFIX = ".limits"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_T = TypeVar("_T")
_HEAD = struct.Struct("<32sdII")  # magic, start of the machine, length and checksum of the rest
_TIER = struct.Struct("<16sddIII")  # name, paused_until, factor, number of counted, flying, queue
_FLYING = struct.Struct("<Qd")
_TICKET = struct.Struct("<dQdd")


def boot() -> tuple[str, float]:
    """Return an id of this boot of the machine, and its start in Unix seconds (0 where the id alone is unique)."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip(), 0.0
    except (OSError, ValueError):
        return socket.gethostname(), time.time() - time.monotonic()


def limits_name(api_key: str, api_url: str) -> str:
    """Return the name of the file with the ledgers of a key, for this file format and this boot of the machine."""
    parts = (MAGIC, boot()[0].encode(), api_url.encode(), api_key.encode())
    digest = hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts))
    return digest.hexdigest()[:32] + SUFFIX


def encode(ledgers: dict[str, bytes], started: float) -> bytes:
    """Return the content of a file with encoded ledgers, by tier. `started` is the machine's start in Unix seconds."""
    body = b"".join(ledgers.values())
    return _HEAD.pack(MAGIC, started, len(body), zlib.crc32(body)) + body


def decode(data: bytes, started: float) -> dict[str, bytes]:
    """Return the encoded ledgers of a file, by tier.

    The result is empty for a file that is damaged, of another format, or from before `started` (the start of the
    machine).
    """
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
    """Return one ledger as bytes. Only the first `MOST` entries of a kind (the last ones of `counted`) are included."""
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
    """Return one ledger, without the entries that nobody can have written by the time `now`.

    These have a time that is no number, is negative or infinite, or is later than a counted request, a lease, a pause
    or the waking of a waiting thread can be. A ledger of a wrong length is empty.
    """
    _, paused_until, factor, counted, flying, queue = _TIER.unpack_from(data)
    ends = [_TIER.size + 8 * counted]
    ends += [ends[0] + _FLYING.size * flying, ends[0] + _FLYING.size * flying + _TICKET.size * queue]
    if ends[2] != len(data):
        return Ledger()
    # Each comparison is false for NaN.
    return Ledger(
        sorted(at for at in struct.unpack_from(f"<{counted}d", data, _TIER.size) if 0 <= at <= now),
        {
            id_: until
            for id_, until in _FLYING.iter_unpack(data[ends[0] : ends[1]])
            if 0 <= until <= now + LONGEST_LEASE
        },
        [
            Ticket(asked, id_, part, wake)
            for asked, id_, part, wake in _TICKET.iter_unpack(data[ends[1] :])
            if 0 <= asked <= now and 0 < part <= 1 and 0 <= wake <= now + GRACE
        ],
        paused_until if 0 <= paused_until <= now + LONGEST_PAUSE else float("-inf"),
        factor if FLOOR <= factor <= 1 else 1.0,
    )


def sweep(folder: Path, now: float) -> None:
    """Remove files that were not written for a day, of other keys and earlier boots.

    A process that still has such a file open notices the removal.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIX) and entry.stat(follow_symlinks=False).st_mtime < now - STALE:
                os.unlink(entry.path)


class _File:
    """The open file of one process. `find` opens the file and returns its path and descriptor."""

    def __init__(self, find: Callable[[], tuple[Path, int]]) -> None:
        self.pid = os.getpid()
        self._find = find
        self._dated = boot()[1] != 0.0
        self._started = 0.0
        self._path, self._fd = find()

    def close(self) -> None:
        """Close the file, which also unlocks it."""
        with suppress(OSError):
            os.close(self._fd)

    def read(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> dict[str, bytes]:
        """Lock the file and return its encoded ledgers, by tier.

        Raises `TimeoutError` if it cannot be locked within `LOCK_SECONDS`, else `OSError` if it cannot be read.
        """
        end = clock() + LOCK_SECONDS
        nap = 0.0002
        while True:
            if not try_lock(self._fd):
                trouble = "is locked by a process that does not go on"
            else:
                found = os.fstat(self._fd)
                if found.st_nlink:
                    break
                removed = self._fd
                self._path, self._fd = self._find()  # other processes use a new file, or soon will
                os.close(removed)
                trouble = "is removed again and again"
            if clock() >= end:
                raise TimeoutError(f"{self._path} {trouble}")
            sleep(nap)
            nap = min(2 * nap, 0.01)
        if not found.st_size:
            sweep(self._path.parent, time.time())
        # Read again each time: a process with an outdated value would never again read the entries of newer processes.
        self._started = boot()[1] if self._dated else 0.0
        os.lseek(self._fd, 0, os.SEEK_SET)
        return decode(os.read(self._fd, min(found.st_size, LIMIT)), self._started)

    def write(self, ledgers: dict[str, bytes]) -> None:
        """Replace the content of the file in place. A process that is killed while writing leaves a wrong checksum."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.write(self._fd, encode(ledgers, self._started))

    def unlock(self) -> None:
        """Unlock the file."""
        unlock(self._fd)


class FileStore:
    """A `Store` in a file. Thread-safe; one for each limiter.

    `name` is the name of the file, `folder` its folder (None for the user's cache folder). `log` receives one line when
    no file can be used, or when another folder had to be created. `clock` and `sleep` count seconds.
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
        self._ledgers: dict[str, Ledger] = {}  # as last read: used when the file cannot be used any more

    @contextmanager
    def open(self, tier: str) -> Iterator[Ledger]:
        """Enter a block with the ledger of a tier; see `Store`."""
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
        """Run a step on the file and return its result. Log the first `OSError`; return None then and ever after."""
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
        """Open the file and return its path and descriptor."""
        if self._folder is not None:
            make_folder(self._folder)
            return self._folder / self._name, open_private(self._folder / self._name)
        try:
            folder = cache_folder()
            make_folder(folder)
            check_owner(os.stat(folder), folder, 0o700)
            return folder / self._name, open_private(folder / self._name)
        except OSError as error:
            refused = error
        try:
            folder = spare_folder()
            new = make_folder(folder)
            # Any user can create things there: it must be a folder made by this user, even for root.
            check_owner(os.lstat(folder), folder, 0o700, strict=True)
            found = folder / self._name, open_private(folder / self._name)
        except OSError:
            raise refused from None
        if new:
            self._say(f"rate limits are shared through {folder} from now on: {refused}")
        return found

    def _say(self, line: str) -> None:
        if self._log:
            self._log(printable(line))
