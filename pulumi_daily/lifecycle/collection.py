"""Objects that Daily numbers itself, or that are looked for before they are made.

A create whose answer was lost leaves no name to read. So the ids that are there are read before, and an object that
appeared since and is what was asked for is ours. The same reading finds an object that would be made twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api import BadResponse, DailyError, InvalidRequestError
from ..objects.values import same
from .account import Domain
from .apply import CREATE_ATTEMPTS, Applier
from .errors import AlreadyExists, Gone, NotAdoptable, Occupied
from .outputs import body


class CollectionApplier(Applier):
    """create and delete where the id is Daily's."""

    def create(self, inputs: Mapping[str, Any], *, auto_named: bool = False) -> tuple[str, dict[str, Any]]:
        domain = self._account.domain()
        inputs = self._prepared(inputs)
        others = self._twins(inputs, self._existing(inputs))
        if others:
            return self._take_over(inputs, others[0], domain)
        before = {str(live.get(self._spec.key)) for live in self._existing(inputs)}
        unsettled = False
        for attempt in range(1, CREATE_ATTEMPTS + 1):
            try:
                answer = self._send_create(inputs)
            except DailyError as error:
                again = error.outcome_unknown and attempt < CREATE_ATTEMPTS
                # A refusal after an attempt without an answer may be about what that attempt made; it settles nothing.
                unsettled = unsettled or error.outcome_unknown
                error.outcome_unknown = unsettled
                ours = self._settled(inputs, before, error) if unsettled else None
                if ours is not None:
                    return self._made(str(ours[self._spec.key]), inputs, ours, domain)
                if not again:
                    self._explain(inputs, error)
                    with self._advised("create", inputs):
                        raise
            else:
                return self._created(inputs, answer, before, domain)
        raise AssertionError("unreachable")  # pragma: no cover

    # -- steps that kinds of objects do differently -------------------------------------------------------------------

    def _prepared(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The inputs with what must be decided before anything is sent."""
        return inputs

    def _existing(self, inputs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The objects among which a twin would be."""
        return self._account.snapshot(self._spec).everything()

    def _read_anew(self, inputs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The same, read at this moment."""
        return self._account.reader(self._spec).all()

    def _send_create(self, inputs: Mapping[str, Any]) -> Any:
        return self._account.writes(self._spec).create(body(self._spec, inputs))

    def _take_over(
        self, inputs: Mapping[str, Any], twin: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        """Adopt the object that exists, or say that it does."""
        identity = str(twin[self._spec.key])
        if inputs.get("adopt_existing"):
            for key in self._spec.replaces:
                if twin.get(key) is not None and key in inputs and not same(twin[key], inputs[key]):
                    naming = self._naming(inputs, identity)
                    raise NotAdoptable.of(self._spec.noun, naming, key, twin[key], inputs[key])
            return self._taken_over(identity, inputs, twin, domain)
        raise AlreadyExists.of(self._spec.noun, self._naming(inputs, identity), self._spec.kind, identity)

    # -- shared -------------------------------------------------------------------------------------------------------

    def _twins(self, inputs: Mapping[str, Any], lives: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The live objects that a create with these inputs would make again."""
        group = self._group(inputs)
        return [live for live in lives if all(same(live.get(name) or None, inputs.get(name)) for name in group)]

    def _settled(self, inputs: Mapping[str, Any], before: set[str], error: DailyError) -> Mapping[str, Any] | None:
        """What became of a create without an answer. When even that cannot be read, the create's own error stands."""
        try:
            lives = self._read_anew(inputs)
        except DailyError as unread:
            raise error from unread
        new = [live for live in self._twins(inputs, lives) if str(live.get(self._spec.key)) not in before]
        return new[0] if new else None

    def _created(
        self, inputs: Mapping[str, Any], answer: Any, before: set[str], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        live = self._spec.seen(answer) if isinstance(answer, Mapping) else {}
        identity = live.get(self._spec.key)
        if not isinstance(identity, str) or not identity:
            # Made, and without an id in the answer it would be lost: look it up.
            error = BadResponse(f"the answer to a create has no {self._spec.key}")
            error.outcome_unknown = True
            found = self._settled(inputs, before, error)
            if found is None:
                raise error
            live, identity = found, str(found[self._spec.key])
        return self._made(identity, inputs, live, domain)

    def _explain(self, inputs: Mapping[str, Any], error: DailyError) -> None:
        """Raise a better error when Daily refused, for no reason that is known, while there is an object already."""
        if not self._spec.scarce or not isinstance(error, InvalidRequestError) or self._advice("create", error):
            return
        try:
            others = self._read_anew(inputs)
        except DailyError:
            return
        if others:
            identity = str(others[0].get(self._spec.key))
            raise Occupied.of(self._spec, identity, others[0], error) from error

    def _naming(self, inputs: Mapping[str, Any], identity: str) -> str:
        return str(inputs[self._group(inputs)[0]])

    def _group(self, inputs: Mapping[str, Any]) -> tuple[str, ...]:
        """The inputs that tell the object from others; the first input of the last group is one that must be given."""
        return next(group for group in self._spec.distinct if inputs.get(group[0]) is not None)

    def _made_again(self, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        # Pulumi keeps the id of an updated resource, and a new object has another one.
        raise Gone.of(self._what(name, inputs))

    def delete(self, name: str, outs: Mapping[str, Any]) -> None:
        try:
            super().delete(name, outs)
        except InvalidRequestError:
            # What Daily says of an id that it does not know is not documented for every kind.
            if self._get(name) is not None:
                raise
            self._account.snapshot(self._spec).remove(name)
