"""Decides about an object that a create finds on Daily: whether that create made it, and how it differs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...api import DailyError
from ...objects.fields import entries
from ...objects.spec import ObjectSpec
from ...objects.validation import defaults
from ...objects.values import ABSENT, moment, same
from .drift import Drift
from .inputs import settings_model, settings_of

if TYPE_CHECKING:
    from ..state import LiveView

GRANULARITY = 1.0
"""Seconds by which a moment that Daily shows in whole seconds may be earlier than the real one."""

CREATE_ATTEMPTS = 3


class Sending:
    """The span of time in which a request was under way, by Daily's clock. ``clock`` returns bounds of it, in unix
    seconds, or None while they are not known."""

    def __init__(self, clock: Callable[[], tuple[float, float] | None]) -> None:
        self._clock = clock
        self._began = clock()

    def made(self, live: LiveView) -> bool:
        """Return whether the API made an object since the request was sent, as far as Daily shows that."""
        now, at = self._clock(), live.created_at
        if at is None or now is None or self._began is None or live.made_by_api is False:
            return False
        return self._began[0] < at + (GRANULARITY if at == int(at) else 0.001) and at <= now[1]


class Creation:
    """One create, of an object or of a batch, and its failed attempts: the one place that decides about lost answers.

    ``absent_before`` says that a reading right before the create found no such object.
    """

    def __init__(self, sending: Sending, *, absent_before: bool = False) -> None:
        self._sending = sending
        self._absent_before = absent_before
        self.attempts = 0
        self.lost = False
        """Is true once an attempt got no answer: it may have made what exists now."""

    def failed(self, error: DailyError) -> bool:
        """Note a failed attempt; return whether its own outcome is unknown.

        A refusal after an attempt without an answer may be about what that attempt made, if it came late. So the
        error's ``outcome_unknown`` is set then.
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
        """Return whether this create made an object that exists now. ``exactly``: it is just what was sent.

        The proof is that Daily dates it after the sending. For an object that Daily does not date there is no better
        proof than that it was not there right before.
        """
        undated = self._absent_before and live.created_at is None
        return self.lost and exactly and (undated or self._sending.made(live))


def contradicts(drifts: Iterable[Drift]) -> bool:
    """Return whether anything that Daily shows differs; what it does not show may be its default."""
    return any(item.live is not ABSENT for item in drifts)


def settings_beyond(spec: ObjectSpec, inputs: Mapping[str, Any], live: LiveView) -> list[str]:
    """Return the settings of an object that inputs say nothing of and that have another value than Daily's default."""
    known, usual = entries(settings_model(spec)), defaults(settings_model(spec))
    said = {*settings_of(spec, inputs), *inputs, *spec.computed, *spec.config_outputs}
    more = {key: value for key, value in live.settings.items() if key in known and key not in said}
    return [key for key, value in more.items() if value not in (False, "") and not same(value, usual.get(key, ABSENT))]


@dataclass(frozen=True)
class Found:
    """Describes an object that exists already, for messages and for the decision to take it over."""

    made: str = ""
    """When and how, as far as Daily says."""
    differences: tuple[str, ...] = ()
    as_asked: bool = False
    """Is true when the object was made through the API and is exactly as the program says."""

    @classmethod
    def of(cls, spec: ObjectSpec, inputs: Mapping[str, Any], live: LiveView, drifts: Sequence[Drift]) -> Found:
        """Return the comparison of an object with inputs that ask for it; ``drifts`` are its differences from them."""
        at, api = live.created_at, live.made_by_api
        how = "" if api is None else " through the API" if api else " in the dashboard"
        made = f"made{how} at {moment(at)}" if at is not None else f"made{how}" if how else ""
        beyond = settings_beyond(spec, inputs, live)
        more = [f"{key} is set on Daily, the program says nothing of it" for key in beyond]
        as_asked = not (api is False or contradicts(drifts) or more)
        return cls(made, (*(item.text(spec) for item in drifts), *more), as_asked)

    def __str__(self) -> str:
        how = "; ".join(self.differences) or "it is as the program says"
        return f"{self.made}: {how}" if self.made else how
