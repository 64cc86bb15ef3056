"""The output files of a command: all of them are written, or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import click


def check_files(files: Mapping[str, Path], force: bool) -> None:
    """Raise an error for files that cannot be written, by the options that name them. It needs no request.

    Raises ``UsageError`` when two options name one file, ``ClickException`` for a file that exists already (without
    ``force``), is a folder, or is in a folder that does not exist or is not writable.
    """
    real = {option: Path(os.path.realpath(path)) for option, path in files.items()}
    # Compared without case: some file systems ignore it.
    if len({str(path).casefold() for path in real.values()}) < len(real) or _linked(files.values()):
        raise click.UsageError(f"{' and '.join(real)} need two different files")
    for option, path in files.items():
        exists, folder = os.path.exists(path), real[option].parent
        if os.path.isdir(path):
            raise click.ClickException(f"{option} needs a file, but {path} is a folder")
        if exists and not force:
            raise click.ClickException(f"{path} exists already; --force overwrites it")
        if not exists and not os.path.isdir(folder):
            raise click.ClickException(f"{path} cannot be written: there is no folder {folder}")
        if not os.access(path if exists else folder, os.W_OK):
            raise click.ClickException(f"{path} cannot be written: permission denied")


def _linked(paths: Iterable[Path]) -> bool:
    """Return whether two existing files are links to the same one."""
    known = [(found.st_dev, found.st_ino) for found in (os.stat(path) for path in paths if os.path.exists(path))]
    return len(set(known)) < len(known)


def write_files(texts: Mapping[Path, str]) -> None:
    """Write texts to files. After an error, the files have their former contents, or are absent as before.

    Raises ``ClickException`` for the error.
    """
    before: dict[Path, bytes | None] = {}
    try:
        for path, text in texts.items():
            before[path] = path.read_bytes() if path.is_file() else None
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        for changed, content in before.items():
            if content is not None:
                changed.write_bytes(content)
            elif changed.is_file():
                changed.unlink()
        raise click.ClickException(f"nothing was written: {path}: {error.strerror}") from None
