"""The emulator's routes and settings against Daily's own API description, where a copy of it is at hand."""

from __future__ import annotations

from typing import Any

import pytest
from daily_description import NO_COPY, SPEC, spec

from pulumi_daily.emulator._routes import ROUTES
from pulumi_daily.objects.domain import DomainProperties
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.meeting_token import TokenProperties

pytestmark = pytest.mark.skipif(not SPEC.is_file(), reason=NO_COPY)


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` points to; anything else as it is."""
    found = spec() if "$ref" in node else node
    for part in node.get("$ref", "#").removeprefix("#").strip("/").split("/"):
        found = found[part] if part else found
    return dict(found)


def test_every_operation_of_the_description_is_known() -> None:
    described = {
        (method.upper(), path.count("/"), path.replace("{", ":").split(":")[0].rstrip("/"))
        for path, methods in spec()["paths"].items()
        for method in methods
        if method in ("get", "post", "put", "delete", "patch")
    }
    known = {(r.method, r.path.count("/"), r.path.split(":")[0].rstrip("/")) for r in ROUTES.values()}
    assert described - known == set()


@pytest.mark.parametrize(
    ("model", "path"), [(DomainProperties, "/"), (TokenProperties, "/meeting-tokens")], ids=["domain", "token"]
)
def test_the_settings_are_the_described_ones(model: Any, path: str) -> None:
    body = spec()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    described = resolved(resolved(body)["properties"]["properties"])
    writable = {name for name, one in described["properties"].items() if not resolved(one).get("readOnly")}
    assert set(entries(model)) - writable <= {"max_api_keys"}  # announced, but not described yet
    assert writable - set(entries(model)) <= {"intercom_auto_record"}
