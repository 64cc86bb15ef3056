"""What the engine does in the situations that matter, as little programs and operations on them.

Each scenario is run by the test kit and, where a real CLI is on PATH, by that; both have to leave the trace that is
recorded in ``golden/<scenario>.json``. Programs are written so that the order of what is recorded does not depend on
timing. ``body`` is Python after ``PRELUDE``; ``edit`` changes the toy world behind Pulumi's back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PRELUDE = """\
import pulumi
from pulumi import Alias, CustomTimeouts as T, ResourceOptions as O
from testing.toy_provider import Thing


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None, t="toy:index:Group"):
        super().__init__(t, name, None, opts)


"""

Edit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Do:
    """One operation: preview, up, refresh, destroy or import."""

    op: str
    body: str | None = None
    """The program from now on."""
    refresh: bool = False
    fails: bool = False
    keep_going: bool = False
    edit: Edit | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    """Configuration from now on, beside what was there; ``!key`` is a secret. Values may be lists and dictionaries."""
    entries: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: list[Do]
    program: str = "__main__.py"
    """The file that the body is written to."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What ``Pulumi.yaml`` says beside name and runtime."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Other files of the project."""
    references: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Outputs of other stacks of the project, by the stack's name; ``!key`` is a secret."""
    said: bool = False
    """Whether the trace has what program and providers print and log."""


def _edit(key: str, **values: Any) -> Edit:
    """Change the objects whose id begins with `key`."""

    def edit(world: dict[str, Any]) -> None:
        for id_, thing in world["objects"].items():
            if id_.startswith(key):
                thing.update(values)

    return edit


def _drop(key: str) -> Edit:
    def edit(world: dict[str, Any]) -> None:
        world["objects"] = {k: v for k, v in world["objects"].items() if not k.startswith(key)}

    return edit


def _both(body: str | None = None, **kwargs: Any) -> list[Do]:
    """A preview, then an up."""
    return [Do("preview", body, **kwargs), Do("up", **kwargs)]


TELL = """\
import json, os, sys
names = ("PULUMI_STACK", "PULUMI_PROJECT", "PULUMI_ORGANIZATION", "PULUMI_DRY_RUN")
pulumi.export("program", {"cwd": os.getcwd(), "argv": sys.argv, "set": [n for n in names if n in os.environ]})
Thing("a", {"tell": True})
"""
"""A program that tells where it and its provider run."""

ENGINE_FACTS = [
    Scenario("where-it-runs", [Do("up", TELL)]),
    Scenario("main-is-a-folder", [Do("up", TELL)], program="src/__main__.py", settings={"main": "src/"}),
    Scenario("main-is-a-file", [Do("up", TELL)], program="src/app.py", settings={"main": "src/app.py"}),
    Scenario(
        "main-is-a-file-with-a-neighbour",
        [Do("preview", "import neighbour", fails=True)],
        program="src/app.py",
        settings={"main": "src/app.py"},
        files={"src/neighbour.py": ""},
    ),
    Scenario(
        "own-modules",
        [
            Do(
                "up",
                "import requests, secrets, calendar\n"
                "for module in (requests, secrets, calendar):\n"
                '    pulumi.export(module.__name__, getattr(module, "OWN", False))',
            )
        ],
        files={"requests.py": "OWN = True", "secrets.py": "OWN = True", "calendar.py": "OWN = True"},
    ),
    Scenario(
        "assets",
        [
            *_both('Thing("a", {"text": pulumi.StringAsset("t"), "file": pulumi.FileAsset("data.txt")})'),
            *_both(fails=True),
            Do("refresh", fails=True),
            Do("destroy", fails=True),
        ],
        files={"data.txt": "data"},
    ),
    Scenario(
        "archives",
        [
            *_both(
                'Thing("a", {"l": [pulumi.AssetArchive({"x": pulumi.StringAsset("t")})], "f": pulumi.FileArchive(".")})'
            ),
            Do("preview", fails=True),
        ],
    ),
    Scenario(
        "asset-outputs",
        [
            *_both(
                'pulumi.export("text", pulumi.StringAsset("t"))\npulumi.export("file", pulumi.FileAsset("data.txt"))\n'
                'pulumi.export("none", pulumi.StringAsset(""))'
            ),
            Do("destroy"),
        ],
        files={"data.txt": "data"},
    ),
    Scenario("asset-empty", [Do("up", 'Thing("a", {"text": pulumi.StringAsset("")})', fails=True)]),
    Scenario(
        "declared-configuration",
        [
            Do("preview", "pass", fails=True),
            Do("preview", config={"needed": "text"}, fails=True),
            Do(
                "up",
                'Thing("a", {"n": 1})\nc = pulumi.Config()\n'
                'for k in ("needed", "number", "short", "flag", "list", "pw"): pulumi.export(k, c.get(k))\n'
                'pulumi.export("elsewhere", [pulumi.Config("else").get("where"), pulumi.Config("else").get("things")])',
                config={"needed": "text", "number": "7", "!pw": "hidden-word"},
            ),
            Do("preview", config={"number": "seven"}, fails=True),
            Do("refresh"),
            Do("destroy"),
            Do("preview", config={"number": "8", "pw": "in clear"}, fails=True),
        ],
        settings={
            "config": {
                "needed": {"type": "string"},
                "number": {"type": "integer"},
                "short": "short form",
                "flag": {"type": "boolean", "default": True},
                "list": {"type": "array", "items": {"type": "string"}, "default": ["a", "<b>"]},
                "pw": {"type": "string", "secret": True, "default": "x"},
                "else:where": "region",
                "else:things": {"value": {"k": [1, {"l": True}]}},
            }
        },
    ),
    Scenario(
        "structured-configuration",
        [
            Do(
                "up",
                'Thing("a", {"n": 1})\nc = pulumi.Config()\n'
                'pulumi.export("texts", [c.get("object"), c.get("list")])\n'
                'pulumi.export("object", c.get_object("object"))',
                config={"object": {"a": True, "b": [{"c": "text"}, 2]}, "list": ["x", "y"], "!held.in": "hidden-word"},
            )
        ],
    ),
    Scenario(
        "secrets-in-messages",
        [
            Do(
                "up",
                'print("printed hidden-word, ab, true")\npulumi.log.warn("logged hidden-word")\n'
                'print(\'quoted "ha\\\\"rd" and plain ha"rd\')\nThing("a", {"say": "the provider hidden-word and ab"})',
                config={"!pw": "hidden-word", "!short": "ab", "!flag": "true", "!quote": 'ha"rd'},
            ),
            Do("up", 'raise pulumi.RunError("failed with hidden-word")', fails=True),
        ],
        said=True,
    ),
    Scenario(
        "replaced-for-one-key-twice",
        [
            Do("up", 'Thing("a", {"key": "k", "n": 1, "twice": True})'),
            *_both('Thing("a", {"key": "l", "n": 1, "twice": True})'),
            *_both('Thing("a", {"key": "m", "n": 2, "twice": True}, O(replace_on_changes=["n", "key"]))'),
        ],
    ),
    Scenario(
        "not-a-number",
        [
            Do("up", 'for n in ("nan", "inf", "-inf"): Thing(n, {"becomes": n})'),
            *_both(),
            Do("refresh"),
        ],
    ),
    Scenario(
        "stack-reference",
        [
            *_both(
                'r = pulumi.StackReference("organization/toys/net")\n'
                'for k in ("x", "s", "no"): pulumi.export(k, r.get_output(k))'
            ),
            Do("refresh"),
            Do("preview"),
            Do("destroy"),
        ],
        references={"net": {"x": 1, "!s": "hidden-word"}},
    ),
    Scenario(
        "stack-reference-to-nothing", [Do("preview", 'pulumi.StackReference("organization/toys/no")', fails=True)]
    ),
]
"""Situations in which a kit that is simpler than the engine would let a test pass that the engine fails."""

SCENARIOS = [
    Scenario(
        "basic",
        [
            *_both('a = Thing("a", {"key": "k", "n": 1})\npulumi.export("serial", a.serial)'),
            *_both(),
            Do("refresh"),
            Do("destroy"),
            Do("preview"),
        ],
    ),
    Scenario(
        "detailed-diff",
        [
            Do(
                "up",
                'Thing("a", {"o": {"x": 1, "y": {"z": [1, 2, 3]}, "gone": True, "odd.key": 1}, "l": [{"p": 1}, 2]})',
            ),
            *_both(
                'Thing("a", {"o": {"x": 2, "y": {"z": [1, 5]}, "new": "v", "odd.key": 2}, "l": [{"p": 1, '
                '"q": 2}, 2, 3]})'
            ),
            *_both('Thing("a", {"o": {}, "l": []})'),
            *_both('Thing("a", {"l": "now a string"})'),
        ],
    ),
    Scenario(
        "diff-answers",
        [
            Do("up", 'for m in ("none", "true", "false"): Thing(m, {"mode": m, "n": 1})'),
            *_both(),
            *_both('for m in ("none", "true", "false"): Thing(m, {"mode": m, "n": 2})'),
        ],
    ),
    Scenario(
        "replace-create-first",
        [
            Do("up", 'a = Thing("a", {"key": "k"})\nb = Thing("b", {"n": a.serial})\nThing("c", {"key": a.token})'),
            *_both('a = Thing("a", {"key": "l"})\nb = Thing("b", {"n": a.serial})\nThing("c", {"key": a.token})'),
            *_both(),
            *_both(
                'a = Thing("a", {"key": "m", "mode": "true"})\nb = Thing("b", {"n": a.serial})\n'
                'Thing("c", {"key": a.token})'
            ),
        ],
    ),
    Scenario(
        "replace-delete-first",
        [
            Do(
                "up",
                'a = Thing("a", {"key": "k", "first": True})\nb = Thing("b", {"n": a.serial})\n'
                'c = Thing("c", {"key": a.token})\nThing("d", {"n": 1}, O(depends_on=[a]))\n'
                'Thing("e", {"key": c.token}, O(depends_on=[b]))',
            ),
            *_both(
                'a = Thing("a", {"key": "l", "first": True})\nb = Thing("b", {"n": a.serial})\n'
                'c = Thing("c", {"key": a.token})\nThing("d", {"n": 1}, O(depends_on=[a]))\n'
                'Thing("e", {"key": c.token}, O(depends_on=[b]))'
            ),
            *_both('a = Thing("a", {"key": "m", "first": True})\nThing("c", {"key": "free"}, O(depends_on=[a]))'),
        ],
    ),
    Scenario(
        "replace-order-option",
        [
            Do(
                "up",
                'a = Thing("a", {"key": "k", "first": True}, O(delete_before_replace=False))\n'
                'Thing("b", {"key": "k"}, O(delete_before_replace=True, depends_on=[a]))',
            ),
            *_both(
                'a = Thing("a", {"key": "l", "first": True}, O(delete_before_replace=False))\n'
                'Thing("b", {"key": "l"}, O(delete_before_replace=True, depends_on=[a]))'
            ),
        ],
    ),
    Scenario(
        "replace-on-changes",
        [
            Do(
                "up",
                'a = Thing("a", {"n": 1, "o": {"x": 1, "y": 1}}, O(replace_on_changes=["o.x"]))\n'
                'b = Thing("b", {"n": 1, "mode": "true"}, O(replace_on_changes=["n"], depends_on=[a]))\n'
                'Thing("c", {"l": [{"p": 1}]}, O(replace_on_changes=["l[*].p"], depends_on=[b]))',
            ),
            *_both(
                'a = Thing("a", {"n": 2, "o": {"x": 1, "y": 2}}, O(replace_on_changes=["o.x"]))\n'
                'b = Thing("b", {"n": 2, "mode": "true"}, O(replace_on_changes=["n"], depends_on=[a]))\n'
                'Thing("c", {"l": [{"p": 2}]}, O(replace_on_changes=["l[*].p"], depends_on=[b]))'
            ),
            *_both(
                'a = Thing("a", {"n": 2, "o": {"x": 2, "y": 2}}, O(replace_on_changes=["o.x"]))\n'
                'b = Thing("b", {"n": 2, "mode": "true"}, O(replace_on_changes=["*"], depends_on=[a]))\n'
                'Thing("c", {"l": [{"p": 2}], "n": 3}, O(replace_on_changes=["*"], depends_on=[b]))'
            ),
        ],
    ),
    Scenario(
        "ignore-changes",
        [
            Do("up", 'Thing("a", {"n": 1, "o": {"x": 1, "y": 1}, "l": [1, {"p": 1}], "w": {"1": 1, "2": 2}})'),
            *_both(
                'Thing("a", {"n": 2, "o": {"x": 2, "y": 2}, "l": [5, {"p": 2}], "w": {"1": 9, "3": 3}}, '
                'O(ignore_changes=["n", "o.x", "l[1].p", "w[*]"]))'
            ),
            *_both('Thing("a", {"o": {"x": 2}, "l": [5]}, O(ignore_changes=["n", "o", "l[3]", "w.1"]))'),
            *_both('Thing("a", {"n": 7}, O(ignore_changes=["*"]))'),
        ],
    ),
    Scenario(
        "protect",
        [
            Do(
                "up",
                'a = Thing("a", {"key": "k"}, O(protect=True))\nThing("b", {"n": 1}, O(depends_on=[a]))\n'
                'g = Group("g", O(protect=True))\nThing("c", {"n": 1}, O(parent=g))',
            ),
            Do("preview", 'b = Thing("b", {"n": 2})', fails=True),
            Do("up", fails=True),
            Do("preview", 'a = Thing("a", {"key": "l"}, O(protect=True))', fails=True),
            Do("up", fails=True),
            Do("destroy", fails=True),
            *_both('a = Thing("a", {"key": "k"})\ng = Group("g")\nThing("c", {"n": 1}, O(parent=g))'),
            Do("preview", "pass"),
        ],
    ),
    Scenario(
        "retain-on-delete",
        [
            Do("up", 'a = Thing("a", {"key": "k"}, O(retain_on_delete=True))'),
            *_both('a = Thing("a", {"key": "l"}, O(retain_on_delete=True))'),
            *_both("pass"),
        ],
    ),
    Scenario(
        "secrets",
        [
            *_both(
                's = pulumi.Output.secret("hush")\n'
                'a = Thing("a", {"pw": s, "o": {"in": s, "out": 1}, "l": [s, 1]}, '
                'O(additional_secret_outputs=["token"]))\n'
                'b = Thing("b", {"copy": a.token, "n": a.serial})\n'
                'pulumi.export("token", a.token)\npulumi.export("serial", a.serial)\npulumi.export("s", s)'
            ),
            *_both(),
            *_both(
                's = pulumi.Output.secret("louder")\n'
                'a = Thing("a", {"pw": s, "o": {"in": s, "out": 1}, "l": [1, 1]}, '
                'O(additional_secret_outputs=["token"]))\n'
                'b = Thing("b", {"copy": a.token, "n": a.serial})\n'
                'pulumi.export("token", a.token)'
            ),
            Do("refresh"),
            # A secret that is made plain, and the other way round.
            *_both('a = Thing("a", {"pw": "louder", "o": {"in": "louder", "out": 1}, "l": [1, 1]})'),
            *_both('a = Thing("a", {"pw": "louder", "o": {"in": pulumi.Output.secret("louder")}, "l": [1, 1]})'),
        ],
    ),
    Scenario(
        "aliases",
        [
            Do(
                "up",
                'g = Group("g")\nc = Thing("g-child", {"key": "child", "n": 1}, O(parent=g))\n'
                'Thing("x", {"key": "x", "n": 1})',
            ),
            *_both(
                'g = Group("h", O(aliases=[Alias(name="g")]))\n'
                'c = Thing("h-child", {"key": "child", "n": 1}, O(parent=g))\n'
                'Thing("y", {"key": "x", "n": 2}, O(aliases=[Alias(name="x")]))'
            ),
            *_both(
                'g = Group("h", O(aliases=[Alias(type_="toy:index:Group")]), t="toy:index:Club")\n'
                'c = Thing("h-child", {"key": "child", "n": 1}, O(parent=g))\n'
                'Thing("y", {"key": "x", "n": 2}, O(parent=g, aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)]))'
            ),
            *_both(
                'Thing("h-child", {"key": "child", "n": 1}, O(aliases=["urn:pulumi:dev::toys::toy:index:Club$'
                'pulumi-python:dynamic/toy:Thing::h-child"]))'
            ),
        ],
    ),
    Scenario(
        "components",
        [
            *_both(
                'g = Group("g")\na = Thing("a", {"n": 1}, O(parent=g))\nb = Thing("b", {"n": 1}, O(parent=a))\n'
                'g.register_outputs({"first": a.serial})\nThing("z", {"n": 1}, O(depends_on=[g]))'
            ),
            *_both(),
            *_both('g = Group("g")\na = Thing("a", {"n": 1}, O(parent=g))\ng.register_outputs({"second": a.serial})'),
            Do("up", 'g = Group("g")\na = Thing("a", {"n": 1}, O(parent=g))\nThing("z", {"n": 1}, O(depends_on=[g]))'),
            Do("destroy"),
        ],
    ),
    Scenario(
        "resources-as-outputs",
        [
            *_both(
                'g = Group("g")\na = Thing("a", {"n": 1}, O(parent=g))\n'
                'g.register_outputs({"group": g, "things": [a], "secret": pulumi.Output.secret(a)})\n'
                'pulumi.export("thing", a)'
            ),
            *_both(),
            Do("refresh"),
            Do("destroy"),
        ],
    ),
    Scenario(
        "always-refresh",
        [
            *_both('a = Thing("a", {"key": "k", "n": 1})'),
            *_both(edit=_edit("k", n=7)),
            Do("destroy", edit=_drop("k")),
        ],
        settings={"options": {"refresh": "always"}},
    ),
    Scenario(
        "malformed-options",
        [
            *_both('Thing("a", {"n": 1}, O(hide_diffs=["n", "n[0]"], custom_timeouts=T(create="-1m", read="1h.5s")))'),
            *(
                Do("up", f'Thing("a", {{"n": 2}}, O({option}))', fails=True)
                for option in (
                    'custom_timeouts=T(create="ten")',
                    'custom_timeouts=T(read=" 1m")',
                    'hide_diffs=["n", "n[0"]',
                    'hide_diffs=["n."]',
                )
            ),
        ],
    ),
    Scenario(
        "providers",
        [
            *_both(
                'p = pulumi.ProviderResource("pulumi-python", "eu", {"toy:file": cfg, "toy:owner": "eu"})\n'
                'a = Thing("a", {"n": 1}, O(provider=p))\nThing("b", {"n": 1}, O(depends_on=[a]))',
            ),
            *_both(),
            *_both(
                'p = pulumi.ProviderResource("pulumi-python", "eu", {"toy:file": cfg, "toy:owner": "uk"})\n'
                'a = Thing("a", {"n": 2}, O(provider=p))\nThing("b", {"n": 1}, O(depends_on=[a]))',
            ),
            Do("refresh"),
            # From its own provider to the default one, and the provider goes.
            *_both('a = Thing("a", {"n": 3})\nThing("b", {"n": 1}, O(depends_on=[a]))'),
            Do("destroy"),
        ],
    ),
    Scenario(
        "provider-of-unknown",
        [
            *_both(
                'o = Thing("o", {"n": 1})\n'
                'p = pulumi.ProviderResource("pulumi-python", "eu", '
                '{"toy:file": cfg, "toy:owner": o.serial.apply(lambda s: f"owner-{s:.0f}")})\n'
                'a = Thing("a", {"n": 1}, O(provider=p))',
            ),
            *_both(
                'o = Thing("o", {"n": 1, "key": "other"})\n'
                'p = pulumi.ProviderResource("pulumi-python", "eu", '
                '{"toy:file": cfg, "toy:owner": o.serial.apply(lambda s: f"owner-{s:.0f}")})\n'
                'a = Thing("a", {"n": 1}, O(provider=p))',
            ),
        ],
    ),
    Scenario(
        "get",
        [
            Do("up", 'a = Thing("a", {"key": "k", "n": 1})\npulumi.export("id", a.id)'),
            *_both(
                'a = Thing("a", {"key": "k", "n": 1})\ng = Thing("g", {"key": "?"}, O(id=a.id))\n'
                'pulumi.export("key", g.serial)'
            ),
            *_both(edit=_edit("k", n=5)),
            # Ours from now on, and the other way round.
            *_both('a = Thing("a", {"key": "k", "n": 1})\ng = Thing("g", {"key": "own"})'),
            *_both('g = Thing("g", {"key": "?"}, O(id="k-1"))\na = Thing("a", {"key": "k", "n": 1})'),
            Do("preview", 'g = Thing("g", {"key": "?"}, O(id="nothing"))'),
            Do("destroy"),
        ],
    ),
    Scenario(
        "get-of-nothing",
        [
            # What is not there has no outputs, and the operation goes on: only the provider could stop it.
            *_both(
                'g = Thing("g", {"key": "?"}, O(id="nothing"))\n'
                'a = Thing("a", {"n": g.serial, "list": [g.serial, 1], "id": g.id})\npulumi.export("serial", g.serial)'
            ),
            *_both(),
            Do("refresh"),
            *_both(refresh=True),
            Do("destroy"),
            # Not yet known whether it is there.
            *_both(
                'a = Thing("a", {"key": "k"})\ng = Thing("g", {"key": "?"}, O(id=a.id))\nThing("b", {"n": g.serial})'
            ),
        ],
    ),
    Scenario(
        "check-failures",
        [
            Do("preview", 'Thing("a", {"limit": 200, "color": "plaid"})', fails=True),
            Do("up", fails=True),
            Do("up", 'Thing("a", {"limit": 20})'),
            Do("up", 'Thing("a", {"limit": pulumi.Output.secret(200)})', fails=True),
            Do("up", 'Thing("a", {"limit": 20, "fail": ["check"]})', fails=True),
        ],
    ),
    Scenario(
        "create-failure",
        [
            Do("up", 'a = Thing("a", {"fail": ["create"]})\nThing("b", {"n": a.serial})', fails=True),
            Do("up", 'a = Thing("a", {"fail": ["create"]})\nThing("b", {"n": a.serial})', fails=True, keep_going=True),
            Do(
                "up",
                'z = Thing("z", {"n": 1})\na = Thing("a", {"fail": ["create"]}, O(depends_on=[z]))\n'
                'Thing("b", {"n": a.serial})\nThing("c", {"n": 1}, O(depends_on=[z]))',
                fails=True,
                keep_going=True,
            ),
            *_both(
                'z = Thing("z", {"n": 1})\na = Thing("a", {"n": 1}, O(depends_on=[z]))\nThing("b", {"n": a.serial})'
            ),
        ],
    ),
    Scenario(
        "update-failure",
        [
            Do("up", 'a = Thing("a", {"n": 1})\nb = Thing("b", {"n": a.serial})'),
            Do("up", 'a = Thing("a", {"n": 2, "fail": ["update"]})\nb = Thing("b", {"n": a.serial})', fails=True),
            *_both('a = Thing("a", {"n": 2})\nb = Thing("b", {"n": a.serial})'),
        ],
    ),
    Scenario(
        "delete-failure",
        [
            Do("up", 'a = Thing("a", {"key": "k", "fail": ["delete"]})\nThing("b", {"n": 1}, O(depends_on=[a]))'),
            Do("destroy", fails=True),
            Do("up", "pass", fails=True),
            Do("up", 'a = Thing("a", {"key": "k"})'),
            Do("destroy"),
        ],
    ),
    Scenario(
        "replace-pending-delete",
        [
            Do("up", 'a = Thing("a", {"key": "k", "fail": ["delete"]})'),
            Do("up", 'a = Thing("a", {"key": "l"})', fails=True),
            Do("preview", fails=False),
            Do("up", fails=True),
            Do("refresh"),
            Do("destroy", fails=True),
        ],
    ),
    Scenario(
        "replace-pending-create",
        [
            Do("up", 'a = Thing("a", {"key": "k", "first": True})\nThing("b", {"n": a.serial})'),
            Do(
                "up",
                'a = Thing("a", {"key": "l", "first": True, "fail": ["create"]})\nThing("b", {"n": a.serial})',
                fails=True,
            ),
            Do("refresh"),
            Do("preview", 'a = Thing("a", {"key": "l", "first": True})\nThing("b", {"n": a.serial})'),
            Do("up"),
            Do(
                "up",
                'a = Thing("a", {"key": "m", "first": True, "fail": ["create"]})\nThing("b", {"n": a.serial})',
                fails=True,
            ),
            *_both('Thing("b", {"n": 1})'),
        ],
    ),
    Scenario(
        "refresh-drift",
        [
            Do(
                "up", 'a = Thing("a", {"key": "k", "n": 1, "o": {"x": 1}})\nb = Thing("b", {"n": 1}, O(depends_on=[a]))'
            ),
            Do("preview", edit=_edit("k", n=5, o={"x": 1, "y": 2})),
            Do("preview", refresh=True),
            Do("refresh"),
            *_both(),
            Do("up", refresh=True, edit=_edit("k", n=9)),
            # Gone: the dependent loses its dependency in the state.
            Do("refresh", edit=_drop("k")),
            *_both(),
            Do("preview", refresh=True, edit=_drop("k")),
            Do("up", refresh=True),
        ],
    ),
    Scenario(
        "refresh-without-inputs",
        [
            Do("up", 'a = Thing("a", {"key": "k", "n": 1, "inputs_on_read": False})'),
            Do("refresh", edit=_edit("k", n=5)),
            *_both(),
            Do("up", 'a = Thing("a", {"key": "k", "n": 1, "inputs_on_read": False, "mode": "true"})'),
            Do("refresh", edit=_edit("k", n=6)),
        ],
    ),
    Scenario(
        "refresh-failure",
        [
            Do(
                "up",
                'a = Thing("a", {"key": "k", "fail": ["read"]})\n'
                'b = Thing("b", {"key": "l", "n": 1}, O(depends_on=[a]))',
            ),
            Do("refresh", fails=True, edit=_edit("l", n=3)),
            Do("up", refresh=True, fails=True),
            Do("preview"),
        ],
    ),
    Scenario(
        "refresh-ignored",
        [
            Do("up", 'a = Thing("a", {"key": "k", "n": 1}, O(ignore_changes=["n"]))'),
            Do("refresh", edit=_edit("k", n=5)),
            *_both(),
        ],
    ),
    Scenario(
        "unknowns",
        [
            *_both(
                'a = Thing("a", {"key": "k"})\n'
                'b = Thing("b", {"n": a.serial, "o": {"x": a.serial, "y": 1}, "l": [a.serial]})\n'
                'pulumi.export("n", a.serial)\npulumi.export("all", {"s": a.serial, "k": 1})'
            ),
            *_both(
                'a = Thing("a", {"key": "l"})\n'
                'b = Thing("b", {"n": a.serial, "o": {"x": a.serial, "y": 1}, "l": [a.serial]})\n'
                'pulumi.export("n", a.serial)'
            ),
            *_both(
                'a = Thing("a", {"key": "l", "mode": "true", "n": 1})\n'
                'b = Thing("b", {"n": a.serial, "o": {"x": a.serial, "y": 1}, "l": [a.serial]})\n'
            ),
        ],
    ),
    Scenario(
        "related-replacements",
        [
            Do(
                "up",
                'a = Thing("a", {"key": "k"})\nb = Thing("b", {"n": 1}, O(deleted_with=a))\n'
                'c = Thing("c", {"n": 1}, O(replace_with=[a], depends_on=[b]))\n'
                'd = Thing("d", {"n": 1}, O(replacement_trigger="v1", depends_on=[c]))',
            ),
            *_both(
                'a = Thing("a", {"key": "l"})\nb = Thing("b", {"n": 1}, O(deleted_with=a))\n'
                'c = Thing("c", {"n": 1}, O(replace_with=[a], depends_on=[b]))\n'
                'd = Thing("d", {"n": 1}, O(replacement_trigger="v2", depends_on=[c]))'
            ),
            *_both(
                'a = Thing("a", {"key": "m", "first": True})\nb = Thing("b", {"n": 1}, O(deleted_with=a))\n'
                'c = Thing("c", {"n": 1}, O(replace_with=[a], depends_on=[b]))\n'
                'd = Thing("d", {"n": 1}, O(replacement_trigger="v2", depends_on=[c]))'
            ),
            *_both('a = Thing("a", {"key": "m", "first": True})'),
        ],
    ),
    Scenario(
        "configuration",
        [
            Do("up", 'a = Thing("a", {"n": 1})', config={"!toy:owner": "old", "own": "text", "toy:json": '{"a": [1]}'}),
            Do("preview", config={"!toy:owner": "new"}),
            Do("refresh"),
            Do("up", 'a = Thing("a", {"n": 2})'),
            Do("refresh"),
            Do("destroy", config={"!toy:owner": "newest"}),
        ],
    ),
    Scenario(
        "program-failure",
        [
            Do("up", 'a = Thing("a", {"n": 1})\npulumi.export("x", 1)\npulumi.export("y", 2)'),
            Do("preview", 'a = Thing("a", {"n": 2})\nraise RuntimeError("boom")', fails=True),
            Do("up", 'pulumi.export("x", 3)\nraise RuntimeError("boom")', fails=True),
            Do("up", 'raise pulumi.RunError("readable")', fails=True),
        ],
    ),
    Scenario(
        "logs",
        [
            Do("preview", 'pulumi.log.warn("careful")\nprint("printed")\na = Thing("a", {"say": "hello"})'),
            Do("up"),
        ],
    ),
    Scenario(
        "delete-order",
        [
            Do(
                "up",
                'a = Thing("a", {"key": "a"})\nb = Thing("b", {"key": "b", "n": a.serial})\n'
                'c = Thing("c", {"key": "c"}, O(depends_on=[b]))\nd = Thing("d", {"key": "d", "n": c.serial})',
            ),
            *_both('a = Thing("a", {"key": "a"})'),
            Do("destroy"),
        ],
    ),
    Scenario(
        "import-option",
        [Do("preview", 'Thing("a", {"key": "k"}, O(import_="k-1"))', fails=True), Do("up", fails=True)],
    ),
    Scenario(
        "import-file",
        [
            Do(
                "import",
                'a = Thing("a", {"key": "k", "n": 1})',
                entries=[
                    {
                        "type": "pulumi-python:dynamic/toy:Thing",
                        "name": "a",
                        "id": "k-7",
                        "inputs": {"key": "k", "n": 1, "__provider": "$PROVIDER"},
                        "outputs": {"key": "k", "n": 1, "serial": 7, "__provider": "$PROVIDER"},
                    }
                ],
            ),
            *_both(),
            Do("destroy"),
        ],
    ),
    *ENGINE_FACTS,
]
