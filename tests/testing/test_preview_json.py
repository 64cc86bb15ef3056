"""``Result.preview_json``: the shape of ``pulumi preview --json``. tests/cli compares it with the CLI's own."""

from __future__ import annotations

import json

import pulumi
from pulumi import ResourceOptions

from .toy_provider import Thing

CANARY = "canary-5d01"


def test_the_shape_of_a_preview(stack_of):
    later = False

    def program():
        Thing("same", {"n": 1}, opts=ResourceOptions(protect=not later))
        Thing("kept", {"n": 1})
        Thing("changed", {"n": 2.0 if later else 1.5, "list": [1], "secret": pulumi.Output.secret(CANARY)})
        if not later:
            Thing("left", {"n": 1}, opts=ResourceOptions(retain_on_delete=True))
        if later:
            Thing("new", {"n": 1})
            pulumi.log.warn("mind")
            pulumi.log.debug("nothing")

    with stack_of(program) as stack:
        stack.up()
        later = True
        result = stack.preview(refresh=True)
        found = result.preview_json()
        steps = {(step["op"], step["urn"].rpartition("::")[2]): step for step in found["steps"]}
        assert steps.keys() == {
            *(("refresh", name) for name in (f"{stack.project}-{stack.name}", "same", "kept", "changed", "left")),
            ("same", f"{stack.project}-{stack.name}"),
            ("same", "same"),
            ("update", "changed"),
            ("create", "new"),
            ("delete", "left"),
        }
        shown = {
            step["urn"].rpartition("::")[2]
            for step in result.preview_json(show_sames=True)["steps"]
            if step["op"] == "same"
        }
        assert shown == {f"{stack.project}-{stack.name}", "same", "kept"}
        changed = steps["update", "changed"]
        assert changed["detailedDiff"] == {"n": {"kind": "update", "inputDiff": True}}
        assert changed["diffReasons"] == ["n"]
        assert (changed["oldState"]["inputs"]["n"], changed["newState"]["inputs"]["n"]) == (1.5, 2)
        assert changed["newState"]["inputs"]["secret"] == changed["oldState"]["outputs"]["secret"] == "[secret]"
        assert "outputs" not in changed["newState"]
        assert "id" not in changed["newState"]
        assert steps["delete", "left"]["oldState"]["retainOnDelete"] is True
        assert "newState" not in steps["delete", "left"]
        assert steps["refresh", "changed"]["newState"]["inputs"]["n"] == 1.5
        assert found["changeSummary"] == {"create": 1, "delete": 1, "same": 3, "update": 1}
        assert {"message": "warning: mind\n", "severity": "warning"} in found["diagnostics"]
        assert "debug" not in {item["severity"] for item in found["diagnostics"]}
        assert CANARY not in json.dumps(found)
