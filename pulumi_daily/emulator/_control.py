"""The control plane over HTTP, for tests and demos in another process.

Only callers on this machine are accepted: the peer and the `Host` must be loopback, and a request of a web page (with
an `Origin`) is refused. If a control token was set, the header `X-Emulator-Token` must contain it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from pulumi_daily.api import is_loopback

from ._faults import FAULTS
from ._out_of_band import OutOfBand
from ._routes import KINDS

PREFIX = "/__emulator__"
TOKEN_HEADER = "x-emulator-token"


class Control:
    """The handler of requests below `/__emulator__`."""

    def __init__(self, emulator: OutOfBand, token: str | None = None) -> None:
        self._emulator = emulator
        self._token = token
        self._actions: dict[str, Callable[[dict[str, Any]], Any]] = {
            "GET /requests": self._requests,
            "GET /counts": self._counts,
            "GET /state": self._state,
            "GET /switches": lambda _: emulator.switches.as_dict(),
            "POST /reset": lambda _: emulator.reset(),
            "POST /clear_log": lambda _: emulator.clear_log(),
            "POST /clear_faults": lambda _: emulator.clear_faults(),
            "POST /seed": self._seed,
            "GET /objects": lambda args: emulator.objects(**args),
            "POST /add": self._add,
            "POST /edit": self._edit,
            "POST /remove": self._remove,
            "POST /deliver": lambda args: {"delivered": emulator.deliver(**args)},
            "POST /add_domain": self._add_domain,
            "POST /rotate_key": lambda args: {"api_key": emulator.rotate_key(**args)},
            "POST /fault": self._fault,
            "POST /clock": self._clock,
            "POST /switches": self._switches,
            **emulator.control_actions(),
        }

    def answer(self, request: Request, path: str, body: bytes) -> tuple[int, Any]:
        """Return HTTP status and JSON body for a request to the control plane."""
        if not self._allowed(request):
            return 403, {
                "error": "the control plane is open to this machine alone (and needs its token, if one is set)"
            }
        action = self._actions.get(f"{request.method} {path.rstrip('/')}")
        if action is None:
            return 404, {"error": f"known are: {', '.join(self._actions)}"}
        try:
            args = json.loads(body) if body.strip() else {}
            if not isinstance(args, dict):
                raise ValueError("the body must be an object")
            if request.method == "GET":
                args = dict(request.query_params)
            result = action(args)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return 400, {"error": str(error)}
        return 200, result if result is not None else {"ok": True}

    def _allowed(self, request: Request) -> bool:
        host = request.headers.get("host", "")
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        peer = request.client.host if request.client else ""
        if not is_loopback(peer) or not is_loopback(name) or "origin" in request.headers:
            return False
        if self._token is None:
            return True
        given = request.headers.get(TOKEN_HEADER, "")
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _requests(self, args: dict[str, Any]) -> Any:
        return {"requests": [r.as_dict() for r in self._emulator.requests]}

    def _counts(self, args: dict[str, Any]) -> Any:
        return {
            "total": self._emulator.count(),
            "counts": self._emulator.counts(),
            "windows": self._emulator.rate_counts(),
        }

    def _state(self, args: dict[str, Any]) -> Any:
        emulator = self._emulator
        domains = {
            d.name: {
                "domain_id": d.id,
                "rooms": emulator.rooms(d.name),
                "objects": {kind: found for kind in KINDS if (found := emulator.objects(kind, d.name))},
            }
            for d in emulator.backend.domains()
        }
        return {"now": emulator.clock.now(), "domains": domains, "faults": len(emulator.faults)}

    def _seed(self, args: dict[str, Any]) -> Any:
        rooms = args.pop("rooms", None)
        count = args.pop("n", None)
        return {"seeded": len(self._emulator.seed(count if rooms is None else rooms, **args))}

    # Without `kind`, these three change rooms.

    def _add(self, args: dict[str, Any]) -> Any:
        if "kind" not in args:
            return self._emulator.add_room(**_flat(args))
        return self._emulator.add(args.pop("kind"), **args.pop("values", {}), **args)

    def _edit(self, args: dict[str, Any]) -> Any:
        if "kind" not in args:
            return self._emulator.edit_room(**_flat(args))
        return self._emulator.edit(args.pop("kind"), args.pop("id"), **args.pop("values", {}), **args)

    def _remove(self, args: dict[str, Any]) -> None:
        if "kind" in args:
            self._emulator.remove(args.pop("kind"), args.pop("id"), **args)
        else:
            self._emulator.remove_room(**args)

    def _add_domain(self, args: dict[str, Any]) -> Any:
        return {"domain_id": self._emulator.add_domain(**args)}

    def _fault(self, args: dict[str, Any]) -> None:
        kind = args.pop("kind", "fail")
        if kind not in FAULTS:
            raise ValueError(f"there is no fault {kind!r}")
        getattr(self._emulator, kind)(**args)

    def _clock(self, args: dict[str, Any]) -> Any:
        clock = self._emulator.clock
        if set(args) - {"advance", "set"} or not args:
            raise ValueError("give advance (seconds), or set (unix seconds; null follows the machine)")
        if "set" in args:
            self._emulator.set_clock(args["set"])
        clock.advance(float(args.get("advance", 0)))
        return {"now": clock.now()}

    def _switches(self, args: dict[str, Any]) -> Any:
        self._emulator.switches.update(args)
        return self._emulator.switches.as_dict()


def _flat(args: dict[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of a Python method from a JSON body, with `properties` merged into them."""
    return {**args.pop("properties", {}), **args}
