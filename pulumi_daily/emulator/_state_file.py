"""The file in which an emulator keeps its state between runs."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ._saved import Saved, parsed

SECONDS = 1.0
"""The seconds between two saves. A killed emulator loses at most the changes of this time."""


class InUseError(OSError):
    """Error: another emulator uses the file."""


class StateFile:
    """One file, which belongs to one emulator at a time."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.realpath(path))

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Keep the file for this process in the block, with a lock file beside it.

        Raises `InUseError` when another process has it, `OSError` when the folder is missing or cannot be written.
        """
        if not self.path.parent.is_dir():  # filelock would create it
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.path.parent))
        lock = FileLock(f"{self.path}.lock", timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            self._need_writable_folder()  # filelock also waits where it cannot create its file, such as in /proc
            raise InUseError(f"{self.path} is used by another emulator") from None
        try:
            yield
        finally:
            lock.release()

    def _need_writable_folder(self) -> None:
        try:
            with tempfile.TemporaryFile(dir=self.path.parent):
                pass
        except OSError as error:
            raise OSError(error.errno, f"its folder cannot be written ({error.strerror})") from None

    def read(self) -> Saved | None:
        """Return the saved state; None when there is no file yet.

        Raises `SavedStateError` for a damaged file and one of a newer version, `OSError` when it cannot be read.
        """
        try:
            return parsed(self.path.read_bytes())
        except FileNotFoundError:
            return None

    def write(self, text: bytes) -> None:
        """Replace the file, which only its owner can read. A reader finds the old text or the new one.

        Raises `OSError` when it cannot be written; the old file is then unchanged.
        """
        fd, made = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)  # mode 0600
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(made, self.path)
        except OSError:
            with suppress(OSError):
                os.unlink(made)
            raise

    @contextmanager
    def kept(
        self,
        text: Callable[[], bytes],
        changes: Callable[[], int],
        failed: Callable[[OSError], None],
        seconds: float = SECONDS,
    ) -> Iterator[None]:
        """Write `text()` now, at the end of the block, and within it at most `seconds` after each change.

        `changes` returns a number that grows with each change. When writing fails within the block, `failed` is called
        once with the error, and writing is tried again. At the begin and at the end, the error is raised (`OSError`).
        """
        ended = threading.Event()
        self.write(text())

        def save_changes() -> None:
            done, reported = changes(), False
            while not ended.wait(seconds):
                now = changes()
                if now == done:
                    continue
                try:
                    self.write(text())
                    done, reported = now, False
                except OSError as error:
                    if not reported:
                        failed(error)
                    reported = True

        saver = threading.Thread(target=save_changes, name="daily-emulator-state", daemon=True)
        saver.start()
        try:
            yield
        finally:
            ended.set()
            saver.join()
            self.write(text())
