"""The edge of ``lifecycle`` as the tests use it: states as the output dictionaries that Pulumi keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_daily import importing
from pulumi_daily.lifecycle import Account, Domain, LiveView, ResourceState
from pulumi_daily.lifecycle.decide import adoption, drift, patch, project, room_set
from pulumi_daily.lifecycle.decide import diff as decide
from pulumi_daily.lifecycle.decide.diff import Plan
from pulumi_daily.lifecycle.kinds.kind import Kind, Operation
from pulumi_daily.lifecycle.state import decode, encode
from pulumi_daily.objects.notes import HIDDEN
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.ownership import Hints


def state_of(spec: ObjectSpec, outs: Mapping[str, Any]) -> ResourceState:
    return decode(spec, {key: value for key, value in outs.items() if key != HIDDEN}, outs.get(HIDDEN))


def outs_of(spec: ObjectSpec, state: ResourceState) -> dict[str, Any]:
    outs, kept = encode(spec, state)
    return {**outs, **({HIDDEN: kept} if kept else {})}


def kept(outs: Mapping[str, Any], name: str) -> Any:
    """What the hidden key of outputs has under a name."""
    return outs.get(HIDDEN, {}).get(name)


class Edge:
    """One kind over one account, for one resource."""

    def __init__(
        self,
        kind: Kind,
        account: Account,
        *,
        now: Callable[[], float],
        warn: Callable[[str], None],
        hints: Hints = Hints(),  # noqa: B008 - frozen
    ) -> None:
        self.kind = kind
        self.op = Operation(kind.spec, account, now, warn, hints)

    def plan(self, name: str, outs: Mapping[str, Any], news: Mapping[str, Any]) -> Plan:
        return self.kind.plan(self.op, name, state_of(self.kind.spec, outs), news)

    def expected(self, before: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
        return self.kind.takeovers(self.op, before, inputs)

    def refusals(self, before: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        self.kind.warn_of_refusals(self.op, before, inputs)

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        made = self.kind.create(self.op, inputs)
        return made.identity, outs_of(self.kind.spec, made.state)

    def read(self, name: str, outs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        found = self.kind.read(self.op, name, state_of(self.kind.spec, outs))
        return None if found is None else (outs_of(self.kind.spec, found), dict(found.inputs))

    def update(self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        return outs_of(self.kind.spec, self.kind.update(self.op, name, state_of(self.kind.spec, outs), inputs))

    def delete(self, name: str, outs: Mapping[str, Any]) -> None:
        self.kind.delete(self.op, name, state_of(self.kind.spec, outs))


# -- the pure decisions over plain dictionaries ------------------------------------------------------------------------


def view(spec: ObjectSpec, live: Any) -> Any:
    """A live object as Daily would send it; None stays."""
    return None if live is None else live if isinstance(live, LiveView) else LiveView(spec, live)


def outputs(
    spec: ObjectSpec,
    inputs: Mapping[str, Any],
    live: Any,
    *,
    normalized: Mapping[str, Any],
    domain: str = "acme",
    domain_id: str = "id-acme",
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    given = {name: value for name, value in inputs.items() if value is not None}
    was = None if before is None else state_of(spec, before)
    observed = project.observe(spec, inputs, view(spec, live or None), was)
    return outs_of(spec, ResourceState(given, observed, normalized, Domain(domain, domain_id)))


def diff(spec: ObjectSpec, outs: Mapping[str, Any], news: Any, live: Any, *, known: bool = True, **more: Any) -> Plan:
    if not known:
        return decide.diff_offline(spec, state_of(spec, outs), news)
    return decide.diff(spec, state_of(spec, outs), news, view(spec, live), **more)


def update_body(spec: ObjectSpec, outs: Mapping[str, Any], news: Any, live: Any, **options: Any) -> dict[str, Any]:
    return patch.update_body(spec, state_of(spec, outs), news, view(spec, live), **options)


def unremoved_keys(spec: ObjectSpec, outs: Mapping[str, Any], news: Any, live: Any) -> dict[str, Any]:
    return patch.unremoved_keys(spec, state_of(spec, outs).inputs, news, view(spec, live))


def normalizations(spec: ObjectSpec, inputs: Any, live: Any) -> dict[str, str]:
    return project.normalizations(spec, inputs, view(spec, live))


def project_inputs(spec: ObjectSpec, inputs: Any, live: Any, normalized: Any) -> dict[str, Any]:
    return project.project_inputs(spec, inputs, view(spec, live), normalized)


def observed_settings(spec: ObjectSpec, wanted: Any, live: Any, *args: Any, **options: Any) -> dict[str, Any]:
    return project.observed_settings(spec, wanted, view(spec, live), *args, **options)


def recorded_inputs(spec: ObjectSpec, outs: Mapping[str, Any]) -> Any:
    return state_of(spec, outs).inputs


def imported(spec: ObjectSpec, live: Any, domain: Domain) -> tuple[Any, dict[str, Any]]:
    found = importing.imported(spec, live, domain)
    return found.inputs, outs_of(spec, found)


def differences(spec: ObjectSpec, inputs: Any, live: Any, now: float, hints: Hints) -> Any:
    return drift.differences(spec, inputs, view(spec, live), now, hints)


def is_exactly(spec: ObjectSpec, inputs: Any, live: Any, drifts: Any) -> bool:
    return adoption.is_exactly(spec, inputs, view(spec, live), drifts)


def plan_of_set(outs: Mapping[str, Any], news: Any, lives: Mapping[str, Any], *args: Any) -> Plan:
    return room_set.plan(state_of(ROOM_SET, outs), news, {key: view(ROOM, live) for key, live in lives.items()}, *args)


def outs_of_set(
    inputs: Any, lives: Mapping[str, Any], normalized: Any, domain: Domain, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    made = room_set.set_state(inputs, lives, normalized, domain, state_of(ROOM_SET, before or {}))
    return outs_of(ROOM_SET, made)
