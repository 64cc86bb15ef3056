"""What resources take over and delete at this moment, for the other provider processes of this machine.

An explicit provider is a process of its own, so the one that deletes a room may not be the one in which another
resource takes it over. They meet in a small file in the user's cache folder, beside the rate limits. Nothing secret is
in it: ids that Daily made, names of objects and names of resources.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..api._files import cache_folder, make_folder, open_private, try_lock, unlock
from ..objects.spec import Claim
from .claims import Holder, plain

KEPT = 30 * 86400.0
"""Seconds for which a takeover counts: it can only keep an object from a delete, never bring one about."""
PATIENCE = 150.0
"""Seconds for which a create waits at most for a delete of another process: longer than a request may take."""
LOCKED = 2.0
"""Seconds to wait for the lock of the file, which is held for a fraction of a millisecond."""
NAP = 0.05
"""Seconds between two looks at the file."""
NAME = "takeovers.json"

Entry = dict[str, Any]
"""``{"id", "scope", "what", "claims", "owner", "at", "host", "pid"}``; ``what`` is took, taking or leaving."""


class FileTakeovers:
    """Takeovers and deletes under one account, which ``scope`` names. Thread-safe.

    Where there can be no file, every process knows of itself alone.
    """

    def __init__(
        self,
        scope: Callable[[], str],
        *,
        path: Callable[[], Path] = lambda: cache_folder() / NAME,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._scope = scope
        self._path = path
        self._now = now
        self._sleep = sleep
        self.run = f"{int(now() * 1000):015}-{uuid.uuid4().hex}"
        """What the state of a resource keeps of this run when it took something over in it; later ones sort behind."""

    def note(self, claims: Collection[Claim], owner: str) -> None:
        """Remember for good the owner of objects that were taken over."""
        with self._open() as entries:
            self._drop(entries, claims)
            entries.append(self._entry("took", claims, owner))

    def recall(self, claims: Collection[Claim], owner: str, run: str) -> None:
        """Remember a takeover of an earlier run, by the state of a resource that this run's program has."""
        with self._open() as entries:
            self._drop(entries, claims, owner=owner)
            entries.append({**self._entry("took", claims, owner), "process": run})

    def undo(self, claims: Collection[Claim], owner: str) -> None:
        """Forget takeovers of a resource: what it took over is in no state."""
        with self._open() as entries:
            self._drop(entries, claims, owner=owner)

    @contextmanager
    def taking(self, claims: Collection[Claim], owner: str) -> Iterator[None]:
        """Wait until no other process deletes these objects, and keep all from deleting them meanwhile."""
        mine = self._entry("taking", claims, owner)
        left = PATIENCE
        while True:
            with self._open() as entries:
                busy = any(_shares(entry, claims) for entry in self._of_others(entries, "leaving"))
                if not busy or left < NAP / 2:
                    entries.append(mine)
                    break
            self._sleep(NAP)
            left -= NAP
        try:
            yield
        finally:
            self._end(mine)

    @contextmanager
    def leaving(
        self, claims: Collection[Claim], took: Collection[str], staying: Collection[Claim] = (), *, since: str = ""
    ) -> Iterator[Mapping[Claim, Holder]]:
        """Reserve objects for a delete; yields who stands for those that must stay.

        ``took`` are the runs in which the state that is deleted took something over: what was taken over in another
        run after ``since`` stays for every other state, be it of another resource or a former one of the same; what a
        resource of a run that goes on has, stays in any case. The takeovers of the state end with it, also of what is
        ``staying`` because another resource has it.
        """
        found: dict[Claim, Holder] = {}
        with self._open() as entries:
            taken = self._of_account(entries, "took")
            taken = [e for e in taken if e["process"] not in took and (e["process"] > since or self._goes_on(e))]
            taken.sort(key=lambda entry: str(entry["process"]))
            for entry in [*self._of_others(entries, "taking"), *taken]:
                holder = Holder(entry["owner"], entry["what"] == "took")
                found.update((claim, holder) for claim in claims if _shares(entry, [claim]))
            mine = self._entry("leaving", [claim for claim in claims if claim not in found], "")
            entries.append(mine)
        try:
            yield found
            with self._open() as entries:
                self._drop(entries, [claim for claim in claims if claim not in found])
                self._drop(entries, staying, of=took)
        finally:
            self._end(mine)

    def _drop(
        self, entries: list[Entry], claims: Collection[Claim], *, of: Collection[str] | None = None, owner: str = ""
    ) -> None:
        """Forget earlier takeovers of objects, of all runs and owners or of those given."""
        gone = {plain(claim) for claim in claims}
        for entry in self._of_account(entries, "took"):
            if (of is None or entry["process"] in of) and owner in ("", entry["owner"]):
                entry["claims"] = [claim for claim in entry["claims"] if (claim[0], claim[1]) not in gone]
        entries[:] = [entry for entry in entries if entry["claims"] or entry["what"] != "took"]

    def _entry(self, what: str, claims: Collection[Claim], owner: str) -> Entry:
        compared = sorted(list(plain(claim)) for claim in claims)
        where = {"host": socket.gethostname(), "pid": os.getpid(), "process": self.run}
        made = {"id": uuid.uuid4().hex, "what": what, "claims": compared, "owner": owner, "at": self._now()}
        return {**made, **where, "scope": self._digest()}

    def _digest(self) -> str:
        return hashlib.sha256(self._scope().encode()).hexdigest()[:32]

    def _of_others(self, entries: Collection[Entry], what: str) -> list[Entry]:
        """Return what other processes do now; those that have ended are passed over."""
        found = self._of_account(entries, what)
        return [entry for entry in found if entry["process"] != self.run and _is_alive(entry)]

    def _of_account(self, entries: Collection[Entry], what: str) -> list[Entry]:
        """Return the entries of one sort under this account."""
        scope = self._digest()
        return [entry for entry in entries if entry["what"] == what and entry["scope"] == scope]

    @staticmethod
    def _goes_on(entry: Entry) -> bool:
        """Return whether another process of this machine that told an entry still runs."""
        return entry["host"] == socket.gethostname() and entry["pid"] != os.getpid() and _is_alive(entry)

    def _end(self, mine: Entry) -> None:
        with self._open() as entries:
            entries[:] = [entry for entry in entries if entry["id"] != mine["id"]]

    @contextmanager
    def _open(self) -> Iterator[list[Entry]]:
        """Yield the entries under the lock of the file, and write them back. Entries that are over are left out."""
        path, lock = self._locked()
        try:
            entries = [] if path is None else self._read(path)
            before = json.dumps(entries)
            yield entries
            after = json.dumps(entries)
            if path is not None and after != before:
                _write(path, after)
        finally:
            if lock is not None:
                with suppress(OSError):
                    unlock(lock)
                os.close(lock)

    def _locked(self) -> tuple[Path | None, int | None]:
        lock: int | None = None
        try:
            path = self._path()
            make_folder(path.parent)
            lock = open_private(path.with_suffix(".lock"))
            end = time.monotonic() + LOCKED
            while not try_lock(lock):
                if time.monotonic() > end:
                    raise TimeoutError(f"{path} is locked")
                time.sleep(0.001)
        except OSError:
            return None, lock
        return path, lock

    def _read(self, path: Path) -> list[Entry]:
        try:
            data = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return []
        entries = data if isinstance(data, list) else []
        lasts = {"took": KEPT, "taking": PATIENCE * 4, "leaving": PATIENCE * 4}
        keys = self._entry("took", (), "").keys()
        whole = [entry for entry in entries if isinstance(entry, dict) and entry.keys() == keys]
        return [entry for entry in whole if entry["at"] + lasts.get(entry["what"], 0.0) > self._now()]


def _write(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    with suppress(OSError):
        descriptor = open_private(new)
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
        os.replace(new, path)


def _shares(entry: Entry, claims: Collection[Claim]) -> bool:
    wanted = {plain(claim) for claim in claims}
    return any((kind, name) in wanted for kind, name in entry["claims"])


def _is_alive(entry: Entry) -> bool:
    """Return whether the process of an entry may still run. It may, where this cannot be found out."""
    if entry["host"] != socket.gethostname() or not hasattr(os, "geteuid"):
        return True  # Windows has no signal that does nothing: 0 is Ctrl+C there
    try:
        os.kill(entry["pid"], 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
