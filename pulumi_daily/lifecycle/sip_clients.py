"""SIP clients: Daily shows the password when it is made and never again.

So it is made here where the program gives none: then no lost answer can lose it.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable, Mapping
from typing import Any

from ..objects.values import Path, same
from .account import Domain
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

    def create(self, inputs: Mapping[str, Any], *, auto_named: bool = False) -> tuple[str, dict[str, Any]]:
        identity, outs = super().create(inputs, auto_named=auto_named)
        return identity, self._marked(inputs, outs)

    def _marked(self, inputs: Mapping[str, Any], outs: dict[str, Any]) -> dict[str, Any]:
        """The outputs, saying whether the password is the program's or was made here."""
        given = [name for name in outs.get("given", ()) if inputs.get(name) is not None]
        return {**outs, "given": given}

    def _existing(self, inputs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        found = self._account.snapshot(self._spec).find(str(inputs["username"]))
        return [] if found is None else [found]

    def _read_anew(self, inputs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        found = self._get(str(inputs["username"]))
        return [] if found is None else [found]

    def _twins(self, inputs: Mapping[str, Any], lives: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [live for live in lives if live.get("username") == inputs["username"]]

    def _naming(self, inputs: Mapping[str, Any], identity: str) -> str:
        return identity

    def _adopt(
        self, name: str, inputs: Mapping[str, Any], found: Mapping[str, Any], domain: Domain
    ) -> tuple[str, dict[str, Any]]:
        if inputs.get("expires_in_seconds") is not None:
            ends = found.get("expires_at") or "never"
            self._warn(f"{self._what(name, inputs)} was taken over and keeps its own end, which is {ends}")
        # Nobody can read the password of a client that exists: it gets the one of the inputs.
        return self._made(name, inputs, self._rotated(name, inputs, found), domain)

    def update(
        self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any], *, ignored: Iterable[Path] = ()
    ) -> dict[str, Any]:
        spec = self._spec
        domain = self._account.guard(self._what(name, outs), outs)
        live = self._find(name, outs)
        if live is None:
            return self._made_again(name, inputs)
        version_changed = any(not same(outs.get(key), inputs.get(key)) for key in spec.unsent)
        password_changed = inputs.get("password") is not None and not same(outs.get("password"), inputs["password"])
        if version_changed or password_changed:
            given = self._prepared(inputs)
            live = self._rotated(name, given, live)
            return self._marked(inputs, self._written(name, given, live, domain, before=outs))
        return self._outputs(inputs, live, {}, domain, before=outs)

    def _rotated(self, name: str, inputs: Mapping[str, Any], live: Mapping[str, Any]) -> Mapping[str, Any]:
        routes = self._spec.routes
        # Repeating it does no harm: the password is the same each time.
        answer = self._send_update(name, {"password": inputs["password"]})
        seen = answer if isinstance(answer, Mapping) and answer.get(routes.path_parameter) == name else live
        return {**live, **seen}

    def _made_again(self, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return self.create(inputs)[1]
