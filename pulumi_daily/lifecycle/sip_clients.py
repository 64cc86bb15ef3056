"""SIP clients: Daily shows the password when it is made and never again.

So it is made here where the program gives none: then no lost answer can lose it.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from ..objects.values import same
from .account import Domain
from .apply import Applier
from .collection import CollectionApplier

LENGTH = 32
_LETTERS, _DIGITS = string.ascii_letters, string.digits


def new_password(length: int = LENGTH) -> str:
    """A random password under Daily's rule (a letter and a digit at least); about six bits a character."""
    while True:
        password = "".join(secrets.choice(_LETTERS + _DIGITS) for _ in range(length))
        if any(c in _LETTERS for c in password) and any(c in _DIGITS for c in password):
            return password


class SipClientApplier(CollectionApplier):
    """The id is the user name; an update is a rotation of the password."""

    def _prepared(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**inputs, "password": inputs.get("password") or new_password()}

    _look = Applier._look
    _there_already = Applier._there_already
    _created = Applier._created
    _made_again = Applier._made_again

    def _adopt(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        if inputs.get("expires_in_seconds") is not None:
            ends = found.get("expires_at") or "never"
            self._warn(f"{self._what(name, inputs)} was taken over and keeps its own end, which is {ends}")
        # Nobody can read the password of a client that exists: it gets the one of the inputs.
        return self._made(name, inputs, self._rotated(name, inputs, found), domain)

    def update(self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        spec = self._spec
        domain = self._account.guard(self._what(name, outs), outs)
        live = self._find(name, outs)
        if live is None:
            return self._made_again(name, outs, inputs)
        version_changed = any(not same(outs.get(key), inputs.get(key)) for key in spec.unsent)
        password_changed = inputs.get("password") is not None and not same(outs.get("password"), inputs["password"])
        if version_changed or password_changed:
            given = self._prepared(inputs)
            live = self._rotated(name, given, live)
            return self._with_given(inputs, self._written(name, given, live, domain, before=outs))
        return self._outputs(inputs, live, {}, domain, before=outs)

    def _rotated(self, name: str, inputs: Mapping[str, Any], live: Mapping[str, Any]) -> Mapping[str, Any]:
        routes = self._spec.routes
        # Repeating it does no harm: the password is the same each time.
        answer = self._send_update(name, {"password": inputs["password"]})
        seen = answer if isinstance(answer, Mapping) and answer.get(routes.path_parameter) == name else live
        return {**live, **seen}
