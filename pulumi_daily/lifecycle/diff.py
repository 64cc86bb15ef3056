"""diff: the program against the live object. Pure decisions.

What Pulumi makes of the three answers (measured with its engine): ``False`` nothing; ``None`` an update iff inputs
differ, with every changed leaf marked; ``True`` an update without marked leaves. So: changed inputs answer ``None``;
drift that no input shows answers ``True`` and names each leaf in a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..objects.fields import entries
from ..objects.secrets import guarded, holds_secret, is_secret, without_text
from ..objects.spec import ObjectSpec
from ..objects.values import (
    ABSENT,
    Path,
    format_path,
    get_at,
    leaves,
    moment,
    path_matches,
    same,
    seconds,
    show,
)
from ..ownership import Hints
from .outputs import (
    ECHO,
    is_accepted,
    live_settings,
    recorded_inputs,
    seen_settings,
    setting_path,
    settings_of,
    top_level,
)


@dataclass(frozen=True)
class Drift:
    """One leaf that somebody changed behind Pulumi's back."""

    path: Path
    live: Any
    wanted: Any
    reason: str = ""
    """What will be done, where that is not to set the wanted value."""
    owner: str = ""
    """The room it belongs to, where one resource stands for many."""
    hidden: bool = False
    """Whether the values are secret."""

    def text(self, spec: ObjectSpec) -> str:
        """Return the setting with both values, as far as they may be shown."""
        shown = self.path[1:] if self.path[0] in (spec.settings, spec.extras) and len(self.path) > 1 else self.path
        label = format_path(shown)
        if self.reason:
            return f"{label} is {show(self.live)} on Daily; {self.reason}"
        if self.hidden:
            return f"{label} has another value on Daily"
        return f"{label} is {show(self.live)} on Daily, the program says {show(self.wanted)}"

    def change(self, spec: ObjectSpec) -> str:
        """Return the setting with what it was and what it is now, as far as they may be shown."""
        return self.text(spec).partition(" ")[0] + ("" if self.hidden else f" {show(self.live)} -> {show(self.wanted)}")

    def line(self, spec: ObjectSpec, name: str) -> str:
        """Return the line for the log: it names the object, because Pulumi prints such lines without one."""
        return f'{spec.noun} "{self.owner or name}": {self.text(spec)}'


@dataclass(frozen=True)
class Plan:
    """What diff decided."""

    changes: bool | None
    replaces: tuple[str, ...] = ()
    """Inputs that ask for a replacement; an object that is gone names the one that tells it from others."""
    delete_before_replace: bool = True
    """Whatever asks for the replacement (``replace_on_changes``, a room that is gone): the new object takes the same
    name, so the old one goes first. Only a rename can make the new one first."""
    drift: tuple[Drift, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """Lines for the log that are not drift."""


def diff(
    spec: ObjectSpec,
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    *,
    name: str,
    known: bool = True,
    now: float,
    hints: Hints = Hints(),  # noqa: B008 - frozen
) -> Plan:
    """Compare new inputs with the state's outputs ``olds`` and with the live object.

    ``name`` is what the object is called in messages. ``live`` is None when Daily definitely has no such object;
    ``known=False`` says that Daily was not asked (offline), and the state alone decides.
    """
    recorded = recorded_inputs(spec, olds)
    replaces = tuple(key for key in spec.replaces if _replaced(spec, key, recorded, news, olds))
    changed = bool(replaces) or inputs_differ(spec, recorded, news)
    if not known:
        return Plan(None if changed else False, replaces, _deletes_first(spec, replaces))
    if replaces:
        return Plan(None, replaces, _deletes_first(spec, replaces))
    other = live is not None and not spec.is_same_object(olds, live)
    if live is None or other or is_expired(spec, live, now):
        ended = declared_end(spec, news, now)
        if ended is not None and not other:
            later = "; what changed will count with a later exp" if changed else ""
            note = f'{spec.noun} "{name}" expired at {moment(ended)}, as the program says{later}'
            return Plan(None if changed else False, notes=(note,))
        reason = "is gone from Daily" if live is None else "expired"
        again = "it will be made again"
        if other:
            reason = "was deleted on Daily and made anew by somebody else"
            again = "`pulumi up` takes the new one over where adopt_existing asks for it, and fails where not"
        note = f'{spec.noun} "{name}" {reason}; {again} (if it is protected, run `pulumi refresh` first)'
        unique = spec.id_input or (spec.distinct[0][0] if spec.distinct else "id")
        return Plan(None if changed else True, (unique,), notes=(note,))
    drift = tuple(find_drift(spec, recorded, news, live, olds.get(ECHO) or {}, now, hints))
    return Plan(None if changed else bool(drift), drift=drift)


def _replaced(
    spec: ObjectSpec, key: str, recorded: Mapping[str, Any], news: Mapping[str, Any], olds: Mapping[str, Any]
) -> bool:
    """Whether an input that cannot be changed in place asks for another value than the object has."""
    if key in spec.computed:
        return key in news and not same(olds.get(key), news[key])
    return not same(recorded.get(key), news.get(key))


def _deletes_first(spec: ObjectSpec, replaces: tuple[str, ...]) -> bool:
    """The new object can go first only when what Daily wants unique is another one."""
    unique = spec.id_input or (spec.distinct[0][0] if spec.distinct else None)
    return spec.scarce or (unique is not None and unique not in replaces)


def inputs_differ(spec: ObjectSpec, recorded: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether inputs that matter to Daily changed (an unknown one counts as changed)."""
    names = [name for name in spec.inputs.model_fields if name not in spec.local]
    return any(not same(recorded.get(name), news.get(name)) for name in names)


def find_drift(
    spec: ObjectSpec,
    recorded: Mapping[str, Any],
    news: Mapping[str, Any],
    live: Mapping[str, Any],
    echo: Mapping[str, str],
    now: float,
    hints: Hints = Hints(),  # noqa: B008 - frozen
) -> list[Drift]:
    """Return the leaves of managed inputs that are the same in program and state, and different on Daily."""
    found: list[Drift] = []
    for name in top_level(spec):
        wanted = news.get(name)
        if wanted is not None and same(recorded.get(name), wanted) and not same(live.get(name), wanted):
            found.append(Drift((name,), live.get(name, ABSENT), wanted))
    old, new = settings_of(spec, recorded), settings_of(spec, news)
    for key, shown in seen_settings(spec, new, live, old).items():
        wanted = new[key]
        if not same(old.get(key), wanted) or is_settled(spec, key, wanted, shown, echo, now):
            continue
        found += _leaf_drifts(setting_path(spec, news, key), wanted, shown)
    broken = spec.broken
    if broken is not None and live.get(broken.output) == broken.value:
        found.append(Drift((broken.output,), broken.value, broken.healthy, "the next update repairs it"))
    found = [left for item in found for left in _not_ignored(item, hints.ignored)]
    return [replace(item, hidden=hides(spec, item.path, item.live, item.wanted, hints=hints)) for item in found]


def differences(
    spec: ObjectSpec, inputs: Mapping[str, Any], live: Mapping[str, Any], now: float, hints: Hints
) -> list[Drift]:
    """Return where an object that exists already differs from inputs that are new."""
    return find_drift(spec, inputs, inputs, live, {}, now, replace(hints, ignored=()))


def _not_ignored(item: Drift, ignored: tuple[Path, ...]) -> list[Drift]:
    """Return what is left of a drift without ignored paths: leaf by leaf where some below it are ignored."""
    if any(path_matches(pattern, item.path) for pattern in ignored):
        return []
    if not any(_is_below(pattern, item.path) for pattern in ignored):
        return [item]
    steps: Iterable[Any] = item.wanted if isinstance(item.wanted, Mapping) else ()
    if isinstance(item.wanted, list):
        steps = range(max(len(item.wanted), len(item.live) if isinstance(item.live, list) else 0))
    pairs = [(step, get_at(item.live, (step,)), get_at(item.wanted, (step,))) for step in steps]
    parts = [Drift((*item.path, step), live, wanted) for step, live, wanted in pairs if not same(live, wanted)]
    return [left for part in parts for left in _not_ignored(part, ignored)]


def _is_below(pattern: Path, path: Path) -> bool:
    """Return whether a pattern names something inside ``path``."""
    return len(pattern) > len(path) and path_matches(pattern[: len(path)], path)


def is_settled(spec: ObjectSpec, setting: str, wanted: Any, shown: Any, echo: Mapping[str, str], now: float) -> bool:
    """Whether there is nothing to send for a setting: Daily has it, or would not take it any more (a past moment)."""
    if setting in spec.future_moments and isinstance(wanted, int | float) and wanted <= now:
        return True
    return is_accepted(setting, wanted, shown, echo)


def _leaf_drifts(path: Path, wanted: Any, shown: Any) -> list[Drift]:
    if not isinstance(shown, Mapping) or not isinstance(wanted, Mapping):
        if isinstance(wanted, list) and isinstance(shown, list) and len(wanted) == len(shown) and _has_objects(wanted):
            return [d for i, w in enumerate(wanted) for d in _leaf_drifts((*path, i), w, shown[i])]
        return [] if same(wanted, shown) else [Drift(path, shown, wanted)]
    return [d for key in wanted for d in _leaf_drifts((*path, key), wanted[key], shown.get(key, ABSENT))]


def _has_objects(values: Iterable[Any]) -> bool:
    return any(isinstance(value, Mapping) for value in values)


def is_expired(spec: ObjectSpec, live: Mapping[str, Any], now: float) -> bool:
    """Whether Daily's expiry of the object is past: most of its API then treats the object as gone."""
    if spec.expiry is None:
        return False
    config = live.get(spec.config) if spec.config else None
    value = config.get(spec.expiry) if isinstance(config, Mapping) else live.get(spec.expiry)
    moment_of = seconds(value) if isinstance(value, str) else value
    return isinstance(moment_of, int | float) and not isinstance(moment_of, bool) and moment_of <= now


def declared_end(spec: ObjectSpec, news: Mapping[str, Any], now: float) -> float | None:
    """When the object ended, if the program itself says that it has."""
    value = settings_of(spec, news).get(spec.expiry) if spec.expiry else None
    return value if isinstance(value, int | float) and value <= now else None


def hides(spec: ObjectSpec, path: Path, *values: Any, hints: Hints = Hints()) -> bool:  # noqa: B008 - frozen
    """Return whether values at an input path must not be shown: secret settings, what the program marked as a secret,
    and text of settings that no model knows."""
    if any(path_matches(secret, path) or _is_below(secret, path) for secret in hints.secret):
        return True
    free_text = path[0] == spec.extras and not same(without_text(values), values)
    return free_text or is_secret(spec.inputs, path) or any(holds_secret(value) for value in values)


def update_body(
    spec: ObjectSpec,
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    now: float,
    hints: Hints = Hints(),  # noqa: B008 - frozen
) -> dict[str, Any]:
    """The smallest request that makes the live object what the program says; empty when there is nothing to send.

    A setting that left the program is sent as null, which is Daily's own default; a printed default is sent only where
    Daily documents no null (see :func:`_reset`). What Daily already shows is not sent again, whoever set it; that it
    shows nothing stands for a default only where nothing else can hold then (``ObjectSpec.inherited``).
    """
    recorded, ignored = recorded_inputs(spec, olds), hints.ignored
    drift = find_drift(spec, recorded, news, live, olds.get(ECHO) or {}, now, hints)
    drifted = {item.path[1] if spec.settings and len(item.path) > 1 else item.path[0] for item in drift}
    made: dict[str, Any] = {}
    for name in top_level(spec):
        changed = not same(recorded.get(name), news.get(name))
        if name in news and (name in drifted or (changed and not same(live.get(name), news[name]))):
            made[name] = news[name]
    old, new = settings_of(spec, recorded), settings_of(spec, news)
    again = _sent_again(spec, recorded, news)
    left = _without_made(spec, old)
    config = live_settings(spec, live) if ignored else {}
    settings: dict[str, Any] = {key: _reset(spec, key) for key in old if key not in new and key not in spec.computed}
    if spec.broken is not None and live.get(spec.broken.output) == spec.broken.value:
        settings[spec.broken.resend] = new[spec.broken.resend]
    for key, shown in seen_settings(spec, new, live, old, explicit=True).items():
        wanted = _with_nulls(left.get(key), new[key]) if spec.overlays else new[key]
        if ignored:
            path = setting_path(spec, news, key)
            wanted = _with_ignored(path, old.get(key), wanted, shown, config.get(key), ignored)
            wanted = guarded(wanted) if path[0] == spec.extras else wanted
        changed = not same(old.get(key), new[key]) and (
            not is_settled(spec, key, wanted, shown, {}, now) or bool(_lost_keys(left.get(key), new[key]))
        )
        if key in drifted or changed or key in again:
            settings[key] = wanted
    for place in again.values():
        setting = settings.get(str(place[0]))
        if len(place) > 1 and isinstance(setting, Mapping):
            given = get_at(new, place)
            settings[str(place[0])] = {**setting, str(place[1]): None if given is ABSENT else given}
    if spec.completed is not None:
        settings = dict(spec.completed(settings, live))
    if spec.settings is None:
        made |= {spec.api_name(key): value for key, value in settings.items()}
    elif settings:
        made[spec.settings] = settings
    return made


def _reset(spec: ObjectSpec, setting: str) -> Any:
    """What sets a setting back to its default: null, as Daily documents for the settings of rooms and of the domain.

    For those of other objects it documents none; the default of an enumeration or a flag can be said there.
    """
    default = entries(spec.inputs)[setting].meta.default if spec.settings is None else ABSENT
    return None if default is ABSENT else default


def _sent_again(spec: ObjectSpec, recorded: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Path]:
    """The settings that a changed input asks to send again, with the path that is meant."""
    return {
        str(path[0]): path
        for name, path in spec.unsent.items()
        if path and not same(recorded.get(name), news.get(name))
    }


def _without_made(spec: ObjectSpec, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without what Daily makes inside them: left out, that stays as it is, and null would make a new one."""
    kept = dict(settings)
    for path in spec.unsent.values():
        outer = kept.get(str(path[0])) if len(path) > 1 else None
        if isinstance(outer, Mapping):
            kept[str(path[0])] = {key: value for key, value in outer.items() if key != path[1]}
    return kept


def _with_nulls(old: Any, new: Any) -> Any:
    """``new`` with null for the keys that it had before."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    lost = {key: None for key in old if key not in new}
    return {**{key: _with_nulls(old.get(key), value) for key, value in new.items()}, **lost}


def _with_ignored(path: Path, old: Any, wanted: Any, shown: Any, live: Any, ignored: tuple[Path, ...]) -> Any:
    """Return ``wanted`` with what Daily has at ignored paths below ``path``, where the engine has put the old input.

    What differs from the old input is the program's own all the same (a room of a set that ignores ``defaults``).
    """
    inside = any(_is_below(pattern, path) for pattern in ignored)
    if not inside and (isinstance(wanted, list) or not any(path_matches(pattern, path) for pattern in ignored)):
        # Elements of a list are told apart by their places alone: only who names them can mean them.
        return wanted
    steps: Iterable[Any] = wanted if isinstance(wanted, Mapping) else ()
    if isinstance(wanted, list):
        steps = range(max(len(wanted), len(shown) if isinstance(shown, list) else 0))
    made = {}
    for key in steps:
        at, (was, value, seen, there) = (*path, key), (get_at(each, (key,)) for each in (old, wanted, shown, live))
        if isinstance(key, int):
            there = ABSENT  # an element may show keys that Daily makes, and takes from nobody
        if same(was, value) and any(path_matches(pattern, at) for pattern in ignored):
            made[key] = _whole(seen, there)
        elif value is not ABSENT:
            made[key] = _with_ignored(at, was, value, seen, there, ignored)
    left = {key: value for key, value in made.items() if value is not ABSENT}
    if isinstance(wanted, list):
        return list(left.values())
    return left if isinstance(wanted, Mapping) else wanted


def _whole(shown: Any, live: Any) -> Any:
    """What was cut down to the program's keys, with the other keys that Daily shows."""
    if isinstance(shown, Mapping) and isinstance(live, Mapping):
        return {**live, **{key: _whole(value, live.get(key)) for key, value in shown.items()}}
    return shown


def _lost_keys(old: Any, new: Any, path: Path = ()) -> list[Path]:
    """Paths inside a setting that left the program, those inside the elements of a list among them."""
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        pairs = enumerate(zip(old, new, strict=False))  # of another length, the list differs anyway
        return [lost for index, (was, now) in pairs for lost in _lost_keys(was, now, (*path, index))]
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return []
    gone = [lost for key in old if key not in new for lost, _ in leaves(old[key], (*path, key))]
    return gone + [lost for key in old if key in new for lost in _lost_keys(old[key], new[key], (*path, key))]


def leftovers(
    spec: ObjectSpec, olds: Mapping[str, Any], news: Mapping[str, Any], live: Mapping[str, Any]
) -> dict[str, Any]:
    """Object settings of which Daily still shows keys that left the program (a server that merges nested objects).

    A key inside an element of a list is none of them: a list is replaced whole (as for ``streaming_endpoints``).
    """
    old, new = settings_of(spec, recorded_inputs(spec, olds)), settings_of(spec, news)
    config = live_settings(spec, live)
    found = {}
    for key, value in new.items():
        lost = [path for path in _lost_keys(old.get(key), value) if not any(isinstance(part, int) for part in path)]
        if any(get_at(config.get(key), path) is not ABSENT for path in lost):
            found[key] = value
    return found
