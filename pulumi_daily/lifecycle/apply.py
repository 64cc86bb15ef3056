"""create, read, update, delete: decisions of the pure modules, carried out over the API.

The promises: one mutating call makes an object, and nothing after its success may raise (Pulumi would forget the
object); a call whose outcome is unknown is settled by a read before anything is sent again; nothing is taken over
unasked, and nothing is deleted that another resource stands for (see ``ownership``); a 404 on delete is done; a key of
another domain is noticed before anything is read as gone or written.

:class:`Applier` is for objects whose id the program chooses (rooms). What other kinds do differently is a subclass that
overrides the named steps: ``collection``, ``singleton``, ``sip_clients``, ``phone_numbers``, ``tokens``, ``room_set``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, NoReturn

from ..api import ApiError, DailyError, NotFoundError, ServerError, is_name_taken
from ..objects.secrets import masked
from ..objects.spec import DOMAIN, DOMAIN_ID, Advice, Claim, ObjectSpec
from ..objects.values import ABSENT, same, show
from ..ownership import Hints, called
from .account import Account, Domain
from .adoption import Found, Sending
from .diff import Drift, Plan, declared_end, diff, differences, hides, is_expired, leftovers, update_body
from .errors import AlreadyExists, Missing, NameHeld, Refused, Wanted
from .outputs import (
    ECHO,
    GIVEN,
    body,
    echoes,
    live_inputs,
    outputs,
    projected_inputs,
    recorded_inputs,
    seen_settings,
    setting_path,
    settings_of,
)

CREATE_ATTEMPTS = 3
NAMED = 10
"""How many objects a message names."""


class Applier:
    """The operations on one kind of object. Stateless but for the account it works on; thread-safe.

    ``hints`` are what the provider was told of the resource in question.
    """

    def __init__(
        self,
        spec: ObjectSpec,
        account: Account,
        *,
        now: Callable[[], float],
        warn: Callable[[str], None],
        hints: Hints = Hints(),  # noqa: B008 - frozen
    ) -> None:
        self._spec = spec
        self._account = account
        self._now = now
        self._warn = warn
        self._hints = hints

    # -- diff and read ------------------------------------------------------------------------------------------------

    def plan(self, name: str, outs: Mapping[str, Any], news: Mapping[str, Any]) -> Plan:
        """Compare what the program asks of the object with the live one, behind the domain guard."""
        label = label_of(self._spec, name, outs)
        self._account.guard(f'{self._spec.noun} "{label}"', outs)
        ids = self._spec.claims_of_id(name, outs)
        self._account.claims.keep(self._hints, ids)
        live = self._find(name, outs)
        found = diff(self._spec, outs, news, live, name=label, now=self._now(), hints=self._hints)
        self._stay(found, ids, self._spec.claims_of(outs) if self._spec.claims else ids)
        return found

    def _stay(self, plan: Plan, claims: Collection[Claim], lasting: Collection[Claim]) -> None:
        if not plan.replaces and (plan.changes is not None or not self._hints.may_replace):
            self._account.claims.stay(self._hints, claims, lasting)

    def read(self, name: str, outs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return outputs and inputs for a refresh, from the snapshot; None when the object is gone or expired.

        Raises :class:`Missing` when there is none and the state knows nothing: a program reads what does not exist.
        """
        spec = self._spec
        unmanaged = DOMAIN not in outs and DOMAIN_ID not in outs
        domain = self._account.guard(self._what(name, outs), outs)
        live = self._find(name, outs)
        if live is None or not self._is_ours(name, outs, live, "it is let go"):
            if unmanaged:
                raise Missing.of(spec, name)
            self._note_end(name, outs)
            return None
        recorded = recorded_inputs(spec, outs)
        if spec.id_input is not None:
            recorded = {spec.id_input: name, **recorded}
        echo = outs.get(ECHO) or {}
        inputs = projected_inputs(spec, recorded, live, echo)
        made = self._outputs(inputs, live, echo, domain, before=outs)
        if unmanaged and spec.settings is None:
            # A program reads an object that it does not manage, and asks what it is like.
            made = {**masked(spec.inputs, live_inputs(spec, live)), **made}
        return made, inputs

    def _is_ours(self, name: str, outs: Mapping[str, Any], live: Mapping[str, Any], then: str) -> bool:
        """Return whether a live object is the one of the state and has not expired; say when it is another one."""
        if self._spec.is_same_object(outs, live):
            return not is_expired(self._spec, live, self._now())
        self._warn(f"{self._what(name, outs)} was deleted on Daily and made anew by somebody else: {then}")
        return False

    def _find(self, name: str, outs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the live object of that name; None when there is definitely none."""
        return self._account.snapshot(self._spec).find(name)

    # -- create -------------------------------------------------------------------------------------------------------

    reads_first: ClassVar[bool] = False
    """Whether a reading right before a create must say that the object is not there yet, because Daily does not date
    objects of the kind and takes two that are alike."""

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Make the object; its id and outputs."""
        chosen = self._prepared(inputs)
        with self._taking(chosen):
            identity, outs = self._make(chosen)
        return identity, self._with_given(inputs, outs)

    def _taking(self, inputs: Mapping[str, Any]) -> AbstractContextManager[None]:
        adopting = self._account.looks_ahead(inputs)
        return self._account.claims.taking(self._hints, self._spec.claims_of(inputs), adopting=adopting)

    def _make(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        domain = self._account.domain()
        found = self._look(inputs) if self.reads_first else None
        if found is not None:
            return self._take_over(self._id_of(found), inputs, found, domain)
        sending, lost = self._account.sending(), False
        for attempt in range(1, CREATE_ATTEMPTS + 1):
            try:
                answer = self._send_create(inputs)
            except DailyError as error:
                # A refusal after an attempt without an answer may be about what that attempt made, if it came late.
                unknown, lost = error.outcome_unknown, lost or error.outcome_unknown
                error.outcome_unknown = lost
                taken = self._spec.id_input is not None and is_name_taken(error)
                found = self._settle(inputs, error) if lost or taken else None
                if found is not None and not is_expired(self._spec, found, self._now()):
                    return self._settled(inputs, found, sending if lost else None, domain)
                freed = taken and self._free_name(inputs, found)
                if attempt == CREATE_ATTEMPTS or not (unknown or taken):
                    if taken and not freed:
                        raise NameHeld.of(self._what(self._id_of(inputs), inputs), error) from error
                    self._explain(inputs, error)
                    with self._advised("create", inputs):
                        raise
            else:
                return self._created(inputs, answer, domain)
        raise AssertionError("unreachable")  # pragma: no cover

    def _prepared(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the inputs with what must be decided before anything is sent."""
        return inputs

    @staticmethod
    def _with_given(inputs: Mapping[str, Any], outs: dict[str, Any]) -> dict[str, Any]:
        """Return outputs that say which of the computed inputs the program gave, and not :meth:`_prepared`."""
        given = [name for name in outs.get(GIVEN, ()) if inputs.get(name) is not None]
        return {**outs, GIVEN: given} if GIVEN in outs else outs

    def _look(self, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Read, at this moment, the object that a create of these inputs would make again."""
        return self._account.reader(self._spec).get(self._id_of(inputs))

    def _id_of(self, values: Mapping[str, Any]) -> str:
        return str(values[self._spec.key])

    def _send_create(self, inputs: Mapping[str, Any]) -> Any:
        return self._account.writes(self._spec).create(body(self._spec, inputs))

    def _settle(self, inputs: Mapping[str, Any], error: DailyError) -> Mapping[str, Any] | None:
        """Read what became of a create without an answer. When even that cannot be read, the create's error stands."""
        try:
            return self._look(inputs)
        except DailyError as unread:
            raise error from unread

    def _settled(
        self, inputs: Mapping[str, Any], found: Mapping[str, Any], sending: Sending | None, domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        """Take what a failed create met: as made by it where that is proved, else as a takeover.

        Of an object that Daily does not date, there is no better proof than that it was not there right before.
        """
        dated = not self.reads_first or self._spec.shown_of(found, "created_at") is not None
        ours = sending is not None and (sending.made(self._spec, found) or not dated)
        take = self._made if ours and self._found(inputs, found).as_asked else self._take_over
        return take(self._id_of(found), inputs, found, domain)

    def _free_name(self, inputs: Mapping[str, Any], found: Mapping[str, Any] | None) -> bool:
        """Remove an object that has expired and that Daily has yet to collect; False for any other.

        That it expired is said by Daily, or by our own state where Daily does not show it any more.
        """
        name = self._id_of(inputs)
        if found is None and name not in self._account.ended:
            return False
        self._account.ended.discard(name)
        self._account.writes(self._spec).delete(name)
        return True

    def _created(self, inputs: Mapping[str, Any], answer: Any, domain: Domain) -> tuple[str, dict[str, Any]]:
        return self._made(self._id_of(inputs), inputs, answer, domain)

    def _explain(self, inputs: Mapping[str, Any], error: DailyError) -> None:
        """Raise a better error than Daily's, where one is known."""

    def _note_end(self, name: str, outs: Mapping[str, Any]) -> None:
        """Remember an object that expired by our state: its name may be freed, which Daily may still keep."""
        if declared_end(self._spec, outs, self._now()) is not None:
            self._account.ended.add(name)

    def _differences(self, inputs: Mapping[str, Any], found: Mapping[str, Any]) -> list[Drift]:
        return differences(self._spec, inputs, found, self._now(), self._hints)

    # -- what exists already ------------------------------------------------------------------------------------------

    def expected(self, before: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
        """Return a line for each object that a create of these inputs, where there were none ``before``, takes over."""
        claims = self._spec.claims_of(inputs)
        own = bool(before) or self._account.claims.had(self._hints, claims)  # else its own, which is to be replaced
        if own or not claims or not self._account.looks_ahead(inputs):
            return []
        found = self._there_already(inputs)
        if found is None or not self._account.adopts(inputs, as_asked=self._found(inputs, found).as_asked):
            return []
        line = self._takeover_line(self._id_of(found), inputs, found, "exists already and will be taken over")
        giver = self._account.claims.giver(self._hints, claims)
        return [line, self._passing(self._id_of(found), inputs, called(giver, self._spec.kind))] if giver else [line]

    def _passing(self, name: str, inputs: Mapping[str, Any], giver: str) -> str:
        return (
            f"{self._what(name, inputs)} comes from {giver}: if this resource waits for that one (depends_on, or one "
            "of its outputs), that one deletes it first. Give that one retain_on_delete=True until it has moved"
        )

    def _there_already(self, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the live object that these inputs ask for, as far as the snapshot knows."""
        found = self._account.snapshot(self._spec).find(self._id_of(inputs))
        return None if found is None or is_expired(self._spec, found, self._now()) else found

    def _take_over(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        """Adopt an object where that was asked for; else raise :class:`AlreadyExists`."""
        if not self._account.adopts(inputs, as_asked=self._found(inputs, found).as_asked):
            self._refuse(name, inputs, found)
        line = self._takeover_line(name, inputs, found, "existed already and was taken over")
        made = self._adopt(name, inputs, found, domain)
        self._note_takeover(name, inputs, found)
        self._warn(line)
        return made

    def _note_takeover(self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        """Keep an object from the delete of the resource that stood for it before."""
        claims, lasting = self._spec.claims_of(inputs), self._claims_of_live(name, found)
        self._account.claims.take_over(self._hints, claims, lasting or claims)

    def _claims_of_live(self, name: str, live: Any) -> list[Claim]:
        own = self._spec.own_id
        shown = {own: self._spec.shown_of(live, own)} if own and isinstance(live, Mapping) else {}
        return self._spec.claims_of_id(name, shown)

    def _takeover_line(self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], happens: str) -> str:
        changes = ", ".join(item.change(self._spec) for item in self._differences(inputs, found))
        return f"{self._what(name, inputs)} {happens}: {changes or 'it is as the program says'}"

    def _refuse(self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any]) -> NoReturn:
        spec, claims = self._spec, self._account.claims
        there = self._found(inputs, found)
        own = claims.had(self._hints, spec.claims_of(inputs), self._claims_of_live(name, found))
        others = "" if own else self._others(name)
        raise AlreadyExists.of(self._what(name, inputs), there, spec, name, own=own, others=others) from None

    def _others(self, name: str) -> str:
        """Return the clause that names the other objects which this run is to make and which exist as well."""
        if self._spec.routes.batch is None:
            return ""
        new = [other for other in self._account.claims.new(self._spec.kind) if other.lower() != name.lower()]
        try:
            found = self._account.snapshot(self._spec).find_many(new)
        except DailyError:
            return ""
        there = [other for other, live in found.items() if not self._account.may_have_made(self._spec, live)]
        return f". The same holds for {len(there)} more that the program is to make ({listed(there)})" if there else ""

    def _found(self, inputs: Mapping[str, Any], live: Mapping[str, Any]) -> Found:
        """Return what is known of a live object beside inputs that ask for it."""
        return Found.of(self._spec, inputs, live, self._differences(inputs, live))

    def _adopt(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        """Take over an object that exists: only what differs is sent; other settings stay as they are."""
        # Nothing is recorded yet: every setting of the program counts as new.
        changes = update_body(self._spec, {}, inputs, found, now=self._now())
        if changes:
            with self._advised("update", inputs):
                found = self._send_update(name, changes)
        return self._made(name, inputs, found, domain)

    def _made(
        self, name: str, inputs: Mapping[str, Any], live: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        claims = [*self._spec.claims_of(inputs), *self._claims_of_live(name, live)]
        self._account.claims.made(self._hints, claims)
        return name, self._written(name, inputs, live, domain)

    # -- update -------------------------------------------------------------------------------------------------------

    def update(self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Make the live object what the program says, with the smallest request; its new outputs."""
        spec = self._spec
        domain = self._account.guard(self._what(name, outs), outs)
        live = self._find(name, outs)
        if live is None or is_expired(spec, live, self._now()):
            if declared_end(spec, inputs, self._now()) is not None:  # it has ended, as the program says
                return self._outputs(inputs, {}, kept_echo(spec, outs, inputs), domain, before=outs)
            live = None
        if live is None or not spec.is_same_object(outs, live):
            return self._made_again(name, outs, inputs)
        changes = update_body(spec, outs, inputs, live, now=self._now(), hints=self._hints)
        if not changes:
            return self._outputs(inputs, live, kept_echo(spec, outs, inputs), domain, before=outs)
        self._remember(name, None)
        with self._advised("update", inputs):
            try:
                answer = self._send_update(name, changes)
            except NotFoundError:
                return self._made_again(name, outs, inputs)
        answer = self._clear_leftovers(name, outs, inputs, answer, changes)
        sent = (
            changes.get(spec.settings) or {}
            if spec.settings
            else {key for key in spec.inputs.model_fields if spec.api_name(key) in changes}
        )
        return self._written(name, inputs, answer, domain, sent=sent, before=outs)

    def _send_update(self, name: str, changes: Mapping[str, Any]) -> Any:
        routes = self._spec.routes
        answer = self._account.api.call(routes.update, path={routes.path_parameter: name}, json=changes)
        return self._spec.seen(answer) if isinstance(answer, Mapping) else answer

    def _made_again(self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Make the object again, which was removed between preview and up, as a preview would have said."""
        self._account.ended.add(name)
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
        """Remove the object; one that is not there is removed already, and one that is not ours stays."""
        what = self._what(name, outs)
        self._account.guard(what, outs)
        claims = [*self._spec.claims_of(outs), *self._spec.claims_of_id(name, outs)]
        with self._account.claims.deleting(self._hints, {name: claims}) as kept:
            if kept:
                other = called(kept[name].owner, self._spec.kind)
                if not kept[name].has:
                    raise Wanted.of(what, other)
                self._warn(f"{what} stays on Daily: {other} stands for it now")
            elif self._is_there(name, outs):
                self._remove(name, outs)

    def _is_there(self, name: str, outs: Mapping[str, Any]) -> bool:
        """Return whether the object may be there, and not another one of its name.

        What Daily does not show may have expired, or a reading may lag behind its making: it is removed all the same.
        """
        if not outs.get(self._spec.own_id):
            return True
        # What the snapshot calls gone may have been made since, by somebody else.
        live = self._find(name, outs) or self._account.reader(self._spec).get(name)
        same = live is None or self._spec.is_same_object(outs, live)
        return same or self._is_ours(name, outs, live or {}, "it stays")

    def _remove(self, name: str, outs: Mapping[str, Any]) -> None:
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
        kept = kept_echo(spec, before, inputs) if before is not None else {}
        if not isinstance(answer, Mapping) or answer.get(spec.key, name) != name:
            self._warn(
                f"{self._what(name, inputs)}: Daily's answer is not a {spec.noun}; it will be read at the next refresh"
            )
            self._remember(name, None)
            return self._outputs(inputs, {}, kept, domain, before=before)
        self._remember(name, answer)
        echo = new_echo(spec, inputs, answer, sent, kept)
        wanted = settings_of(spec, inputs)
        shown = seen_settings(spec, wanted, answer, wanted)
        for key in echo:
            if sent is None or key in sent:
                self._warn_echo(name, inputs, key, wanted[key], shown[key])
        return self._outputs(inputs, answer, echo, domain, before=before)

    def _warn_echo(self, name: str, inputs: Mapping[str, Any], key: str, wanted: Any, shown: Any) -> None:
        spec = self._spec
        path = setting_path(spec, inputs, key)
        if shown is ABSENT or isinstance(wanted, Mapping | list):
            return
        if not hides(spec, path, wanted, shown, hints=self._hints):
            self._warn(
                f"{self._what(name, inputs)}: Daily was sent {key} = {show(wanted)} and shows {show(shown)}; "
                "this is taken as its way to say so and not reported as drift"
            )


def label_of(spec: ObjectSpec, name: str, outs: Mapping[str, Any]) -> str:
    """What an object is called in messages."""
    return str(outs.get(spec.label) or name) if spec.label else name


def listed(names: Collection[str]) -> str:
    """Return the first names in their order, and how many there are beyond."""
    shown = ", ".join(sorted(names)[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"


def kept_echo(spec: ObjectSpec, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, str]:
    """The echoes of settings that did not change."""
    old, new = settings_of(spec, recorded_inputs(spec, outs)), settings_of(spec, inputs)
    echo: Mapping[str, str] = outs.get(ECHO) or {}
    return {key: mark for key, mark in echo.items() if key in new and same(old.get(key), new[key])}


def new_echo(
    spec: ObjectSpec,
    inputs: Mapping[str, Any],
    answer: Mapping[str, Any] | None,
    sent: Collection[str] | None,
    kept: Mapping[str, str],
) -> dict[str, str]:
    """Return the echoes after a write.

    What Daily shows otherwise than the program says is an echo where just that was sent, or where it was one before.
    ``sent`` are the settings of an update, with their values where they may be others than the program's; None: all.
    """
    found = echoes(spec, inputs, answer) if answer is not None else {}
    wanted = settings_of(spec, inputs)

    def was_sent(key: str) -> bool:
        return sent is None or (key in sent and (not isinstance(sent, Mapping) or same(sent[key], wanted[key])))

    return {key: mark for key, mark in found.items() if was_sent(key) or kept.get(key) == mark}
