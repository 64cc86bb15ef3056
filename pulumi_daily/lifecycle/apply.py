"""create, read, update, delete: decisions of the pure modules, carried out over the API.

The promises: one mutating call makes an object, and nothing after its success may raise (Pulumi would forget the
object); a call whose outcome is unknown is settled by reading the name before anything is sent again; a 404 on delete
is done; a key of another domain is noticed before anything is read as gone or written.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..api import DailyError, InvalidRequestError, NotFoundError, is_name_taken
from ..objects.spec import DOMAIN, DOMAIN_ID, ObjectSpec
from ..objects.values import ABSENT, Path, same, show
from .diff import hides, is_expired, leftovers, update_body
from .errors import AlreadyExists, DomainMismatch
from .outputs import (
    ECHO,
    body,
    container_of,
    echo_mark,
    echoes,
    outputs,
    projected_inputs,
    recorded_inputs,
    seen_settings,
    settings_of,
    top_level,
)
from .snapshot import RoomReader, Snapshot
from .writes import Caller, Writes

CREATE_ATTEMPTS = 3
CLOCK_SKEW = 600.0
"""Seconds by which the clock of this machine may differ from Daily's when the age of a room is judged."""


class Api(RoomReader, Caller, Protocol):
    """The API as the applier needs it; ``pulumi_daily.api.Client`` is one."""

    def get_domain(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Domain:
    """The domain a key belongs to."""

    name: str
    id: str


class Account:
    """One key on Daily: its domain, asked for once, and the snapshot of its rooms. Shared by all threads."""

    def __init__(self, api: Api, *, expected_domain: str | None = None) -> None:
        self.api = api
        self.snapshot = Snapshot(api)
        self._writes: dict[str, Writes] = {}
        self._expected = expected_domain
        self._lock = threading.Lock()
        self._domain: Domain | None = None

    def writes(self, spec: ObjectSpec) -> Writes:
        """The creates and deletes of one kind of object."""
        with self._lock:
            return self._writes.setdefault(spec.kind, Writes(self.api, spec))

    def domain(self) -> Domain:
        """The key's domain; raises :class:`DomainMismatch` when the configuration names another one."""
        with self._lock:
            if self._domain is None:
                answer = self.api.get_domain()
                self._domain = Domain(str(answer.get("domain_name", "")), str(answer.get("domain_id", "")))
            domain = self._domain
        if self._expected and self._expected != domain.name:
            raise DomainMismatch.of_config(self._expected, domain.name)
        return domain

    def guard(self, what: str, outs: Mapping[str, Any]) -> Domain:
        """The key's domain, when it is the one that ``outs`` remembers; else :class:`DomainMismatch`."""
        domain = self.domain()
        recorded, recorded_id = outs.get(DOMAIN), outs.get(DOMAIN_ID)
        ids_differ = recorded_id and domain.id and recorded_id != domain.id
        names_differ = recorded and recorded != domain.name and not (recorded_id and domain.id)
        if ids_differ or names_differ:
            raise DomainMismatch.of_object(what, str(recorded or recorded_id), domain.name)
        return domain


class Applier:
    """The operations on one kind of object. Stateless but for the account it works on; thread-safe."""

    def __init__(
        self,
        spec: ObjectSpec,
        account: Account,
        *,
        now: Callable[[], float],
        warn: Callable[[str], None],
    ) -> None:
        self._spec = spec
        self._account = account
        self._now = now
        self._warn = warn

    # -- read ---------------------------------------------------------------------------------------------------------

    def live(self, outs: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
        """The live object for diff, behind the domain guard; None when it is definitely gone."""
        self._account.guard(self._what(name), outs)
        return self._account.snapshot.find(name)

    def read(self, name: str, outs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Outputs and inputs for a refresh, from the snapshot; None when the object is gone or expired."""
        domain = self._account.guard(self._what(name), outs)
        live = self._account.snapshot.find(name)
        if live is None or is_expired(self._spec, live, self._now()):
            return None
        spec = self._spec
        recorded = {spec.id_input: name, **recorded_inputs(spec, outs)}
        echo = outs.get(ECHO) or {}
        inputs = projected_inputs(spec, recorded, live, echo)
        return self._outputs(inputs, live, echo, domain), inputs

    # -- create -------------------------------------------------------------------------------------------------------

    def create(self, inputs: Mapping[str, Any], *, auto_named: bool = False) -> tuple[str, dict[str, Any]]:
        """Make the object; its id and outputs."""
        spec, name = self._spec, str(inputs[self._spec.id_input])
        domain = self._account.domain()
        started = self._now()
        for attempt in range(1, CREATE_ATTEMPTS + 1):
            try:
                made = self._account.writes(spec).create(body(spec, inputs))
            except InvalidRequestError as error:
                if not is_name_taken(error) and not error.outcome_unknown:
                    raise
                found = self._get(name)
                last: DailyError = error
            except DailyError as error:
                if not error.outcome_unknown:
                    raise
                found = self._settle(name, error)
                last = error
            else:
                return self._made(inputs, made, domain)
            if found is None or is_expired(spec, found, self._now()):
                # Nothing there, or a leftover that Daily has yet to collect: clear the name and try again.
                if attempt == CREATE_ATTEMPTS:
                    raise last
                if is_name_taken(last) or found is not None:
                    self._account.writes(spec).delete(name)
                continue
            ours = last.outcome_unknown and self._is_own_work(inputs, found, started)
            if ours:
                return self._made(inputs, found, domain)
            if auto_named or inputs.get("adopt_existing"):
                return self._adopt(inputs, found, domain)
            raise AlreadyExists.of(spec.noun, name) from None
        raise AssertionError("unreachable")  # pragma: no cover

    def _settle(self, name: str, error: DailyError) -> Mapping[str, Any] | None:
        """What became of a create without an answer. When even that cannot be read, the create's own error stands."""
        try:
            return self._get(name)
        except DailyError as unread:
            raise error from unread

    def _is_own_work(self, inputs: Mapping[str, Any], found: Mapping[str, Any], started: float) -> bool:
        """Whether a room is what our unanswered create made: made since, and as we asked for it."""
        made_at = _seconds(found.get("created_at"))
        if made_at is not None and made_at < started - CLOCK_SKEW:
            return False
        spec = self._spec
        wanted = settings_of(spec, inputs)
        shown = seen_settings(spec, wanted, found)
        return all(same(found.get(n), inputs[n]) for n in top_level(spec) if n in inputs) and all(
            shown[key] is ABSENT or same(shown[key], wanted[key]) for key in wanted
        )

    def _adopt(self, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain) -> tuple[str, dict[str, Any]]:
        """Take over an object that exists: only what differs is sent; other settings stay as they are."""
        spec, name = self._spec, str(inputs[self._spec.id_input])
        # Nothing is recorded yet: every setting of the program counts as new.
        changes = update_body(spec, {}, inputs, found, now=self._now())
        if changes:
            found = self._account.api.call(spec.routes.update, path={spec.routes.path_parameter: name}, json=changes)
        return self._made(inputs, found, domain)

    def _made(self, inputs: Mapping[str, Any], live: Mapping[str, Any], domain: Domain) -> tuple[str, dict[str, Any]]:
        return str(inputs[self._spec.id_input]), self._written(inputs, live, domain)

    # -- update -------------------------------------------------------------------------------------------------------

    def update(
        self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any], *, ignored: Iterable[Path] = ()
    ) -> dict[str, Any]:
        """Make the live object what the program says, with the smallest request; its new outputs."""
        spec = self._spec
        domain = self._account.guard(self._what(name), outs)
        live = self._account.snapshot.find(name)
        if live is None:
            return self.create(inputs)[1]
        changes = update_body(spec, outs, inputs, live, now=self._now(), ignored=ignored)
        if not changes:
            return self._outputs(inputs, live, self._kept_echo(outs, inputs), domain)
        path = {spec.routes.path_parameter: name}
        self._account.snapshot.forget(name)
        try:
            answer = self._account.api.call(spec.routes.update, path=path, json=changes)
        except NotFoundError:
            return self.create(inputs)[1]  # removed between preview and up: made again, as a preview would have said
        answer = self._clear_leftovers(name, outs, inputs, answer)
        return self._written(inputs, answer, domain, sent=changes.get(spec.settings or "") or {}, before=outs)

    def _clear_leftovers(
        self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Reset and set again object settings of which keys left the program, where Daily merged instead of replacing.

        The update itself succeeded: what fails here is reported, and shows as drift in the next preview.
        """
        spec = self._spec
        left = leftovers(spec, outs, inputs, answer)
        if not left or not spec.settings:
            return answer
        path = {spec.routes.path_parameter: name}
        try:
            self._account.api.call(spec.routes.update, path=path, json={spec.settings: dict.fromkeys(left)})
            return self._account.api.call(spec.routes.update, path=path, json={spec.settings: left})  # type: ignore[no-any-return]
        except DailyError as error:
            self._warn(f"{self._what(name)}: {', '.join(left)} could not be reset as a whole: {error}")
            return answer

    # -- delete -------------------------------------------------------------------------------------------------------

    def delete(self, name: str, outs: Mapping[str, Any]) -> None:
        """Remove the object; one that is not there is removed already."""
        self._account.guard(self._what(name), outs)
        self._account.snapshot.forget(name)
        self._account.writes(self._spec).delete(name)
        self._account.snapshot.remove(name)

    # -- shared -------------------------------------------------------------------------------------------------------

    def _what(self, name: str) -> str:
        return f'{self._spec.noun} "{name}"'

    def _get(self, name: str) -> Mapping[str, Any] | None:
        routes = self._spec.routes
        try:
            return self._account.api.call(routes.read, path={routes.path_parameter: name})  # type: ignore[no-any-return]
        except NotFoundError:
            return None

    def _outputs(
        self, inputs: Mapping[str, Any], live: Mapping[str, Any], echo: Mapping[str, str], domain: Domain
    ) -> dict[str, Any]:
        return outputs(self._spec, inputs, live, echo=echo, domain=domain.name, domain_id=domain.id)

    def _kept_echo(self, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, str]:
        """The echoes of settings that did not change."""
        old = settings_of(self._spec, recorded_inputs(self._spec, outs))
        new = settings_of(self._spec, inputs)
        echo: Mapping[str, str] = outs.get(ECHO) or {}
        return {key: mark for key, mark in echo.items() if key in new and same(old.get(key), new[key])}

    def _written(
        self,
        inputs: Mapping[str, Any],
        answer: Any,
        domain: Domain,
        *,
        sent: Mapping[str, Any] | None = None,
        before: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Outputs after a write. Total: whatever Daily answered, the object exists and must be remembered.

        ``sent`` are the settings of an update; settings that were not sent keep the echo they had.
        """
        spec, name = self._spec, str(inputs[self._spec.id_input])
        if not isinstance(answer, Mapping) or answer.get("name", name) != name:
            self._warn(f"{self._what(name)}: Daily's answer is not a {spec.noun}; it will be read at the next refresh")
            self._account.snapshot.forget(name)
            return self._outputs(inputs, {}, {}, domain)
        self._account.snapshot.put(answer)
        found = echoes(spec, inputs, answer)
        kept = self._kept_echo(before, inputs) if before is not None else {}
        wanted = settings_of(spec, inputs)
        shown = seen_settings(spec, wanted, answer)
        echo = {}
        for key, mark in found.items():
            if sent is None or key in sent:
                echo[key] = mark
                self._warn_echo(inputs, key, wanted[key], shown[key])
            elif kept.get(key) == echo_mark(shown[key]):
                echo[key] = mark
        return self._outputs(inputs, answer, echo, domain)

    def _warn_echo(self, inputs: Mapping[str, Any], key: str, wanted: Any, shown: Any) -> None:
        spec, name = self._spec, str(inputs[self._spec.id_input])
        path = (container_of(spec, inputs, key), key)
        if shown is not ABSENT and not isinstance(wanted, Mapping | list) and not hides(spec, path, wanted, shown):
            self._warn(
                f"{self._what(name)}: Daily was sent {key} = {show(wanted)} and shows {show(shown)}; "
                "this is taken as its way to say so and not reported as drift"
            )


def _seconds(text: Any) -> float | None:
    """Daily's ``2019-01-26T09:01:22.000Z`` in unix seconds."""
    try:
        return datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None
