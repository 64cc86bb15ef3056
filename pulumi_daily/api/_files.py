"""Private files of the current user: their folders, how they are opened, and their locks.

`platformdirs` knows the cache folder of each system, `filelock` its locks. Both are imported on first use: a client
that shares nothing with other processes does not need them.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

APP = "pulumi-daily"


def cache_folder() -> Path:
    """Return this package's folder in the user's cache folder, by the conventions of the system.

    `XDG_CACHE_HOME` is honoured on Linux and macOS. The folder need not exist, but the home folder must, or a folder
    above `XDG_CACHE_HOME`. Raises `FileNotFoundError` when it does not exist (or is the root of the file system, as
    with an empty `HOME`), and `PermissionError` when it belongs to another user: nothing may be created there.
    """
    from platformdirs import user_cache_path

    home = None
    with suppress(RuntimeError, ValueError):
        folder = user_cache_path(APP, appauthor=False, opinion=False)
        if folder.is_absolute():
            named = str(folder.parent) == os.path.normpath(os.environ.get("XDG_CACHE_HOME", ""))
            home = next((above for above in (folder.parents if named else [Path.home()]) if above.is_dir()), None)
    if home is None or home == Path(home.anchor):
        raise FileNotFoundError("there is no home folder")
    if hasattr(os, "geteuid") and home.stat().st_uid != os.geteuid():
        raise PermissionError(f"the folder {home} belongs to another user")
    return folder


def spare_folder() -> Path:
    """Return the folder for use in place of `cache_folder`: a folder of this user among the temporary files."""
    return Path(tempfile.gettempdir(), f"{APP}-{os.geteuid()}" if hasattr(os, "geteuid") else APP)


def make_folder(folder: Path) -> bool:
    """Create a folder of mode 0700 and return True; return False if the path exists. Raises `OSError` if that fails."""
    os.makedirs(folder.parent, mode=0o700, exist_ok=True)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return False
    return True


def open_private(path: Path) -> int:
    """Open a file for reading and writing, and return its descriptor. A missing file is created with mode 0600.

    Raises `OSError`, also for a symbolic link and for a file of another user.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    fd = os.open(path, flags, 0o600)
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise FileExistsError(f"{path} is not a file")
        check_owner(found, path, 0o600)
    except OSError:
        os.close(fd)
        raise
    return fd


def check_owner(found: os.stat_result, path: Path, mode: int, *, strict: bool = False) -> None:
    """Raise `OSError` when `path` belongs to another user; set its mode to `mode` when others have any right to it.

    `found` is the result of `os.stat` for it. Root may use files of other users, except with `strict`, which also
    requires that `path` is a folder. Nothing is checked on Windows, where access lists protect a user's folders.
    """
    if strict and not stat.S_ISDIR(found.st_mode):
        raise FileExistsError(f"{path} is not a folder")
    if not hasattr(os, "geteuid"):
        return
    if os.geteuid() != found.st_uid and (strict or os.geteuid() != 0):
        raise PermissionError(f"{path} belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o077:
        os.chmod(path, mode)


def try_lock(fd: int) -> bool:
    """Try to lock an open file, without waiting, and return whether that succeeded.

    The lock belongs to the open file: it ends when the file is closed, also by the end of the process. Raises `OSError`
    where the system has no locks.
    """
    from filelock import lock_descriptor

    return lock_descriptor(fd, blocking=False)


def unlock(fd: int) -> None:
    """Release the lock of an open file. Raises `OSError` if that fails."""
    from filelock import unlock_descriptor

    unlock_descriptor(fd)
