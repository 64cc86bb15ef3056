"""What happens without a request: people come and go, jobs move on. The part of `Emulator` that is about calls."""

from __future__ import annotations

from typing import Any

from . import _batch_processor as batch_processor
from . import _calls as calls
from ._calls import Via
from ._state import Backend


class Happenings:
    """Mixed into `Emulator`."""

    backend: Backend

    def join(
        self,
        room: str,
        user_name: str | None = None,
        user_id: str | None = None,
        domain: str | None = None,
        via: Via = "app",
    ) -> str:
        """Somebody joins a room; gives the session id. The first to come begins a meeting.

        What Daily documents about joining holds: `exp`, `nbf`, `max_participants`, bans and `enforce_unique_user_ids`,
        and `eject_at_room_exp` and `eject_after_elapsed` once the clock gets there. `via` is how they came: the app,
        or a phone that was called (`dialout`) or calls (`dialin`).

        Raises `KeyError` without the room, `ValueError` when it does not let them in.
        """
        with self.backend.lock:
            target = self.backend.domain(domain)
            found = target.find(room)
            if found is None:
                raise KeyError(f"there is no room {room}")
            return str(calls.join(target, found, user_name, user_id, via)[1]["participant_id"])

    def leave(self, session_id: str, domain: str | None = None) -> None:
        """Somebody leaves; with the last one the meeting ends, and what runs in it. `KeyError` when they are not in."""
        with self.backend.lock:
            target = self.backend.domain(domain)
            found = calls.find(target, session_id)
            if found is None:
                raise KeyError(f"there is nobody with the session id {session_id} in a call")
            calls.leave(target, *found)

    def end_call(self, room: str, domain: str | None = None) -> None:
        """Everybody leaves a room. `KeyError` when nobody is in it."""
        with self.backend.lock:
            target = self.backend.domain(domain)
            meetings = [one for one in calls.ongoing(target) if one.data["room"] == room]
            if not meetings:
                raise KeyError(f"there is nobody in room {room}")
            for meeting in meetings:
                for one in calls.present(meeting):
                    calls.leave(target, meeting, one)

    def set_job(self, job_id: str, status: str, error: str | None = None, domain: str | None = None) -> None:
        """Move a job of the batch processor on: `processing`, `finished`, or `error` with the text of the error.

        Raises `KeyError` without the job, `ValueError` for a status that there is not.
        """
        with self.backend.lock:
            job = self.backend.domain(domain).collection("batch_jobs").by_id(job_id)
            if job is None:
                raise KeyError(f"there is no job {job_id}")
            batch_processor.move(job, status, error)

    def control_actions(self) -> dict[str, Any]:
        """The above, for the control plane over HTTP."""
        return {
            "POST /join": lambda args: {"session_id": self.join(**args)},
            "POST /leave": lambda args: self.leave(**args),
            "POST /end_call": lambda args: self.end_call(**args),
            "POST /set_job": lambda args: self.set_job(**args),
        }
