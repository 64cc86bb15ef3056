"""The types of Pulumi's state of a resource and of a live object.

Pulumi stores output dictionaries. :func:`decode` and :func:`encode` convert them once per operation, at the edge of the
package; all other code uses :class:`ResourceState`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..objects.spec import DOMAIN, DOMAIN_ID, ObjectSpec, settings_model
from ..objects.validation import validate
from ..objects.values import parse_path, seconds
from ..ownership import Hints

NORMALIZED = "normalized"
EXPLICIT = "explicit_inputs"
TOOK = "took"
UNMANAGED = "unmanaged"
MADE = "made_at"
SINCE = "since"
OUTPUT_ONLY = (TOOK, NORMALIZED, EXPLICIT, UNMANAGED, MADE)
"""The keys that the hidden output has in addition to those of the hidden input."""

_LISTS = ("formerly", "ignore_changes", "secrets", TOOK)


@dataclass(frozen=True)
class Domain:
    """A Daily domain; an unknown part is an empty string."""

    name: str = ""
    id: str = ""


@dataclass(frozen=True)
class ResourceState:
    """The state of a resource after the last run."""

    inputs: Mapping[str, Any]
    """The inputs of the program. Inputs that Daily generates when they are omitted are included only where the program
    gave them.
    """
    observed: Mapping[str, Any] = field(default_factory=dict)
    """The outputs that are not inputs: what Daily returned for the object."""
    normalized: Mapping[str, Any] = field(default_factory=dict)
    """Fingerprints of the values that Daily returns for settings in another form than they were sent, by setting (for a
    set of rooms: by room, then by setting). A live value with this fingerprint is not drift. Without the
    fingerprints, every undocumented normalisation by Daily would be reported as drift in every run.
    """
    domain: Domain | None = None
    """The domain of the object; None before the first read of an object that a program only reads."""
    hints: Hints = field(default_factory=Hints)
    """The resource's hints at the time when the state was written."""
    unmanaged: bool = False
    """True if the program only reads the object (``Room.get``). Then it has no inputs, even if the outputs have their
    names.
    """
    made_at: float | None = None
    """When this resource last created an object, in Unix seconds by Daily's clock (see ``live.lag``); None where it is
    not known or no lag is expected.
    """

    def get(self, name: str) -> Any:
        """Return the value of an output, from the inputs or from Daily; None when it has none."""
        value = self.inputs.get(name)
        return self.observed.get(name) if value is None else value

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return the value of an output that is an object; an empty one for any other value."""
        return as_mapping(self.get(name))

    def explicit_inputs(self, spec: ObjectSpec) -> list[str]:
        """Return the inputs that the program gave although Daily generates them when they are omitted."""
        return sorted(name for name in spec.computed if self.inputs.get(name) is not None)

    def given_by(self, inputs: Mapping[str, Any]) -> ResourceState:
        """Return the state with inputs that ``inputs`` lacks moved to the observed outputs: Daily generated them."""
        chosen = {name: value for name, value in self.inputs.items() if inputs.get(name) is None}
        given = {name: value for name, value in self.inputs.items() if name not in chosen}
        return replace(self, inputs=given, observed={**self.observed, **chosen})


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping in a state unchanged, and an empty one for any other value."""
    return value if isinstance(value, Mapping) else {}


NO_STATE = ResourceState({})
"""The state before a create."""


def decode(spec: ObjectSpec, outputs: Mapping[str, Any], hidden: Any) -> ResourceState:
    """Return the state for outputs and the value under ``HIDDEN``; never raises, whatever the values are.

    Pulumi passes the old inputs neither to diff nor to read, so outputs repeat the inputs under the same keys.
    """
    own = hidden if isinstance(hidden, Mapping) else {}
    explicit, normalized = _texts(own.get(EXPLICIT)), own.get(NORMALIZED)
    unmanaged = bool(own.get(UNMANAGED))
    inputs = {
        name: outputs[name]
        for name in (() if unmanaged else spec.inputs.model_fields)
        if outputs.get(name) is not None and (name not in spec.computed or name in explicit)
    }
    observed = {
        name: value for name, value in outputs.items() if name not in inputs and name not in (DOMAIN, DOMAIN_ID)
    }
    name, identity = outputs.get(DOMAIN), outputs.get(DOMAIN_ID)
    new = DOMAIN not in outputs and DOMAIN_ID not in outputs
    domain = Domain(name if isinstance(name, str) else "", identity if isinstance(identity, str) else "")
    marks = normalized if isinstance(normalized, Mapping) else {}
    made = own.get(MADE)
    made_at = made if isinstance(made, int | float) and not isinstance(made, bool) else None
    return ResourceState(inputs, observed, marks, None if new else domain, hints_of(own), unmanaged, made_at)


def encode(spec: ObjectSpec, state: ResourceState) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the outputs, and the entries to add to the hidden input under ``HIDDEN``; the inverse of decode."""
    outputs = {**state.observed, **state.inputs}
    if state.domain is not None:
        outputs |= {DOMAIN: state.domain.name} if state.domain.name else {}
        outputs[DOMAIN_ID] = state.domain.id
    hidden: dict[str, Any] = {}
    if state.normalized:
        hidden[NORMALIZED] = dict(state.normalized)
    if explicit := state.explicit_inputs(spec):
        hidden[EXPLICIT] = explicit
    if state.unmanaged:
        hidden[UNMANAGED] = True
    if state.made_at is not None:
        hidden[MADE] = state.made_at
    return outputs, hidden


def hints_of(own: Any) -> Hints:
    """Return the hints in a hidden input (see ``resources._base``) or output; never raises, whatever the value is."""
    own = own if isinstance(own, Mapping) else {}
    formerly, ignored, secret, took = (_texts(own.get(name)) for name in _LISTS)
    owner, since = own.get("owner"), own.get(SINCE)
    return Hints(
        owner if isinstance(owner, str) else "",
        formerly,
        tuple(map(parse_path, ignored)),
        tuple(map(parse_path, secret)),
        took,
        bool(own.get("retain")),
        since if isinstance(since, int | float) else None,
        bool(own.get("replace_on_changes")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


class LiveView(Mapping[str, Any]):
    """A live object under this package's field names, with lazily decoded properties.

    As a mapping, it has the keys of Daily's JSON object.
    """

    def __init__(self, spec: ObjectSpec, raw: Mapping[str, Any]) -> None:
        self.spec = spec
        self._raw: Mapping[str, Any] = spec.from_api(raw)

    def changed(self, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> LiveView:
        """Return a view of the JSON object that ``change`` returns for this one's."""
        view = LiveView(self.spec, {})
        view._raw = change(self._raw)
        return view

    def __getitem__(self, key: str) -> Any:
        return self._raw[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, or ``default``."""
        return self._raw.get(key, default)

    def __repr__(self) -> str:
        return f"LiveView({self.spec.kind}, {self.id!r})"

    @property
    def id(self) -> str:
        """Return the object's id in Daily's routes."""
        return str(self._raw.get(self.spec.key))

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """Return the JSON object that contains the settings, as Daily returned it."""
        config = self._raw.get(self.spec.config) if self.spec.config else self._raw
        return config if isinstance(config, Mapping) else {}

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """Return the settings in the normal form of check: lists sorted, whole numbers as int."""
        normal, _ = validate(settings_model(self.spec), self.config)
        return dict(normal)

    def output(self, name: str) -> Any:
        """Return Daily's value for an output; None where there is none."""
        for item in self.spec.output_fields:
            if item.name == name:
                return (self.config if item.from_config else self._raw).get(item.key or item.name)
        return None

    @property
    def own_id(self) -> Any:
        """Return Daily's generated id of an object whose id in routes is a name; None where there is none."""
        return self.output(self.spec.own_id) if self.spec.own_id else None

    @cached_property
    def created_at(self) -> float | None:
        """Return when the object was created, in Unix seconds; None where Daily does not return it."""
        return seconds(self.output("created_at"))

    @property
    def made_by_api(self) -> bool | None:
        """Return whether the object was created through the API; None where Daily does not return it."""
        value = self._raw.get("api_created")
        return None if value is None else bool(value)

    @cached_property
    def expires_at(self) -> float | None:
        """Return when the object expires, in Unix seconds; None where it does not."""
        if self.spec.expiry is None:
            return None
        value = self.config.get(self.spec.expiry) if self.spec.config else self._raw.get(self.spec.expiry)
        value = seconds(value) if isinstance(value, str) else value
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def is_expired(self, now: float) -> bool:
        """Return whether the object has expired at ``now`` (Unix seconds); most of Daily's API treats it as gone."""
        return self.expires_at is not None and self.expires_at <= now

    def is_of(self, state: ResourceState) -> bool:
        """Return whether this is the object of the state, and not another object that later got the same name."""
        known = state.get(self.spec.own_id) if self.spec.own_id else None
        return known is None or self.own_id in (None, known)


def live_view(spec: ObjectSpec, answer: Any) -> LiveView | None:
    """Return a view of a JSON object in an answer; None for any other value and for an empty object."""
    if isinstance(answer, LiveView):
        return answer
    return LiveView(spec, answer) if isinstance(answer, Mapping) and answer else None


def without(spec: ObjectSpec, inputs: Mapping[str, Any], settings: Collection[str]) -> dict[str, Any]:
    """Return inputs without the given settings."""
    rest = dict(inputs)
    for container in (str(spec.settings), str(spec.extras)):
        if isinstance(inputs.get(container), Mapping):
            rest[container] = {key: value for key, value in inputs[container].items() if key not in settings}
    return rest
