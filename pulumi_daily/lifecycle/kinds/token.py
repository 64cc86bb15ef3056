"""Meeting tokens: signed texts that Daily does not store. They are created and replaced, never changed or removed.

The program is compared with the state alone: there is no live object.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...api import BadResponse, InvalidRequestError
from ...objects.fields import entries
from ...objects.meeting_token import MEETING_TOKEN
from ...objects.notes import ENDS_SOON, EXPIRED
from ...objects.spec import ObjectSpec
from ...objects.validation import Failure
from ...objects.values import get_at, moment, same
from ..decide.check import Checked, check
from ..decide.diff import Plan, inputs_differ
from ..decide.drift_input import Note
from ..decide.inputs import settings_of
from ..errors import LifecycleError
from ..state import Domain, ResourceState
from .kind import Inputs, Made, Operation

TOKEN_LIMIT = 2048
"""Characters. Daily advises shorter tokens, because a token is part of URLs."""


@dataclass(frozen=True)
class Tokens:
    """Pulumi's operations for meeting tokens; a :class:`Kind`."""

    spec: ObjectSpec

    @property
    def drift_spec(self) -> ObjectSpec:
        """Return the kind's own description; a token has no drift."""
        return self.spec

    @property
    def dated(self) -> bool:
        """Return True: check does not get the token, and could not know its age otherwise."""
        return True

    def check(self, before: Inputs, inputs: Inputs, now: float) -> Checked:
        """Return inputs in their normal form, and their failures."""
        checked = check(self.spec, before, inputs, now)
        return replace(checked, failures=[*checked.failures, *token_failures(checked.inputs, now)])

    def takeovers(self, op: Operation, before: Inputs, inputs: Inputs) -> list[str]:
        """Return an empty list: tokens are never taken over."""
        return []

    def warn_of_refusals(self, op: Operation, before: Inputs, inputs: Inputs) -> None:
        """Do nothing: Daily stores no tokens."""

    def drift_note(self, op: Operation, before: Inputs, inputs: Inputs) -> Note:
        """Return a text for a token whose lifetime is over, or that is renewed now; else an empty one."""
        lifetime, since = before.get("lifetime"), op.hints.since
        if since is None or not isinstance(lifetime, int | float) or inputs_differ(self.spec, before, inputs):
            return ""
        expires = since + lifetime
        due = _by_the_clock(self.spec, inputs, expires, op.now()).changes
        return "" if not due else EXPIRED if expires <= op.now() else ENDS_SOON

    def plan_offline(self, identity: str, state: ResourceState, inputs: Inputs, now: float) -> Plan:
        """Return the plan by comparison with the state and the clock."""
        return plan(self.spec, state, inputs, now)

    def plan(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> Plan:
        """Return the plan by comparison with the state, the clock and the key."""
        current = _guarded(op, identity, state)
        return plan(self.spec, state, inputs, op.now(), signed_with_this_key=current)

    def create(self, op: Operation, inputs: Inputs) -> Made:
        """Create a token, signed locally or by Daily."""
        issued = int(op.now())
        properties = dict(settings_of(self.spec, inputs))
        if inputs.get("lifetime") is not None:
            properties["exp"] = issued + int(inputs["lifetime"])
        given = inputs.get("domain_id")
        domain = op.account.domain() if given is None else Domain(id=str(given))
        if inputs.get("self_signed"):
            token = _signed(op, properties, domain.id, issued)
        else:
            token = _made_by_daily(op, properties)
        observed = {"token": token, "issued_at": issued}
        if properties.get("exp") is not None:
            observed["expires_at"] = properties["exp"]
        # The id of a resource cannot be secret; a digest reveals nothing.
        identity = hashlib.sha256(token.encode()).hexdigest()[:20]
        kept = {key: value for key, value in inputs.items() if value is not None}
        return Made(identity, ResourceState(kept, observed, domain=domain, hints=op.hints))

    def read(self, op: Operation, identity: str, state: ResourceState) -> ResourceState | None:
        """Return the state while the token is valid; else None.

        Daily decides whether a token is valid; for a self-signed token, key and clock do.
        """
        current, expires = _guarded(op, identity, state), state.get("expires_at")
        if not current or (isinstance(expires, int | float) and expires <= op.now()):
            return None
        if not state.get("self_signed"):
            routes = self.spec.routes
            path = {routes.path_parameter: state.get("token")}
            try:
                op.account.api.call(routes.read, path=path, params={"ignoreNbf": True})
            except InvalidRequestError:
                return None
        return state

    def update(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> ResourceState:
        """Return the state with the new inputs: only inputs without effect on the token are changed in place."""
        return replace(state, inputs={key: value for key, value in inputs.items() if value is not None}, hints=op.hints)

    def delete(self, op: Operation, identity: str, state: ResourceState) -> None:
        """Do nothing: a token cannot be revoked and is valid until it expires."""


TOKENS = Tokens(MEETING_TOKEN)


def _guarded(op: Operation, identity: str, state: ResourceState) -> bool:
    """Return whether the token was signed with the present key. Raises :class:`DomainMismatch` for another domain.

    The domain of a valid self-signed token is proved by its signature, so no request is sent for it.
    """
    current = _is_current(op, state)
    if not (state.get("self_signed") and current):
        op.guard(identity, state)
    return current


def _is_current(op: Operation, state: ResourceState) -> bool:
    """Return False for a self-signed token of another key (the rotation of a key invalidates its tokens), else True."""
    signer, token = op.account.signer, state.get("token")
    if not state.get("self_signed") or signer is None or not isinstance(token, str):
        return True
    return signer.is_valid(state.domain.id if state.domain else "", token)


def _made_by_daily(op: Operation, properties: Mapping[str, Any]) -> str:
    route = op.spec.routes.create
    answer = op.account.api.call(route, json={"properties": properties})
    token = answer.get("token") if isinstance(answer, Mapping) else None
    if not isinstance(token, str) or not token or not token.isascii():
        raise BadResponse(f"the answer to {route} has no token")
    if len(token) > TOKEN_LIMIT:  # signing itself reports a long token
        op.warn(
            f"a meeting token is {len(token)} characters long; Daily advises to stay under {TOKEN_LIMIT}, because "
            "it travels in URLs"
        )
    return token


def _signed(op: Operation, properties: Mapping[str, Any], domain_id: str, issued: int) -> str:
    if op.account.signer is None:
        raise LifecycleError("this account cannot sign tokens itself")
    try:
        return op.account.signer.sign(domain_id, properties, issued)
    except ValueError as error:
        raise LifecycleError("the token cannot be signed: " + "; ".join(str(error).splitlines())) from error


def token_failures(inputs: Mapping[str, Any], now: float) -> list[Failure]:
    """Return a failure for a token that would end before it begins. Pure."""
    lifetime, begins = inputs.get("lifetime"), get_at(inputs, ("properties", "nbf"))
    if not isinstance(lifetime, int | float) or not isinstance(begins, int | float) or begins < now + lifetime:
        return []
    text = "is not before the end of the token's lifetime{}: nobody could ever join"
    return [Failure(("properties", "nbf"), "rule", text.format(f" ({moment(now + lifetime)})"), text.format(""))]


def plan(
    spec: ObjectSpec, state: ResourceState, news: Mapping[str, Any], now: float, *, signed_with_this_key: bool = True
) -> Plan:
    """Return the plan: a token is replaced when its inputs change, or when too little of its lifetime is left. Pure."""
    changed = tuple(key for key in spec.replaces if not same(state.inputs.get(key), news.get(key)))
    if changed or inputs_differ(spec, state.inputs, news):
        return Plan(None, changed, False)
    if not signed_with_this_key:
        note = "a self-signed meeting token was signed with another API key; it will be made anew"
        return Plan(True, ("self_signed",), False, notes=(note,))
    expires = state.get("expires_at")
    return _by_the_clock(spec, news, expires, now) if isinstance(expires, int | float) else Plan(False)


def _by_the_clock(spec: ObjectSpec, news: Mapping[str, Any], expires: float, now: float) -> Plan:
    lifetime, share = news.get("lifetime"), news.get("renew_share")
    if not isinstance(lifetime, int | float):
        note = f"a meeting token expired at {moment(expires)}, as the program says; a later exp makes a new one"
        return Plan(False, notes=(note,) if expires <= now else ())
    if not isinstance(share, int | float):
        share = entries(spec.inputs)["renew_share"].meta.default
    left = expires - now
    if left > share * lifetime:
        return Plan(False)
    verb = "expired" if left <= 0 else "expires"
    note = f"a meeting token {verb} at {moment(expires)}; it will be made anew"
    return Plan(True, ("lifetime",), False, notes=(note,))
