"""Meeting tokens: signed texts that Daily does not keep. They are made, and made anew, never changed or removed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ..api import BadResponse, InvalidRequestError
from ..objects.fields import entries
from ..objects.spec import DOMAIN, DOMAIN_ID, ObjectSpec
from ..objects.validation import Failure
from ..objects.values import get_at, moment, same
from .apply import Applier
from .diff import Plan, inputs_differ
from .errors import LifecycleError
from .outputs import GIVEN, recorded_inputs, settings_of

TOKEN_LIMIT = 2048
"""Characters; Daily advises to stay under it, because a token travels in URLs."""


class TokenApplier(Applier):
    """What the program says is compared with the state: there is no live object to look at."""

    def plan(self, name: str, outs: Mapping[str, Any], news: Mapping[str, Any]) -> Plan:
        current = self._guarded(name, outs)
        return plan(self._spec, outs, news, self._now(), signed_with_this_key=current)

    def _guarded(self, name: str, outs: Mapping[str, Any]) -> bool:
        """The domain guard; whether the token is of this key. Its own signature says of which domain it is: then
        nothing is asked."""
        current = self._is_current(outs)
        if not (outs.get("self_signed") and current):
            self._account.guard(self._what(name, outs), outs)
        return current

    def _is_current(self, outs: Mapping[str, Any]) -> bool:
        """False for a self-signed token of another key (a rotation kills it). Says nothing of other tokens."""
        signer, token, domain_id = self._account.signer, outs.get("token"), outs.get(DOMAIN_ID)
        if not outs.get("self_signed") or signer is None or not isinstance(token, str):
            return True
        return signer.is_valid(str(domain_id), token)

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        issued = int(self._now())
        properties = dict(settings_of(self._spec, inputs))
        if inputs.get("lifetime") is not None:
            properties["exp"] = issued + int(inputs["lifetime"])
        outs = {key: value for key, value in inputs.items() if value is not None}
        if inputs.get("domain_id") is not None:
            domain = {DOMAIN_ID: str(inputs["domain_id"])}
        else:
            found = self._account.domain()
            domain = {DOMAIN: found.name, DOMAIN_ID: found.id}
        if inputs.get("self_signed"):
            token = self._signed(properties, domain[DOMAIN_ID], issued)
        else:
            answer = self._account.api.call(self._spec.routes.create, json={"properties": properties})
            text = answer.get("token") if isinstance(answer, Mapping) else None
            if not isinstance(text, str) or not text:
                raise BadResponse(f"the answer to {self._spec.routes.create} has no token")
            token = text
        if len(token) > TOKEN_LIMIT and not inputs.get("self_signed"):  # signing says so itself
            self._warn(
                f"a meeting token is {len(token)} characters long; Daily advises to stay under {TOKEN_LIMIT}, because "
                "it travels in URLs"
            )
        # The id of a resource can be no secret: a digest gives nothing away.
        identity = hashlib.sha256(token.encode()).hexdigest()[:20]
        given = [key for key in self._spec.computed if inputs.get(key) is not None]
        made = {**outs, **domain, GIVEN: given, "token": token, "issued_at": issued}
        if properties.get("exp") is not None:
            made["expires_at"] = properties["exp"]
        return identity, made

    def _signed(self, properties: Mapping[str, Any], domain_id: str, issued: int) -> str:
        if self._account.signer is None:
            raise LifecycleError("this account cannot sign tokens itself")
        try:
            return self._account.signer.sign(domain_id, properties, issued)
        except ValueError as error:
            raise LifecycleError("the token cannot be signed: " + "; ".join(str(error).splitlines())) from error

    def read(self, name: str, outs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The outputs as they are while Daily takes the token (or, self-signed, while key and clock do)."""
        current, expires = self._guarded(name, outs), outs.get("expires_at")
        if not current or (isinstance(expires, int | float) and expires <= self._now()):
            return None
        if not outs.get("self_signed"):
            try:
                self._account.api.call(
                    self._spec.routes.read,
                    path={self._spec.routes.path_parameter: outs.get("token")},
                    params={"ignoreNbf": True},
                )
            except InvalidRequestError:
                return None
        return dict(outs), recorded_inputs(self._spec, outs)

    def update(self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Only what steers this package changes without a new token."""
        given = {key: value for key, value in inputs.items() if value is not None}
        own = set(self._spec.inputs.model_fields) - set(self._spec.computed)
        return {**{key: value for key, value in outs.items() if key not in own}, **given}

    def delete(self, name: str, outs: Mapping[str, Any]) -> None:
        """Nothing: a token cannot be called back, it is valid until it expires."""


def hopeless(inputs: Mapping[str, Any], now: float) -> list[Failure]:
    """What is wrong with a token that would end before it begins. Pure."""
    lifetime, begins = inputs.get("lifetime"), get_at(inputs, ("properties", "nbf"))
    if not isinstance(lifetime, int | float) or not isinstance(begins, int | float) or begins < now + lifetime:
        return []
    text = "is not before the end of the token's lifetime{}: nobody could ever join"
    return [Failure(("properties", "nbf"), "rule", text.format(f" ({moment(now + lifetime)})"), text.format(""))]


def plan(
    spec: ObjectSpec, outs: Mapping[str, Any], news: Mapping[str, Any], now: float, *, signed_with_this_key: bool = True
) -> Plan:
    """A token is made anew when its inputs change, or when too little of its life is left. Pure."""
    recorded = recorded_inputs(spec, outs)
    changed = tuple(key for key in spec.replaces if not same(recorded.get(key), news.get(key)))
    if changed or inputs_differ(spec, recorded, news):
        return Plan(None, changed, False)
    if not signed_with_this_key:
        note = "a self-signed meeting token was signed with another API key; it will be made anew"
        return Plan(True, ("self_signed",), False, notes=(note,))
    lifetime, expires = news.get("lifetime"), outs.get("expires_at")
    if not isinstance(expires, int | float):
        return Plan(False)
    if not isinstance(lifetime, int | float):
        note = f"a meeting token expired at {moment(expires)}, as the program says; a later exp makes a new one"
        return Plan(False, notes=(note,) if expires <= now else ())
    share = news.get("renew_share")
    if not isinstance(share, int | float):
        share = entries(spec.inputs)["renew_share"].meta.default
    left = expires - now
    if left > share * lifetime:
        return Plan(False)
    verb = "expired" if left <= 0 else "expires"
    note = f"a meeting token {verb} at {moment(expires)}; it will be made anew"
    return Plan(True, ("lifetime",), False, notes=(note,))
