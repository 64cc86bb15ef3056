"""Objects that Daily keeps, of one kind, in a dict; with an answer of one's own, or a fault, at every call."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from typing import Any

from edge import Edge
from fake_daily import NOW

from pulumi_daily.api import ROUTES, InvalidRequestError, NotFoundError
from pulumi_daily.lifecycle import Account
from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.kinds.kind import Kind
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.ownership import Hints

DOMAIN = {"domain_name": "acme", "domain_id": "id-acme", "config": {}}


class FakeObjects:
    """The API as the applier sees it. Objects are kept as they were sent, with an id."""

    def __init__(self, spec: ObjectSpec, *objects: dict[str, Any]) -> None:
        self.spec = spec
        self.objects: dict[str, dict[str, Any]] = {}
        self.domain: Any = copy.deepcopy(DOMAIN)
        self.calls: list[tuple[str, Any, Any]] = []
        self.answers: dict[str, Any] = {}
        """What is answered by route, whatever happened: a value, or a function of the true answer."""
        self.faults: dict[str, list[tuple[str, BaseException]]] = {}
        self.now = NOW
        self._ids = itertools.count(1)
        for one in objects:
            self.add(**one)

    def add(self, **values: Any) -> dict[str, Any]:
        key = self.spec.key
        made = {**values, key: str(values.get(key) or f"id-{next(self._ids)}")}
        self.objects[made[key]] = made
        return made

    def server_time(self) -> tuple[float, float] | None:
        return self.now, self.now

    def fail(self, route: str, *errors: BaseException, when: str = "before") -> None:
        self.faults.setdefault(route, []).extend((when, error) for error in errors)

    def call(self, route: str, *, path: Any = None, params: Any = None, json: Any = None) -> Any:
        self.calls.append((route, copy.deepcopy(path or params), copy.deepcopy(json)))
        self._fault(route, "before")
        result = copy.deepcopy(self._do(route, path or {}, params or {}, json))
        self._fault(route, "after")
        if route in self.answers:
            answer = self.answers[route]
            return answer(result) if callable(answer) else answer
        return result

    def _fault(self, route: str, when: str) -> None:
        waiting = self.faults.get(route)
        if waiting and waiting[0][0] == when:
            raise waiting.pop(0)[1]

    def _do(self, route: str, path: dict[str, Any], params: dict[str, Any], json: Any) -> Any:
        routes = self.spec.routes
        if route == "domain.get":
            return self.domain
        if route == routes.create:
            return self.add(**copy.deepcopy(json))
        if route == routes.list:
            return self._page(params)
        if route not in (routes.read, routes.update, routes.delete):
            return None
        identity = path[routes.path_parameter]
        if identity not in self.objects:
            raise NotFoundError(404, "not-found", f"{identity} not found", "GET", f"/{identity}")
        if route == routes.delete:
            return self.objects.pop(identity)
        for key, value in (json or {}).items():
            if value is None:
                self.objects[identity].pop(key, None)
            else:
                self.objects[identity][key] = copy.deepcopy(value)
        return self.objects[identity]

    def _page(self, params: dict[str, Any]) -> Any:
        listing = ROUTES[self.spec.routes.list].listing
        shown = list(reversed(self.objects.values()))
        if listing.style == "whole":
            return shown
        start = params.get("offset", 0)
        after = params.get("starting_after")
        if after is not None:
            cursors = [one[listing.cursor] for one in shown]
            if after not in cursors:
                raise refused("unknown cursor")
            start = cursors.index(after) + 1
        page = shown[start : start + params["limit"]]
        return {str(listing.items): page, listing.total: len(shown)}

    @property
    def counts(self) -> Counter[str]:
        return Counter(route for route, _, _ in self.calls)

    def sent(self, route: str) -> list[Any]:
        """The bodies of the calls to a route."""
        return [json for name, _, json in self.calls if name == route]


class Kit:
    """One applier over one fake: a process."""

    def __init__(self, kind: Kind, daily: FakeObjects, owner: str = "one", **account: Any) -> None:
        self.daily = daily
        self.warnings: list[str] = []
        self.now = NOW
        self.account = Account(daily, **account)
        self._kind = kind
        self.applier = self.of(owner)

    def of(self, owner: str, **hints: Any) -> Edge:
        """What works for the resource of that name."""
        spec = self.daily.spec
        told = Hints(f"proj/dev::{spec.kind} {owner}", **hints)
        return Edge(self._kind, self.account, now=lambda: self.now, warn=self.warnings.append, hints=told)

    def checked(self, inputs: dict[str, Any], olds: dict[str, Any] | None = None) -> dict[str, Any]:
        checked = check(self.daily.spec, olds or {}, inputs, self.now)
        assert checked.failures == []
        return checked.inputs

    def create(self, **inputs: Any) -> tuple[str, dict[str, Any]]:
        return self.applier.create(self.checked(inputs))

    def fresh(self) -> Kit:
        """Another process on the same Daily."""
        self.daily.calls.clear()
        return Kit(self._kind, self.daily)


def refused(text: str = "no") -> InvalidRequestError:
    return InvalidRequestError(400, "invalid-request-error", text, "POST", "/things")
