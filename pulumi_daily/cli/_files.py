"""The output files of a command: all of them are written, or none."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import click


def check_files(files: Mapping[str, Path], force: bool, consequence: str = "") -> None:
    """Raise an error for files that cannot be written, by the options that name them. It needs no request.

    Raises ``UsageError`` when two options name one file, ``ClickException`` for a file that exists already (without
    ``force``), is a folder, or is in a folder that does not exist or is not writable. ``consequence`` is that of
    overwriting a program.
    """
    real = {option: Path(os.path.realpath(path)) for option, path in files.items()}
    # Compared without case: some file systems ignore it.
    if len({str(path).casefold() for path in real.values()}) < len(real) or _linked(files.values()):
        raise click.UsageError(f"{' and '.join(real)} need different files")
    for option, path in files.items():
        exists, folder = os.path.exists(path), real[option].parent
        if os.path.isdir(path):
            raise click.ClickException(f"{option} needs a file, but {path} is a folder")
        if exists and not force:
            then = f": {consequence}" if consequence and option != "--out" else ""
            raise click.ClickException(f"{path} exists already; --force overwrites it{then}")
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

    Each text goes to a new file in the same folder, which then takes the place of the old one, so that a reader finds
    one of them as a whole. A file that is none (``/dev/stdout``) is written directly. Raises ``ClickException``.
    """
    made: dict[Path, Path] = {}
    before: dict[Path, bytes | None] = {}
    try:
        for path, text in texts.items():
            target = Path(os.path.realpath(path))
            if target.exists() and not target.is_file():
                path.write_text(text, encoding="utf-8")
                continue
            made[target] = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.tmp")
            made[target].write_text(text, encoding="utf-8")
            before[target] = target.read_bytes() if target.exists() else None
            if target.exists():
                shutil.copymode(target, made[target])
        for target, new in made.items():
            path = target
            os.replace(new, target)
    except OSError as error:
        for target, content in before.items():
            if content is None:
                target.unlink(missing_ok=True)
            elif target.read_bytes() != content:
                target.write_bytes(content)
        raise click.ClickException(f"nothing was written: {path}: {error.strerror}") from None
    finally:
        for new in made.values():
            new.unlink(missing_ok=True)
