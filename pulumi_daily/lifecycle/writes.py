"""Creates and deletes of one kind of object; those in flight together go as one batch request.

Daily's batch is all or nothing: a refused one changed nothing, so its calls then go one by one, and each gets its own
error. A batch whose outcome is unknown is the unknown outcome of each of its calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..api import (
    BATCH_LIMIT,
    ApiError,
    AuthenticationError,
    BadResponse,
    DailyError,
    NotFoundError,
    RateLimitError,
    RetryBudgetExceeded,
)
from ..objects.spec import BatchRoutes, ObjectSpec
from .coalesce import WINDOW, Coalescer
from .reader import Caller, Reader

ATTEMPTS = 3
FEW = 8
"""Up to so many are removed one by one when a batch is refused; of more, those that are there are looked for."""


class _Alone:
    """The answer of a refused batch: go one by one."""


_ALONE = _Alone()


class Writes:
    """Makes and removes objects of one kind. Shared by all threads of an account.

    ``forecast`` says how long a call of a route would wait for its rate limit: a batch stays open for so long, and a
    lone call whose own tier is used up goes as a batch of one where that one's is not. (The engine of a large stack
    spreads its steps so far apart that few are ever in flight together, and single deletes are held to 50 per 30 s.)
    """

    def __init__(
        self,
        api: Caller,
        spec: ObjectSpec,
        *,
        most: int = BATCH_LIMIT,
        window: float = WINDOW,
        forecast: Callable[[str], float] | None = None,
    ) -> None:
        self._api = api
        self._forecast = forecast
        self._routes = spec.routes
        self._id = spec.key
        self._reader = Reader(api, spec)
        self._creates: Coalescer[Mapping[str, Any], Any] = Coalescer(
            self._create_together,
            most=most,
            window=window,
            held=lambda: self._least_wait(self._routes.create, self._batch().create),
        )
        self._deletes: Coalescer[str, Any] = Coalescer(
            self._delete_together,
            most=most,
            window=window,
            held=lambda: self._least_wait(self._routes.delete, self._batch().delete),
        )

    def create(self, body: Mapping[str, Any]) -> Any:
        """Daily's answer to the create of one object; raises what the API client raises."""
        answer = self._creates(body) if self._routes.batch else _ALONE
        return self._create(body) if answer is _ALONE else answer

    def delete(self, name: str) -> None:
        """Remove one object; one that is not there is removed already."""
        answer = self._deletes(name) if self._routes.batch else _ALONE
        if answer is _ALONE:
            self._delete(name)

    def _create(self, body: Mapping[str, Any]) -> Any:
        return self._api.call(self._routes.create, json=body)

    def _delete(self, name: str) -> None:
        try:
            self._api.call(self._routes.delete, path={self._routes.path_parameter: name})
        except NotFoundError:
            return

    def _create_together(self, bodies: list[Mapping[str, Any]]) -> list[Any]:
        batch = self._batch()
        if len(bodies) == 1 and not self._waits_longer(self._routes.create, batch.create):
            return [self._create(bodies[0])]
        try:
            answer = self._api.call(batch.create, json={batch.create_key: bodies})
        except DailyError as error:
            if _refused(error, settled=not error.outcome_unknown):
                return [_ALONE] * len(bodies)
            raise
        # Daily documents a bare array; its other lists come in an envelope.
        made = answer.get("data") if isinstance(answer, Mapping) else answer
        items = made if isinstance(made, list) else []
        by_name = {item.get(self._id): item for item in items if isinstance(item, Mapping)}
        return [by_name.get(body[self._id]) or self._unsettled(batch) for body in bodies]

    def delete_all(self, names: list[str]) -> None:
        """Remove many objects, with as few requests as can be."""
        for start in range(0, len(names), BATCH_LIMIT):
            chunk = names[start : start + BATCH_LIMIT]
            for name, answer in zip(chunk, self._delete_together(chunk), strict=True):
                if answer is _ALONE:
                    self._delete(name)

    def _delete_together(self, names: list[str]) -> list[Any]:
        batch, left = self._batch(), names
        if len(names) == 1 and not self._waits_longer(self._routes.delete, batch.delete):
            self._delete(names[0])
            return [None]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._api.call(batch.delete, json={batch.delete_key: left})
            except DailyError as error:
                if attempt == ATTEMPTS and isinstance(error, NotFoundError):  # somebody removes them at the same time
                    return [_ALONE if name in left else None for name in names]
                unknown = error.outcome_unknown and not isinstance(error, RetryBudgetExceeded)
                if attempt == ATTEMPTS or not (unknown or _refused(error, settled=True)):
                    raise
            else:
                count = answer.get("deleted_count") if isinstance(answer, Mapping) else None
                if count == len(left):
                    break
            # All or nothing: one name that is gone already refuses all. Those that are there are tried again.
            if len(left) <= FEW:
                return [_ALONE if name in left else None for name in names]
            left = list(self._reader.among(left, surely=True))
            if not left:
                break
        else:
            raise BadResponse(f"{batch.delete} did not delete {len(left)} objects, {', '.join(left[:FEW])} among them")
        return [None] * len(names)

    def _least_wait(self, *routes: str) -> float:
        return min(map(self._forecast, routes)) if self._forecast else 0.0

    def _waits_longer(self, route: str, other: str) -> bool:
        return self._forecast is not None and self._forecast(route) > self._forecast(other)

    def _batch(self) -> BatchRoutes:
        assert self._routes.batch is not None
        return self._routes.batch

    def _unsettled(self, batch: BatchRoutes) -> BadResponse:
        error = BadResponse(f"the answer to {batch.create} leaves an object out")
        error.outcome_unknown = True
        return error


def _refused(error: DailyError, *, settled: bool) -> bool:
    """Whether Daily refused the batch for what is in it, so that the calls may be worth trying one by one."""
    return settled and isinstance(error, ApiError) and not isinstance(error, AuthenticationError | RateLimitError)
