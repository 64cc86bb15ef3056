"""The configuration of the domain: there is always one; it is read and changed, never made or removed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..api import DailyError
from ..objects.validation import defaults
from ..objects.values import Path, same, show
from .account import Domain
from .apply import Applier, kept_echo
from .diff import hides, update_body
from .errors import ForeignSettings
from .outputs import live_settings, recorded_inputs, seen_settings, setting_path, settings_model, settings_of

KEEP = "keep"


class SingletonApplier(Applier):
    """create is a change that must not silently lose what somebody else set; delete resets what is managed."""

    def create(self, inputs: Mapping[str, Any], *, auto_named: bool = False) -> tuple[str, dict[str, Any]]:
        live = self._account.live_domain()
        domain = self._account.domain()
        lines = self._overwritten(inputs, live)
        if lines and not inputs.get("adopt_existing"):
            raise ForeignSettings.of(self._what(domain.name, inputs), lines)
        made = self._adopt(domain.name, inputs, live, domain)
        self._account.take_over(self._spec.kind, settings_of(self._spec, inputs))
        return made

    def _adopt(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        overwritten = self._overwritten(inputs, found)
        made = super()._adopt(name, inputs, found, domain)
        for line in overwritten:
            self._warn(f"{self._what(name, inputs)}: {line}; it was overwritten")
        return made

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
            if hides(spec, setting_path(spec, inputs, key), shown, wanted[key]):
                lines.append(f"{key} has another value on Daily")
            else:
                lines.append(f"{key} is {show(shown)} on Daily, the program says {show(wanted[key])}")
        return lines

    def _find(self, name: str, outs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return self._account.live_domain()

    def update(
        self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any], *, ignored: Iterable[Path] = ()
    ) -> dict[str, Any]:
        spec = self._spec
        domain = self._account.guard(self._what(name, outs), outs)
        live = self._account.live_domain()
        changes = update_body(spec, outs, inputs, live, now=self._now(), ignored=ignored)
        if not changes:
            return self._outputs(inputs, live, kept_echo(spec, outs, inputs), domain)
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
        managed = settings_of(spec, recorded_inputs(spec, outs))
        kept = [key for key in managed if self._account.is_taken_over(spec.kind, key)]
        if kept:
            self._warn(f"{self._what(name, outs)}: another resource of this run took over {', '.join(kept)}; they stay")
        reset = [key for key in managed if key not in kept]
        if not reset:
            return
        self._account.put_domain(None)
        self._account.api.call(spec.routes.update, json={spec.settings: dict.fromkeys(reset)})
