"""Random programs with objects of every kind, and somebody who works on the same domain. Secrets are canaries."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from programs_all_kinds import HOOK, NUMBERS
from shared_world import Declared, Program, SharedWorld
from stored import COLLECTIONS

Inputs = dict[str, Any]


class Secrets:
    """Makes secret values, each of them once, and remembers them."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def password(self) -> str:
        """Return a password as Daily accepts it."""
        return self._noted(f"canary{len(self.made)}Pass1word")

    def hmac(self) -> str:
        """Return a base64 text of 32 bytes."""
        return self._noted(base64.b64encode(f"canary{len(self.made):026}".encode()).decode())

    def _noted(self, text: str) -> str:
        self.made.append(text)
        return text

    def found_in(self, text: str) -> list[str]:
        """Return the secrets in a text."""
        return [secret for secret in self.made if secret in text]


class Author:
    """Writes and rewrites the program of a stack, with names that begin with ``prefix``, and with one phone number.

    The first author has the webhook of the domain, and each has another setting of it: what another stack has is
    refused, and stories of a refusal that nothing ends prove nothing.
    """

    def __init__(self, random: Random, prefix: str, secrets: Secrets, *, first: bool = False) -> None:
        self.program: dict[str, Declared] = {}
        self._random, self._prefix, self._secrets = random, prefix, secrets
        self._first = first
        self._number = NUMBERS[0 if first else 1]
        self._count = 0
        self._inputs: Mapping[str, Callable[[], Inputs]] = {
            "Room": self._room,
            "DomainConfig": self._domain_config,
            **({"Webhook": self._webhook} if first else {}),
            "PhoneNumber": lambda: {"number": self._number},
            "DialinConfig": self._dialin,
            "SipTrunk": self._trunk,
            "SipClient": self._client,
            "MeetingToken": self._token,
        }

    def rewrite(self) -> None:
        """Change a few things."""
        self.program = {name: dataclasses.replace(one, alias="") for name, one in self.program.items()}
        for _ in range(self._random.randint(2, 6)):
            self._random.choice([self._add, self._add, self._edit, self._edit, self._rename, self._drop])()

    def _add(self) -> None:
        kind = self._random.choice(list(self._inputs))
        if kind in ("Webhook", "DomainConfig") and any(one.kind == kind for one in self.program.values()):
            return
        one = Declared(kind, self._inputs[kind]())
        if not self._claimed(one):
            self.program[self._logical()] = one

    def _claimed(self, one: Declared, besides: str = "") -> bool:
        """Return whether the program has an object of that name already: a preview refuses two."""
        keys = [
            one.inputs[key].lower()
            for key in ("name", "username", "trunk_name", "number", "phone_number")
            if key in one.inputs
        ]
        return any(
            other.kind == one.kind and value in keys
            for name, other in self.program.items()
            for value in other.inputs.values()
            if name != besides and isinstance(value, str)
        )

    def _edit(self) -> None:
        if self.program:
            name = self._random.choice(list(self.program))
            one = self.program[name]
            new = dataclasses.replace(one, inputs=self._inputs[one.kind]())
            if not self._claimed(new, name):
                self.program[name] = new

    def _rename(self) -> None:
        """Give a resource another logical name, with an alias or without."""
        if self.program:
            name = self._random.choice(list(self.program))
            one = self.program.pop(name)
            alias = name if self._random.random() < 0.5 and not one.alias else ""
            self.program[self._logical()] = dataclasses.replace(one, alias=alias)

    def _drop(self) -> None:
        if self.program:
            del self.program[self._random.choice(list(self.program))]

    def _logical(self) -> str:
        self._count += 1
        return f"r{self._count}"

    def _maybe(self, **more: Callable[[], Any]) -> Inputs:
        return {name: make() for name, make in more.items() if self._random.random() < 0.5}

    def _name(self) -> str:
        return f"{self._prefix}{self._random.randint(1, 4)}"

    def _room(self) -> Inputs:
        return {"name": self._name(), "properties": {"max_participants": self._random.randint(2, 9)}}

    def _domain_config(self) -> Inputs:
        # One setting each: what another stack set is refused, not overwritten.
        key = "enable_network_ui" if self._first else "enable_emoji_reactions"
        return {"properties": {key: self._random.random() < 0.5}, "on_destroy": "reset"}

    def _webhook(self) -> Inputs:
        more = self._maybe(hmac=self._secrets.hmac, basic_auth=self._secrets.password)
        return {"url": f"{HOOK}/{self._random.randint(1, 3)}", "event_types": ["meeting.started"], **more}

    def _dialin(self) -> Inputs:
        name = f"{self._prefix}-{self._random.randint(1, 9)}"
        return {"type": "pin_dialin", "phone_number": self._number, "name_prefix": name}

    def _trunk(self) -> Inputs:
        config: Inputs = {"allowed_ips": [f"192.0.2.{self._random.randint(1, 200)}"]}
        if self._random.random() < 0.5:
            config["credential"] = {"username": "pbx", "password": self._secrets.password()}
        notification = {"webhook_url": HOOK, **self._maybe(hmac=self._secrets.hmac)}
        template = {"enable_chat": self._random.random() < 0.5}
        parts = {"notification": notification, "trunk_config": config, "room_template": template}
        return {"trunk_name": self._name(), **parts}

    def _client(self) -> Inputs:
        return {"username": self._name(), **self._maybe(password=self._secrets.password)}

    def _token(self) -> Inputs:
        return {"properties": {"room_name": self._name()}, **self._maybe(self_signed=lambda: True)}


class Somebody:
    """Somebody who works on the domain without Pulumi, between the operations of stacks."""

    def __init__(self, world: SharedWorld, secrets: Secrets) -> None:
        self._world, self._secrets = world, secrets
        self._author = Author(world.random, "theirs", secrets)

    def acts(self) -> None:
        """Edit or remove an object of anybody, or make one."""
        world, random = self._world, self._world.random
        collection, spec = random.choice([COLLECTIONS[kind] for kind in world.kinds])
        objects = world.emulator.objects(collection)
        with world.journal("somebody"):
            if not objects or random.random() < 0.3:
                self._makes(spec.kind, collection, objects)
                return
            identity = random.choice(sorted(objects))
            if random.random() < 0.5:
                world.emulator.remove(collection, identity)
            elif spec.kind == "DialinConfig":
                world.emulator.edit(collection, identity, name_prefix=f"drift-{random.randint(1, 9)}")
            elif spec.kind == "Webhook":
                other = random.choice([{"eventTypes": ["recording.started"]}, {"hmac": self._secrets.hmac()}])
                world.emulator.edit(collection, identity, **other)

    def _makes(self, kind: str, collection: str, objects: Program) -> None:
        if kind not in ("SipClient", "DialinConfig"):  # of the others, a domain has one, or they cost money
            return
        inputs = self._author._inputs[kind]()
        if not any(one.get("username", "") == inputs.get("username") for one in objects.values()):
            self._world.emulator.add(collection, **inputs)

    def leaves(self) -> None:
        """Remove all that is somebody's own."""
        for kind in self._world.kinds:
            for identity in self._world.emulator.objects(COLLECTIONS[kind][0]):
                if self._world.maker[identity] == "somebody":
                    with self._world.journal("somebody"):
                        self._world.emulator.remove(COLLECTIONS[kind][0], identity)
