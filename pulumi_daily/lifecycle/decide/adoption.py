"""Decides about an existing object that a create finds on Daily: who made it, and how it differs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...api import DailyError
from ...objects.fields import entries
from ...objects.spec import ObjectSpec, settings_model
from ...objects.validation import defaults
from ...objects.values import ABSENT, moment, same
from .drift import Drift
from .inputs import settings_of

if TYPE_CHECKING:
    from ..state import LiveView

GRANULARITY = 1.0
"""Seconds by which a time that Daily returns in whole seconds may differ from the real one: cut off or rounded."""

CREATE_ATTEMPTS = 3


class Sending:
    """The span of time in which a request was under way, by Daily's clock.

    ``clock`` returns bounds of the present time in Unix seconds, or None while they are unknown.
    """

    def __init__(self, clock: Callable[[], tuple[float, float] | None]) -> None:
        self._clock = clock
        self._began = clock()

    def made(self, live: LiveView) -> bool:
        """Return whether the object was created since the request was sent, and not in the dashboard.

        The result is False where Daily's data do not prove it.
        """
        now, at = self._clock(), live.created_at
        if at is None or now is None or self._began is None or live.made_by_api is False:
            return False
        span = GRANULARITY if at == int(at) else 0.001
        return self._began[0] < at + span and at < now[1] + span


class Creation:
    """One create, of an object or of a batch, with its failed attempts. All decisions about lost answers are made here.

    ``absent_before``: a read immediately before the create found no such object.
    """

    def __init__(self, sending: Sending, *, absent_before: bool = False) -> None:
        self._sending = sending
        self._absent_before = absent_before
        self.attempts = 0
        self.lost = False
        """True once an attempt got no answer: that attempt may have created the object that exists now."""

    def failed(self, error: DailyError) -> bool:
        """Record a failed attempt, and return whether its own outcome is unknown.

        After an attempt without an answer, the reason for a later refusal may be the object that the first attempt
        created. The ``outcome_unknown`` of such a refusal is therefore set to true.
        """
        self.attempts += 1
        unknown = error.outcome_unknown
        self.lost = error.outcome_unknown = self.lost or unknown
        return unknown

    @property
    def exhausted(self) -> bool:
        """Return whether no attempt is left."""
        return self.attempts >= CREATE_ATTEMPTS

    def made(self, live: LiveView, *, exactly: bool) -> bool:
        """Return whether this create made an existing object. ``exactly``: the object equals what was sent.

        The proof is a creation time after the sending. For objects without a creation time, the best proof is that the
        object did not exist immediately before.
        """
        undated = self._absent_before and live.created_at is None
        return self.lost and exactly and (undated or self._sending.made(live))


def contradicts(drifts: Iterable[Drift]) -> bool:
    """Return whether a value that Daily returns differs; a value that it does not return may be its default."""
    return any(item.live is not ABSENT for item in drifts)


def settings_beyond(spec: ObjectSpec, inputs: Mapping[str, Any], live: LiveView) -> list[str]:
    """Return the settings that are missing from the inputs and whose live value is not Daily's default."""
    known, usual = entries(settings_model(spec)), defaults(settings_model(spec))
    said = {*settings_of(spec, inputs), *inputs, *spec.computed, *spec.config_outputs}
    more = {key: value for key, value in live.settings.items() if key in known and key not in said}
    return [key for key, value in more.items() if value not in (False, "") and not same(value, usual.get(key, ABSENT))]


@dataclass(frozen=True)
class Found:
    """A description of an existing object, for messages and for the decision whether to adopt it."""

    made: str = ""
    """When and how the object was created, as far as Daily returns it."""
    differences: tuple[str, ...] = ()
    as_asked: bool = False
    """True when the object was created through the API and matches the program exactly."""
    changes: tuple[str, ...] = ()
    """The changes that a takeover makes, with both values."""

    @classmethod
    def of(cls, spec: ObjectSpec, inputs: Mapping[str, Any], live: LiveView, drifts: Sequence[Drift]) -> Found:
        """Return the description of an object for inputs that declare it.

        ``drifts`` are the object's differences from the inputs.
        """
        at, api = live.created_at, live.made_by_api
        how = "" if api is None else " through the API" if api else " in the dashboard"
        made = f"made{how} at {moment(at)}" if at is not None else f"made{how}" if how else ""
        beyond = settings_beyond(spec, inputs, live)
        more = [f"{key} is set on Daily, the program says nothing of it" for key in beyond]
        as_asked = not (api is False or contradicts(drifts) or more)
        changes = tuple(item.change(spec) for item in drifts)
        return cls(made, (*(item.text(spec) for item in drifts), *more), as_asked, changes)

    def __str__(self) -> str:
        how = "; ".join(self.differences) or "it is as the program says"
        return f"{self.made}: {how}" if self.made else how
