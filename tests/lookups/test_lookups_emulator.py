"""Every lookup against the emulator, with more objects than fit on a page."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from lookups_world import Program
from pulumi.runtime.config import CONFIG

import pulumi_daily as daily
from pulumi_daily.api import Client, InvalidRequestError, NotFoundError
from pulumi_daily.emulator import Emulator


@pytest.fixture
def client(emulator: Emulator) -> Client:
    return Client(emulator.api_key, api_url=emulator.url)


def test_rooms(emulator: Emulator) -> None:
    emulator.seed(203, "room")
    emulator.add_room("lobby", "private", enable_chat=True)
    found = daily.get_room("lobby")
    assert (found.name, found.privacy, found.url) == ("lobby", "private", "https://acme.daily.co/lobby")
    assert (found.config, found.api_created) == ({"enable_chat": True}, False)
    assert daily.get_room("nowhere", default=None) is None
    emulator.clear_log()
    assert len(daily.get_rooms().all()) == 204
    assert emulator.counts() == {"GET /rooms": 3}
    assert [room.name for room in daily.get_rooms(name="lob*")] == ["lobby"]
    assert [room.name for room in daily.get_rooms(config={"enable_chat": True})] == ["lobby"]
    assert len(daily.get_rooms(privacy="public", limit=150).all()) == 150
    emulator.clear_log()
    assert daily.get_rooms().first() is not None
    assert emulator.count("GET /rooms") == 1


@pytest.mark.parametrize("answer", ["404", "200"])
def test_an_expired_room_is_there_or_not_as_daily_answers(answer: Any, emulator: Emulator) -> None:
    emulator.switches.expired_get = answer
    emulator.add_room("past", exp=1_700_000_000)
    found = daily.get_room("past", default=None)
    assert (found is None) is (answer == "404")
    assert daily.get_rooms().all() == []


def test_domain_and_accounts(emulator: Emulator) -> None:
    emulator.set_domain_config(lang="de")
    found = daily.get_domain()
    assert (found.domain_name, found.domain_id, found.config["lang"]) == ("acme", emulator.domain_id, "de")
    emulator.add_domain("other", "key-of-other")
    emulator.add_room("there", domain="other")
    assert daily.get_rooms().all() == []
    CONFIG.get().update({"daily:apiKey": "key-of-other", "daily:domain": "other"})
    assert [room.name for room in daily.get_rooms()] == ["there"]


def test_people(emulator: Emulator) -> None:
    emulator.add_room("a")
    emulator.add_room("b")
    ada = emulator.join("a", "Ada", "u1")
    emulator.clock.advance(10)
    emulator.join("a", "Bob")
    (first, second) = daily.get_room_presence("a")
    assert {(one.user_name, one.user_id, one.duration) for one in (first, second)} == {
        ("Ada", "u1", 10),
        ("Bob", None, 0),
    }
    assert [one.id for one in daily.get_room_presence("a", user_id="u1")] == [ada]
    assert daily.get_room_presence("b") == []
    with pytest.raises(NotFoundError):
        daily.get_room_presence("c")
    assert daily.get_room_presence("c", default=[]) == []
    assert {room: len(people) for room, people in daily.get_presence().items()} == {"a": 2}


def test_meetings(emulator: Emulator) -> None:
    emulator.add_room("a", max_participants=300)
    emulator.add_room("b")
    for n in range(205):
        emulator.join("a", f"person {n}")
    emulator.clock.advance(100)
    emulator.end_call("a")
    emulator.clock.advance(100)
    emulator.join("b", "Cyd")
    newest, oldest = daily.get_meetings()
    assert (newest.room, newest.ongoing, [one.user_name for one in newest.participants]) == ("b", True, ["Cyd"])
    assert (oldest.room, oldest.ongoing, oldest.duration, oldest.max_participants) == ("a", False, 100, 205)
    assert [one.room for one in daily.get_meetings(ongoing=True)] == ["b"]
    assert [one.room for one in daily.get_meetings(room="a")] == ["a"]
    assert daily.get_meetings(room="never").all() == []
    assert [one.participants for one in daily.get_meetings(no_participants=True)] == [[], []]
    late = emulator.clock.now() - 50
    assert [one.room for one in daily.get_meetings(timeframe_start=late)] == ["b"]
    assert daily.get_meeting(oldest.id).duration == 100
    assert daily.get_meeting("0", default=None) is None
    emulator.clear_log()
    people = daily.get_meeting_participants(oldest.id)
    assert [one.user_name for one in people] == [f"person {n}" for n in range(205)]
    assert emulator.counts() == {"GET /meetings/:id/participants": 4}  # the fourth is the 404 of the end
    assert len(daily.get_meeting_participants(oldest.id, limit=2).all()) == 2
    with pytest.raises(NotFoundError):
        daily.get_meeting_participants("0").all()


def test_session_data(emulator: Emulator, client: Client) -> None:
    emulator.add_room("a")
    emulator.join("a")
    client.call("rooms.session_data.set", path={"name": "a"}, json={"data": {"scene": 2}})
    assert daily.get_room_session_data("a").data == {"scene": 2}
    assert daily.get_room_session_data("c", default=None) is None


def test_logs(emulator: Emulator) -> None:
    for n in range(230):
        emulator.add("call_logs", created_at=1000 + n, mtgSessionId="m", message=str(n), level=1)
    lines = daily.get_logs(mtg_session_id="m")
    assert [line.message for line in lines] == [str(n) for n in reversed(range(230))]
    assert [line.message for line in daily.get_logs(mtg_session_id="m", order="ASC", limit=2)] == [
        "0",
        "1",
    ]
    some = daily.get_logs(mtg_session_id="m", start_time=1003, end_time=1005)
    assert [line.message for line in some] == ["5", "4", "3"]
    assert daily.get_logs(user_session_id="u").all() == []


def test_api_logs(emulator: Emulator, client: Client) -> None:
    for _ in range(130):
        client.get_domain()
    client.list_rooms()
    every = daily.get_api_logs().all()
    assert len({one.id for one in every}) == len(every) >= 131
    assert {one.source for one in every} == {"api"}
    assert daily.get_api_logs(source="webhook").all() == []
    assert [one.method for one in daily.get_api_logs(limit=1)] == ["GET"]
    (listed,) = daily.get_api_logs(url="/v1/rooms")
    assert listed.response is not None
    assert "total_count" in listed.response
    assert listed.response not in repr(listed)


def test_recordings(emulator: Emulator) -> None:
    emulator.add_room("a")
    made = [emulator.add("recordings", room_name="a" if n % 2 else "b", duration=n) for n in range(104)]
    assert len(daily.get_recordings().all()) == 104
    assert {one.room_name for one in daily.get_recordings(room_name="a")} == {"a"}
    one = daily.get_recording(made[3]["id"])
    assert (one.id, one.duration, one.status) == (made[3]["id"], 3, "finished")
    assert daily.get_recording("0", default=None) is None
    link = daily.get_recording_access_link(one.id, valid_for_secs=900)
    assert link.download_link.startswith("https://")
    assert link.expires == emulator.clock.now() + 900
    assert link.download_link not in repr(link)


def test_transcripts(emulator: Emulator) -> None:
    room = emulator.add_room("a")
    made = [emulator.add("transcripts", roomId=room["id"], room_name="a") for _ in range(103)]
    assert len(daily.get_transcripts().all()) == 103
    assert len(daily.get_transcripts(room_id=room["id"], limit=2).all()) == 2
    assert daily.get_transcripts(mtg_session_id="0").all() == []
    one = daily.get_transcript(made[0]["transcriptId"])
    assert (one.room_id, one.status) == (room["id"], "t_finished")
    assert one.out_params is None or one.out_params.s3key
    assert daily.get_transcript_access_link(one.transcript_id).download_link.startswith("https://")
    assert daily.get_transcript("0", default=None) is None


def test_batch_jobs(emulator: Emulator, client: Client) -> None:
    body = {
        "preset": "transcript",
        "inParams": {"sourceType": "uri", "uri": "https://files.example/a.mp4"},
        "outParams": {"s3Config": {"s3KeyTemplate": "t"}},
    }
    jobs = [client.call("batch_processor.create", json=body)["id"] for _ in range(3)]
    assert {one.id for one in daily.get_batch_jobs()} == set(jobs)
    with pytest.raises(InvalidRequestError):
        daily.get_batch_job_access_link(jobs[0])
    emulator.set_job(jobs[0], "finished")
    assert daily.get_batch_job(jobs[0]).status == "finished"
    links = daily.get_batch_job_access_link(jobs[0])
    assert {link["format"] for link in links.transcription} == {"json", "srt", "txt", "vtt"}
    assert daily.get_batch_job("0", default=None) is None


def test_webhooks(emulator: Emulator) -> None:
    secret = base64.b64encode(b"secret of the webhook").decode()
    made = emulator.add("webhooks", url="https://hooks.example", eventTypes=["meeting.started"], hmac=secret)
    (hook,) = daily.get_webhooks()
    assert (hook.url, hook.event_types, hook.hmac, hook.state) == (made["url"], ["meeting.started"], secret, "ACTIVE")
    assert daily.get_webhook(hook.uuid) == hook
    assert secret not in repr(hook)
    assert daily.get_webhook("0", default=None) is None


def test_tokens(emulator: Emulator, client: Client) -> None:
    emulator.add_room("a")
    now = int(emulator.clock.now())
    token = client.create_meeting_token({"room_name": "a", "is_owner": True, "exp": now + 60, "nbf": now + 30})
    with pytest.raises(InvalidRequestError) as error:
        daily.validate_meeting_token(token)
    assert token not in str(error.value)
    found = daily.validate_meeting_token(token, ignore_nbf=True)
    assert (found.room_name, found.is_owner, found.exp, found.nbf) == ("a", True, now + 60, now + 30)
    emulator.clock.advance(100)
    assert daily.validate_meeting_token(token, ignore_nbf=True, default=None) is None


def test_phone_numbers_and_dialin(emulator: Emulator) -> None:
    for n in range(55):
        emulator.add("phone_numbers", number=f"+180587000{n:02}")
    assert len(daily.get_phone_numbers().all()) == 55
    (one,) = daily.get_phone_numbers(number="+18058700007")
    assert (one.number, one.verified) == ("+18058700007", True)
    available = daily.get_available_phone_numbers(areacode="305")
    assert available
    assert all(number.phone_number.startswith("+1305") for number in available)
    made = emulator.add("dialin_configs", type="pin_dialin", phone_number="+18058700007", name_prefix="desk")
    (config,) = daily.get_dialin_configs(type="pin_dialin", phone_numbers=["0007"])
    assert (config.id, config.phone_number, config.name_prefix) == (made["id"], "+18058700007", "desk")
    assert daily.get_dialin_configs(type="pinless_dialin").all() == []
    assert daily.get_dialin_config(config.id) == config
    assert daily.get_dialin_config("0", default=None) is None


def test_sip(emulator: Emulator) -> None:
    for n in range(120):
        emulator.add("sip_clients", username=f"desk-{n}", password="canary-12345")
    assert {one.username for one in daily.get_sip_clients()} == {f"desk-{n}" for n in range(120)}
    one = daily.get_sip_client("desk-7")
    assert (one.sip_domain, one.expires_at) == ("acme.sip-us.daily.co", None)
    assert daily.get_sip_client("nobody", default=None) is None
    made = emulator.add(
        "sip_trunks",
        trunk_name="support",
        room_template={"lang": "de"},
        notification={"webhook_url": "https://hooks.example"},
        trunk_config={"is_open": True},
    )
    (trunk,) = daily.get_sip_trunks(trunk_name="sup", enabled=True)
    assert (trunk.id, trunk.trunk_name, trunk.room_template) == (made["id"], "support", {"lang": "de"})
    assert trunk.trunk_config["is_open"] is True
    assert daily.get_sip_trunk(trunk.id).sip_uri == trunk.sip_uri
    assert daily.get_sip_trunk("0", default=None) is None


# -- when Daily does not answer as it should


def test_a_limit_of_daily_is_waited_for(emulator: Emulator) -> None:
    emulator.add_room("a")
    emulator.fail("GET /rooms/:name", status=429, retry_after=0.01)
    assert daily.get_room("a").name == "a"


@pytest.mark.parametrize("fault", ["drop", "truncate", "not_json"])
def test_a_list_that_breaks_off_is_read_on(fault: str, emulator: Emulator) -> None:
    emulator.seed(150, "room")
    getattr(emulator, fault)("GET /rooms", after=1)
    assert len(daily.get_rooms().all()) == 150


def test_rooms_that_go_while_they_are_read(emulator: Emulator) -> None:
    emulator.seed(150, "room")
    found = iter(daily.get_rooms())
    names = [next(found).name for _ in range(100)]
    emulator.remove_room(names[-1])  # the cursor of the next page
    names += [room.name for room in found]
    assert len(names) == len(set(names)) == 150


def test_the_output_forms(program: Program, emulator: Emulator) -> None:
    emulator.seed(103, "room")
    emulator.add("webhooks", url="https://hooks.example", eventTypes=["meeting.started"])
    value, known, secret = program.value(daily.get_rooms_output())
    assert (len(value), known, secret) == (103, True, False)
    assert program.value(daily.get_webhooks_output())[1:] == (True, True)
    assert program.value(daily.get_room_output("room-7").url)[0] == "https://acme.daily.co/room-7"
