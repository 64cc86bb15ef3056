"""Finds the settings in which a live object differs from the program, and which values may be shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...objects.fields import entries
from ...objects.notes import DIFFERS
from ...objects.secrets import holds_secret, is_secret, redact_strings
from ...objects.spec import ObjectSpec, settings_model
from ...objects.values import ABSENT, Path, format_path, get_at, path_matches, same, show
from ...ownership import Hints
from .inputs import setting_path, settings_of, top_level
from .project import is_accepted, observed_settings

if TYPE_CHECKING:
    from ..state import LiveView

NO_HINTS = Hints()


@dataclass(frozen=True)
class Drift:
    """One leaf in which a live object differs from the program."""

    path: Path
    live: Any
    wanted: Any
    reason: str = ""
    """The effect of the next update, where it is not to set the wanted value."""
    owner: str = ""
    """The name of the room, for a resource that manages several."""
    hidden: bool = False
    """Whether the values are secret."""

    def label(self, spec: ObjectSpec) -> str:
        """Return the setting's path, without the input that contains all settings."""
        inside = self.path[0] in (spec.settings, spec.extras) and len(self.path) > 1
        return format_path(self.path[1:] if inside else self.path)

    @property
    def difference(self) -> str:
        """Return a text with both values, as far as they may be shown."""
        if self.reason:
            return f"is {show(self.live)} on Daily; {self.reason}"
        if self.hidden:
            return DIFFERS
        return f"is {show(self.live)} on Daily, the program says {show(self.wanted)}"

    def text(self, spec: ObjectSpec) -> str:
        """Return a text with the setting and the :attr:`difference`."""
        return f"{self.label(spec)} {self.difference}"

    def change(self, spec: ObjectSpec) -> str:
        """Return a text with the setting, the old and the new value, as far as they may be shown."""
        return self.label(spec) + ("" if self.hidden else f" {show(self.live)} -> {show(self.wanted)}")

    def line(self, spec: ObjectSpec, name: str) -> str:
        """Return the line for the log. It includes the object's name because Pulumi prints such lines without it."""
        return f'{spec.noun} "{self.owner or name}": {self.text(spec)}'


def find_drift(
    spec: ObjectSpec,
    recorded: Mapping[str, Any],
    news: Mapping[str, Any],
    live: LiveView,
    normalized: Mapping[str, str],
    now: float,
    hints: Hints = NO_HINTS,
) -> list[Drift]:
    """Return the leaves of managed inputs that are equal in program and state, but different on Daily.

    ``recorded`` are the inputs of the state, ``news`` those of the program; ``normalized``: see :func:`is_accepted`.
    Paths of ``ignore_changes`` (``hints``) are left out.
    """
    found: list[Drift] = []
    for name in top_level(spec):
        wanted = news.get(name)
        if wanted is not None and same(recorded.get(name), wanted) and not same(live.get(name), wanted):
            found.append(Drift((name,), live.get(name, ABSENT), wanted))
    old, new = settings_of(spec, recorded), settings_of(spec, news)
    for key, shown in observed_settings(spec, new, live, old).items():
        if same(old.get(key), new[key]) and not needs_nothing(spec, key, new[key], shown, normalized, now):
            found += _leaf_drifts(setting_path(spec, news, key), new[key], shown)
    ill = spec.unhealthy
    if ill is not None and live.get(ill.output) == ill.value:
        found.append(Drift((ill.output,), ill.value, ill.healthy, "the next update repairs it"))
    found = [left for item in found for left in _not_ignored(item, hints.ignored)]
    return [replace(item, hidden=must_redact(spec, item.path, item.live, item.wanted, hints=hints)) for item in found]


def differences(
    spec: ObjectSpec, inputs: Mapping[str, Any], live: LiveView, now: float, hints: Hints = NO_HINTS
) -> list[Drift]:
    """Return the differences between an existing object and the inputs of a resource that is not its owner yet."""
    return find_drift(spec, inputs, inputs, live, {}, now, replace(hints, ignored=()))


def needs_nothing(
    spec: ObjectSpec, setting: str, wanted: Any, shown: Any, normalized: Mapping[str, str], now: float
) -> bool:
    """Return whether a setting need not be sent.

    It need not when Daily has the value (:func:`is_accepted`), or no longer accepts it: a time that must be in the
    future and is not later than ``now``.
    """
    if setting in spec.future_moments and isinstance(wanted, int | float) and wanted <= now:
        return True
    return is_accepted(setting, wanted, shown, normalized)


def must_redact(spec: ObjectSpec, path: Path, *values: Any, hints: Hints = NO_HINTS) -> bool:
    """Return whether values at an input path must not be shown.

    They are hidden for secret settings, for values that the program marked as secret, and for strings in settings that
    no model knows. A known setting in ``spec.extras`` is treated as if it were in ``spec.settings``.
    """
    if any(path_matches(secret, path) or is_below(secret, path) for secret in hints.secret):
        return True
    if path[0] == spec.extras and len(path) > 1 and path[1] in entries(settings_model(spec)):
        path = (str(spec.settings), *path[1:])
    free_text = path[0] == spec.extras and not same(redact_strings(values), values)
    return free_text or is_secret(spec.inputs, path) or any(holds_secret(value) for value in values)


def is_below(pattern: Path, path: Path) -> bool:
    """Return whether a pattern matches something inside ``path``."""
    return len(pattern) > len(path) and path_matches(pattern[: len(path)], path)


def steps_into(wanted: Any, other: Any) -> Iterable[Any]:
    """Return the keys of an object, or the indexes of the longer one of two lists; nothing for other values."""
    if isinstance(wanted, list):
        return range(max(len(wanted), len(other) if isinstance(other, list) else 0))
    return wanted if isinstance(wanted, Mapping) else ()


def _not_ignored(item: Drift, ignored: tuple[Path, ...]) -> list[Drift]:
    """Return the parts of a drift that are not ignored; only a part with an ignored path inside is taken apart.

    Of such a part nothing is left if its wanted value is neither an object nor a list.
    """
    if any(path_matches(pattern, item.path) for pattern in ignored):
        return []
    if not any(is_below(pattern, item.path) for pattern in ignored):
        return [item]
    steps = steps_into(item.wanted, item.live)
    pairs = [(step, get_at(item.live, (step,)), get_at(item.wanted, (step,))) for step in steps]
    parts = [Drift((*item.path, step), live, wanted) for step, live, wanted in pairs if not same(live, wanted)]
    return [left for part in parts for left in _not_ignored(part, ignored)]


def _leaf_drifts(path: Path, wanted: Any, shown: Any) -> list[Drift]:
    if isinstance(shown, Mapping) and isinstance(wanted, Mapping):
        return [d for key in wanted for d in _leaf_drifts((*path, key), wanted[key], shown.get(key, ABSENT))]
    both = isinstance(wanted, list) and isinstance(shown, list) and len(wanted) == len(shown)
    if both and any(isinstance(value, Mapping) for value in wanted):
        return [d for i, w in enumerate(wanted) for d in _leaf_drifts((*path, i), w, shown[i])]
    return [] if same(wanted, shown) else [Drift(path, shown, wanted)]
