"""State on disk: a deployment file, and a journal next to it while an operation runs.

The file has the form of ``pulumi stack export --show-secrets``. Only its owner can read it, because it contains the
secret values in clear text (marked as secret).

The journal makes a step durable without writing the whole state again: one line is appended per step, and the lines are
replayed when a state is loaded whose last operation did not end. A whole file is written at the beginning and the end
of an operation, first under a temporary name (a reader never sees an incomplete file).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from ._format import Shown, StateFileError, decode_state, deployment, encode_state, states_of
from ._state import ResourceState

_SECRETS = Shown()


class StateFile:
    """A stack's state in the file `path`, for one process at a time. Implements :class:`~._state.Journal`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._journal_path = path.with_name(path.name + ".journal")
        self._journal: IO[str] | None = None
        self._generation = 0

    def load(self) -> list[ResourceState]:
        """Return the states after the last operation, finished or not; an empty list if the file does not exist.

        Raises :class:`StateFileError` for a file that cannot be read as a state.
        """
        if not self.path.exists():
            return []
        try:
            data = json.loads(self.path.read_text())
        except ValueError as e:
            raise StateFileError(f"{self.path} is not JSON: {e}") from None
        states = states_of(data, _SECRETS)
        self._generation = data.get("generation", 0)
        return self._replay(states)

    def _replay(self, base: list[ResourceState]) -> list[ResourceState]:
        old = dict(enumerate(base))
        new: dict[int, ResourceState] = {}
        lines = self._journal_path.read_text().splitlines() if self._journal_path.exists() else []
        if not lines or _entry(lines[0]).get("generation") != self._generation:
            return base  # no journal, or that of an operation whose end is in the file already
        for entry in map(_entry, lines[1:]):
            if not entry:
                break  # the line that was incomplete when the process died
            number = entry["n"]
            if "state" in entry:
                (old if number < len(base) else new)[number] = decode_state(entry["state"], _SECRETS)
            else:
                old.pop(number, None)
                new.pop(number, None)
        return [*(new[n] for n in sorted(new)), *(old[n] for n in sorted(old))]

    def save(self, states: Sequence[ResourceState]) -> None:
        """Write all `states` atomically, and end the journal."""
        self._generation += 1
        text = json.dumps({**deployment(states, _SECRETS), "generation": self._generation}, indent=1)
        temporary = self.path.with_name(self.path.name + ".tmp")
        with _private(temporary) as file:
            file.write(text)
        os.replace(temporary, self.path)
        self.close()
        self._journal_path.unlink(missing_ok=True)

    def begin(self, base: Sequence[ResourceState]) -> None:
        self.save(base)
        self._journal = _private(self._journal_path)
        self._append({"generation": self._generation})

    def put(self, number: int, state: ResourceState) -> None:
        self._append({"n": number, "state": encode_state(state, _SECRETS)})

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


def _private(path: Path) -> IO[str]:
    """Create `path` again and open it for writing, for its owner alone (where the system has owners)."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
