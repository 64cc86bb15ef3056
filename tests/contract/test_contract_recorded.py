"""Facts that others recorded of the live API, for the emulator and, on request, the real API.

Each docstring has the source: *measured* (a recorded answer, or a probe by its author), *Daily* (its own repositories
or documentation), *production* (a client in production depends on it).
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from target import Target

from pulumi_daily.api import AuthenticationError, Client, InvalidRequestError, NotFoundError, PlanError
from pulumi_daily.objects.values import seconds

BUCKET = {"bucket_region": "us-west-2", "assume_role_arn": "arn:aws:iam::123456789012:role/none"}
NUMBER = "+18058700061"


# -- refusals


def test_an_unknown_room_property_is_named(target: Target):
    """Measured, 2026-08."""
    error = target.refused("rooms.create", {"name": target.name("odd"), "properties": {"brand_new_thing": True}})
    assert (error.status, error.error) == (400, "invalid-request-error")
    assert error.info == "invalid property name 'brand_new_thing'"


def test_a_taken_name(target: Target):
    """Measured, by two authors."""
    name = target.make("taken")["name"]
    error = target.refused("rooms.create", {"name": name})
    assert (error.status, error.error, error.info) == (
        400,
        "invalid-request-error",
        f"a room named {name} already exists",
    )


def test_of_six_creates_of_one_name_one_succeeds(target: Target):
    """Measured, 2026-09."""
    name = target.name("six")

    def create(_: int) -> bool:
        try:
            target.client.create_room({"name": name})
        except InvalidRequestError:
            return False
        return True

    with ThreadPoolExecutor(max_workers=6) as pool:
        assert sorted(pool.map(create, range(6))) == [False] * 5 + [True]


def test_a_missing_room(target: Target):
    """Measured."""
    error = target.refused("rooms.get", name=f"{target.prefix}-none")
    assert isinstance(error, NotFoundError)
    assert error.body == {"error": "not-found", "info": f"room {target.prefix}-none not found"}


def test_a_wrong_key_is_refused_without_info(target: Target):
    """Measured; Daily's own live test expects 401."""
    url = {} if target.emulator is None else {"api_url": target.emulator.url}
    with Client("0" * 64, **url) as other, pytest.raises(AuthenticationError) as caught:
        other.get_domain()
    assert (caught.value.status, caught.value.body) == (401, {"error": "authentication-error"})


def test_a_bucket_is_tested_when_it_is_set(target: Target):
    """Production."""
    if target.emulator is not None:
        target.emulator.switches.bucket_verification = "fail"
    bucket = {**BUCKET, "bucket_name": f"{target.prefix}-bucket"}
    error = target.refused("rooms.create", {"name": target.name("b"), "properties": {"recordings_bucket": bucket}})
    assert (error.status, error.info) == (400, f"unable to upload test file to bucket {target.prefix}-bucket")


def test_the_webhooks_of_a_free_plan(target: Target):
    """Measured, 2026-09; the status was not recorded."""
    if target.emulator is not None:
        target.emulator.switches.plan = "free"
    elif _has_webhooks(target):
        pytest.skip("this account has a paid plan")
    assert target.refused("webhooks.list").error == "invalid-plan-type"


def _has_webhooks(target: Target) -> bool:
    try:
        target.client.call("webhooks.list")
    except PlanError:
        return False
    return True


# -- rooms


def test_only_the_answer_to_a_create_may_show_milliseconds(target: Target):
    """Measured; medium confidence. So a time of one answer must not be compared exactly with one of another."""
    made = target.make("made")
    read = target.client.get_room(made["name"])["created_at"]
    assert read.endswith(".000Z")
    assert abs(_moment(read) - _moment(made["created_at"])) < 1


def _moment(text: str) -> float:
    found = seconds(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("given", "echoed"),
    [
        ({"lang": "en"}, True),
        ({"enable_network_ui": False}, True),
        ({"enable_prejoin_ui": False}, True),
        ({"enable_prejoin_ui": True}, True),
        ({"enable_screenshare": True}, False),
        ({"start_video_off": False}, False),
        ({"start_audio_off": False}, False),
    ],
    ids=str,
)
def test_which_values_are_returned(target: Target, given: dict[str, Any], echoed: bool):
    """Measured; medium confidence: a default of rooms is not returned, except that of `lang`."""
    made = target.make("echo", properties=given)
    assert made["config"] == target.client.get_room(made["name"])["config"] == (given if echoed else {})


def test_a_time_with_a_fraction_is_accepted(target: Target):
    """Production: pipecat sends `time.time() + n`."""
    exp = time.time() + 3600.5
    made = target.make("fraction", properties={"exp": exp})
    assert abs(made["config"]["exp"] - exp) <= 1
    token = target.client.create_meeting_token({"room_name": made["name"], "exp": exp})
    shown = target.client.call("meeting_tokens.get", path={"token": token})
    assert abs(shown["exp"] - exp) <= 1


def test_an_expired_room_is_not_found(target: Target):
    """Measured. Transcripts can still be listed by its name."""
    name = target.make("expired", properties={"exp": int(time.time()) + 2})["name"]
    target.wait(3)
    assert isinstance(target.refused("rooms.get", name=name), NotFoundError)
    listed = target.client.call("transcripts.list", params={"room_name": name})
    assert (listed["total_count"], listed["data"]) == (0, [])


def test_the_presence_of_an_empty_room_and_its_delete(target: Target):
    """Daily's own live test."""
    name = target.make("empty")["name"]
    assert target.client.get_room_presence(name) == {"total_count": 0, "data": []}
    assert target.client.delete_room(name) == {"deleted": True, "name": name}
    assert isinstance(target.refused("rooms.get", name=name), NotFoundError)


# -- tokens


def test_the_id_of_a_user_may_be_a_number(target: Target):
    """Production: the token keeps it as a number."""
    token = target.client.create_meeting_token({"user_id": 17, "exp": target.later()})
    assert target.client.call("meeting_tokens.get", path={"token": token})["user_id"] == 17


# -- calls


def test_a_recording_checks_its_body_before_the_call(target: Target):
    """Measured, 2026-08: `default` takes no number of cameras, and `custom` needs no composition."""
    name = target.make("record", properties={"enable_recording": "cloud"})["name"]
    default = {"layout": {"preset": "default", "max_cam_streams": 4}}
    error = target.refused("rooms.recordings.start", default, name=name)
    assert (error.status, error.info) == (400, '"layout.max_cam_streams" is not allowed')
    error = target.refused("rooms.recordings.start", {"layout": {"preset": "custom"}}, name=name)
    assert (error.status, error.info) == (404, f"room {name} does not seem to be hosting a call currently")


def test_people_are_ejected_by_their_own_ids(target: Target):
    """Measured."""
    emulator = target.stood_in()
    name = target.make("eject")["name"]
    session = emulator.join(name, "Ada", user_id="u1")
    emulator.join(name, "Bob", user_id="u2")
    answer = target.client.call("rooms.eject", path={"name": name}, json={"user_ids": ["u1"]})
    assert answer == {"ejectedIds": [session]}


def test_the_link_to_a_transcript(target: Target):
    """Production, and Daily's API description; its sample has another name."""
    if target.emulator is not None:
        target.emulator.add("transcripts")
    listed = target.client.call("transcripts.list", params={"limit": 100})["data"]
    stored = [one for one in listed if one["status"] == "t_finished" and one.get("isVttAvailable")]
    if not stored:
        pytest.skip("this account has no transcript")
    answer = target.client.call("transcripts.access_link", path={"id": stored[0]["transcriptId"]})
    assert answer["link"].startswith("https://")


def test_the_transcripts_of_a_deleted_room_are_listed(target: Target):
    """Measured."""
    emulator = target.stood_in()
    name = target.make("gone")["name"]
    emulator.add("transcripts", room_name=name)
    target.client.delete_room(name)
    assert target.client.call("transcripts.list", params={"room_name": name})["total_count"] == 1


# -- webhooks


def test_three_failed_deliveries_stop_a_webhook(target: Target):
    """Measured."""
    emulator = target.stood_in()
    hook = emulator.add("webhooks", url="http://127.0.0.1:9/", eventTypes=["meeting.ended"])

    def state() -> str:
        emulator.deliver("meeting.ended")
        return str(target.client.call("webhooks.get", path={"id": hook["uuid"]})["state"])

    assert [state() for _ in range(3)] == ["ACTIVE", "ACTIVE", "FAILED"]


# -- phone numbers


def test_a_released_number_takes_its_dialin_config_along(target: Target):
    """Daily, in its tool for transferring numbers."""
    emulator = target.stood_in()
    number = emulator.add("phone_numbers", number=NUMBER, created_at=0)
    body = {"type": "pinless_dialin", "phone_number": NUMBER, "room_creation_api": "https://calls.example.com/"}
    config = target.client.call("dialin.create", json=body)["id"]
    assert target.client.call("phone_numbers.release", path={"id": number["id"]}) == {"status": "ok"}
    assert isinstance(target.refused("dialin.get", id=config), NotFoundError)
    assert target.client.call("dialin.list")["total_count"] == 0


@pytest.mark.parametrize("key", ["phoneNumber", "number"])
def test_the_numbers_on_offer(target: Target, key: str):
    """Daily's reference has one key, pipecat's documentation the other."""
    if target.emulator is not None:
        target.emulator.switches.available_number_key = key  # type: ignore[assignment]
    try:
        offered = target.client.call("phone_numbers.available", params={"region": "CA"})["data"]
    except PlanError:
        pytest.skip("this account has no plan with phone numbers")
    assert all((one.get("phoneNumber") or one["number"]).startswith("+1") for one in offered)
