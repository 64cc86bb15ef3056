"""Pulumi's resource options on rooms."""

from __future__ import annotations

from .model import Edit, OnServer, Scenario, SecretInState, destroy, preview, program, refresh, up
from .scenarios_lifecycle import one

PROTECTED = "it is protected"

SCENARIOS = (
    Scenario(
        "protect",
        [
            program(one('{"enable_chat": True}', "one", "protect=True")),
            up({"create": 2}),
            program(""),
            preview(fails=(PROTECTED,)),
            up(fails=(PROTECTED,), order=()),
            program(one('{"enable_chat": True}', "two", "protect=True")),
            up(fails=("unable to replace", "marked for protection"), order=()),
            destroy(fails=(PROTECTED,), order=()),
            OnServer({"one": {"enable_chat": True}}),
            program(one('{"enable_chat": False}', "one", "protect=True")),
            up({"update": 1}),
            program(one('{"enable_chat": False}', "one")),
            up(),
            destroy({"delete": 2}),
        ],
    ),
    Scenario(
        "ignore_changes",
        [
            program(one('{"enable_chat": True, "lang": "de"}', opts='ignore_changes=["properties.enable_chat"]')),
            up({"create": 2}),
            program(one('{"enable_chat": False, "lang": "de"}', opts='ignore_changes=["properties.enable_chat"]')),
            preview(),
            program(one('{"enable_chat": False, "lang": "en"}', opts='ignore_changes=["properties.enable_chat"]')),
            up(
                {"update": 1},
                leaves={"room": ("update properties.lang",)},
                order=('update standup {"properties": {"lang": "en"}}',),
            ),
            Edit("standup", {"enable_chat": False}),
            up(order=()),
            OnServer({"standup": {"enable_chat": False, "lang": "en"}}),
            # Pulumi's own refresh leaves ignored inputs alone, too.
            refresh(),
            preview(),
        ],
    ),
    Scenario(
        "aliases",
        [
            program('daily.Room("old", name="standup")\n'),
            up({"create": 2}),
            program('daily.Room("new", name="standup", opts=ResourceOptions(aliases=[Alias(name="old")]))\n'),
            preview(),
            up(order=()),
            program('daily.Room("new", name="standup")\n'),
            preview(),
        ],
    ),
    Scenario(
        "component",
        [
            program("""
class Team(pulumi.ComponentResource):
    def __init__(self, name, rooms):
        super().__init__("acme:index:Team", name)
        for room in rooms:
            daily.Room(f"{name}-{room}", name=f"{name}-{room}", opts=ResourceOptions(parent=self))
        self.register_outputs({})

Team("red", ["one", "two"])
"""),
            up({"create": 4}),
            program("""
class Team(pulumi.ComponentResource):
    def __init__(self, name, rooms):
        super().__init__("acme:index:Team", name)
        for room in rooms:
            daily.Room(f"{name}-{room}", name=f"{name}-{room}", opts=ResourceOptions(parent=self))
        self.register_outputs({})

Team("red", ["one", "three"])
"""),
            up({"create": 1, "delete": 1}, order=("create red-three", "delete red-two")),
            preview(refresh=True),
            destroy({"delete": 4}),
            OnServer({}),
        ],
    ),
    Scenario(
        "replace_on_changes",
        [
            program(one('{"enable_chat": True}', opts='replace_on_changes=["properties.enable_chat"]')),
            up({"create": 2}),
            program(one('{"enable_chat": False}', opts='replace_on_changes=["properties.enable_chat"]')),
            preview({"replace": 1}),
            up({"replace": 1}, order=("delete standup", "create standup")),
            preview(),
        ],
    ),
    Scenario(
        "retain_on_delete",
        [
            program(one('{"enable_chat": True}', opts="retain_on_delete=True")),
            up({"create": 2}),
            program(""),
            up({"delete": 1}, order=()),
            OnServer({"standup": {"enable_chat": True}}),
        ],
    ),
    Scenario(
        "secret_outputs",
        [
            program(one('{"enable_chat": True}', opts='additional_secret_outputs=["url"]')),
            up({"create": 2}),
            SecretInState("room", secret="url", plain="name"),
            program(one('{"enable_chat": False}', opts='additional_secret_outputs=["url"]')),
            up({"update": 1}),
            SecretInState("room", secret="url", plain="name"),
            refresh(),
            SecretInState("room", secret="url", plain="name"),
            preview(),
        ],
    ),
)
