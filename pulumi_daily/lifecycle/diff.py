"""diff: the program against the live object. Pure decisions.

What Pulumi makes of the three answers (measured with its engine): ``False`` nothing; ``None`` an update iff inputs
differ, with every changed leaf marked; ``True`` an update without marked leaves. So: changed inputs answer ``None``;
drift that no input shows answers ``True`` and names each leaf in a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..objects.fields import entries
from ..objects.spec import ObjectSpec
from ..objects.validation import nested_model
from ..objects.values import (
    ABSENT,
    Path,
    format_path,
    get_at,
    leaves,
    path_matches,
    same,
    show,
)
from .check import moment
from .outputs import (
    ECHO,
    accepted,
    container_of,
    live_settings,
    recorded_inputs,
    seen_settings,
    settings_of,
    top_level,
    without_text,
)


@dataclass(frozen=True)
class Drift:
    """One leaf that somebody changed behind Pulumi's back."""

    path: Path
    live: Any
    wanted: Any

    def line(self, spec: ObjectSpec, name: str) -> str:
        """The line for the log: it names the object itself, because Pulumi prints such lines without one."""
        shown = self.path[1:] if self.path[0] in (spec.settings, spec.extras) and len(self.path) > 1 else self.path
        label = f'{spec.noun} "{name}": {format_path(shown)}'
        if hides(spec, self.path, self.live, self.wanted):
            return f"{label} was changed on Daily"
        return f"{label} is {show(self.live)} on Daily, the program says {show(self.wanted)}"


@dataclass(frozen=True)
class Plan:
    """What diff decided."""

    changes: bool | None
    replaces: tuple[str, ...] = ()
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
    known: bool = True,
    now: float,
    ignored: Iterable[Path] = (),
) -> Plan:
    """Compare new inputs with the state's outputs ``olds`` and with the live object.

    ``live`` is None when Daily definitely has no such object; ``known=False`` says that Daily was not asked (offline),
    and the state alone decides. ``ignored`` are the paths of the resource's ``ignore_changes``.
    """
    recorded = recorded_inputs(spec, olds)
    replaces = tuple(name for name in spec.replaces if not same(recorded.get(name), news.get(name)))
    changed = bool(replaces) or inputs_differ(spec, recorded, news)
    if not known:
        return Plan(None if changed else False, replaces, not replaces)
    name = str(olds.get(spec.id_input, ""))
    if replaces:
        return Plan(None, replaces, False)
    if live is None or is_expired(spec, live, now):
        ended = _declared_end(spec, news, now)
        if ended is not None and not changed:
            return Plan(False, notes=(f'{spec.noun} "{name}" expired at {moment(ended)}, as the program says',))
        reason = "expired" if live is not None or ended is not None else "is gone from Daily"
        return Plan(
            None if changed else True,
            (spec.id_input,),
            notes=(f'{spec.noun} "{name}" {reason}; it will be made again',),
        )
    drift = tuple(find_drift(spec, recorded, news, live, olds.get(ECHO) or {}, now, tuple(ignored)))
    return Plan(None if changed else bool(drift), drift=drift)


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
    ignored: tuple[Path, ...] = (),
) -> list[Drift]:
    """The leaves of managed inputs that are the same in program and state, and different on Daily."""
    found: list[Drift] = []
    for name in top_level(spec):
        wanted = news.get(name)
        if wanted is not None and same(recorded.get(name), wanted) and not same(live.get(name), wanted):
            found.append(Drift((name,), live.get(name, ABSENT), wanted))
    old, new = settings_of(spec, recorded), settings_of(spec, news)
    for key, shown in seen_settings(spec, new, live).items():
        wanted = new[key]
        if not same(old.get(key), wanted) or is_settled(spec, key, wanted, shown, echo, now):
            continue
        found += _leaf_drifts((container_of(spec, news, key), key), wanted, shown)
    return [item for item in found if not any(path_matches(pattern, item.path) for pattern in ignored)]


def is_settled(spec: ObjectSpec, setting: str, wanted: Any, shown: Any, echo: Mapping[str, str], now: float) -> bool:
    """Whether there is nothing to send for a setting: Daily has it, or would not take it any more (a past moment)."""
    if setting in spec.future_moments and isinstance(wanted, int | float) and wanted <= now:
        return True
    return accepted(setting, wanted, shown, echo)


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
    value = live_settings(spec, live).get(spec.expiry)
    return isinstance(value, int | float) and not isinstance(value, bool) and value <= now


def _declared_end(spec: ObjectSpec, news: Mapping[str, Any], now: float) -> float | None:
    value = settings_of(spec, news).get(spec.expiry) if spec.expiry else None
    return value if isinstance(value, int | float) and value <= now else None


def hides(spec: ObjectSpec, path: Path, *values: Any) -> bool:
    """Whether values at an input path must not be shown: secret settings, and text of settings that no model knows."""
    free_text = path[0] == spec.extras and not same(without_text(values), values)
    return free_text or is_secret(spec, path)


def is_secret(spec: ObjectSpec, path: Path) -> bool:
    """Whether the value at an input path is, or holds, a secret setting."""
    model = spec.inputs
    entry = None
    for part in path:
        if isinstance(part, int):
            continue
        entry = entries(model).get(part)
        if entry is None:
            return False
        if entry.meta.secret:
            return True
        inner = nested_model(entry.annotation)
        if inner is None:
            return False
        model = inner
    return any(inner.meta.secret for inner in _below(model)) if entry is not None else False


def _below(model: Any) -> Iterable[Any]:
    for entry in entries(model).values():
        yield entry
        inner = nested_model(entry.annotation)
        if inner is not None:
            yield from _below(inner)


def update_body(
    spec: ObjectSpec,
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    now: float,
    ignored: Iterable[Path] = (),
) -> dict[str, Any]:
    """The smallest request that makes the live object what the program says; empty when there is nothing to send.

    A setting that left the program is sent as null, which is Daily's own default; a printed default never is. What
    Daily already shows is not sent again, whoever set it.
    """
    recorded = recorded_inputs(spec, olds)
    drift = find_drift(spec, recorded, news, live, olds.get(ECHO) or {}, now, tuple(ignored))
    drifted = {item.path[0] if len(item.path) == 1 else item.path[1] for item in drift}
    made: dict[str, Any] = {}
    for name in top_level(spec):
        changed = not same(recorded.get(name), news.get(name))
        if name in news and (name in drifted or (changed and not same(live.get(name), news[name]))):
            made[name] = news[name]
    old, new = settings_of(spec, recorded), settings_of(spec, news)
    settings: dict[str, Any] = {key: None for key in old if key not in new}
    for key, shown in seen_settings(spec, new, live).items():
        changed = not same(old.get(key), new[key]) and (
            not is_settled(spec, key, new[key], shown, {}, now) or bool(_lost_keys(old.get(key), new[key]))
        )
        if key in drifted or changed:
            settings[key] = new[key]
    if settings:
        assert spec.settings is not None
        made[spec.settings] = settings
    return made


def _lost_keys(old: Any, new: Any) -> list[Path]:
    """Paths inside an object setting that left the program."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return []
    return [path for path, _ in leaves(old) if get_at(new, path) is ABSENT]


def leftovers(
    spec: ObjectSpec, olds: Mapping[str, Any], news: Mapping[str, Any], live: Mapping[str, Any]
) -> dict[str, Any]:
    """Object settings of which Daily still shows keys that left the program (a server that merges nested objects)."""
    old, new = settings_of(spec, recorded_inputs(spec, olds)), settings_of(spec, news)
    config = live_settings(spec, live)
    found = {}
    for key, value in new.items():
        lost = _lost_keys(old.get(key), value)
        if any(get_at(config.get(key), path) is not ABSENT for path in lost):
            found[key] = value
    return found
