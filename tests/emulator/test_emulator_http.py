"""What is true of every request: the order of checks, addresses, the domain, paging, tokens."""

from __future__ import annotations

import base64
import hmac
import json
import re
from typing import Any

import pytest
import requests

from pulumi_daily.emulator import Emulator
from pulumi_daily.emulator._routes import ROUTES, match

UNKNOWN = {"error": "not-found", "info": "api endpoint does not exist"}


# -- order of checks


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/rooms"),
        ("DELETE", "/rooms"),
        ("PUT", "/rooms/a"),
        ("GET", "/room"),
        ("GET", "/rooms/a/b/c/d"),
        ("DELETE", ""),
        ("GET", "/batch/rooms"),
        ("GET", "//rooms"),
        ("OPTIONS", "/rooms"),
    ],
)
def test_an_unknown_route_is_found_before_the_key_is_looked_at(emulator: Emulator, method: str, path: str) -> None:
    answer = requests.request(method, emulator.url + path, timeout=20)
    assert (answer.status_code, answer.json()) == (404, UNKNOWN)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "{key}", "bearer{key}"])
def test_a_header_that_is_none(emulator: Emulator, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.format(key=emulator.api_key)}
    answer = requests.get(emulator.url + "/rooms", headers=headers, timeout=20)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "authorization-header-error", "info": "invalid authorization header"},
    )


def test_a_wrong_key_is_refused_before_the_body_is_read(emulator: Emulator) -> None:
    answer = requests.post(
        emulator.url + "/rooms", data="{", headers={"Authorization": f"Bearer {emulator.api_key}x"}, timeout=20
    )
    assert (answer.status_code, answer.json()) == (401, {"error": "authentication-error"})


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"name": NaN}', b'{"name": 1e999}', b"[" * 100_000])
def test_a_body_that_is_not_json(http: Any, body: bytes) -> None:
    answer = http.raw("POST", "/rooms", data=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "json-parsing-error")


def test_prefixes_and_trailing_slashes(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a")
    root = emulator.url.removesuffix("/v1")
    for prefix in ("/v1", "/api/v1"):
        for path in ("", "/"):
            assert http.session.get(root + prefix + path).json()["domain_name"] == "acme"
        for path in ("/rooms/a", "/rooms/a/"):
            assert http.session.get(root + prefix + path).json()["name"] == "a"
    assert http.session.get(root + "/v2/rooms").json() == UNKNOWN
    assert http.session.get(root).json() == UNKNOWN


def test_an_encoded_slash_stays_in_the_name(http: Any) -> None:
    assert http("GET", "/rooms/a%2Fpresence") == (404, {"error": "not-found", "info": "room a/presence not found"})
    assert http("GET", "/rooms/%C3%BC") == (404, {"error": "not-found", "info": "room ü not found"})


def test_every_operation_is_answered(emulator: Emulator, http: Any) -> None:
    emulator.add_room("xname")
    for route in ROUTES.values():
        answer = http.raw(route.method, route.path.replace(":", "x"), {} if route.method != "GET" else None)
        assert answer.status_code in (200, 400, 404), (route.name, answer.text)
    assert emulator.count() == len(ROUTES) == len(emulator.counts())


def test_what_is_missing_is_missing_in_daily_s_own_word(emulator: Emulator, http: Any) -> None:
    """The client takes nothing else for gone."""
    missing = []
    for route in ROUTES.values():
        if ":" in route.path and ":token" not in route.path:
            status, body = http(route.method, re.sub(r":\w+", "nothing", route.path), {})
            assert status in (400, 404), route.name
            if status == 404:
                assert body["error"] == "not-found", route.name
                missing.append(route.name)
    paths = ("/rooms/:name", "/webhooks/:id", "/domain-dialin-config/:id", "/sip-trunk/:id", "/sip-clients/:username")
    wanted = {f"{method} {path}" for path in paths for method in ("GET", "DELETE")}
    wanted |= {"DELETE /release-phone-number/:id", "GET /batch-processor/:id/access-link", "GET /recordings/:id"}
    assert wanted <= set(missing)


def test_a_literal_path_wins_over_a_parameter() -> None:
    found = match("GET", "/v1/recordings/test-oci-bucket")
    assert found is not None
    assert found[0].path == "/recordings/test-oci-bucket"
    found = match("GET", "/v1/recordings/other")
    assert found is not None
    assert (found[0].path, found[1]) == ("/recordings/:id", {"id": "other"})


def test_two_accounts_on_one_server(emulator: Emulator, http: Any) -> None:
    if "other" not in [d.name for d in emulator.backend.domains()]:
        emulator.add_domain("other", api_key="key-of-the-other")
    http.ok("POST", "/rooms", {"name": "a"})
    headers = {"Authorization": "Bearer key-of-the-other"}
    other = requests.get(emulator.url + "/", headers=headers, timeout=20).json()
    assert (other["domain_name"], other["domain_id"] != emulator.domain_id) == ("other", True)
    assert requests.get(emulator.url + "/rooms", headers=headers, timeout=20).json()["total_count"] == 0
    made = requests.post(emulator.url + "/rooms", json={"name": "a"}, headers=headers, timeout=20).json()
    assert made["url"] == "https://other.daily.co/a"
    assert list(emulator.rooms("other")) == list(emulator.rooms()) == ["a"]
    with pytest.raises(ValueError, match="already"):
        emulator.add_domain("other")


def test_a_rotated_key_replaces_the_former_one() -> None:
    with Emulator("rotating", "the-first-key") as emulator:
        emulator.add_domain("beside", "key-of-the-neighbour")
        emulator.add_room("lobby")
        key = emulator.rotate_key()
        found = {
            each: requests.get(emulator.url + "/rooms", headers={"Authorization": f"Bearer {each}"}, timeout=20)
            for each in ("the-first-key", key)
        }
        assert [answer.status_code for answer in found.values()] == [401, 200]
        assert (emulator.api_key, list(emulator.rooms())) == (key, ["lobby"])
        with pytest.raises(ValueError, match="already"):
            emulator.rotate_key("key-of-the-neighbour")


def test_the_connection_is_kept(emulator: Emulator, http: Any) -> None:
    for _ in range(5):
        http.ok("GET", "/rooms")
    pools = http.session.get_adapter("http://").poolmanager.pools
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - not a dict


# -- the domain


def test_the_domain_reads_back_defaults_and_nulls(emulator: Emulator, http: Any) -> None:
    read = http.ok("GET", "/")
    assert set(read) == {"domain_name", "domain_id", "config"}
    assert read["domain_id"] == emulator.domain_id
    assert read["config"]["lang"] is None
    assert read["config"]["redirect_on_meeting_exit"] == ""
    assert read["config"]["hide_daily_branding"] is False


def test_a_change_of_the_domain_is_answered_without_its_id(http: Any) -> None:
    before = http.ok("GET", "/")
    changed = http.ok("POST", "/", {"properties": {"lang": "de", "enable_people_ui": False}})
    assert set(changed) == {"domain_name", "config"}
    assert changed["config"] == {**before["config"], "lang": "de", "enable_people_ui": False}
    assert http.ok("GET", "/")["config"] == changed["config"]
    http.ok("POST", "/", {"properties": {"lang": None, "enable_people_ui": None}})
    assert http.ok("GET", "/") == before


def test_domain_settings_are_checked(http: Any) -> None:
    assert http.refused("POST", "/", {"properties": {"enable_chat": True}}) == "invalid property name 'enable_chat'"
    assert "properties.lang" in http.refused("POST", "/", {"properties": {"lang": "xx"}})
    assert "properties.hide_daily_branding" in http.refused("POST", "/", {"properties": {"hide_daily_branding": 1}})
    assert http.refused("POST", "/", {"lang": "de"}) == '"lang" is not allowed'
    http.refused("POST", "/", {"properties": {"recordings_template": "{epoch_time}."}})


# -- paging


def names(answer: Any) -> list[str]:
    return [room["name"] for room in answer["data"]]


def test_a_list_is_newest_first_then_by_id(emulator: Emulator, http: Any) -> None:
    emulator.seed(250)
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = http.ok("GET", "/rooms", params=cursor)
        assert page["total_count"] == 250
        if not page["data"]:
            break
        seen += page["data"]
        cursor = {"starting_after": page["data"][-1]["id"]}
    assert len({room["id"] for room in seen}) == 250
    expected = sorted(seen, key=lambda room: room["id"])
    expected.sort(key=lambda room: room["created_at"], reverse=True)
    assert seen == expected
    assert len({room["created_at"] for room in seen}) < 250  # so the second key was needed


def test_limit_and_cursors(emulator: Emulator, http: Any) -> None:
    emulator.seed([{"name": f"r{i}", "created_at": 1000 + i} for i in range(10)])
    everything = http.ok("GET", "/rooms")["data"]
    assert [room["name"] for room in everything] == [f"r{i}" for i in reversed(range(10))]
    by_name = {room["name"]: room["id"] for room in everything}

    def page(**query: Any) -> list[str]:
        return names(http.ok("GET", "/rooms", params=query))

    assert page(limit=3) == ["r9", "r8", "r7"]
    assert page(limit=3, starting_after=by_name["r7"]) == ["r6", "r5", "r4"]
    assert page(limit=3, starting_after=by_name["r1"]) == ["r0"]
    assert page(starting_after=by_name["r0"]) == []
    assert page(limit=3, ending_before=by_name["r4"]) == ["r7", "r6", "r5"]
    assert page(limit=3, ending_before=by_name["r8"]) == ["r9"]
    assert page(limit=3, ending_before="OLDEST") == ["r2", "r1", "r0"]
    assert page(starting_after=by_name["r7"], ending_before=by_name["r4"]) == ["r6", "r5"]
    for bad in ("0", "-1", "x", "1.5", ""):
        assert "limit" in http.refused("GET", "/rooms", params={"limit": bad})


def test_an_expired_room_is_still_a_cursor(emulator: Emulator, http: Any) -> None:
    emulator.seed([{"name": f"r{i}", "created_at": 1000 + i} for i in range(4)])
    cursor = emulator.rooms()["r2"]["id"]
    emulator.edit_room("r2", exp=1)
    answer = http.ok("GET", "/rooms", params={"starting_after": cursor})
    assert (names(answer), answer["total_count"]) == (["r1", "r0"], 3)


# -- tokens


def payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return value


def test_a_token_carries_the_documented_claims(emulator: Emulator, http: Any) -> None:
    now = int(emulator.clock.now())
    properties = {
        "nbf": now - 5,
        "exp": now + 60,
        "room_name": "hello",
        "is_owner": True,
        "enable_screenshare": True,
        "enable_recording": "local",
        "user_name": "Ada",
        "user_id": "u1",
        "start_video_off": False,
        "lang": "de",
        "permissions": {
            "hasPresence": False,
            "canSend": ["audio", "screenVideo"],
            "canReceive": {"base": False, "byUserId": {"u2": {"video": True, "customAudio": {"*": True}}}},
            "canAdmin": ["participants", "streaming"],
        },
    }
    token = http.ok("POST", "/meeting-tokens", {"properties": properties})["token"]
    assert payload(token) == {
        "nbf": now - 5,
        "exp": now + 60,
        "r": "hello",
        "o": True,
        "ss": True,
        "er": "local",
        "u": "Ada",
        "ud": "u1",
        "vo": False,
        "uil": "de",
        "p": {
            "hp": False,
            "cs": "a,sv",
            "cr": {"b": False, "u": {"u2": {"v": True, "ca": {"*": True}}}},
            "ca": "p,s",
        },
        "d": emulator.domain_id,
        "iat": now,
    }
    assert http.ok("GET", f"/meeting-tokens/{token}") == properties


@pytest.mark.parametrize(
    "permissions",
    [
        {"canSend": True, "canAdmin": False},
        {"hasPresence": True, "canReceive": {"byParticipantId": {"p1": False}}},
        {"canReceive": {"base": {"video": True, "customVideo": {"*": False}}}},
        {},
    ],
)
def test_permissions_survive_the_abbreviation(http: Any, permissions: Any) -> None:
    token = http.ok("POST", "/meeting-tokens", {"properties": {"permissions": permissions}})["token"]
    assert http.ok("GET", f"/meeting-tokens/{token}") == {"permissions": permissions}


def test_a_signed_token_that_is_not_json(emulator: Emulator, http: Any) -> None:
    for signed in ("YQ.YQ", "e30.W10", "e30.e30", "x"):
        signature = base64.urlsafe_b64encode(hmac.digest(emulator.api_key.encode(), signed.encode(), "sha256"))
        http.refused("GET", f"/meeting-tokens/{signed}.{signature.decode().rstrip('=')}")


def test_a_token_without_properties_opens_every_room(emulator: Emulator, http: Any) -> None:
    token = http.ok("POST", "/meeting-tokens", {})["token"]
    assert set(payload(token)) == {"d", "iat"}
    assert http.ok("GET", f"/meeting-tokens/{token}") == {}
    assert payload(http.ok("POST", "/meeting-tokens", {"properties": {"enable_recording": False}})["token"])["er"] == ""


def test_tokens_that_are_refused(emulator: Emulator, http: Any) -> None:
    now = int(emulator.clock.now())
    assert "in the past" in http.refused("POST", "/meeting-tokens", {"properties": {"exp": now}})
    assert "user_id" in http.refused("POST", "/meeting-tokens", {"properties": {"user_id": "x" * 37}})
    assert "user_id" in http.refused("POST", "/meeting-tokens", {"properties": {"user_id": True}})
    assert "enable_chat" in http.refused("POST", "/meeting-tokens", {"properties": {"enable_chat": True}})
    token = http.ok("POST", "/meeting-tokens", {"properties": {"exp": now + 10}})["token"]
    head, body, signature = token.split(".")
    forged = f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    for bad in (forged, "x", "a.b.c", token + "x"):
        http.refused("GET", f"/meeting-tokens/{bad}")
    emulator.clock.advance(10)
    assert "expired" in http.refused("GET", f"/meeting-tokens/{token}")
    later = http.ok("POST", "/meeting-tokens", {"properties": {"nbf": now + 1000}})["token"]
    assert "not valid yet" in http.refused("GET", f"/meeting-tokens/{later}")
    assert http.ok("GET", f"/meeting-tokens/{later}", params={"ignoreNbf": "true"}) == {"nbf": now + 1000}


def test_a_token_of_another_domain_is_refused(http: Any) -> None:
    with Emulator("else") as other:
        headers = {"Authorization": f"Bearer {other.api_key}"}
        made = requests.post(other.url + "/meeting-tokens", json={}, headers=headers, timeout=20).json()
    http.refused("GET", f"/meeting-tokens/{made['token']}")


@pytest.mark.parametrize("properties", [{"user_id": 17}, {"exp": 1_800_003_600.25}, {"nbf": 1_799_999_999.5}])
def test_a_token_keeps_numbers_as_they_were_given(http: Any, properties: Any) -> None:
    token = http.ok("POST", "/meeting-tokens", {"properties": properties})["token"]
    assert http.ok("GET", f"/meeting-tokens/{token}") == properties
