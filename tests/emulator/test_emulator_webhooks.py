"""Webhooks: checks, the test call, state, delivery of events."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from typing import Any

import pytest
import requests

from pulumi_daily import webhooks
from pulumi_daily.emulator import Clock, Emulator
from pulumi_daily.emulator._webhooks import KEYS
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.webhook import Webhook

EVENTS = ["meeting.ended", "meeting.started"]
HMAC = base64.b64encode(b"0123456789").decode()
NOWHERE = "http://127.0.0.1:1/"


def hook(receiver: Any, **more: Any) -> dict[str, Any]:
    return {"url": receiver.url, "eventTypes": EVENTS, **more}


def signed(call: Any, secret: str) -> bool:
    """Whether a call to a receiver carries the signature that Daily documents."""
    timestamp = call.headers["X-Webhook-Timestamp"]
    message = timestamp.encode() + b"." + call.body
    digest = hmac.new(base64.b64decode(secret), message, hashlib.sha256).digest()
    return bool(call.headers["X-Webhook-Signature"] == base64.b64encode(digest).decode())


# -- create and read


def test_create_calls_the_address_and_shows_what_was_made(emulator: Emulator, http: Any, receiver: Any) -> None:
    emulator.clock.advance(0.317)
    made = http.ok("POST", "/webhooks", hook(receiver))
    assert made == {
        "uuid": made["uuid"],
        "url": receiver.url,
        "hmac": made["hmac"],
        "eventTypes": EVENTS,
        "state": "ACTIVE",
        "failedCount": 0,
        "domainId": emulator.domain_id,
        "createdAt": "2027-01-15T08:00:00.317Z",
        "updatedAt": "2027-01-15T08:00:00.317Z",
    }
    assert len(base64.b64decode(made["hmac"])) == 32
    (ping,) = receiver.received
    assert (ping.path, ping.body) == ("/hook", b'{"test":"test"}')
    assert ping.headers["Content-Type"] == "application/json"
    assert ping.headers["Authorization"] is None
    assert signed(ping, made["hmac"])
    assert webhooks.verify(ping.body, ping.headers, made["hmac"], now=emulator.clock.now()).is_test

    read = http.ok("GET", f"/webhooks/{made['uuid']}")
    assert read == made | {
        "basicAuth": None,
        "createdAt": "2027-01-15T08:00:00.000Z",
        "updatedAt": "2027-01-15T08:00:00.000Z",
    }
    assert http.ok("GET", "/webhooks") == [read]
    assert len(receiver.received) == 1


def test_what_was_given_is_used_and_shown(emulator: Emulator, http: Any, receiver: Any) -> None:
    given = hook(receiver, hmac=HMAC, basicAuth="dTpw", retryType="exponential", eventTypes=EVENTS[::-1])
    given["url"] += "/a b?q=%20&r=ü"
    made = http.ok("POST", "/webhooks", given)
    assert {key: made.get(key) for key in given} == given | {"retryType": None}
    (ping,) = receiver.received
    assert ping.headers["Authorization"] == "Basic dTpw"
    assert ping.path == "/hook/a%20b?q=%20&r=%C3%BC"
    assert signed(ping, HMAC)
    assert emulator.objects("webhooks")[made["uuid"]]["retryType"] == "exponential"


@pytest.mark.parametrize("status", [201, 204, 301, 404, 500, None])
def test_any_other_answer_than_200_refuses_it(emulator: Emulator, http: Any, receiver: Any, status: int | None) -> None:
    receiver.status = status
    info = http.refused("POST", "/webhooks", hook(receiver))
    shown = "undefined" if status is None else status
    assert info == f"non-200 status code returned from webhook endpoint, recvd {shown}"
    assert len(receiver.received) == 1  # no second attempt
    assert emulator.objects("webhooks") == {}


@pytest.mark.parametrize("url", [NOWHERE, "http://localhost:99999/", "https://127.0.0.1:1/", "http://[::1]:1/"])
def test_an_address_without_an_answer(http: Any, url: str) -> None:
    assert http.refused("POST", "/webhooks", {"url": url, "eventTypes": EVENTS}).endswith("recvd undefined")


def test_an_address_that_speaks_tls(http: Any, secure_receiver: Any) -> None:
    http.ok("POST", "/webhooks", hook(secure_receiver))
    assert len(secure_receiver.received) == 1


def test_a_slow_address_is_given_up_and_holds_nobody_up(receiver: Any) -> None:
    gate = threading.Event()
    receiver.meanwhile = lambda: gate.wait(20)
    with Emulator(ping_seconds=0.5) as emulator, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {emulator.api_key}"
        answers = []
        create = threading.Thread(
            target=lambda: answers.append(
                session.post(emulator.url + "/webhooks", json=hook(receiver), timeout=20).json()
            )
        )
        create.start()
        while not receiver.received:
            time.sleep(0.01)
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        assert requests.get(emulator.url + "/webhooks", headers=headers, timeout=20).json() == []
        assert answers == []
        create.join()
        assert answers[0]["info"].endswith("recvd undefined")
        gate.set()


def test_the_address_may_ask_the_emulator(emulator: Emulator, http: Any, receiver: Any) -> None:
    seen = []
    headers = {"Authorization": f"Bearer {emulator.api_key}"}

    def ask() -> None:
        seen.append(requests.get(emulator.url + "/webhooks", headers=headers, timeout=20).json())

    receiver.meanwhile = ask
    made = http.ok("POST", "/webhooks", hook(receiver))
    http.ok("POST", f"/webhooks/{made['uuid']}", {})
    assert [len(found) for found in seen] == [0, 1]


@pytest.mark.parametrize("by_control", [False, True])
def test_the_server_stops_while_an_address_is_being_called(receiver: Any, by_control: bool) -> None:
    gate = threading.Event()
    emulator = Emulator().start()

    def stop() -> None:
        threading.Thread(target=lambda: (emulator.stop(), gate.set())).start()
        gate.wait(20)

    receiver.meanwhile = stop
    if by_control:
        emulator.add("webhooks", **hook(receiver))
        request = {"url": emulator.control_url + "/deliver", "json": {"event_type": "meeting.ended"}}
    else:
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        request = {"url": emulator.url + "/webhooks", "json": hook(receiver), "headers": headers}
    with pytest.raises(requests.ConnectionError):
        requests.post(**request, timeout=20)
    assert gate.wait(20)
    logged = [(r.route, r.status) for r in emulator.requests]
    assert logged == ([] if by_control else [("POST /webhooks", None)])


def test_a_failure_of_the_emulator_itself(http: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def broken(*args: Any) -> int:
        raise RuntimeError("out of order")

    monkeypatch.setattr("pulumi_daily.emulator._webhooks.send", broken)
    status, body = http("POST", "/webhooks", {"url": NOWHERE, "eventTypes": EVENTS})
    assert (status, body["error"]) == (500, "server-error")
    assert "out of order" in caplog.text


@pytest.mark.parametrize(
    ("change", "info"),
    [
        ({"scope": 1}, '"scope" is not allowed'),
        ({"uuid": "u"}, '"uuid" is not allowed'),
        ({"state": "ACTIVE"}, '"state" is not allowed'),
        ({"url": None}, '"url" is required'),
        ({"url": "ftp://x"}, '"url" must be a URL that starts with https:// or http://'),
        ({"url": 5}, '"url" must be text'),
        ({"eventTypes": None}, '"eventTypes" is required'),
        ({"eventTypes": []}, '"eventTypes" '),
        ({"eventTypes": "meeting.ended"}, '"eventTypes" must be a list'),
        ({"eventTypes": ["meeting.begun"]}, '"eventTypes[0]" must be one of'),
        ({"hmac": "no base64!"}, '"hmac" must be base64 text'),
        ({"basicAuth": 1}, '"basicAuth" must be text'),
        ({"retryType": "never"}, '"retryType" must be one of circuit-breaker, exponential'),
    ],
)
def test_what_is_refused(emulator: Emulator, http: Any, receiver: Any, change: Any, info: str) -> None:
    kept = emulator.add("webhooks", **hook(receiver), hmac=HMAC)
    uuid = kept["uuid"]
    assert http.refused("POST", f"/webhooks/{uuid}", change).startswith(info)
    emulator.set_domain_config(max_webhook_count=2)
    body = {key: value for key, value in (hook(receiver) | change).items() if value is not None}
    assert http.refused("POST", "/webhooks", body).startswith(info)
    assert receiver.received == []
    assert emulator.objects("webhooks") == {uuid: kept}


def test_other_bodies(http: Any) -> None:
    assert http.refused("POST", "/webhooks", []) == '"value" must be an object'
    assert http.refused("POST", "/webhooks") == '"url" is required'


def test_the_keys_of_a_body_are_those_of_the_model() -> None:
    known = entries(Webhook)
    assert {known[name].meta.api or name for name in known if name != "adopt_existing"} == set(KEYS)


# -- update and delete


def test_update_merges_and_calls_the_address_first(emulator: Emulator, http: Any, receiver: Any) -> None:
    made = http.ok("POST", "/webhooks", hook(receiver, basicAuth="dTpw"))
    path = f"/webhooks/{made['uuid']}"
    emulator.clock.advance(10.5)
    changed = http.ok("POST", path, {"eventTypes": ["recording.error"], "hmac": HMAC})
    assert changed == http.ok("GET", path)
    assert changed == made | {
        "eventTypes": ["recording.error"],
        "hmac": HMAC,
        "createdAt": "2027-01-15T08:00:00.000Z",
        "updatedAt": "2027-01-15T08:00:10.000Z",
    }
    assert signed(receiver.received[-1], HMAC)  # with the new secret
    assert receiver.received[-1].headers["Authorization"] == "Basic dTpw"

    cleared = http.ok("POST", path, {"basicAuth": None, "hmac": None, "retryType": None})
    assert cleared["basicAuth"] is None
    assert cleared["hmac"] not in (HMAC, made["hmac"])
    assert signed(receiver.received[-1], cleared["hmac"])
    assert len(receiver.received) == 3

    receiver.status = 500
    assert http.refused("POST", path, {"eventTypes": EVENTS}).endswith("recvd 500")
    assert http.ok("GET", path)["eventTypes"] == ["recording.error"]


def test_an_update_makes_a_failed_webhook_active_again(emulator: Emulator, http: Any, receiver: Any) -> None:
    made = http.ok("POST", "/webhooks", hook(receiver))
    path = f"/webhooks/{made['uuid']}"
    emulator.edit("webhooks", made["uuid"], state="FAILED", failedCount=3)
    assert (http.ok("GET", path)["state"], http.ok("GET", path)["failedCount"]) == ("FAILED", 3)
    again = http.ok("POST", path, {"url": receiver.url})
    assert (again["state"], again["failedCount"]) == ("ACTIVE", 0)


def test_delete_answers_without_a_body(emulator: Emulator, http: Any, receiver: Any) -> None:
    path = f"/webhooks/{http.ok('POST', '/webhooks', hook(receiver))['uuid']}"
    answer = http.raw("DELETE", path)
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "0")
    assert http.ok("GET", "/webhooks") == []
    for method, body in (("GET", None), ("POST", {}), ("DELETE", None)):
        status, value = http(method, path, body)
        assert (status, value["error"]) == (404, "not-found")
    assert len(receiver.received) == 1


def test_how_many_a_domain_may_have(emulator: Emulator, http: Any, receiver: Any) -> None:
    http.ok("POST", "/webhooks", hook(receiver))
    assert "at most 1" in http.refused("POST", "/webhooks", hook(receiver))
    assert len(receiver.received) == 1  # refused before the address is called
    assert http.ok("GET", "/")["config"]["max_webhook_count"] == 1
    emulator.set_domain_config(max_webhook_count=2)
    http.ok("POST", "/webhooks", hook(receiver))
    assert "at most 2" in http.refused("POST", "/webhooks", hook(receiver))


def test_what_changes_while_the_address_is_called(emulator: Emulator, http: Any, receiver: Any) -> None:
    receiver.meanwhile = lambda: emulator.add("webhooks", url=NOWHERE, eventTypes=EVENTS)
    assert "at most 1" in http.refused("POST", "/webhooks", hook(receiver))
    ((uuid, kept),) = emulator.objects("webhooks").items()
    assert kept["url"] == NOWHERE

    receiver.meanwhile = lambda: emulator.edit("webhooks", uuid, basicAuth="eDp5")
    changed = http.ok("POST", f"/webhooks/{uuid}", {"url": receiver.url})
    assert (changed["url"], changed["basicAuth"]) == (receiver.url, "eDp5")

    receiver.meanwhile = lambda: emulator.remove("webhooks", uuid)
    assert http("POST", f"/webhooks/{uuid}", {})[0] == 404


def test_webhooks_need_a_paid_plan(emulator: Emulator, http: Any, receiver: Any) -> None:
    uuid = http.ok("POST", "/webhooks", hook(receiver))["uuid"]
    emulator.switches.plan = "free"
    requests = (
        ("GET", "/webhooks"),
        ("POST", "/webhooks"),
        *((method, f"/webhooks/{uuid}") for method in ("GET", "POST", "DELETE")),
    )
    assert {http(method, path, {})[1]["error"] for method, path in requests} == {"invalid-plan-type"}


def test_a_webhook_is_made_though_its_answer_is_lost(emulator: Emulator, http: Any, receiver: Any) -> None:
    emulator.fail("POST /webhooks", status=500, when="after")
    assert http("POST", "/webhooks", hook(receiver))[0] == 500
    assert len(http.ok("GET", "/webhooks")) == len(receiver.received) == 1


# -- events


def test_an_event_is_signed_and_sent_to_whom_it_concerns(emulator: Emulator, http: Any, receiver: Any) -> None:
    emulator.set_domain_config(max_webhook_count=2)
    made = http.ok("POST", "/webhooks", hook(receiver, basicAuth="dTpw"))
    http.ok("POST", "/webhooks", hook(receiver, eventTypes=["recording.error"]))
    receiver.received.clear()
    emulator.clock.advance(2.5)
    payload = {"meeting_id": "m", "room": "r", "start_ts": 5.25}
    assert emulator.deliver("meeting.started", payload) == {made["uuid"]: [200]}
    (call,) = receiver.received
    assert signed(call, made["hmac"])
    assert call.headers["Authorization"] == "Basic dTpw"
    event = json.loads(call.body)
    assert event.pop("id").startswith("mee-sta-")
    assert event == {"version": "1.0.0", "type": "meeting.started", "payload": payload, "event_ts": 1_800_000_002.5}
    verified = webhooks.verify(call.body, call.headers, made["hmac"], now=emulator.clock.now())
    assert (verified.type, verified.payload) == ("meeting.started", payload)
    assert http.ok("GET", f"/webhooks/{made['uuid']}")["lastMomentPushed"] == "2027-01-15T08:00:02.000Z"
    assert emulator.deliver("participant.left") == {}
    with pytest.raises(ValueError, match=r"meeting\.begun"):
        emulator.deliver("meeting.begun")
    with pytest.raises(KeyError, match="nowhere"):
        emulator.deliver("meeting.ended", domain="nowhere")


def test_three_failures_in_a_row_trip_the_circuit_breaker(emulator: Emulator, http: Any, receiver: Any) -> None:
    uuid = http.ok("POST", "/webhooks", hook(receiver))["uuid"]

    def after(status: int | None) -> tuple[Any, str, int]:
        receiver.status = status
        sent = emulator.deliver("meeting.ended").get(uuid)
        read = http.ok("GET", f"/webhooks/{uuid}")
        return sent, read["state"], read["failedCount"]

    assert after(500) == ([500], "ACTIVE", 1)
    assert after(201) == ([201], "ACTIVE", 2)
    assert after(200) == ([200], "ACTIVE", 0)
    assert after(500) == ([500], "ACTIVE", 1)
    assert after(None) == ([None], "ACTIVE", 2)
    assert after(500) == ([500], "FAILED", 3)
    assert after(200) == (None, "FAILED", 3)
    http.ok("POST", f"/webhooks/{uuid}", {})
    assert after(200) == ([200], "ACTIVE", 0)


def test_exponential_tries_five_times_and_never_gives_up(emulator: Emulator, http: Any, receiver: Any) -> None:
    uuid = http.ok("POST", "/webhooks", hook(receiver, retryType="exponential"))["uuid"]
    receiver.status = 503
    for n in range(1, 5):
        assert emulator.deliver("meeting.ended") == {uuid: [503] * 5}
        read = http.ok("GET", f"/webhooks/{uuid}")
        assert (read["state"], read["failedCount"]) == ("ACTIVE", n)
    receiver.meanwhile = lambda: setattr(receiver, "status", 200 if len(receiver.received) % 5 == 3 else 503)
    receiver.received.clear()
    assert emulator.deliver("meeting.ended") == {uuid: [503, 503, 200]}
    assert len({call.body for call in receiver.received}) == 1
    assert http.ok("GET", f"/webhooks/{uuid}")["failedCount"] == 0


def test_another_process_delivers_events(emulator: Emulator, http: Any, receiver: Any) -> None:
    uuid = http.ok("POST", "/webhooks", hook(receiver))["uuid"]
    seen = []

    def ask() -> None:
        seen.append(requests.get(emulator.control_url + "/objects", params={"kind": "webhooks"}, timeout=20).json())

    receiver.meanwhile = ask  # the endpoint may ask the control plane too
    body = {"event_type": "meeting.ended", "payload": {"room": "r"}}
    answer = requests.post(emulator.control_url + "/deliver", json=body, timeout=20)
    assert (answer.status_code, answer.json()) == (200, {"delivered": {uuid: [200]}})
    assert json.loads(receiver.received[-1].body)["payload"] == {"room": "r"}
    assert list(seen[0]) == [uuid]
    assert requests.post(emulator.control_url + "/deliver", json={"event_type": "x"}, timeout=20).status_code == 400


def test_calls_are_in_the_log_of_the_account(emulator: Emulator, http: Any, receiver: Any) -> None:
    http.ok("POST", "/webhooks", hook(receiver))
    receiver.status = None
    emulator.deliver("meeting.ended", {"room": "r"})
    event, ping = http.ok("GET", "/logs/api", params={"source": "webhook", "url": receiver.url})
    assert (ping["method"], ping["url"], ping["status"]) == ("POST", receiver.url, 200)
    assert (ping["request"], ping["response"]) == ('{"test":"test"}', None)
    assert (json.loads(event["request"])["type"], event["status"]) == ("meeting.ended", 0)


def test_an_address_on_another_machine_is_never_called() -> None:
    with Emulator(clock=Clock(0.0), rate_limits=False) as emulator:
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        body = {"url": "https://daily-hook.example.com/x", "eventTypes": EVENTS}  # pytest would refuse the connection
        made = requests.post(emulator.url + "/webhooks", json=body, headers=headers, timeout=20).json()
        assert made["state"] == "ACTIVE"
        assert emulator.deliver("meeting.ended") == {made["uuid"]: [200]}
        emulator.switches.foreign_ping = "fail"
        for _ in range(3):
            emulator.deliver("meeting.ended")
        assert emulator.objects("webhooks")[made["uuid"]]["state"] == "FAILED"
