"""What exists already when a create comes: whether this very call made it, and what is to be said of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..objects.fields import entries
from ..objects.spec import ObjectSpec
from ..objects.validation import defaults
from ..objects.values import ABSENT, moment, same, seconds
from .diff import Drift
from .outputs import live_settings, settings_model, settings_of

GRANULARITY = 1.0
"""Seconds by which a moment that Daily shows in whole seconds may be earlier than the real one."""


class Sending:
    """The span of time in which a request was under way, by Daily's clock. ``clock`` returns bounds of it, in unix
    seconds, or None while they are not known."""

    def __init__(self, clock: Callable[[], tuple[float, float] | None]) -> None:
        self._clock = clock
        self._began = clock()

    def made(self, spec: ObjectSpec, live: Mapping[str, Any]) -> bool:
        """Return whether the API made an object since the request was sent, as far as Daily shows that."""
        now, at = self._clock(), seconds(spec.shown_of(live, "created_at"))
        if at is None or now is None or self._began is None or live.get("api_created") is False:
            return False
        return self._began[0] < at + (GRANULARITY if at == int(at) else 0.001) and at <= now[1]


def contradicts(drifts: Iterable[Drift]) -> bool:
    """Return whether anything that Daily shows differs; what it does not show may be its default."""
    return any(item.live is not ABSENT for item in drifts)


def beyond(spec: ObjectSpec, inputs: Mapping[str, Any], live: Mapping[str, Any]) -> list[str]:
    """Return the settings of an object that inputs say nothing of and that have another value than Daily's default."""
    known, usual = entries(settings_model(spec)), defaults(settings_model(spec))
    said = {*settings_of(spec, inputs), *inputs, *spec.computed, *spec.lifted}
    more = {key: value for key, value in live_settings(spec, live).items() if key in known and key not in said}
    return [key for key, value in more.items() if value not in (False, "") and not same(value, usual.get(key, ABSENT))]


@dataclass(frozen=True)
class Found:
    """What is known of an object that exists already and is not ours by any proof."""

    made: str = ""
    """When and how, as far as Daily says."""
    differences: tuple[str, ...] = ()
    as_asked: bool = False
    """Whether it is exactly as the program says, and was made through the API."""

    @classmethod
    def of(cls, spec: ObjectSpec, inputs: Mapping[str, Any], live: Mapping[str, Any], drifts: Sequence[Drift]) -> Found:
        """Compare an object with inputs that ask for it; ``drifts`` are its differences from them."""
        at, api = seconds(spec.shown_of(live, "created_at")), live.get("api_created")
        how = "" if api is None else " through the API" if api else " in the dashboard"
        made = f"made{how} at {moment(at)}" if at is not None else f"made{how}" if how else ""
        more = [f"{key} is set on Daily, the program says nothing of it" for key in beyond(spec, inputs, live)]
        as_asked = not (api is False or contradicts(drifts) or more)
        return cls(made, (*(item.text(spec) for item in drifts), *more), as_asked)

    def __str__(self) -> str:
        how = "; ".join(self.differences) or "it is as the program says"
        return f"{self.made}: {how}" if self.made else how
