"""Messages of previews: takeovers, refusals, drift that only a message reports, errors."""

from __future__ import annotations

from typing import Any

import pytest
from preview_texts import step, summary, told, warning

from pulumi_daily.objects.values import ABSENT

NEW = step("create", "Room", "a", new={"name": "a"})


def test_takeovers_with_what_they_change() -> None:
    found = summary(
        NEW,
        step("create", "Room", "b", new={"name": "b"}),
        step("create", "Room", "c", new={"name": "c"}),
        said=[
            warning('room "a" exists already and will be taken over: lang "a, b" -> "c", basicAuth, exp 1 -> 2'),
            warning('room "b" exists already and will be taken over: it is as the program says'),
            warning('room "c" exists already and will be taken over: odd, lang not set -> "de"'),
            warning('room "nobody" exists already and will be taken over: it is as the program says'),
        ],
    )
    assert told(found) == [
        ("take over", "room a", ("lang", '"a, b"', '"c"'), ("basicAuth", ABSENT, ABSENT), ("exp", "1", "2")),
        ("take over", "room b"),
        ("take over", "room c", ("odd", ABSENT, ABSENT), ("lang", "not set", '"de"')),
    ]
    assert [entry.reason for entry in found.entries] == ["", "it is as the program says", ""]
    assert found.warnings == ('room "nobody" exists already and will be taken over: it is as the program says',)


def test_overwritten_settings_of_the_domain() -> None:
    said = [
        warning('domain "acme": lang is "en" on Daily, the program says "de"; it will be overwritten'),
        warning('domain "acme": hide_daily_branding is true on Daily, the program says false; it will be overwritten'),
        warning('domain "else": lang is "en" on Daily, the program says "de"; it will be overwritten'),
    ]
    state = {"outputs": {"domain": "acme"}}
    found = summary(
        step("update", "DomainConfig", "acme", {"properties": {}}, {"properties": {"lang": "de"}}, **state),
        said=said[:2],
    )
    assert told(found) == [
        ("take over", "domain acme", ("lang", '"en"', '"de"'), ("hide_daily_branding", "true", "false"))
    ]
    assert summary(said=said[2:]).warnings == (said[2]["message"].strip().removeprefix("warning: "),)


@pytest.mark.parametrize(
    "text",
    [
        'room "a" exists on Daily already (x); `pulumi up` will refuse to create it, unless it may',
        "Daily allows one webhook in a domain, and this one has u: `pulumi up` will be refused while it is there",
        "3 more rooms exist on Daily already",
        'domain "acme": lang is 1 on Daily, the program says 2; `pulumi up` will refuse to overwrite it',
        'room "a" moves from "x" to "y", which needs adopt_existing=True for it',
    ],
)
def test_refusals(text: str) -> None:
    found = summary(NEW, said=[warning(text), warning(text)])
    assert (found.refusals, found.warnings) == ((text,), ())


def test_drift_that_only_a_message_reports() -> None:
    nothing = {"name": "a"}
    found = summary(
        step("update", "Room", "a", nothing, nothing, []),
        step(
            "update",
            "Room",
            "b",
            {"name": "b"},
            {"name": "b", "drift": {"lang": "is 1 on Daily, the program says 2"}},
            ["drift"],
        ),
        said=[
            warning('room "a": exp is not set on Daily, the program says 3'),
            warning('room "a": and 4 more'),
            warning('room "b": lang is 1 on Daily, the program says 2'),
            warning('room "b": basicAuth has another value on Daily'),
            warning(
                'room "b" is gone from Daily; it will be made again (if it is protected, run `pulumi refresh` first)'
            ),
            warning('phone number "+1": name is "x" on Daily, the program says "y"'),
            warning('webhook "w" is gone from Daily; it will be made again'),
            warning('room "z" expired; it will be made again'),
        ],
    )
    assert told(found) == [
        ("drift", "phone number +1", ("name", '"x"', '"y"')),
        ("drift", "room a", ("exp", "not set", "3")),
        ("drift", "room b", ("lang", "1", "2"), ("basicAuth", "has another value on Daily", ABSENT)),
        ("drift", "webhook w", ("", "gone from Daily", ABSENT)),
    ]
    assert found.warnings == ('room "z" expired; it will be made again',)
    assert (found.status, found.entries[0].kind) == ("drift", "PhoneNumber")


def test_objects_without_a_name_are_found_by_their_id() -> None:
    """Messages name a webhook by its id, and the domain by its name, which only the outputs have."""
    hook: dict[str, Any] = {"url": "https://example.com"}
    domain: dict[str, Any] = {"properties": {"lang": "de"}}
    note = {"lang": "is 1 on Daily, the program says 2"}
    found = summary(
        step("update", "Webhook", "w", hook, {**hook, "drift": note}, ["drift"], id="id-1"),
        step("update", "DomainConfig", "d", domain, {**domain, "drift": note}, ["drift"], outputs={"domain": "acme"}),
        said=[
            warning('webhook "id-1": lang is 1 on Daily, the program says 2'),
            warning('domain "acme": lang is 1 on Daily, the program says 2'),
        ],
    )
    assert told(found) == [
        ("drift", "domain acme", ("lang", "1", "2")),
        ("drift", "webhook https://example.com", ("lang", "1", "2")),
    ]


def test_what_a_move_changes() -> None:
    found = summary(
        step("delete", "Room", "a", {"name": "x"}),
        step("create", "Room", "b", new={"name": "x"}),
        step("delete", "Room", "c", {"name": "y"}),
        step("create", "Room", "d", new={"name": "y"}),
        said=[
            warning('room "x" exists already and will be taken over: lang "de" -> "fr"'),
            warning('room "y" exists already and will be taken over: it is as the program says'),
        ],
    )
    assert told(found) == [("change", "room x", ("lang", '"de"', '"fr"')), ("move", "room x"), ("move", "room y")]
    assert found.warnings == ()


def test_errors_and_other_messages() -> None:
    found = summary(
        NEW,
        said=[
            {"urn": "urn:pulumi:dev::shop::t::bad", "message": "error: it is wrong\nvery\n", "severity": "error"},
            {"message": "error: ", "severity": "error"},
            {"message": "warning: mind\nthe gap\n", "severity": "warning"},
            {"message": "", "severity": "warning"},
            {"message": "Traceback\nwarning: one\nand so on\n", "severity": "info#err"},
            {"message": "warning: printed by the program\n", "severity": "info"},
        ],
    )
    assert found.errors == ("bad: it is wrong\nvery", "error:")
    assert found.warnings == ("mind\nthe gap", "one")
    assert (found.status, found.headline) == ("failed", "the preview failed with 2 errors, 1 room to create")
