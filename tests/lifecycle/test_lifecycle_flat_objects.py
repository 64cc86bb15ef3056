"""The lifecycle over an object that is not shaped like a room: flat, without settings, without expiry."""

from __future__ import annotations

from typing import Any

from edge import diff, imported, outputs, project_inputs, update_body
from fake_daily import NOW

from pulumi_daily.lifecycle import Domain
from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.decide.diff import Plan
from pulumi_daily.objects.fields import Fields, setting
from pulumi_daily.objects.spec import ObjectSpec, OutputField, Routes


class Lamp(Fields):
    """A made-up object."""

    name: str | None = setting("Name.")
    colour: str | None = setting("Colour.")
    code: str | None = setting("Code.", secret=True)


LAMP = ObjectSpec(
    kind="Lamp",
    noun="lamp",
    doc="A lamp.",
    inputs=Lamp,
    id_input="name",
    replaces=("name",),
    output_fields=(OutputField("name", "Name."), OutputField("made", "When it was made.")),
    routes=Routes("lamps.create", "lamps.get", "lamps.update", "lamps.delete", "name"),
)
LIVE = {"name": "a", "colour": "red", "made": "today", "code": "1"}


def state(inputs: dict[str, Any]) -> dict[str, Any]:
    return outputs(LAMP, inputs, LIVE, normalized={})


def test_outputs_and_inputs():
    inputs = check(LAMP, {}, {"name": "a", "colour": "red"}, NOW).inputs
    assert LAMP.outputs == ("made",)
    assert state(inputs) == {"name": "a", "colour": "red", "made": "today", "domain": "acme", "domain_id": "id-acme"}
    assert project_inputs(LAMP, inputs, {**LIVE, "colour": "blue"}, {}) == {"name": "a", "colour": "blue"}
    assert project_inputs(LAMP, inputs, {"name": "a"}, {}) == {"name": "a"}  # a preview shows it as an addition
    assert imported(LAMP, {"name": "a", "colour": "red"}, Domain("acme", "i"))[0] == {"name": "a", "colour": "red"}


def test_diff_and_update():
    old = {"name": "a", "colour": "red", "code": "1"}
    assert diff(LAMP, state(old), old, LIVE, name="a", now=NOW) == Plan(False)
    found = diff(LAMP, state(old), old, {**LIVE, "colour": "blue", "code": "2"}, name="a", now=NOW)
    assert [drift.line(LAMP, "a") for drift in found.drift] == [
        'lamp "a": colour is "blue" on Daily, the program says "red"',
        'lamp "a": code has another value on Daily',
    ]
    assert diff(LAMP, state(old), old, None, name="a", now=NOW).notes == (
        'lamp "a" is gone from Daily; it will be made again (if it is protected, run `pulumi refresh` first)',
    )
    assert update_body(LAMP, state(old), {**old, "colour": "blue"}, LIVE, now=NOW) == {"colour": "blue"}
    assert update_body(LAMP, state(old), {"name": "a"}, LIVE, now=NOW) == {"colour": None, "code": None}


def test_unknown_keys_have_no_escape_hatch():
    failures = check(LAMP, {}, {"name": "a", "zzz": 1}, NOW).failures
    assert [str(failure) for failure in failures] == ["zzz: is not known here"]
