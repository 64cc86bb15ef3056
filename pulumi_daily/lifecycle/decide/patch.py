"""patch: the smallest request that changes a live object into the program's one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...objects.fields import entries
from ...objects.secrets import mask_in_errors
from ...objects.spec import ObjectSpec, settings_model
from ...objects.values import ABSENT, Path, get_at, leaves, path_matches, same
from ...ownership import Hints
from .drift import NO_HINTS, find_drift, is_below, needs_nothing, steps_into
from .inputs import setting_path, settings_of, top_level
from .project import observed_settings

if TYPE_CHECKING:
    from ..state import LiveView, ResourceState


def update_body(
    spec: ObjectSpec,
    state: ResourceState,
    news: Mapping[str, Any],
    live: LiveView,
    *,
    now: float,
    hints: Hints = NO_HINTS,
) -> dict[str, Any]:
    """Return the body of the smallest update; empty when there is nothing to send.

    A setting that left the program is sent as null, which resets it to Daily's own default. A documented default is
    sent only where Daily documents no null (see :func:`_reset`). Values that Daily already returns are not sent again,
    whoever set them. A value that Daily does not return counts as the default only where no other value can apply
    (``ObjectSpec.inherited``).
    """
    recorded = state.inputs
    drift = find_drift(spec, recorded, news, live, state.normalized, now, hints)
    drifted = {item.path[1] if spec.settings and len(item.path) > 1 else item.path[0] for item in drift}
    made: dict[str, Any] = {}
    for name in top_level(spec):
        changed = not same(recorded.get(name), news.get(name))
        if name in news and (name in drifted or (changed and not same(live.get(name), news[name]))):
            made[name] = news[name]
    settings = _Settings(spec, recorded, news, live, now, hints.ignored).to_send(drifted)
    if spec.settings is None:
        made |= {spec.api_name(key): value for key, value in settings.items()}
    elif settings:
        made[spec.settings] = settings
    return made


@dataclass(frozen=True)
class _Settings:
    """The settings of one update: of the state (``recorded``), of the program (``news``) and of Daily (``live``)."""

    spec: ObjectSpec
    recorded: Mapping[str, Any]
    news: Mapping[str, Any]
    live: LiveView
    now: float
    ignored: tuple[Path, ...]

    def to_send(self, drifted: set[Any]) -> dict[str, Any]:
        """Return the settings to send: those that left the program, those that changed, and the ``drifted`` ones."""
        spec, old, new = self.spec, settings_of(self.spec, self.recorded), settings_of(self.spec, self.news)
        again, left = self._sent_again(), self._without_made(old)
        settings = {key: _reset(spec, key) for key in old if key not in new and key not in spec.computed}
        ill = spec.unhealthy
        if ill is not None and self.live.get(ill.output) == ill.value:
            settings[ill.resend] = new[ill.resend]
        for key, shown in observed_settings(spec, new, self.live, old, explicit=True).items():
            wanted = self._with_ignored(key, old.get(key), new[key], shown)
            lost = bool(_lost_keys(left.get(key), new[key]))
            changed = not same(old.get(key), new[key]) and (
                lost or not needs_nothing(spec, key, wanted, shown, {}, self.now)
            )
            if key in drifted or changed or key in again:
                settings[key] = wanted
        for place in again.values():
            setting = settings.get(str(place[0]))
            if len(place) > 1 and isinstance(setting, Mapping):
                given = get_at(new, place)
                settings[str(place[0])] = {**setting, str(place[1]): None if given is ABSENT else given}
        return dict(spec.adjust_update(settings, left, self.live)) if spec.adjust_update is not None else settings

    def _sent_again(self) -> dict[str, Path]:
        """Return the path to send again for each setting with a changed trigger input: the setting itself or a part."""
        return {
            str(path[0]): path
            for name, path in self.spec.rotation_triggers.items()
            if path and not same(self.recorded.get(name), self.news.get(name))
        }

    def _without_made(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings without the parts that Daily generates inside them: sending null would generate new ones."""
        kept = dict(settings)
        for path in self.spec.rotation_triggers.values():
            outer = kept.get(str(path[0])) if len(path) > 1 else None
            if isinstance(outer, Mapping):
                kept[str(path[0])] = {key: value for key, value in outer.items() if key != path[1]}
        return kept

    def _with_ignored(self, key: str, old: Any, new: Any, shown: Any) -> Any:
        """Return the value to send for a setting, with Daily's own values at ignored paths."""
        if not self.ignored:
            return new
        path = setting_path(self.spec, self.news, key)
        wanted = _keep_ignored(path, _Versions(old, new, shown, self.live.settings.get(key)), self.ignored)
        unknown = path[0] == self.spec.extras and path[1] not in entries(settings_model(self.spec))
        return mask_in_errors(wanted) if unknown else wanted


def _reset(spec: ObjectSpec, setting: str) -> Any:
    """Return the value that resets a setting to its default.

    It is null for the settings of rooms and of the domain, as Daily documents. For other objects Daily documents no
    null; there it is the default of an enumeration or a flag.
    """
    default = entries(spec.inputs)[setting].meta.default if spec.settings is None else ABSENT
    return None if default is ABSENT else default


@dataclass(frozen=True)
class _Versions:
    """One value in four versions: from the state, from the program, from Daily by the program's keys, and whole."""

    old: Any
    wanted: Any
    shown: Any
    live: Any

    def at(self, step: Any) -> _Versions:
        """Return the versions of the part at ``step`` inside this value."""
        old, wanted, shown, live = (get_at(each, (step,)) for each in (self.old, self.wanted, self.shown, self.live))
        # An element of a list may contain keys that Daily generates and accepts from no client.
        return _Versions(old, wanted, shown, ABSENT if isinstance(step, int) else live)


def _keep_ignored(path: Path, value: _Versions, ignored: tuple[Path, ...]) -> Any:
    """Return ``wanted`` with Daily's values at ignored paths below ``path``, where the engine inserted the old input.

    A value that differs from the old input comes from the program and is sent (such as a room of a set that ignores
    ``defaults``).
    """
    wanted = value.wanted
    inside = any(is_below(pattern, path) for pattern in ignored)
    if not inside and (isinstance(wanted, list) or not any(path_matches(pattern, path) for pattern in ignored)):
        # Elements of a list are identified by their index alone, so only a pattern with an index applies to them.
        return wanted
    if not isinstance(wanted, Mapping | list):
        return wanted
    made = {step: _kept_step((*path, step), value.at(step), ignored) for step in steps_into(wanted, value.shown)}
    left = {step: item for step, item in made.items() if item is not ABSENT}
    return list(left.values()) if isinstance(wanted, list) else left


def _kept_step(path: Path, value: _Versions, ignored: tuple[Path, ...]) -> Any:
    if same(value.old, value.wanted) and any(path_matches(pattern, path) for pattern in ignored):
        return _whole(value.shown, value.live)
    return ABSENT if value.wanted is ABSENT else _keep_ignored(path, value, ignored)


def _whole(shown: Any, live: Any) -> Any:
    """Return ``shown``, which was cut down to the program's keys, with the other keys of ``live``."""
    if isinstance(shown, Mapping) and isinstance(live, Mapping):
        return {**live, **{key: _whole(value, live.get(key)) for key, value in shown.items()}}
    return shown


def _lost_keys(old: Any, new: Any, path: Path = ()) -> list[Path]:
    """Return the paths inside a setting that left the program, including those inside elements of a list."""
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        pairs = enumerate(zip(old, new, strict=False))  # a list of another length differs anyway
        return [lost for index, (was, now) in pairs for lost in _lost_keys(was, now, (*path, index))]
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return []
    gone = [lost for key in old if key not in new for lost, _ in leaves(old[key], (*path, key))]
    return gone + [lost for key in old if key in new for lost in _lost_keys(old[key], new[key], (*path, key))]


def unremoved_keys(
    spec: ObjectSpec, recorded: Mapping[str, Any], news: Mapping[str, Any], live: LiveView
) -> dict[str, Any]:
    """Return, by name, the program's settings that may still have keys on Daily which left the program.

    Daily does not remove such keys where it merges objects. A setting that it does not return may have them, too.
    Keys inside elements of a list do not count: a list is replaced whole (as for ``streaming_endpoints``).
    """
    old, new = settings_of(spec, recorded), settings_of(spec, news)
    found = {}
    for key, value in new.items():
        lost = [path for path in _lost_keys(old.get(key), value) if not any(isinstance(part, int) for part in path)]
        hidden = bool(lost) and key not in live.settings
        if hidden or any(get_at(live.settings.get(key), path) is not ABSENT for path in lost):
            found[key] = value
    return found
