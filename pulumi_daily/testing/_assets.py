"""Assets and archives: hashed where a program declares them, without contents where the engine does not send these.

An asset is a tagged dictionary, on the wire and in the state. The engine hashes the assets of a program, whose files
must exist. It sends a provider no contents of assets for diff, read, update and delete, only the hash; the server of
Python's dynamic providers cannot read such an asset, and fails (Pulumi: ``sdk/go/common/resource/plugin/rpc.go``).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from .._wire import SIGNATURE
from ._wire import Properties, Secret, Value

ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"


class AssetError(ValueError):
    """Error: a file of an asset or archive cannot be read. The message is the engine's."""


def hashed(props: Properties, folder: Path) -> Properties:
    """Return `props` with a hash in each asset of a text or a file, at any depth; `folder` is that of relative paths.

    Archives and remote assets get no hash, but assets inside an archive do. Raises :class:`AssetError` for a file of an
    asset that is missing or cannot be read, and for a missing file of an archive.
    """
    return {key: _hashed(key, value, folder) for key, value in props.items()}


def _hashed(key: str, value: Value, folder: Path) -> Value:
    if isinstance(value, Secret):
        return Secret(_hashed(key, value.value, folder))
    if isinstance(value, list):
        return [_hashed(key, item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(SIGNATURE)
    if kind not in (ASSET, ARCHIVE):
        return hashed(value, folder)
    if kind == ARCHIVE and "assets" in value:
        return {**value, "assets": hashed(value["assets"], folder)}
    return _with_hash(key, value, folder)


def _with_hash(key: str, value: Properties, folder: Path) -> Properties:
    kind = "asset" if value[SIGNATURE] == ASSET else "archive"
    content = value.get("text", "").encode()
    if path := value.get("path"):
        file = folder / path
        try:
            file.stat()
            content = file.read_bytes() if kind == "asset" else b""
        except OSError as e:
            reason = (e.strerror or str(e)).lower()
            raise AssetError(
                f"failed to compute {kind} hash for \"{key}\": failed to open {kind} file '{file}': "
                f"open {file}: {reason}"
            ) from None
    if kind == "archive" or value.get("uri"):
        return value
    return {**value, "hash": hashlib.sha256(content).hexdigest()}


def without_contents(value: Value) -> Value:
    """Return `value` with each asset and archive reduced to its hash, if any."""
    if isinstance(value, Secret):
        return Secret(without_contents(value.value))
    if isinstance(value, list):
        return [without_contents(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) in (ASSET, ARCHIVE):
        return {key: value[key] for key in (SIGNATURE, "hash") if key in value}
    return {key: without_contents(item) for key, item in value.items()}
