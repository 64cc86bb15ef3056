"""Every answer of the emulator against Daily's own API description, where a copy of it is at hand.

First each operation is brought to a success, in calls that are as they would be; then schemathesis makes requests up
from the description. What departs from it must be one of its known defects (`daily_description.DEFECTS`), and each of
these must be met: the table holds nothing that is not needed.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any

import pytest
import requests
from daily_description import (
    DEFECTS,
    NO_COPY,
    SPEC,
    Defect,
    Operation,
    defect_at,
    departures,
    operation_of,
    operations,
    spec,
    unexplained,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from pulumi_daily.emulator import Emulator

pytestmark = pytest.mark.skipif(not SPEC.is_file(), reason=NO_COPY)

SEED = int(os.environ.get("PULUMI_DAILY_FUZZ_SEED") or random.SystemRandom().randrange(2**32))
"""Of the made-up requests; set the variable to see the same ones again."""
EXAMPLES = int(os.environ.get("PULUMI_DAILY_FUZZ_EXAMPLES") or 10)
"""Made-up requests for each operation: as many that follow the description, and half of it that do not."""

BUCKET = {"bucket_name": "b", "bucket_region": "us-west-2", "assume_role_arn": "arn:aws:iam::1:role/r"}
ROOM = {
    "enable_chat": True,
    "enable_recording": ["cloud", "raw-tracks"],
    "enable_dialout": True,
    "enable_transcription_storage": True,
    "recordings_bucket": {**BUCKET, "allow_api_access": True},
    "transcription_bucket": BUCKET,
    "sip": {"display_name": "Desk", "sip_mode": "dial-in", "num_endpoints": 2},
    "permissions": {"canSend": ["audio"], "hasPresence": True, "canReceive": {"base": {"video": False}}},
    "streaming_endpoints": [{"name": "live", "type": "rtmp", "rtmp_config": {"url": "rtmp://live.example/k"}}],
}
HOOK = {"url": "https://hook.example.com/", "eventTypes": ["meeting.started"]}
DAY = 86_400


class Checked:
    """A client that compares each answer with the description."""

    def __init__(self, http: Any) -> None:
        self.http = http
        self.succeeded: set[str] = set()
        self.met: set[Defect | None] = set()

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The body of a success."""
        answer = self.http.raw(method, path, body, params=query)
        operation = operation_of(method, path)
        assert operation is not None, path
        assert answer.status_code == 200, (method, path, answer.text)
        value = answer.json() if answer.content else None
        assert unexplained(operation, 200, value) == []
        found = {defect_at(operation, *departure) for departure in departures(operation, 200, value)}
        self.met |= found - {None}
        self.succeeded.add(operation.name)
        return value


def rooms_and_tokens(ask: Checked, emulator: Emulator) -> None:
    properties = {**ROOM, "exp": int(emulator.clock.now()) + DAY}
    ask("POST", "/rooms", {"name": "a", "privacy": "private", "properties": properties})
    ask("POST", "/rooms", {})
    ask("GET", "/rooms")
    ask("GET", "/rooms/a")
    ask("POST", "/rooms/a", {"properties": {"enable_chat": False}})
    ask("POST", "/batch/rooms", {"rooms": [{"name": "b"}, {"name": "c", "properties": ROOM}, {"name": "d"}]})
    ask("DELETE", "/rooms/b")
    ask("DELETE", "/batch/rooms", {"room_names": ["d"]})
    token = {"room_name": "a", "is_owner": True, "enable_recording": "cloud", "permissions": ROOM["permissions"]}
    made = ask("POST", "/meeting-tokens", {"properties": token})
    ask("GET", f"/meeting-tokens/{made['token']}")
    ask("GET", "/")
    ask("POST", "/", {"properties": {"lang": "de", "recordings_bucket": BUCKET, "hide_daily_branding": True}})
    ask("GET", "/")


def calls(ask: Checked, emulator: Emulator) -> None:
    ask("GET", "/presence")
    ask("GET", "/rooms/a/presence")
    ada = emulator.join("a", "Ada", "u1")
    emulator.join("a")
    emulator.clock.advance(10)
    ask("GET", "/presence")
    ask("GET", "/rooms/a/presence")
    ask("POST", "/rooms/a/send-app-message", {"data": {"n": 1}})
    ask("POST", "/rooms/a/set-session-data", {"data": {"n": 1}})
    ask("GET", "/rooms/a/get-session-data")
    ask("POST", "/rooms/a/update-permissions", {"data": {"*": {"canSend": True}}})
    ask("POST", "/rooms/a/live-streaming/start", {"endpoints": [{"endpoint": "live"}]})
    for kind in ("recordings", "transcription"):
        ask("POST", f"/rooms/a/{kind}/start", {})
    ask("GET", "/recordings")
    ask("GET", "/transcript")
    for kind in ("recordings", "live-streaming", "transcription"):
        ask("POST", f"/rooms/a/{kind}/update", {})
        ask("POST", f"/rooms/a/{kind}/stop")
    ask("POST", "/rooms/a/recordings/start", {"type": "raw-tracks"})
    ask("POST", "/rooms/a/recordings/stop")
    for _ in range(3):
        session = ask("POST", "/rooms/a/dialOut/start", {"phoneNumber": "+12025550123"})["sessionId"]
    ask("POST", "/rooms/a/dialOut/sendDTMF", {"sessionId": session, "tones": "1#"})
    ask("POST", "/rooms/a/dialOut/stop", {"sessionId": session})
    for action in ("sipCallTransfer", "sipRefer"):
        caller = emulator.join("a", via="dialin")
        ask("POST", f"/rooms/a/{action}", {"sessionId": caller, "toEndPoint": "sip:x@y"})
    ask("POST", "/dialin/pinlessCallUpdate", {"callId": "i", "callDomain": "d", "sipUri": "sip:x@y"})
    ask("POST", "/rooms/a/eject", {"ids": [ada]})
    meeting = ask("GET", "/meetings")["data"][0]["id"]
    ask("GET", f"/meetings/{meeting}")
    ask("GET", f"/meetings/{meeting}/participants")
    ask("GET", "/logs", mtgSessionId=meeting, includeMetrics="true")
    ask("GET", "/logs/api", limit=100)


def what_calls_leave_behind(ask: Checked, emulator: Emulator) -> None:
    emulator.add("recordings", status="in-progress")
    emulator.add("transcripts", status="t_error", error="no audio")
    for base in ("/recordings", "/transcript"):
        for one in ask("GET", base)["data"]:
            path = f"{base}/{one.get('id', one.get('transcriptId'))}"
            ask("GET", path)
            if one["status"].endswith("finished"):
                ask("GET", f"{path}/access-link")
            ask("DELETE", path)
        ask("GET", base)


def webhooks_and_phones(ask: Checked, emulator: Emulator) -> None:
    hook = ask("POST", "/webhooks", HOOK)["uuid"]
    emulator.edit("webhooks", hook, pushed_at=1000, failedCount=2)
    ask("GET", "/webhooks")
    ask("GET", f"/webhooks/{hook}")
    ask("POST", f"/webhooks/{hook}", {"retryType": "exponential"})
    ask("POST", f"/webhooks/{hook}", {"basicAuth": "dXNlcjpw"})
    ask("GET", f"/webhooks/{hook}")
    ask("DELETE", f"/webhooks/{hook}")
    ask("GET", "/list-available-numbers", region="CA")
    bought = ask("POST", "/buy-phone-number", {})
    ask("GET", "/purchased-phone-numbers")
    pinless = {"type": "pinless_dialin", "room_creation_api": "https://calls.example.com/", "name_prefix": "x"}
    config = ask("POST", "/domain-dialin-config", pinless)["id"]
    ask("POST", "/domain-dialin-config", {"type": "pin_dialin", "phone_number": bought["number"]})
    ask("GET", "/domain-dialin-config")
    ask("GET", f"/domain-dialin-config/{config}")
    ask("PUT", f"/domain-dialin-config/{config}", {"hold_music_url": "https://calls.example.com/a.mp3"})
    for one in ask("GET", "/domain-dialin-config")["data"]:
        ask("DELETE", f"/domain-dialin-config/{one['id']}")
    emulator.clock.advance(15 * DAY)
    ask("DELETE", f"/release-phone-number/{bought['id']}")


def test_every_operation_answers_as_described(emulator: Emulator, http: Any) -> None:
    ask = Checked(http)
    for part in (rooms_and_tokens, calls, what_calls_leave_behind, webhooks_and_phones):
        part(ask, emulator)
    assert {one.name for one in operations()} - ask.succeeded == set()
    assert len(ask.succeeded) == 60
    assert [f"{d.operation} {d.where}" for d in DEFECTS if d not in ask.met] == []  # each is needed


def test_the_comparison_sees_what_is_wrong() -> None:
    """The tests here would pass over nothing if this were wrong."""
    for method, path, value in (
        ("GET", "/rooms", {"total_count": "1", "data": []}),
        ("GET", "/presence", {"a": [{"userId": 5}]}),
        ("POST", "/rooms/a/eject", {"ejectedIds": [1]}),
        ("POST", "/rooms/a/send-app-message", {"sent": True}),
        ("POST", "/rooms/a/dialOut/start", {"ok": "true"}),
        ("GET", "/purchased-phone-numbers", {"total_count": 1, "data": [{"id": "x"}]}),
    ):
        operation = operation_of(method, path)
        assert operation is not None
        assert unexplained(operation, 200, value), path
    presence = operation_of("GET", "/presence")
    assert presence is not None
    assert unexplained(presence, 200, {"a": [{"userId": None}]}) == []  # `nullable` is understood


def test_the_defects_are_of_operations_that_there_are() -> None:
    names = {one.name for one in operations()}
    assert {defect.operation for defect in DEFECTS} <= names
    assert all(defect.reason for defect in DEFECTS)


# -- requests that somebody made up


def world(emulator: Emulator) -> dict[str, list[str]]:
    """One of everything, and what the description's parameters may be to hit it."""
    emulator.reset()
    emulator.rate_limits = False
    emulator.add_room("a", **ROOM)
    emulator.add_room("empty")
    people = [emulator.join("a", "Ada", "u1"), emulator.join("a", via="dialout")]
    recordings = [emulator.add("recordings", room_name="a", status=status)["id"] for status in ("finished", "canceled")]
    token = requests.post(f"{emulator.url}/meeting-tokens", json={}, headers=key_of(emulator), timeout=20).json()
    meetings = list(emulator.objects("meetings"))
    return {
        "room_name": ["a", "a", "empty"],
        "meeting_token": [token["token"]],
        "recording_id": recordings,
        "transcriptId": [emulator.add("transcripts", room_name="a")["transcriptId"]],
        "meeting": meetings,
        "id": [
            emulator.add("webhooks", **HOOK)["uuid"],
            emulator.add("dialin_configs", type="pinless_dialin", room_creation_api="https://x.example/")["id"],
            emulator.add("phone_numbers", number="+12135550100", created_at=1000)["id"],
        ],
        "room": ["a"],
        "mtgSessionId": meetings,
        "userSessionId": people,
        "sessionId": people,
        "joined_after": people,
        "phoneNumber": ["+12025550123"],
    }


def key_of(emulator: Emulator) -> dict[str, str]:
    return {"Authorization": f"Bearer {emulator.api_key}"}


def aimed(case: Any, known: dict[str, list[str]], pick: random.Random) -> None:
    """Most of the time, let a request be about something that there is."""
    for values in (case.path_parameters, case.query, case.body):
        if isinstance(values, dict):
            for name in values:
                if name in known and pick.random() < 0.8:
                    values[name] = pick.choice(known[name])


@pytest.fixture(scope="module")
def described() -> Any:
    import schemathesis

    schema = schemathesis.openapi.from_dict(spec())
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


@pytest.mark.parametrize("follows", [True, False], ids=["follows", "breaks"])
@pytest.mark.parametrize("operation", operations() if SPEC.is_file() else [], ids=lambda one: one.name)
def test_no_request_breaks_the_emulator(
    emulator: Emulator, described: dict[str, Any], operation: Operation, follows: bool
) -> None:
    """No 5xx, and nothing that the description does not say, whatever is asked."""
    from schemathesis import GenerationMode
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi.checks import response_schema_conformance

    print(f"seed {SEED}")  # noqa: T201 - shown when the test fails
    mode = GenerationMode.POSITIVE if follows else GenerationMode.NEGATIVE
    statuses: Counter[int] = Counter()
    session = requests.Session()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES if follows else EXAMPLES // 2,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[operation.name].as_strategy(generation_mode=mode), pick=st.randoms(use_true_random=False))
    def ask(case: Any, pick: random.Random) -> None:
        aimed(case, world(emulator), pick)
        answer = case.call(base_url=emulator.url, headers=key_of(emulator), session=session)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, f"seed {SEED}: {case.as_curl_command()}: {answer.text}"
        value = answer.json() if answer.content else None
        assert unexplained(operation, answer.status_code, value) == [], f"seed {SEED}: {case.as_curl_command()}"
        if not departures(operation, answer.status_code, value):
            try:
                case.validate_response(answer, checks=(response_schema_conformance,))
            except FailureGroup as group:
                pytest.fail(f"seed {SEED}: {case.as_curl_command()}: {group.exceptions}")

    try:
        ask()
    finally:
        session.close()
    assert statuses, f"{operation.name}: nothing was asked"
    print(dict(statuses))  # noqa: T201
