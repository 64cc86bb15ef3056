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
from .apply import Applier
from .errors import Gone, NotAdoptable, Occupied


class CollectionApplier(Applier):
    """create and delete where the id is Daily's."""

    reads_first = True

    def _look(self, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return next(iter(self._twins(inputs, self._account.reader(self._spec).all())), None)

    def _there_already(self, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return next(iter(self._twins(inputs, self._account.snapshot(self._spec).everything())), None)

    def _take_over(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        for key in self._spec.replaces:
            if found.get(key) is not None and key in inputs and not same(found[key], inputs[key]):
                raise NotAdoptable.of(self._what(name, inputs), key, found[key], inputs[key])
        return super()._take_over(name, inputs, found, domain)

    # -- shared -------------------------------------------------------------------------------------------------------

    def _twins(self, inputs: Mapping[str, Any], lives: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The live objects that a create with these inputs would make again."""
        group = self._group(inputs)
        return [live for live in lives if all(same(live.get(name) or None, inputs.get(name)) for name in group)]

    def _created(self, inputs: Mapping[str, Any], answer: Any, domain: Domain) -> tuple[str, dict[str, Any]]:
        live = self._spec.seen(answer) if isinstance(answer, Mapping) else {}
        if not isinstance(live.get(self._spec.key), str) or not live[self._spec.key]:
            # Made, and without an id in the answer it would be lost: look it up.
            error = BadResponse(f"the answer to a create has no {self._spec.key}")
            error.outcome_unknown = True
            found = self._settle(inputs, error)
            if found is None:
                raise error
            live = found
        return self._made(self._id_of(live), inputs, live, domain)

    def _explain(self, inputs: Mapping[str, Any], error: DailyError) -> None:
        # Daily refused, for no reason that is known, while there is an object already.
        if not self._spec.scarce or not isinstance(error, InvalidRequestError) or self._advice("create", error):
            return
        try:
            others = self._account.reader(self._spec).all()
        except DailyError:
            return
        if others:
            raise Occupied.of(self._spec, self._id_of(others[0]), others[0], error) from error

    def _group(self, inputs: Mapping[str, Any]) -> tuple[str, ...]:
        """The inputs that tell the object from others; the first input of the last group is one that must be given."""
        return next(group for group in self._spec.distinct if inputs.get(group[0]) is not None)

    def _made_again(self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        # Pulumi keeps the id of an updated resource, and a new object has another one.
        raise Gone.of(self._what(name, inputs))

    def _remove(self, name: str, outs: Mapping[str, Any]) -> None:
        try:
            super()._remove(name, outs)
        except InvalidRequestError:
            # What Daily says of an id that it does not know is not documented for every kind.
            if self._account.reader(self._spec).get(name) is not None:
                raise
            self._account.snapshot(self._spec).remove(name)
