"""State on disk: a deployment file, a journal beside it while an operation runs, and sealed secrets.

The file has the form of ``pulumi stack export``. Secret values in it are sealed (below), so that a state file that is
copied, committed or printed shows none. This protects against *showing*, not against somebody who has the key too: by
default the key lies beside the file (``<file>.key``, readable by its owner alone). Give a `passphrase` to keep no key
on disk. It is meant for tests and demonstrations; real stacks use Pulumi's own secrets providers.

Sealing uses the standard library alone: a fresh 16-byte nonce per value, HMAC-SHA256 in counter mode as key stream,
HMAC-SHA256 over nonce and text as seal (encrypt, then authenticate), two keys derived from the stack key.

The journal makes a step durable without writing the whole state again: one line is appended per step, and replayed
when a state is loaded whose last operation did not end. A whole file is written at the beginning and the end of an
operation, to a temporary name first (a reader never sees half a file).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from ._format import Sealer, decode_state, encode_state
from ._state import ResourceState
from ._wire import Value


class StateFileError(Exception):
    """The state file cannot be read: wrong key, or not a deployment. The message says what to do."""


class Seal:
    """Seals JSON values with a key of 32 bytes."""

    def __init__(self, key: bytes, nonce: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._stream_key = hmac.digest(key, b"stream", "sha256")
        self._seal_key = hmac.digest(key, b"seal", "sha256")
        self._nonce = nonce

    def seal(self, value: Value) -> Mapping[str, str]:
        nonce = self._nonce(16)
        text = self._mask(nonce, json.dumps(value).encode())
        tag = hmac.digest(self._seal_key, nonce + text, "sha256")
        return {"ciphertext": "d1:" + base64.b64encode(nonce + tag + text).decode()}

    def open(self, sealed: Mapping[str, Any]) -> Value:
        if "plaintext" in sealed:  # from `pulumi stack export --show-secrets`
            return json.loads(sealed["plaintext"])
        text = sealed.get("ciphertext", "")
        if not text.startswith("d1:"):
            raise StateFileError(
                "a secret in this state was encrypted by Pulumi itself; use `pulumi stack export --show-secrets`"
            )
        raw = base64.b64decode(text[3:])
        nonce, tag, body = raw[:16], raw[16:48], raw[48:]
        if not hmac.compare_digest(tag, hmac.digest(self._seal_key, nonce + body, "sha256")):
            raise StateFileError("a secret in this state cannot be opened: wrong key or passphrase")
        return json.loads(self._mask(nonce, body))

    def _mask(self, nonce: bytes, data: bytes) -> bytes:
        blocks = range((len(data) + 31) // 32)
        stream = b"".join(hmac.digest(self._stream_key, nonce + i.to_bytes(8, "big"), "sha256") for i in blocks)
        return bytes(a ^ b for a, b in zip(data, stream, strict=False))


class Hidden:
    """Shows that there is a secret and not what it is (for :meth:`Stack.export`)."""

    def seal(self, value: Value) -> Mapping[str, str]:
        return {"ciphertext": "[secret]"}

    def open(self, sealed: Mapping[str, Any]) -> Value:
        if "plaintext" in sealed:
            return json.loads(sealed["plaintext"])
        raise StateFileError("this export has no secret values; export it with show_secrets=True")


class Shown(Hidden):
    """Writes secrets in clear, marked (``pulumi stack export --show-secrets``)."""

    def seal(self, value: Value) -> Mapping[str, str]:
        return {"plaintext": json.dumps(value)}


def deployment(states: Sequence[ResourceState], sealer: Sealer) -> dict[str, Any]:
    """A deployment as ``pulumi stack export`` prints it."""
    return {"version": 3, "deployment": {"resources": [encode_state(s, sealer) for s in states]}}


def states_of(data: Mapping[str, Any], sealer: Sealer) -> list[ResourceState]:
    """The resources of a deployment. Raises :class:`StateFileError` if `data` is none."""
    try:
        resources = data["deployment"].get("resources") or []
        return [decode_state(r, sealer) for r in resources]
    except (KeyError, TypeError, AttributeError) as e:
        raise StateFileError(f"not a Pulumi deployment: {type(e).__name__}: {e}") from None


class StateFile:
    """A stack's state in `path`. Implements :class:`~._state.Journal`. One process at a time."""

    def __init__(self, path: Path, passphrase: str | None = None) -> None:
        self.path = path
        self._journal_path = path.with_name(path.name + ".journal")
        self._journal: IO[str] | None = None
        self._generation = 0
        self._sealer = Seal(self._key(passphrase))

    def _key(self, passphrase: str | None) -> bytes:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if passphrase is not None:
            salt = hashlib.sha256(b"pulumi-daily state: " + self.path.name.encode()).digest()
            return hashlib.scrypt(passphrase.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
        key_path = self.path.with_name(self.path.name + ".key")
        try:
            with os.fdopen(os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
                f.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return bytes.fromhex(key_path.read_text().strip())

    def load(self) -> list[ResourceState]:
        """The states of the last operation, finished or not; empty if there is no file yet."""
        if not self.path.exists():
            return []
        try:
            data = json.loads(self.path.read_text())
        except ValueError as e:
            raise StateFileError(f"{self.path} is not JSON: {e}") from None
        states = states_of(data, self._sealer)
        self._generation = data.get("generation", 0)
        return self._replay(states)

    def _replay(self, base: list[ResourceState]) -> list[ResourceState]:
        old = dict(enumerate(base))
        new: dict[int, ResourceState] = {}
        lines = self._journal_path.read_text().splitlines() if self._journal_path.exists() else []
        if not lines or _entry(lines[0]).get("generation") != self._generation:
            return base  # no journal, or the one of an operation whose end is already in the file
        for entry in map(_entry, lines[1:]):
            if not entry:
                break  # the line that was being written when the process died
            number = entry["n"]
            if "state" in entry:
                (old if number < len(base) else new)[number] = decode_state(entry["state"], self._sealer)
            else:
                old.pop(number, None)
                new.pop(number, None)
        return [*(new[n] for n in sorted(new)), *(old[n] for n in sorted(old))]

    def save(self, states: Sequence[ResourceState]) -> None:
        """Write `states` as a whole, atomically, and end the journal."""
        self._generation += 1
        text = json.dumps({**deployment(states, self._sealer), "generation": self._generation}, indent=1)
        temporary = self.path.with_name(self.path.name + ".tmp")
        temporary.write_text(text)
        os.replace(temporary, self.path)
        self.close()
        self._journal_path.unlink(missing_ok=True)

    def begin(self, base: Sequence[ResourceState]) -> None:
        self.save(base)
        self._journal = self._journal_path.open("w")
        self._append({"generation": self._generation})

    def put(self, number: int, state: ResourceState) -> None:
        self._append({"n": number, "state": encode_state(state, self._sealer)})

    def remove(self, number: int) -> None:
        self._append({"n": number})

    def _append(self, entry: dict[str, Any]) -> None:
        if self._journal is not None:
            self._journal.write(json.dumps(entry) + "\n")
            self._journal.flush()

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
