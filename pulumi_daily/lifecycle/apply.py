"""create, read, update, delete: decisions of the pure modules, carried out over the API.

The promises: one mutating call makes an object, and nothing after its success may raise (Pulumi would forget the
object); a call whose outcome is unknown is settled by a read before anything is sent again; a 404 on delete is done; a
key of another domain is noticed before anything is read as gone or written.

:class:`Applier` is for objects whose id the program chooses (rooms). What other kinds do differently is a subclass that
overrides the named steps: ``collection``, ``singleton``, ``sip_clients``, ``phone_numbers``, ``tokens``, ``room_set``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..api import ApiError, DailyError, InvalidRequestError, NotFoundError, ServerError, is_name_taken
from ..objects.spec import DOMAIN, DOMAIN_ID, Advice, ObjectSpec
from ..objects.values import ABSENT, Path, same, show
from .account import Account, Domain
from .diff import Plan, diff, hides, is_expired, leftovers, seconds, update_body
from .errors import AlreadyExists, Refused
from .imports import imported
from .outputs import (
    ECHO,
    body,
    echo_mark,
    echoes,
    masked,
    outputs,
    projected_inputs,
    recorded_inputs,
    seen_settings,
    setting_path,
    settings_of,
    top_level,
)

CREATE_ATTEMPTS = 3
CLOCK_SKEW = 600.0
"""Seconds by which the clock of this machine may differ from Daily's when the age of an object is judged."""


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

    # -- diff and read ------------------------------------------------------------------------------------------------

    def plan(
        self, name: str, outs: Mapping[str, Any], news: Mapping[str, Any], *, ignored: Iterable[Path] = ()
    ) -> Plan:
        """What the program asks of the object, compared with the live one, behind the domain guard."""
        label = label_of(self._spec, name, outs)
        self._account.guard(f'{self._spec.noun} "{label}"', outs)
        live = self._find(name, outs)
        return diff(self._spec, outs, news, live, name=label, now=self._now(), ignored=ignored)

    def read(self, name: str, outs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Outputs and inputs for a refresh, from the snapshot; None when the object is gone or expired."""
        domain = self._account.guard(self._what(name, outs), outs)
        live = self._find(name, outs)
        if live is None or is_expired(self._spec, live, self._now()):
            return None
        spec = self._spec
        recorded = recorded_inputs(spec, outs)
        if spec.id_input is not None:
            recorded = {spec.id_input: name, **recorded}
        echo = outs.get(ECHO) or {}
        inputs = projected_inputs(spec, recorded, live, echo)
        made = self._outputs(inputs, live, echo, domain, before=outs)
        if DOMAIN not in outs and DOMAIN_ID not in outs and spec.settings is None:
            # The state knows nothing: a program reads an object that it does not manage, and asks what it is like.
            made = {**masked(spec.inputs, self._imported(live, domain)), **made}
        return made, inputs

    def _imported(self, live: Mapping[str, Any], domain: Domain) -> dict[str, Any]:
        return imported(self._spec, live, domain)[0]

    def _find(self, name: str, outs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The live object; None when it is definitely gone."""
        return self._account.snapshot(self._spec).find(name)

    # -- create -------------------------------------------------------------------------------------------------------

    def create(self, inputs: Mapping[str, Any], *, auto_named: bool = False) -> tuple[str, dict[str, Any]]:
        """Make the object; its id and outputs."""
        spec, name = self._spec, str(inputs[str(self._spec.id_input)])
        domain = self._account.domain()
        started, lost = self._now(), False
        for attempt in range(1, CREATE_ATTEMPTS + 1):
            try:
                made = self._account.writes(spec).create(body(spec, inputs))
            except InvalidRequestError as error:
                # A refusal after an attempt without an answer may be about what that attempt made, if it came late.
                lost = lost or error.outcome_unknown
                if not is_name_taken(error) and not lost:
                    raise
                found = self._get(name)
                last: DailyError = error
            except DailyError as error:
                lost = lost or error.outcome_unknown
                if not lost:
                    raise
                found = self._settle(name, error)
                last = error
            else:
                return self._made(name, inputs, made, domain)
            if found is None or is_expired(spec, found, self._now()):
                # Nothing there, or a leftover that Daily has yet to collect: clear the name and try again.
                if attempt == CREATE_ATTEMPTS or not (last.outcome_unknown or is_name_taken(last)):
                    raise last
                if is_name_taken(last) or found is not None:
                    self._account.writes(spec).delete(name)
                continue
            ours = lost and self._is_own_work(inputs, found, started)
            if ours:
                return self._made(name, inputs, found, domain)
            if auto_named or inputs.get("adopt_existing"):
                return self._taken_over(name, inputs, found, domain)
            raise AlreadyExists.of(spec.noun, name) from None
        raise AssertionError("unreachable")  # pragma: no cover

    def _settle(self, name: str, error: DailyError) -> Mapping[str, Any] | None:
        """What became of a create without an answer. When even that cannot be read, the create's own error stands."""
        try:
            return self._get(name)
        except DailyError as unread:
            raise error from unread

    def _is_own_work(self, inputs: Mapping[str, Any], found: Mapping[str, Any], started: float) -> bool:
        """Whether an object is what our unanswered create made: made since, and as we asked for it."""
        return made_since(found, started) and self._is_as_asked(inputs, found)

    def _is_as_asked(self, inputs: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
        """Whether nothing that Daily shows of an object contradicts the inputs."""
        spec = self._spec
        wanted = settings_of(spec, inputs)
        shown = seen_settings(spec, wanted, found, wanted)
        return all(same(found.get(n), inputs[n]) for n in top_level(spec) if n in inputs) and all(
            shown[key] is ABSENT or same(shown[key], wanted[key]) for key in wanted
        )

    def _taken_over(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        """Adopt an object, and keep it from the delete of the resource that stood for it before."""
        made = self._adopt(name, inputs, found, domain)
        self._account.take_over(self._spec.kind, [name])
        return made

    def _adopt(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        """Take over an object that exists: only what differs is sent; other settings stay as they are."""
        spec = self._spec
        # Nothing is recorded yet: every setting of the program counts as new.
        changes = update_body(spec, {}, inputs, found, now=self._now())
        if changes:
            with self._advised("update", inputs):
                found = self._send_update(name, changes)
        return self._made(name, inputs, found, domain)

    def _made(
        self, name: str, inputs: Mapping[str, Any], live: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        return name, self._written(name, inputs, live, domain)

    # -- update -------------------------------------------------------------------------------------------------------

    def update(
        self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any], *, ignored: Iterable[Path] = ()
    ) -> dict[str, Any]:
        """Make the live object what the program says, with the smallest request; its new outputs."""
        spec = self._spec
        domain = self._account.guard(self._what(name, outs), outs)
        live = self._find(name, outs)
        if live is None:
            return self._made_again(name, inputs)
        changes = update_body(spec, outs, inputs, live, now=self._now(), ignored=ignored)
        if not changes:
            return self._outputs(inputs, live, kept_echo(spec, outs, inputs), domain, before=outs)
        self._remember(name, None)
        with self._advised("update", inputs):
            try:
                answer = self._send_update(name, changes)
            except NotFoundError:
                return self._made_again(name, inputs)
        answer = self._clear_leftovers(name, outs, inputs, answer, changes)
        sent = changes.get(spec.settings) or {} if spec.settings else _own_names(spec, changes)
        return self._written(name, inputs, answer, domain, sent=sent, before=outs)

    def _send_update(self, name: str, changes: Mapping[str, Any]) -> Any:
        routes = self._spec.routes
        answer = self._account.api.call(routes.update, path={routes.path_parameter: name}, json=changes)
        return self._spec.seen(answer) if isinstance(answer, Mapping) else answer

    def _made_again(self, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The object was removed between preview and up: it is made again, as a preview would have said."""
        return self.create(inputs)[1]

    def _clear_leftovers(
        self,
        name: str,
        outs: Mapping[str, Any],
        inputs: Mapping[str, Any],
        answer: Mapping[str, Any],
        sent: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        """Reset and set again object settings of which keys left the program, where Daily merged instead of replacing.

        The update itself succeeded: what fails here is reported, and shows as drift in the next preview.
        """
        spec = self._spec
        left = leftovers(spec, outs, inputs, answer) if isinstance(answer, Mapping) and spec.settings else {}
        if not left or not spec.settings:
            return answer
        try:
            self._send_update(name, {spec.settings: dict.fromkeys(left)})
            # As it was sent: with what Daily has where that is ignored.
            again = {key: sent[spec.settings].get(key, value) for key, value in left.items()}
            return self._send_update(name, {spec.settings: again})  # type: ignore[no-any-return]
        except DailyError as error:
            self._warn(f"{self._what(name, outs)}: {', '.join(left)} could not be reset as a whole: {error}")
            return answer

    # -- delete -------------------------------------------------------------------------------------------------------

    def delete(self, name: str, outs: Mapping[str, Any]) -> None:
        """Remove the object; one that is not there is removed already."""
        what = self._what(name, outs)
        self._account.guard(what, outs)
        if self._account.is_taken_over(self._spec.kind, name):
            self._warn(f"{what} was taken over by another resource of this run, so it stays")
            return
        snapshot = self._account.snapshot(self._spec)
        snapshot.forget(name)
        with self._advised("delete", outs):
            self._account.writes(self._spec).delete(name)
        snapshot.remove(name)

    # -- shared -------------------------------------------------------------------------------------------------------

    def _what(self, name: str, outs: Mapping[str, Any]) -> str:
        return f'{self._spec.noun} "{label_of(self._spec, name, outs)}"'

    @contextmanager
    def _advised(self, operation: str, inputs: Mapping[str, Any]) -> Iterator[None]:
        """Daily's refusals with what to do about them, where that is known."""
        try:
            yield
        except ApiError as error:
            advice = None if isinstance(error, ServerError) else self._advice(operation, error)
            if advice is None:
                raise
            raise Refused.of(error, advice, self._spec, inputs) from error

    def _advice(self, operation: str, error: DailyError) -> Advice | None:
        text = str(error).lower()
        return next((advice for advice in self._spec.advice.get(operation, ()) if advice.match in text), None)

    def _remember(self, name: str, live: Mapping[str, Any] | None) -> None:
        """Keep what a write answered; None: nobody knows, so read it again the next time."""
        snapshot = self._account.snapshot(self._spec)
        snapshot.forget(name) if live is None else snapshot.put(live)

    def _get(self, name: str) -> Mapping[str, Any] | None:
        return self._account.reader(self._spec).get(name)

    def _outputs(
        self,
        inputs: Mapping[str, Any],
        live: Mapping[str, Any],
        echo: Mapping[str, str],
        domain: Domain,
        *,
        before: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return outputs(self._spec, inputs, live, echo=echo, domain=domain.name, domain_id=domain.id, before=before)

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
        """Outputs after a write. Total: whatever Daily answered, the object exists and must be remembered.

        ``sent`` are the settings of an update, with their values where Daily may have been sent others than the
        program's (see ``ignore_changes`` in ``update_body``): then its answer is no echo. Settings that were not sent
        keep the echo they had.
        """
        spec = self._spec
        if not isinstance(answer, Mapping) or answer.get(spec.key, name) != name:
            self._warn(
                f"{self._what(name, inputs)}: Daily's answer is not a {spec.noun}; it will be read at the next refresh"
            )
            self._remember(name, None)
            return self._outputs(inputs, {}, {}, domain, before=before)
        self._remember(name, answer)
        found = echoes(spec, inputs, answer)
        kept = kept_echo(spec, before, inputs) if before is not None else {}
        wanted = settings_of(spec, inputs)
        shown = seen_settings(spec, wanted, answer, wanted)
        echo = {}
        for key, mark in found.items():
            if isinstance(sent, Mapping) and key in sent and not same(sent[key], wanted[key]):
                continue
            if sent is None or key in sent:
                echo[key] = mark
                self._warn_echo(name, inputs, key, wanted[key], shown[key])
            elif kept.get(key) == echo_mark(shown[key]):
                echo[key] = mark
        return self._outputs(inputs, answer, echo, domain, before=before)

    def _warn_echo(self, name: str, inputs: Mapping[str, Any], key: str, wanted: Any, shown: Any) -> None:
        spec = self._spec
        path = setting_path(spec, inputs, key)
        if shown is not ABSENT and not isinstance(wanted, Mapping | list) and not hides(spec, path, wanted, shown):
            self._warn(
                f"{self._what(name, inputs)}: Daily was sent {key} = {show(wanted)} and shows {show(shown)}; "
                "this is taken as its way to say so and not reported as drift"
            )


def label_of(spec: ObjectSpec, name: str, outs: Mapping[str, Any]) -> str:
    """What an object is called in messages."""
    return str(outs.get(spec.label) or name) if spec.label else name


def made_since(found: Mapping[str, Any], started: float) -> bool:
    """Whether an object may have been made since a moment, as far as Daily says when it was made."""
    made_at = seconds(found.get("created_at"))
    return made_at is None or made_at >= started - CLOCK_SKEW


def kept_echo(spec: ObjectSpec, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, str]:
    """The echoes of settings that did not change."""
    old, new = settings_of(spec, recorded_inputs(spec, outs)), settings_of(spec, inputs)
    echo: Mapping[str, str] = outs.get(ECHO) or {}
    return {key: mark for key, mark in echo.items() if key in new and same(old.get(key), new[key])}


def _own_names(spec: ObjectSpec, changes: Mapping[str, Any]) -> set[str]:
    return {name for name in spec.inputs.model_fields if spec.api_name(name) in changes}
