"""Creates and deletes of one kind of object; those in flight at the same time are sent as one batch request.

A refused batch changed nothing, so its calls are then sent one by one, and each gets its own error. When the outcome of
a batch is unknown, the outcome of each of its calls is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...api import BATCH_LIMIT, BadResponse, DailyError, NotFoundError
from ...objects.spec import ObjectSpec
from ..state import LiveView
from .batches import Batches, is_refusal
from .coalesce import WINDOW, Coalescer
from .reader import Caller


class _Alone:
    """The type of :data:`_ALONE`."""


_ALONE = _Alone()
"""The result of a call in a refused batch: the caller must send it as a single request."""


class Writes:
    """Creates and deletes of objects of one kind, shared by all threads of an account.

    ``expected_wait`` returns the seconds that a call of a route would wait for its rate limit. A batch stays open for
    that time, and a single call is sent as a batch of one when its own tier is used up and the batch tier is free. (The
    engine spreads the steps of a large stack so far apart that few are in flight together, and only two single deletes
    are allowed per second.)
    """

    def __init__(
        self,
        api: Caller,
        spec: ObjectSpec,
        *,
        most: int = BATCH_LIMIT,
        window: float = WINDOW,
        expected_wait: Callable[[str], float] | None = None,
    ) -> None:
        self._api = api
        self._spec = spec
        self._expected_wait = expected_wait
        self._routes = spec.routes
        self._many = Batches(api, spec) if spec.routes.batch else None
        self._creates: Coalescer[Mapping[str, Any], Any] = Coalescer(
            self._create_group,
            most=most,
            window=window,
            held=lambda: self._least_wait(self._routes.create, self._batches.routes.create),
        )
        self._deletes: Coalescer[str, Any] = Coalescer(
            self._delete_group,
            most=most,
            window=window,
            held=lambda: self._least_wait(self._routes.delete, self._batches.routes.delete),
        )

    def create(self, body: Mapping[str, Any]) -> Any:
        """Return Daily's answer to the create of one object. Raises the errors of the API client."""
        answer = self._creates(body) if self._many else _ALONE
        return self._create(body) if answer is _ALONE else answer

    def create_many(self, bodies: Sequence[Mapping[str, Any]]) -> dict[str, LiveView]:
        """Create up to 1 000 objects in one request, and return the objects in Daily's answer by id."""
        return self._batches.create(bodies)

    def delete(self, name: str) -> bool:
        """Remove one object; return False when Daily answered that it does not exist, to the delete or to a read."""
        answer = self._deletes(name) if self._many else _ALONE
        return self._delete(name) if answer is _ALONE else bool(answer)

    def delete_many(self, names: Sequence[str]) -> list[str]:
        """Remove any number of objects with as few requests as possible.

        Returns those that do not exist, by Daily's answer to the delete or to a read.
        """
        absent: list[str] = []
        for start in range(0, len(names), BATCH_LIMIT):
            chunk = list(names[start : start + BATCH_LIMIT])
            for name, answer in zip(chunk, self._delete_group(chunk), strict=True):
                if not (self._delete(name) if answer is _ALONE else answer):
                    absent.append(name)
        return absent

    def _create(self, body: Mapping[str, Any]) -> Any:
        return self._api.call(self._routes.create, json=body)

    def _delete(self, name: str) -> bool:
        try:
            self._api.call(self._routes.delete, path={self._routes.path_parameter: name})
        except NotFoundError:
            return False
        return True

    def _create_group(self, bodies: list[Mapping[str, Any]]) -> list[Any]:
        batches = self._batches
        if len(bodies) == 1 and not self._waits_longer(self._routes.create, batches.routes.create):
            return [self._create(bodies[0])]
        try:
            made = batches.create(bodies)
        except DailyError as error:
            if not error.outcome_unknown and is_refusal(error):
                return [_ALONE] * len(bodies)
            raise
        return [made.get(str(body[self._spec.key])) or self._left_out(batches.routes.create) for body in bodies]

    def _delete_group(self, names: list[str]) -> list[Any]:
        batches = self._batches
        if len(names) == 1 and not self._waits_longer(self._routes.delete, batches.routes.delete):
            return [self._delete(names[0])]
        alone, absent = batches.delete(names)
        return [_ALONE if name in alone else name not in absent for name in names]

    @property
    def _batches(self) -> Batches:
        assert self._many is not None
        return self._many

    def _least_wait(self, *routes: str) -> float:
        return min(map(self._expected_wait, routes)) if self._expected_wait else 0.0

    def _waits_longer(self, route: str, other: str) -> bool:
        return self._expected_wait is not None and self._expected_wait(route) > self._expected_wait(other)

    @staticmethod
    def _left_out(route: str) -> BadResponse:
        error = BadResponse(f"the answer to {route} leaves an object out")
        error.outcome_unknown = True
        return error
