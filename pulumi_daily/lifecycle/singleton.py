"""The configuration of the domain: there is always one; it is read and changed, never made or removed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..api import DailyError
from ..objects.spec import DOMAIN, ObjectSpec
from ..objects.validation import defaults
from ..objects.values import same
from ..ownership import called
from .account import Domain
from .apply import Applier, kept_echo
from .diff import Drift, hides, update_body
from .errors import ForeignSettings
from .outputs import live_settings, recorded_inputs, seen_settings, setting_path, settings_model, settings_of

KEEP = "keep"


class SingletonApplier(Applier):
    """create is a change that must not silently lose what somebody else set; delete resets what is managed."""

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        domain = self._account.domain()
        with self._taking(inputs):
            return self._take_over(domain.name, inputs, self._account.live_domain(), domain)

    def expected(self, before: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
        gained = self._gained(before, inputs)
        if not self._account.looks_ahead(inputs) or not settings_of(self._spec, gained):
            return []
        what = self._what(self._account.domain().name, inputs)
        lines = self._overwritten(gained, self._account.live_domain())
        return [f"{what}: {line}; it will be overwritten" for line in lines]

    def _gained(self, before: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return inputs with the settings alone that the resource did not have before."""
        return _without(self._spec, inputs, settings_of(self._spec, before).keys())

    def _take_over(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        with self._taking_over(name, inputs, found):
            return self._adopt(name, inputs, found, domain)

    @contextmanager
    def _taking_over(self, name: str, gained: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[None]:
        """Surround a change that gains settings: somebody else's are overwritten only where that was asked for."""
        lines = self._overwritten(gained, found)
        if lines and not self._account.adopts(gained, as_asked=False):
            raise ForeignSettings.of(self._what(name, gained), lines)
        yield
        if settings_of(self._spec, gained):
            self._note_takeover(name, gained, found)
        for line in lines:
            self._warn(f"{self._what(name, gained)}: {line}; it was overwritten")

    def _overwritten(self, inputs: Mapping[str, Any], live: Mapping[str, Any]) -> list[str]:
        """A line for each setting that has a value of its own on Daily, and another one in the program."""
        spec = self._spec
        wanted = settings_of(spec, inputs)
        settings, usual = live_settings(spec, live), {str(spec.config): defaults(settings_model(spec))}
        lines = []
        for key, seen in seen_settings(spec, wanted, live).items():
            shown = settings.get(key)
            # An object is sent as a whole, so what somebody set beside the program's keys would be lost as well.
            nobodys = shown is None or same(shown, seen_settings(spec, {key: shown}, usual)[key])
            if nobodys or same(seen, wanted[key]) or (spec.blank_is_unset and shown == ""):
                continue
            path = setting_path(spec, inputs, key)
            hidden = hides(spec, path, shown, wanted[key], hints=self._hints)
            lines.append(Drift(path, shown, wanted[key], hidden=hidden).text(spec))
        return lines

    def _find(self, name: str, outs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        # Without a recorded domain a program reads it by its name, which the key's may not be.
        known = DOMAIN in outs or self._account.domain().name == name
        return self._account.live_domain() if known else None

    def update(self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        with self._free(name, outs) as kept:
            return self._changed(name, _without(self._spec, outs, kept), inputs)

    def _changed(self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        spec = self._spec
        domain = self._account.guard(self._what(name, outs), outs)
        live = self._account.live_domain()
        with self._taking_over(name, self._gained(recorded_inputs(spec, outs), inputs), live):
            changes = update_body(spec, outs, inputs, live, now=self._now(), hints=self._hints)
            if not changes:
                return self._outputs(inputs, live, kept_echo(spec, outs, inputs), domain, before=outs)
            answer = self._clear_leftovers(name, outs, inputs, self._send_update(name, changes), changes)
            return self._written(name, inputs, answer, domain, sent=changes.get(str(spec.settings)) or {}, before=outs)

    def _send_update(self, name: str, changes: Mapping[str, Any]) -> Any:
        answer = self._account.api.call(self._spec.routes.update, json=changes)
        # Daily's answer to a change has no domain_id, and in its own sample far fewer settings than a reading. Other
        # threads may have asked for the domain while the change was under way, so it is read now.
        try:
            return self._account.live_domain(anew=True)
        except DailyError:
            self._account.put_domain(None)
            return answer

    def _written(
        self,
        name: str,
        inputs: Mapping[str, Any],
        answer: Any,
        domain: Domain,
        *,
        sent: Collection[str] | None = None,
        before: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        good = isinstance(answer, Mapping) and isinstance(answer.get("config"), Mapping)
        return super()._written(name, inputs, answer if good else None, domain, sent=sent, before=before)

    def _remember(self, name: str, live: Mapping[str, Any] | None) -> None:
        self._account.put_domain(None if live is None else live.get("config"))

    def delete(self, name: str, outs: Mapping[str, Any]) -> None:
        spec = self._spec
        self._account.guard(self._what(name, outs), outs)
        if outs.get("on_destroy") == KEEP:
            return
        with self._free(name, outs) as kept:
            reset = settings_of(spec, _without(spec, recorded_inputs(spec, outs), kept))
            if reset:
                self._account.put_domain(None)
                self._account.api.call(spec.routes.update, json={spec.settings: dict.fromkeys(reset)})

    @contextmanager
    def _free(self, name: str, outs: Mapping[str, Any]) -> Iterator[Collection[str]]:
        """Reserve the settings that may go back to their defaults; yields those that another resource stands for."""
        settings = {claim[1]: [claim] for claim in self._spec.claims_of(outs)}
        with self._account.claims.deleting(self._hints, settings, several=True) as kept:
            for key, other in kept.items():
                theirs = called(other.owner, self._spec.kind)
                self._warn(f"{self._what(name, outs)}: {key} stays, {theirs} stands for it now")
            yield kept


def _without(spec: ObjectSpec, values: Mapping[str, Any], settings: Collection[str]) -> dict[str, Any]:
    """Return inputs or outputs without some of the settings."""
    rest = dict(values)
    for container in (str(spec.settings), str(spec.extras)):
        if isinstance(values.get(container), Mapping):
            rest[container] = {key: value for key, value in values[container].items() if key not in settings}
    return rest
