"""Phone numbers: chosen from those that are available, bought, released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api import BadResponse, DailyError
from .account import Domain
from .collection import CollectionApplier
from .errors import LifecycleError

AVAILABLE = "phone_numbers.available"


class PhoneNumberApplier(CollectionApplier):
    """The number is decided before anything is bought, so that a lost answer can be told from no purchase."""

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        chosen = self._prepared(inputs)
        try:
            identity, outs = super().create(chosen)
        except DailyError as error:
            if not error.outcome_unknown or chosen is inputs:
                raise
            number = chosen["number"]
            raise LifecycleError(
                f"{error}. Whether {number} was bought is not known, and another run would choose another number: look "
                f'for it among those of your domain, and if it is there say number="{number}" and adopt_existing=True'
            ) from error
        return identity, self._with_given(inputs, outs)

    def _prepared(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return inputs if inputs.get("number") is not None else {**inputs, "number": self._choose(inputs)}

    def _choose(self, inputs: Mapping[str, Any]) -> str:
        search = {key: value for key, value in (inputs.get("search") or {}).items() if value is not None}
        answer = self._account.api.call(AVAILABLE, params=search)
        found = answer.get("data") if isinstance(answer, Mapping) else None
        if not isinstance(found, list):
            raise BadResponse(f"the answer to {AVAILABLE} is not a list")
        owned = {live.get("number") for live in self._account.snapshot(self._spec).everything()}
        for item in found:
            number = item.get("phoneNumber") if isinstance(item, Mapping) else None
            # Other threads choose from the same list at this moment.
            if isinstance(number, str) and number and number not in owned and self._take(number):
                return number
        shown = ", ".join(f"{key}={value}" for key, value in search.items()) or "no filter"
        raise LifecycleError(f"no phone number is available for this search ({shown}); ask for less, or try later")

    def _take(self, number: str) -> bool:
        return self._account.claims.take(self._hints, self._spec.claims_of({"number": number}))

    def _made(
        self, name: str, inputs: Mapping[str, Any], live: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        # The answer to a purchase has an id and a number alone. The rest is worth a reading, never a failure.
        try:
            read = self._account.reader(self._spec).all()
            full = next((item for item in read if item.get(self._spec.key) == name), live)
        except DailyError:
            full = live
        return super()._made(name, inputs, full, domain)

    def _adopt(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        return super()._made(name, inputs, found, domain)
