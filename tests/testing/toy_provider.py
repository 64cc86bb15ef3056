"""A dynamic provider for the tests of the test kit: things in a JSON file, with every behaviour a provider can have.

``Thing(name, {...})``: inputs are free-form; some of them steer the provider:

* ``key`` (default: the resource's name) replaces; ``first`` (bool) asks for deletion before creation;
* ``limit`` above 100, and the ``color`` plaid, fail the check;
* ``mode`` is how ``diff`` answers about changed inputs: ``"none"`` (cannot tell, the default), ``"true"``, ``"false"``;
* ``fail``, ``hang`` and ``die`` list the methods that raise, never return, and end the process;
* ``meet``: a create waits until so many are running; ``tell``: an output tells where the provider runs;
* outputs: the inputs, ``serial`` (a number that belongs to the id) and ``token`` (made by the "server").

The file is named by the configuration ``toy:file`` (or ``TOY_FILE``); it has the objects, and a log of all calls.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown

CONTROL = ("__provider", "serial", "token")


class World:
    """The backend: a JSON file, locked while it is changed."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @contextmanager
    def edit(self) -> Iterator[dict[str, Any]]:
        with open(f"{self.path}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            text = self.path.read_text() if self.path.exists() else ""
            data = json.loads(text) if text else {"objects": {}, "calls": [], "made": {}}
            yield data
            temporary = self.path.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps(data, default=lambda asset: type(asset).__name__))
            os.replace(temporary, self.path)

    @property
    def objects(self) -> dict[str, Any]:
        with self.edit() as data:
            return dict(data["objects"])

    def calls(self, *methods: str) -> list[list[Any]]:
        """The calls of the provider's methods so far, as ``[method, what, process id]``."""
        with self.edit() as data:
            return [c for c in data["calls"] if not methods or c[0] in methods]

    def forget_calls(self) -> None:
        with self.edit() as data:
            data["calls"] = []


def _plain(props: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in props.items() if k not in CONTROL}


class ToyProvider(ResourceProvider):
    serialize_as_secret_always = False
    world: World

    def configure(self, req: ConfigureRequest) -> None:
        self.world = World(req.config.get("toy:file") or os.environ["TOY_FILE"])
        self.owner = req.config.get("toy:owner") or ""
        self._log("configure", self.owner)

    def _log(self, method: str, what: Any) -> None:
        with self.world.edit() as data:
            data["calls"].append([method, what, os.getpid()])

    def _enter(self, method: str, props: dict[str, Any], what: Any) -> None:
        self._log(method, what)
        if props.get("say"):
            pulumi.log.warn(f"{method}: {props['say']}")
        if method in (props.get("fail") or []):
            raise RuntimeError(f"{method} was told to fail")
        if method in (props.get("hang") or []):
            time.sleep(600)
        if method in (props.get("die") or []):
            sys.stderr.write("dying words\n")
            os._exit(3)

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        self._enter("check", news, [sorted(_plain(olds)), sorted(_plain(news))])
        failures = []
        limit = news.get("limit")
        if isinstance(limit, (int, float)) and limit > 100:
            failures.append(CheckFailure("limit", "must be at most 100"))
        if news.get("color") == "plaid":
            failures.append(CheckFailure("color", "no such color"))
        return CheckResult(news, failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        self._enter("diff", news, id_)
        answer = {"none": None, "true": True, "false": False}[news.get("mode") or "none"]
        key = news.get("key")
        replaces = ["key"] if isinstance(key, Unknown) or olds.get("key") != key else None
        if replaces and news.get("twice"):
            replaces = ["key", "key"]
        if replaces and answer is False:
            answer = True
        return DiffResult(answer, replaces, None, delete_before_replace=bool(news.get("first")))

    def create(self, props: dict[str, Any]) -> CreateResult:
        self._enter("create", props, props.get("key"))
        if props.get("meet"):
            self._meet(int(props["meet"]))
        key = props.get("key", "thing")
        with self.world.edit() as data:
            count = data["made"][key] = data["made"].get(key, 0) + 1
            id_ = f"{key}-{count}"
            data["objects"][id_] = {**_plain(props), "owner": self.owner}
        if props.get("tell"):
            told = {"cwd": os.getcwd(), "word": os.environ.get("TOY_WORD"), "project": pulumi.get_project()}
            props = {**props, "told": told}
        if props.get("becomes"):
            props = {**props, "became": float(props["becomes"])}
        serial = zlib.crc32(id_.encode()) % 10_000  # the same in every run, whatever the order
        return CreateResult(id_, {**_plain(props), "serial": serial, "token": f"token-of-{id_}"})

    def _meet(self, wanted: int) -> None:
        with self.world.edit() as data:
            data["flying"] = data.get("flying", 0) + 1
            data["peak"] = max(data["flying"], data.get("peak", 0))
            data["calls"].append(["in flight", data["flying"], os.getpid()])
        for _ in range(1000):
            with self.world.edit() as data:
                if data["peak"] >= wanted:
                    break
            time.sleep(0.01)
        time.sleep(0.1)  # if one more may come, it comes now
        with self.world.edit() as data:
            data["flying"] -= 1

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        self._enter("read", props, id_)
        live = self.world.objects.get(id_)
        if live is None:
            return ReadResult("", {})
        live.pop("owner", None)
        if props.get("becomes"):
            live["became"] = float(props["becomes"])
        outs = {**live, "serial": props.get("serial"), "token": props.get("token")}
        managed = {k: v for k, v in live.items() if k in props}
        return ReadResult(id_, outs, managed if props.get("inputs_on_read", True) else None)

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        self._enter("update", news, id_)
        with self.world.edit() as data:
            data["objects"][id_] = {**_plain(news), "owner": self.owner}
        return UpdateResult({**_plain(news), "serial": olds.get("serial"), "token": olds.get("token")})

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        self._enter("delete", props, id_)
        with self.world.edit() as data:
            data["objects"].pop(id_, None)


class Thing(Resource, module="toy", name="Thing"):
    serial: pulumi.Output[int]
    token: pulumi.Output[str]

    def __init__(
        self, name: str, props: dict[str, Any] | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        full = {"key": name, "serial": None, "token": None, **(props or {})}
        super().__init__(ToyProvider(), name, full, opts)
