"""The part of `Emulator` that simulates calls without requests: participants join and leave, jobs change status."""

from __future__ import annotations

from typing import Any

from . import _batch_processor as batch_processor
from . import _calls as calls
from ._calls import Via
from ._state import Backend


class CallSimulation:
    """The methods of `Emulator` for simulated participants and jobs."""

    backend: Backend

    def join(
        self,
        room: str,
        user_name: str | None = None,
        user_id: str | None = None,
        domain: str | None = None,
        via: Via = "app",
    ) -> str:
        """Let a participant join a room, and return the session id. The first participant begins a meeting.

        Daily's documented rules for joining apply: `exp`, `nbf`, `max_participants`, bans and
        `enforce_unique_user_ids`, also `eject_at_room_exp` and `eject_after_elapsed` when the clock reaches them. `via`
        is the app, or a phone that was called (`dialout`) or calls (`dialin`).

        Raises `KeyError` for an unknown room, `ValueError` when the room refuses the participant.
        """
        with self.backend.lock:
            target = self.backend.domain(domain)
            found = target.find(room)
            if found is None:
                raise KeyError(f"there is no room {room}")
            return str(calls.join(target, found, user_name, user_id, via)[1]["participant_id"])

    def leave(self, session_id: str, domain: str | None = None) -> None:
        """Let a participant leave. When the last one leaves, the meeting and its streams end.

        Raises `KeyError` for a session that is in no call.
        """
        with self.backend.lock:
            target = self.backend.domain(domain)
            found = calls.find(target, session_id)
            if found is None:
                raise KeyError(f"there is nobody with the session id {session_id} in a call")
            calls.leave(target, *found)

    def end_call(self, room: str, domain: str | None = None) -> None:
        """Let all participants leave a room. Raises `KeyError` for an empty room."""
        with self.backend.lock:
            target = self.backend.domain(domain)
            meetings = [one for one in calls.ongoing(target) if one.data["room"] == room]
            if not meetings:
                raise KeyError(f"there is nobody in room {room}")
            for meeting in meetings:
                for one in calls.present(meeting):
                    calls.leave(target, meeting, one)

    def set_job(self, job_id: str, status: str, error: str | None = None, domain: str | None = None) -> None:
        """Change the status of a batch processor job: `submitted`, `processing`, `finished`, or `error` with its text.

        Raises `KeyError` for an unknown job, `ValueError` for an unknown status, and for a text that is missing or has
        another status than `error`.
        """
        with self.backend.lock:
            job = self.backend.domain(domain).collection("batch_jobs").by_id(job_id)
            if job is None:
                raise KeyError(f"there is no job {job_id}")
            batch_processor.move(job, status, error)

    def control_actions(self) -> dict[str, Any]:
        """Return `join`, `leave`, `end_call` and `set_job` as actions of the control plane over HTTP."""
        return {
            "POST /join": lambda args: {"session_id": self.join(**args)},
            "POST /leave": lambda args: self.leave(**args),
            "POST /end_call": lambda args: self.end_call(**args),
            "POST /set_job": lambda args: self.set_job(**args),
        }
