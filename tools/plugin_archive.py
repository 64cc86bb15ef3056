"""Build the archive of the native plugin for this platform, from which Pulumi installs it without Python.

    python tools/plugin_archive.py DIRECTORY

The archive is called as Pulumi looks for it among the files of a release:
``pulumi-resource-daily-v<version>-<os>-<architecture>.tar.gz``.
"""

from __future__ import annotations

import gzip
import platform
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parent.parent
NAME = "pulumi-resource-daily"
SYSTEMS = {"Linux": "linux", "Darwin": "darwin", "Windows": "windows"}
PROCESSORS = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def archive_name(version: str, system: str, machine: str) -> str:
    """Return the name of the archive for a system and a processor, as ``platform`` calls them."""
    return f"{NAME}-v{version}-{SYSTEMS[system]}-{PROCESSORS[machine.lower()]}.tar.gz"


def frozen(folder: Path) -> Path:
    """Return the folder with the executable and its libraries, which PyInstaller makes below ``folder``."""
    start = folder / "start.py"
    start.write_text("from pulumi_daily.plugin import main\n\nmain()\n", encoding="utf-8")
    options = ["--onedir", "--noconfirm", "--log-level", "WARN", "--name", NAME]
    places = ["--distpath", str(folder / "dist"), "--workpath", str(folder / "build"), "--specpath", str(folder)]
    data = ["--collect-data", "pulumi_daily", "--copy-metadata", "pulumi-daily"]
    subprocess.run([sys.executable, "-m", "PyInstaller", *options, *places, *data, str(start)], check=True)
    return folder / "dist" / NAME


def write_archive(folder: Path, path: Path) -> None:
    """Write the contents of a folder as a tar.gz whose bytes depend on them alone."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for item in sorted(folder.rglob("*")):
                info = archive.gettarinfo(str(item), arcname=str(item.relative_to(folder)))
                info.mtime, info.uid, info.gid, info.uname, info.gname = 0, 0, 0, "", ""
                if item.is_file() and not item.is_symlink():
                    with item.open("rb") as content:
                        archive.addfile(info, content)
                else:
                    archive.addfile(info)


def main(directory: str) -> None:
    """Write the archive into a directory, and print its path."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    target = Path(directory) / archive_name(version, platform.system(), platform.machine())
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        write_archive(frozen(Path(folder)), target)
    print(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
