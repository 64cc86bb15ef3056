"""The reader of previews: its two forms, lines before them, and what is no preview."""

from __future__ import annotations

import json

import pytest
from preview_texts import STACK, UNKNOWN, preview, step

from pulumi_daily.objects.values import UNKNOWN as NOT_KNOWN
from pulumi_daily.summary import PreviewError, read

ROOM = step("create", "Room", "a", new={"name": "a"})


@pytest.mark.parametrize(
    "before", ["", "warning: a new version of Pulumi is available\n", '{"level": "info"}\n{x\n[1]\n']
)
@pytest.mark.parametrize("after", ["", "\nerror: preview failed\n"])
def test_lines_around_the_document_are_ignored(before: str, after: str) -> None:
    found = read(before + json.dumps(json.loads(preview(ROOM)), indent=4) + after)
    assert found.stack == "shop/dev"
    assert [(one.op, one.type, one.name) for one in found.steps] == [
        ("create", "pulumi-python:dynamic/daily:Room", "a")
    ]


def test_an_object_inside_another_begins_no_document() -> None:
    text = (
        preview(ROOM)
        .replace('{"op": "create"', '\n{"op": "create"')
        .replace('"newState": {"inputs"', '"newState":\n{"inputs"')
    )
    assert len(read(text).steps) == 1


def events(*, end: bool = True) -> str:
    metadata = {**ROOM, "old": None, "new": ROOM["newState"], "keys": ["name"], "detailedDiff": None}
    lines = [
        {"sequence": 0, "preludeEvent": {"config": {"daily:apiKey": "[secret]"}}},
        {"sequence": 1, "diagnosticEvent": {"prefix": "debug: ", "message": "x", "severity": "debug"}},
        {"sequence": 2, "diagnosticEvent": {"message": "working", "severity": "info", "ephemeral": True}},
        {"sequence": 3, "resourcePreEvent": {"metadata": {"op": "same", "urn": STACK}, "planning": True}},
        {"sequence": 4, "diagnosticEvent": {"prefix": "warning: ", "message": "odd\n", "severity": "warning"}},
        {"sequence": 5, "resourcePreEvent": {"metadata": metadata}},
        {"sequence": 6, "resourcePreEvent": {"metadata": {**metadata, "op": "create-replacement"}}},
    ]
    lines += [{"sequence": 7, "summaryEvent": {"resourceChanges": {"create": 1}}}] if end else []
    return "\n".join(json.dumps(line) for line in lines)


def test_a_stream_of_events() -> None:
    found = read("warning: first\n" + events())
    assert [(one.op, one.name, one.reasons) for one in found.steps] == [("create", "a", ("name",))]
    assert found.counts == {"create": 1}
    assert [(one.severity, one.text) for one in found.messages] == [("warning", "warning: odd\n")]
    assert found.config == {"daily:apiKey": "[secret]"}


def test_the_violations_of_policies() -> None:
    common = {"resourceUrn": ROOM["urn"], "policyName": "private", "color": "never"}
    levels = {"advisory": "warning", "mandatory": "error", "remediate": "error"}
    lines = [
        {
            "sequence": number,
            "policyEvent": {**common, "message": "Rooms are private.\nit is public\n", "enforcementLevel": level},
        }
        for number, level in enumerate(levels, 9)
    ]
    found = read(events() + "\n" + "\n".join(json.dumps(line) for line in lines)).messages[1:]
    text = "policy private: Rooms are private. it is public"
    assert [(one.severity, one.name, one.text) for one in found] == [
        (severity, "a", f"a: {text}" if severity == "warning" else text) for severity in levels.values()
    ]


def test_unknown_values_and_nulls_that_the_program_gave() -> None:
    new = {"rooms": UNKNOWN, "defaults": {"properties": {"exp": {"__daily_null": True}, "lang": ["de", UNKNOWN]}}}
    [found] = read(preview(step("create", "RoomSet", "a", new=new))).steps
    assert found.new is not None
    assert found.new.inputs["rooms"] is NOT_KNOWN
    assert found.new.inputs["defaults"]["properties"] == {"exp": None, "lang": ["de", NOT_KNOWN]}


def test_a_preview_of_nothing() -> None:
    assert read('{"duration": 1}').stack == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the input is empty"),
        (" \n", "the input is empty"),
        ("error: no stack selected\nmore", 'contains no preview but "error: no stack selected"'),
        (
            "\nLogging in\nerror: no stack named 'prod' found",
            "contains no preview but \"error: no stack named 'prod' found\"",
        ),
        ("x" * 200, "…"),
        ("{}", "contains no preview"),
        ('{"version": 3, "deployment": {}}', "contains no preview"),
        (preview(ROOM)[:-20], "cut off"),
        (json.dumps(json.loads(preview(ROOM)), indent=4)[:40], "cut off"),
        (events(end=False), "cut off"),
        (events()[:-9], "cut off"),
        (preview(ROOM) + "\n" + preview(ROOM), "contains 2 previews"),
        (preview(ROOM) + "\n" + events(), "contains 2 previews"),
        (events() + "\n" + events(), "contains 2 previews"),
        ('{"steps": 1}', "another form"),
        ('{"steps": [1]}', "another form"),
        ('{"steps": [{"op": 1, "urn": "a::b::c::d"}]}', "another form"),
        ('{"steps": [{"op": "create", "urn": "a"}]}', "another form"),
        ('{"steps": [{"op": "create", "urn": "a::b::c::d", "newState": {"inputs": [1]}}]}', "another form"),
        ('{"changeSummary": {"same": "x"}}', "another form"),
        ('{"steps": ' + "[" * 100_000, "another form"),
    ],
)
def test_what_is_no_preview(text: str, reason: str) -> None:
    with pytest.raises(PreviewError, match=reason):
        read(text)
