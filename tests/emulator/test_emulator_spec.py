"""The emulator against Daily's own API description, where a copy of it is at hand."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pulumi_daily.emulator import Emulator
from pulumi_daily.emulator._routes import ROUTES
from pulumi_daily.objects.domain import DomainProperties
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.meeting_token import TokenProperties

SPEC = Path(__file__).parents[3] / "shared" / "reference" / "daily-openapi.json"
pytestmark = pytest.mark.skipif(not SPEC.is_file(), reason="no copy of Daily's API description at hand")


@cache
def spec() -> Any:
    return json.loads(SPEC.read_text(encoding="utf-8"))


def schema(path: str, method: str) -> dict[str, Any]:
    """The schema of the 200 of an operation, with what it refers to."""
    found = spec()["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    return {**found, "components": spec().get("components", {})}


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` points to; anything else as it is."""
    found = spec() if "$ref" in node else node
    for part in node.get("$ref", "#").removeprefix("#").strip("/").split("/"):
        found = found[part] if part else found
    return dict(found)


def conforms(value: Any, path: str, method: str = "get") -> None:
    errors = [e.message for e in Draft202012Validator(schema(path, method)).iter_errors(value)]
    assert errors == []


def test_every_operation_of_the_description_is_known() -> None:
    described = {
        (method.upper(), path.count("/"), path.replace("{", ":").split(":")[0].rstrip("/"))
        for path, methods in spec()["paths"].items()
        for method in methods
        if method in ("get", "post", "put", "delete", "patch")
    }
    known = {(r.method, r.path.count("/"), r.path.split(":")[0].rstrip("/")) for r in ROUTES.values()}
    assert described - known == set()


def test_answers_have_the_described_shape(emulator: Emulator, http: Any) -> None:
    properties = {
        "enable_chat": True,
        "exp": int(emulator.clock.now()) + 60,
        "sip": {"display_name": "Desk", "sip_mode": "dial-in", "num_endpoints": 2},
        "permissions": {"canSend": ["audio"], "hasPresence": True},
        "enable_recording": "cloud",
    }
    made = http.ok("POST", "/rooms", {"name": "a", "privacy": "private", "properties": properties})
    conforms(made, "/rooms", "post")
    conforms(http.ok("POST", "/batch/rooms", {"rooms": [{"name": "b"}]}), "/batch/rooms", "post")
    conforms(http.ok("GET", "/rooms"), "/rooms")
    conforms(http.ok("GET", "/rooms/a"), "/rooms/{room_name}")
    conforms(http.ok("GET", "/rooms/a/presence"), "/rooms/{room_name}/presence")
    conforms(http.ok("GET", "/presence"), "/presence")
    conforms(http.ok("DELETE", "/rooms/b"), "/rooms/{room_name}", "delete")
    token = http.ok("POST", "/meeting-tokens", {"properties": {"room_name": "a", "is_owner": True}})
    conforms(token, "/meeting-tokens", "post")
    conforms(http.ok("GET", f"/meeting-tokens/{token['token']}"), "/meeting-tokens/{meeting_token}")
    domain = http.ok("GET", "/")
    # The description types these as not null; its own sample shows null.
    domain["config"] = {key: value for key, value in domain["config"].items() if value is not None}
    conforms(domain, "/")


def test_answers_about_configuration_have_the_described_shape(emulator: Emulator, http: Any) -> None:
    body = {"url": "https://hook.example.com/", "eventTypes": ["meeting.ended"], "basicAuth": "dTpw"}
    made = http.ok("POST", "/webhooks", body)
    conforms(made, "/webhooks", "post")
    path = f"/webhooks/{made['uuid']}"
    conforms(http.ok("GET", "/webhooks"), "/webhooks")
    # The description types the read as an array, its sample and its prose say that it is the object.
    conforms([http.ok("GET", path)], "/webhooks/{id}")
    emulator.switches.echo_retry_type = True
    emulator.deliver("meeting.ended")
    conforms(http.ok("POST", path, {"retryType": "exponential"}), "/webhooks/{id}", "post")

    number = http.ok("POST", "/buy-phone-number")
    conforms(number, "/buy-phone-number", "post")
    for given in (
        {"type": "pin_dialin", "phone_number": number["number"], "ivr_greeting": {"message": "m"}},
        {"type": "pinless_dialin", "room_creation_api": "https://calls.example.com/"},
    ):
        config = http.ok("POST", "/domain-dialin-config", given)
        # The description gives the config of an answer the keys that a create requires; its samples lack them.
        config["config"] |= {"type": given["type"], "phone_number": number["number"]}
        conforms(config, "/domain-dialin-config", "post")
    conforms(http.ok("DELETE", f"/domain-dialin-config/{config['id']}"), "/domain-dialin-config/{id}", "delete")
    emulator.edit("phone_numbers", number["id"], created_at=0)
    emulator.switches.release_in_use = "allow"
    path = f"/release-phone-number/{number['id']}"
    conforms(http.ok("DELETE", path), "/release-phone-number/{id}", "delete")


def keys_of(value: Any) -> Any:
    """The keys of an answer, at every depth; of a list, those of its first item."""
    if isinstance(value, dict):
        return {key: keys_of(item) for key, item in value.items()}
    return keys_of(value[0]) if isinstance(value, list) and value else None


@pytest.mark.parametrize(
    ("path", "kind"), [("/purchased-phone-numbers", "phone_numbers"), ("/list-available-numbers", None)]
)
def test_answers_without_a_schema_have_the_keys_of_the_sample(
    emulator: Emulator, http: Any, path: str, kind: str | None
) -> None:
    if kind:
        emulator.add(kind)
    content = spec()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    assert keys_of(http.ok("GET", path)) == keys_of(content["examples"]["Result"]["value"])


def test_errors_of_phone_numbers_are_the_samples(emulator: Emulator, http: Any) -> None:
    def sample(path: str, method: str, status: int) -> Any:
        answers = spec()["paths"][path][method]["responses"]
        return status, answers[str(status)]["content"]["application/json"]["examples"]["Result"]["value"]

    assert http("POST", "/buy-phone-number", {"number": "x"}) == sample("/buy-phone-number", "post", 422)
    bought = http.ok("POST", "/buy-phone-number")["id"]
    release = sample("/release-phone-number/{id}", "delete", 422)
    assert http("DELETE", f"/release-phone-number/{bought}") == release
    search = http("GET", "/list-available-numbers", params={"contains": "x"})
    assert search == sample("/list-available-numbers", "get", 400)
    status, body = sample("/domain-dialin-config", "post", 400)
    given = http("POST", "/domain-dialin-config", {"type": "pin_dialin", "phone_number": "+12096181843"})
    body["info"] = body["info"].replace("your-domain", emulator.domain_name)
    assert given == (status, body)


@pytest.mark.parametrize(
    ("model", "path"), [(DomainProperties, "/"), (TokenProperties, "/meeting-tokens")], ids=["domain", "token"]
)
def test_the_settings_are_the_described_ones(model: Any, path: str) -> None:
    body = spec()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    described = resolved(resolved(body)["properties"]["properties"])
    writable = {name for name, one in described["properties"].items() if not resolved(one).get("readOnly")}
    assert set(entries(model)) - writable == set()
    assert writable - set(entries(model)) <= {"intercom_auto_record"}
