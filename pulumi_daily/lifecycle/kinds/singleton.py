"""The domain configuration, which always exists: it is read and changed, never created or removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ...api import DailyError
from ...objects.domain import DOMAIN_CONFIG
from ...objects.spec import settings_model
from ...objects.validation import defaults
from ...objects.values import same
from ...ownership import Holder, called
from ..decide.drift import Drift, must_redact
from ..decide.inputs import setting_path, settings_of
from ..decide.project import observed_settings
from ..errors import ForeignSettings, Wanted
from ..state import LiveView, ResourceState, live_view, without
from . import updating
from .adopting import note_takeover, record_made
from .kind import Inputs, Made, Operation
from .named import Stepwise
from .steps import Steps

KEEP = "keep"


def find(op: Operation, identity: str, state: ResourceState) -> LiveView | None:
    """Return the domain; None when a program reads a domain by another name than the key's."""
    known = state.domain is not None or op.account.domain().name == identity
    return _live(op) if known else None


def foresee(op: Operation, inputs: Inputs) -> LiveView:
    """Return the domain."""
    return _live(op)


def _live(op: Operation) -> LiveView:
    return LiveView(op.spec, op.account.live_domain())


def remember(op: Operation, identity: str, live: LiveView | None) -> None:
    """Store the settings in the answer to a write; None: the next operation reads them again."""
    op.account.put_domain(None if live is None else live.config)


def send_update(op: Operation, identity: str, changes: Mapping[str, Any]) -> LiveView | None:
    """Send an update, and return the domain after it; None when neither a read nor the answer is usable."""
    answer = op.account.api.call(op.spec.routes.update, json=changes)
    # Daily's answer to a change lacks domain_id and, in Daily's own sample, most settings. Other threads may have read
    # the domain while the change was under way, so it is read again now.
    try:
        live = live_view(op.spec, op.account.live_domain(again=True))
    except DailyError:
        op.account.put_domain(None)
        live = live_view(op.spec, answer)
    return live if live is not None and isinstance(live.get("config"), Mapping) else None


@dataclass(frozen=True)
class Singleton(Stepwise):
    """The domain configuration as a kind.

    A create changes settings without losing values that were set outside Pulumi; a delete resets the managed settings.
    """

    def takeovers(self, op: Operation, before: Inputs, inputs: Inputs) -> list[str]:
        """Return a line for each setting that a create of these inputs would overwrite."""
        gained = without(self.spec, inputs, settings_of(self.spec, before).keys())
        if not op.account.adopts(inputs, as_asked=False) or not settings_of(self.spec, gained):
            return []
        what = op.what(op.account.domain().name, inputs)
        return [f"{what}: {line}; it will be overwritten" for line in _overwritten(op, gained, _live(op)).values()]

    def warn_of_refusals(self, op: Operation, before: Inputs, inputs: Inputs) -> None:
        """Warn about each setting that a create or update would be refused for."""
        gained = without(self.spec, inputs, settings_of(self.spec, before).keys())
        if not settings_of(self.spec, gained) or op.account.adopts(gained, as_asked=False):
            return
        what = op.what(op.account.domain().name, inputs)
        for key, line in _overwritten(op, gained, _live(op)).items():
            if not op.claims.had(op.hints, [(self.spec.kind, key)]):
                op.warn(
                    f"{what}: {line}; `pulumi up` will refuse to overwrite it without adopt_existing=True, unless "
                    f"another {self.spec.kind} of the program gives it up"
                )

    def create(self, op: Operation, inputs: Inputs) -> Made:
        """Set the program's settings. Raises :class:`ForeignSettings` when values set outside Pulumi would be lost."""
        domain = op.account.domain()
        with op.taking(inputs):
            found = _live(op)
            with _gaining(op, domain.name, inputs, found):
                live = self.steps.adopt(op, self.steps, domain.name, inputs, found)
                return record_made(op, self.steps, domain.name, inputs, live, domain)

    def update(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> ResourceState:
        """Set the program's settings; reset those that left the program, unless another resource manages them now."""
        left = without(self.spec, state.inputs, settings_of(self.spec, inputs).keys())
        with _free(op, identity, left) as kept:
            mine = replace(state, inputs=without(self.spec, state.inputs, kept))
            op.guard(identity, state)
            gained = without(self.spec, inputs, settings_of(self.spec, mine.inputs).keys())
            with _gaining(op, identity, gained, _live(op)):
                return updating.update(op, self.steps, identity, mine, inputs)

    def delete(self, op: Operation, identity: str, state: ResourceState) -> None:
        """Reset the settings in the state, unless ``on_destroy`` is to keep them or another resource manages them.

        Raises :class:`Wanted` for a setting that another resource declares but does not have yet.
        """
        op.guard(identity, state)
        if state.get("on_destroy") == KEEP:
            with op.claims.deleting(op.hints, {identity: op.spec.claims_of(state)}):
                return  # nothing is reset; the record of its takeovers ends here
        with _free(op, identity, state.inputs) as kept:
            for key, other in kept.items():
                if not other.has:
                    raise Wanted.of(f"domain setting {key}", called(other.owner, self.spec.kind))
            reset = settings_of(self.spec, without(self.spec, state.inputs, kept))
            if reset:
                try:
                    op.account.api.call(self.spec.routes.update, json={self.spec.settings: dict.fromkeys(reset)})
                finally:
                    op.account.put_domain(None)  # others may have read it while the change was under way


def _overwritten(op: Operation, inputs: Inputs, live: LiveView) -> dict[str, str]:
    """Return a line for each setting, by name, that has its own value on Daily and another one in the program."""
    spec = op.spec
    wanted = settings_of(spec, inputs)
    usual = LiveView(spec, {str(spec.config): defaults(settings_model(spec))})
    lines = {}
    for key, seen in observed_settings(spec, wanted, live).items():
        shown = live.settings.get(key)
        # An object is sent as a whole, so keys that were set outside Pulumi would be lost as well.
        nobodys = shown is None or same(shown, observed_settings(spec, {key: shown}, usual)[key])
        if nobodys or same(seen, wanted[key]) or (spec.blank_is_unset and shown == ""):
            continue
        path = setting_path(spec, inputs, key)
        hidden = must_redact(spec, path, shown, wanted[key], hints=op.hints)
        lines[key] = Drift(path, shown, wanted[key], hidden=hidden).text(spec)
    return lines


@contextmanager
def _gaining(op: Operation, identity: str, gained: Inputs, live: LiveView) -> Iterator[None]:
    """Surround a change that adds settings: values set outside Pulumi are overwritten only where that is allowed.

    Raises :class:`ForeignSettings` otherwise.
    """
    what, lines = op.what(identity, gained), _overwritten(op, gained, live)
    if not op.account.adopts(gained, as_asked=False):
        # What another resource of the program gives up is the stack's own.
        lines = {key: line for key, line in lines.items() if op.claims.withdraw(op.hints, [(op.spec.kind, key)])}
        if lines:
            raise ForeignSettings.of(what, list(lines.values()))
    yield
    if settings_of(op.spec, gained):
        note_takeover(op, identity, gained, live)
    for line in lines.values():
        op.warn(f"{what}: {line}; it was overwritten")


@contextmanager
def _free(op: Operation, identity: str, state: Inputs) -> Iterator[Mapping[str, Holder]]:
    """Reserve the settings that may be reset, and yield those that other resources manage or declare, with them."""
    settings = {claim[1]: [claim] for claim in op.spec.claims_of(state)}
    with op.claims.deleting(op.hints, settings) as kept:
        for key, other in kept.items():
            op.warn(f"{op.what(identity, state)}: {key} stays, {other.text(op.spec.kind)}")
        yield kept


DOMAIN = Singleton(DOMAIN_CONFIG, Steps(find=find, foresee=foresee, remember=remember, send_update=send_update))
