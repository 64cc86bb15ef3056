"""Batches of creates or deletes of one kind. No other module sends Daily's batch requests.

Daily's batches are all or nothing: a refused one changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...api import (
    ApiError,
    AuthenticationError,
    BadResponse,
    DailyError,
    NotFoundError,
    RateLimitError,
    RetryBudgetExceeded,
)
from ...objects.spec import BatchRoutes, ObjectSpec
from ..state import LiveView
from .reader import Caller, Reader

ATTEMPTS = 3
FEW = 8
"""Up to this number of objects of a refused batch are removed one by one; of more, the existing ones are read first."""


class Batches:
    """Batch creates and deletes of a kind that has batch routes. Raises the errors of the API client."""

    def __init__(self, api: Caller, spec: ObjectSpec) -> None:
        assert spec.routes.batch is not None
        self.routes: BatchRoutes = spec.routes.batch
        self._api = api
        self._spec = spec
        self._reader = Reader(api, spec)

    def create(self, bodies: Sequence[Mapping[str, Any]]) -> dict[str, LiveView]:
        """Create up to 1 000 objects in one request, and return the objects in Daily's answer by id."""
        answer = self._api.call(self.routes.create, json={self.routes.create_key: list(bodies)})
        # Daily documents a bare array; its other lists have an envelope.
        made = answer.get("data") if isinstance(answer, Mapping) else answer
        items = made if isinstance(made, list) else []
        views = [LiveView(self._spec, item) for item in items if isinstance(item, Mapping)]
        return {view.id: view for view in views}

    def delete(self, names: Sequence[str]) -> tuple[list[str], set[str]]:
        """Remove up to 1 000 objects.

        Returns the names that the caller must remove one by one: of a batch that Daily refused, when they are few, or
        when objects still disappear meanwhile at the last attempt; and those that reads did not find after a refused
        batch. Raises `BadResponse` if objects are left after the last attempt.
        """
        left, absent = list(names), set[str]()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if self._deleted(left, last=attempt == ATTEMPTS):
                    return [], absent
            except NotFoundError:  # another client removes them at the same time
                return left, absent
            # All or nothing: one missing name makes Daily refuse all. The existing ones are tried again.
            if len(left) <= FEW:
                return left, absent
            found = self._reader.among(left, surely=True)
            absent.update(name for name in left if name not in found)
            left = list(found)
            if not left:
                return [], absent
        shown = ", ".join(left[:FEW])
        raise BadResponse(f"{self.routes.delete} did not delete {len(left)} objects, {shown} among them")

    def _deleted(self, names: list[str], *, last: bool) -> bool:
        try:
            answer = self._api.call(self.routes.delete, json={self.routes.delete_key: names})
        except DailyError as error:
            unknown = error.outcome_unknown and not isinstance(error, RetryBudgetExceeded)
            if last or not (unknown or is_refusal(error)):
                raise
            return False
        count = answer.get("deleted_count") if isinstance(answer, Mapping) else None
        return count == len(names)


def is_refusal(error: DailyError) -> bool:
    """Return whether Daily refused a batch because of its content, so that its parts may succeed one by one."""
    return isinstance(error, ApiError) and not isinstance(error, AuthenticationError | RateLimitError)
