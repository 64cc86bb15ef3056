"""The route table: complete, consistent, and safe to fill."""

from __future__ import annotations

import json
import os
import pathlib
import re
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.api import ROUTES, TIERS, Route, UsageError

BESIDE = pathlib.Path(__file__).parents[3] / "shared" / "reference" / "daily-openapi.json"
OPENAPI = pathlib.Path(os.environ.get("DAILY_OPENAPI") or BESIDE)

NEWER = ("/sip-", "/batch-processor", "/recordings/test-oci", "/transfer-phone-number", "/verified-caller-ids")


def shape(method: str, template: str) -> tuple[str, str]:
    return method.upper(), re.sub(r"\{\w+\}", "{}", template)


def test_names_and_shapes_are_unique() -> None:
    shapes = [shape(route.method, route.template) for route in ROUTES.values()]
    assert len(set(shapes)) == len(shapes) == len(ROUTES) == 78
    assert all(name == route.name for name, route in ROUTES.items())


@pytest.mark.skipif(not OPENAPI.exists(), reason="Daily's OpenAPI file is not present (DAILY_OPENAPI names it)")
def test_every_operation_of_the_openapi_file_is_there() -> None:
    spec = json.loads(OPENAPI.read_text(encoding="utf-8"))
    operations = {
        shape(method, template)
        for template, methods in spec["paths"].items()
        for method in methods
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert len(operations) == 60
    ours = {shape(route.method, route.template) for route in ROUTES.values()}
    assert operations <= ours
    newer = {template for _, template in ours - operations}
    assert all(template.startswith(NEWER) for template in newer)


def test_tiers() -> None:
    by_tier = {tier: {n for n, route in ROUTES.items() if route.tier == tier} for tier in TIERS}
    assert set().union(*by_tier.values()) == set(ROUTES)
    assert by_tier["B"] == {"rooms.delete", "recordings.list"}
    assert by_tier["batch"] == {"batch.rooms.create", "batch.rooms.delete"}
    assert by_tier["C"] == {
        "rooms.recordings.start",
        "rooms.live_streaming.start",
        "rooms.dialout.start",
        "rooms.sip_call_transfer",
        "rooms.sip_refer",
    }
    assert str(TIERS["B"]) == "tier B: 2 requests per 1 s, 50 requests per 30 s"
    assert str(TIERS["C"]) == "tier C: 1 request per 1 s, 5 requests per 5 s"


def test_what_may_be_repeated() -> None:
    for route in ROUTES.values():
        if route.method in ("GET", "DELETE"):
            assert route.idempotent
        assert route.mutates == (route.method != "GET" and route.name != "meeting_tokens.create")
    repeatable = {n for n, route in ROUTES.items() if route.idempotent and route.method in ("POST", "PUT")}
    assert repeatable == {
        "domain.update",
        "rooms.update",
        "rooms.session_data.set",
        "rooms.eject",
        "rooms.permissions.update",
        "meeting_tokens.create",
        "dialin.update",
    }


@given(st.text(min_size=1).filter(lambda text: text not in (".", "..")))
def test_a_parameter_is_one_segment(text: str) -> None:
    try:
        filled = ROUTES["rooms.get"].fill({"name": text})
    except UsageError:
        with pytest.raises(UnicodeEncodeError):
            text.encode()
        return
    head, segment = filled.rsplit("/", 1)
    assert head == "/rooms"
    assert unquote(segment) == text
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]+", segment)


@pytest.mark.parametrize("name", ["", ".", "..", "\ud800", None])
def test_parameters_that_cannot_be_sent(name: Any) -> None:
    with pytest.raises(UsageError, match=r"^name .*\(rooms\.delete\)"):
        ROUTES["rooms.delete"].fill({"name": name})


@pytest.mark.parametrize("path", [None, {}, {"nam": "x"}, {"name": "x", "more": "y"}])
def test_wrong_parameters(path: dict[str, str] | None) -> None:
    with pytest.raises(UsageError, match="takes the path parameters: name"):
        ROUTES["rooms.get"].fill(path)
    if path != {"name": "x", "more": "y"}:
        assert ROUTES["rooms.get"].show(path) == "/rooms/{name}"


def test_no_parameters() -> None:
    assert ROUTES["domain.get"].fill() == "/"
    with pytest.raises(UsageError, match="path parameters: none"):
        ROUTES["domain.get"].fill({"name": "x"})


def test_secret_parameters_are_not_shown() -> None:
    route = ROUTES["meeting_tokens.get"]
    assert route.fill({"token": "a.b"}) == "/meeting-tokens/a.b"
    assert route.show({"token": "a.b"}) == "/meeting-tokens/<redacted>"
    assert ROUTES["rooms.get"].show({"name": "a b"}) == "/rooms/a%20b"
    assert ROUTES["rooms.get"].show({"name": "\ud800"}) == "/rooms/%3F"


def test_a_route_of_ones_own() -> None:
    route = Route("new.thing", "POST", "/things/{id}/{sub}", idempotent=False)
    assert route.params == ("id", "sub")
    assert route.fill({"id": 7, "sub": "x/y"}) == "/things/7/x%2Fy"
