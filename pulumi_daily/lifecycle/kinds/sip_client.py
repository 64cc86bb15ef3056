"""SIP clients: Daily returns the password only when the client is created.

Where the program gives no password, one is generated here, so that a lost answer cannot lose it. An update rotates the
password.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, replace

from ...objects.sip_client import SIP_CLIENT
from ...objects.values import same
from ..state import LiveView, ResourceState
from . import steps as usual
from .kind import Inputs, Operation
from .named import Stepwise
from .numbered import STEPS as NUMBERED
from .recording import state_of, written
from .steps import Steps, existing
from .updating import make_again

LENGTH = 32
_LETTERS, _DIGITS = string.ascii_letters, string.digits


def new_password(length: int = LENGTH) -> str:
    """Return a random password by Daily's rule (at least a letter and a digit), with about six bits per character."""
    while True:
        password = "".join(secrets.choice(_LETTERS + _DIGITS) for _ in range(length))
        if any(c in _LETTERS for c in password) and any(c in _DIGITS for c in password):
            return password


def with_password(op: Operation, inputs: Inputs) -> Inputs:
    """Return the inputs with a password: the given one, or a new one."""
    return {**inputs, "password": inputs.get("password") or new_password()}


def rotate(op: Operation, steps: Steps, identity: str, inputs: Inputs, live: LiveView) -> LiveView:
    """Set a client's password to the one in the inputs. Repeated calls do no harm."""
    answer = steps.send_update(op, identity, {"password": inputs["password"]})
    good = answer is not None and answer.get(op.spec.key) == identity
    return live.changed(lambda raw: {**raw, **answer}) if good and answer is not None else live


def adopt(op: Operation, steps: Steps, identity: str, inputs: Inputs, found: LiveView) -> LiveView:
    """Take over a client. Its password cannot be read, so it is set to the one in the inputs."""
    if inputs.get("expires_in_seconds") is not None:
        ends = found.get("expires_at") or "never"
        op.warn(f"{op.what(identity, inputs)} was taken over and keeps its own end, which is {ends}")
    return rotate(op, steps, identity, inputs, found)


@dataclass(frozen=True)
class SipClients(Stepwise):
    """Pulumi's operations for SIP clients, whose id is the user name."""

    def update(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> ResourceState:
        """Rotate the password when the inputs require another one, and return the new state."""
        domain = op.guard(identity, state)
        live = existing(op, self.steps, identity, state)
        if live is None:
            return make_again(op, self.steps, identity, inputs)
        version_changed = any(not same(state.get(key), inputs.get(key)) for key in op.spec.rotation_triggers)
        password = inputs.get("password")
        if version_changed or (password is not None and not same(state.get("password"), password)):
            given = with_password(op, inputs)
            live = rotate(op, self.steps, identity, given, live)
            return written(op, self.steps, identity, given, live, domain, before=state).given_by(inputs)
        return state_of(op, inputs, live, {}, domain, state)


SIP_CLIENTS = SipClients(
    SIP_CLIENT,
    replace(
        NUMBERED,
        prepare=with_password,
        look=usual.look,
        foresee=usual.foresee,
        created=usual.created,
        adopt=adopt,
        resets=("password",),
        make_again=True,
    ),
)
