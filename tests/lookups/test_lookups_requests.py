"""What each lookup asks, and what it makes of the documented answers; lists are read no further than they are used."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from lookups_world import KEY, NOT_FOUND, Daily

import pulumi_daily as daily_package
from pulumi_daily import connection, lookups
from pulumi_daily.api import ROUTES, BadResponse, DailyError, NotFoundError, Response, RetryBudgetExceeded, UsageError
from pulumi_daily.lookups import ROUTES_USED, Results


@dataclass(frozen=True)
class Case:
    """One lookup: its arguments, the answer, the request, and fields of what it gives."""

    args: tuple[Any, ...]
    path: str
    answer: Any
    gives: dict[str, Any]
    kwargs: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)


def page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"total_count": len(items), "data": list(items)}


PERSON = {
    "room": "r",
    "id": "d61c",
    "userId": None,
    "userName": "Moishe",
    "mtgSessionId": "16e9",
    "joinTime": "2023-01-01T20:53:19.000Z",
    "duration": 2312,
}
WAS_THERE = {"user_id": "4q47", "participant_id": "d61c", "user_name": "Ada", "join_time": 1672786813, "duration": 150}
LINK = "https://bucket.example/x?Signature=canary"

CASES: dict[str, Case] = {
    "get_room": Case(
        ("hello there",),
        "/rooms/hello%20there",
        {
            "id": "d61cd7b2",
            "name": "hello there",
            "api_created": True,
            "privacy": "public",
            "url": "https://api-demo.daily.co/hello",
            "created_at": "2019-01-26T09:01:22.000Z",
            "config": {"start_video_off": True, "autojoin": True},
        },
        {
            "name": "hello there",
            "room_id": "d61cd7b2",
            "api_created": True,
            "privacy": "public",
            "url": "https://api-demo.daily.co/hello",
            "created_at": "2019-01-26T09:01:22.000Z",
            "config": {"start_video_off": True, "autojoin": True},
            "sip_uri": None,
        },
    ),
    "get_rooms": Case((), "/rooms", page({"id": "1", "name": "a"}), {"name": "a"}, query={"limit": 100}),
    "get_room_presence": Case(
        ("r",),
        "/rooms/r/presence",
        page(PERSON),
        {"user_name": "Moishe", "user_id": None, "mtg_session_id": "16e9", "join_time": "2023-01-01T20:53:19.000Z"},
        kwargs={"user_id": "u", "user_name": "Moishe", "limit": 5},
        query={"limit": 5, "userId": "u", "userName": "Moishe"},
    ),
    "get_presence": Case((), "/presence", {"r": [PERSON]}, {"duration": 2312, "room": "r", "id": "d61c"}),
    "get_room_session_data": Case(("r",), "/rooms/r/get-session-data", {"data": {"a": [1]}}, {"data": {"a": [1]}}),
    "get_domain": Case(
        (),
        "/",
        {"domain_name": "api-test-1", "domain_id": "30f8", "config": {"lang": "en", "hipaa": False}},
        {"domain_name": "api-test-1", "domain_id": "30f8", "config": {"lang": "en", "hipaa": False}},
    ),
    "get_webhook": Case(("0b4e",), "/webhooks/0b4e", {"uuid": "0b4e", "state": "FAILED"}, {"state": "FAILED"}),
    "get_webhooks": Case((), "/webhooks", [{"uuid": "0b4e", "eventTypes": ["x"]}], {"event_types": ["x"]}),
    "validate_meeting_token": Case(
        ("eyJ.x.y",),
        "/meeting-tokens/eyJ.x.y",
        {"room_name": "EevV", "is_owner": True, "user_name": "host", "start_video_off": False, "lang": "en"},
        {
            "room_name": "EevV",
            "is_owner": True,
            "exp": None,
            "properties": {
                "room_name": "EevV",
                "is_owner": True,
                "user_name": "host",
                "start_video_off": False,
                "lang": "en",
            },
        },
        kwargs={"ignore_nbf": True},
        query={"ignoreNbf": "true"},
    ),
    "get_meeting": Case(
        ("d61c",),
        "/meetings/d61c",
        {"id": "d61c", "room": "r", "start_time": 1672606399, "duration": 2055, "ongoing": False},
        {"id": "d61c", "room": "r", "start_time": 1672606399, "ongoing": False, "participants": []},
    ),
    "get_meetings": Case(
        (),
        "/meetings",
        page({"id": "d61c", "participants": [WAS_THERE]}),
        {"id": "d61c"},
        kwargs={
            "room": "r",
            "timeframe_start": 1672606399.9,
            "timeframe_end": "2023-01-01T21:00:00Z",
            "ongoing": True,
            "no_participants": False,
            "limit": 7,
        },
        query={
            "room": "r",
            "timeframe_start": 1672606399,
            "timeframe_end": 1672606800,
            "ongoing": "true",
            "no_participants": "false",
            "limit": 7,
        },
    ),
    "get_meeting_participants": Case(
        ("d61c",),
        "/meetings/d61c/participants",
        lambda request: {"data": [WAS_THERE]} if "joined_after" not in request.params else NOT_FOUND,
        {"participant_id": "d61c", "user_name": "Ada", "join_time": 1672786813, "duration": 150},
        query={"limit": 100},
    ),
    "get_logs": Case(
        (),
        "/logs",
        {"logs": [{"time": "2026", "message": "left", "mtgSessionId": "m", "peerId": None, "level": 2, "code": 7991}]},
        {"message": "left", "mtg_session_id": "m", "peer_id": None, "level": 2, "code": 7991},
        kwargs={
            "mtg_session_id": "m",
            "user_session_id": "u",
            "log_level": "INFO",
            "start_time": 1.5,
            "end_time": datetime.datetime(1970, 1, 1, 0, 1, tzinfo=datetime.timezone.utc),
            "order": "ASC",
        },
        query={
            "mtgSessionId": "m",
            "userSessionId": "u",
            "logLevel": "INFO",
            "startTime": 1500,
            "endTime": 60000,
            "order": "ASC",
            "limit": 100,
            "offset": 0,
        },
    ),
    "get_api_logs": Case(
        (),
        "/logs/api",
        [{"id": "l", "source": "webhook", "url": "https://x", "status": 500, "createdAt": "2024", "response": "{}"}],
        {"source": "webhook", "status": 500, "created_at": "2024", "response": "{}"},
        kwargs={"source": "webhook", "url": "https://x"},
        query={"source": "webhook", "url": "https://x", "limit": 100},
    ),
    "get_recording": Case(
        ("0cb3",),
        "/recordings/0cb3",
        {
            "id": "0cb3",
            "status": "finished",
            "tracks": [{"size": 1, "type": "audio", "s3key": "k"}],
            "mtgSessionId": "m",
        },
        {"status": "finished", "tracks": [{"size": 1, "type": "audio", "s3key": "k"}], "mtg_session_id": "m"},
    ),
    "get_recordings": Case(
        (),
        "/recordings",
        page({"id": "bfd0", "status": "in-progress", "start_ts": 1548790974, "share_token": "NcWg"}),
        {"status": "in-progress", "duration": None, "start_ts": 1548790974},
        kwargs={"room_name": "r"},
        query={"room_name": "r", "limit": 100},
    ),
    "get_recording_access_link": Case(
        ("0cb3",),
        "/recordings/0cb3/access-link",
        {"download_link": LINK, "expires": 1548809176},
        {"download_link": LINK, "expires": 1548809176, "validity_capped": None},
        kwargs={"valid_for_secs": 900},
        query={"valid_for_secs": 900},
    ),
    "get_transcript": Case(
        ("0cb3",),
        "/transcript/0cb3",
        {"transcriptId": "0cb3", "status": "t_error", "error": "no audio", "outParams": {"key": "k"}},
        {"transcript_id": "0cb3", "status": "t_error", "error": "no audio"},
    ),
    "get_transcripts": Case(
        (),
        "/transcript",
        page({"transcriptId": "0cb3", "roomId": "1a5a", "isVttAvailable": True}),
        {"transcript_id": "0cb3", "room_id": "1a5a", "is_vtt_available": True, "out_params": None},
        kwargs={"room_id": "1a5a", "room_name": "r", "mtg_session_id": "m"},
        query={"roomId": "1a5a", "room_name": "r", "mtgSessionId": "m", "limit": 100},
    ),
    "get_transcript_access_link": Case(
        ("0cb3",),
        "/transcript/0cb3/access-link",
        {"transcriptId": "0cb3", "link": LINK},
        {"transcript_id": "0cb3", "download_link": LINK},
    ),
    "get_batch_job": Case(
        ("3ab8",),
        "/batch-processor/3ab8",
        {"id": "3ab8", "preset": "transcript", "status": "error", "error": "e", "input": {"uri": "u"}},
        {"preset": "transcript", "status": "error", "error": "e", "input": {"uri": "u"}, "output": {}},
    ),
    "get_batch_jobs": Case(
        (),
        "/batch-processor",
        page({"id": "3ab8", "status": "finished"}),
        {"status": "finished"},
        kwargs={"recording_id": "0cb3"},
        query={"recordingId": "0cb3", "limit": 100},
    ),
    "get_batch_job_access_link": Case(
        ("3ab8",),
        "/batch-processor/3ab8/access-link",
        {"id": "3ab8", "transcription": [{"format": "txt", "link": LINK}]},
        {"transcription": [{"format": "txt", "link": LINK}], "summary": {}},
    ),
    "get_available_phone_numbers": Case(
        (),
        "/list-available-numbers",
        page({"phoneNumber": "+13058700061", "region": "FL"}),
        {"phone_number": "+13058700061", "region": "FL"},
        kwargs={"region": "FL", "contains": "3058"},
        query={"region": "FL", "contains": "3058"},
    ),
    "get_phone_numbers": Case(
        (),
        "/purchased-phone-numbers",
        page({"id": "85a7", "number": "+18058700061", "pagination_id": 3391, "verified": "true"}),
        {"number": "+18058700061", "pagination_id": 3391, "verified": True},
        kwargs={"number": "+1805", "name": "Acme"},
        query={"filter_number": "+1805", "filter_name": "Acme", "limit": 50},
    ),
    "get_dialin_config": Case(
        ("bfd0",),
        "/domain-dialin-config/bfd0",
        {"id": "bfd0", "type": "pinless_dialin", "config": {"sip_uri": "s", "name_prefix": "p", "hmac": "h"}},
        {"id": "bfd0", "type": "pinless_dialin", "sip_uri": "s", "name_prefix": "p", "phone_number": None},
    ),
    "get_dialin_configs": Case(
        (),
        "/domain-dialin-config",
        page({"id": "0cb3", "type": "pin_dialin", "config": {"sip_uri": None, "phone_number": "+12555599999"}}),
        {"type": "pin_dialin", "sip_uri": None, "phone_number": "+12555599999"},
        kwargs={
            "type": "pin_dialin",
            "phone_number": "+1",
            "phone_numbers": ["+1", "+2"],
            "sip_username": "u",
            "name_prefix": "p",
        },
        query={
            "type": "pin_dialin",
            "phone_number": "+1",
            "phone_numbers": "+1,+2",
            "sip_username": "u",
            "name_prefix": "p",
            "limit": 100,
        },
    ),
    "get_sip_trunk": Case(
        ("t",),
        "/sip-trunk/t",
        {"id": "t", "trunk_name": "support", "enabled": True, "config": {"room_template": {"lang": "de"}}},
        {"trunk_name": "support", "enabled": True, "room_template": {"lang": "de"}, "notification": {}},
    ),
    "get_sip_trunks": Case(
        (),
        "/sip-trunk",
        page({"id": "t", "trunk_name": "support"}),
        {"trunk_name": "support"},
        kwargs={"trunk_name": "sup", "description": "d", "enabled": True},
        query={"trunk_name": "sup", "description": "d", "enabled": "true", "limit": 100},
    ),
    "get_sip_client": Case(
        ("support.1",),
        "/sip-clients/support.1",
        {"username": "support.1", "domain": "mydomain.sip-us.daily.co", "sip_uri": "sip:x", "expires_at": None},
        {"username": "support.1", "sip_domain": "mydomain.sip-us.daily.co", "sip_uri": "sip:x", "expires_at": None},
    ),
    "get_sip_clients": Case(
        (),
        "/sip-clients",
        {"sip_clients": [{"username": "support.1"}], "total": 1, "limit": 100, "offset": 0},
        {"username": "support.1"},
        query={"limit": 100, "offset": 0},
    ),
}


def flat(answer: Any) -> Any:
    """The first result in what a lookup gives."""
    if isinstance(answer, Results):
        return answer.first()
    if isinstance(answer, dict):
        return next(iter(answer.values()))[0]
    return answer[0] if isinstance(answer, list) else answer


def test_every_lookup_is_here_and_uses_known_routes() -> None:
    assert CASES.keys() == ROUTES_USED.keys()
    assert {route for routes in ROUTES_USED.values() for route in routes} <= ROUTES.keys()
    for name in ROUTES_USED:
        for form in (name, f"{name}_output"):
            assert form in daily_package.__all__
            assert getattr(lookups, form) is getattr(daily_package, form)


def test_every_route_that_reads_something_has_a_lookup() -> None:
    reads = {name for name, route in ROUTES.items() if route.method == "GET"}
    # The OCI test writes into the bucket: it is no lookup, though it is a GET.
    assert {route for routes in ROUTES_USED.values() for route in routes} == reads - {"recordings.test_oci_bucket"}


@pytest.mark.parametrize("name", CASES)
def test_the_request_and_the_result(name: str, daily: Daily) -> None:
    case = CASES[name]
    daily.answer(case.path, case.answer)
    found = flat(getattr(daily_package, name)(*case.args, **case.kwargs))
    assert daily.asked[0] == (case.path, case.query)
    assert {key: getattr(found, key) for key in case.gives} == case.gives
    assert daily.transport.requests[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("name", CASES)
def test_exactly_the_routes_that_are_listed_are_used(name: str, daily: Daily) -> None:
    case = CASES[name]
    daily.answer(case.path, case.answer)
    answer = getattr(daily_package, name)(*case.args, **case.kwargs)
    if isinstance(answer, Results):
        answer.all()
    (made,) = connection._connections.values()
    assert tuple(made.client().request_counts) == ROUTES_USED[name]


@pytest.mark.parametrize("name", CASES)
def test_both_forms_take_the_same_arguments_and_say_what_they_do(name: str) -> None:
    plain, output = getattr(daily_package, name), getattr(daily_package, f"{name}_output")
    one, other = inspect.signature(plain).parameters, inspect.signature(output).parameters
    assert [(p.name, p.kind, p.default) for p in one.values()] == [(p.name, p.kind, p.default) for p in other.values()]
    assert "Daily: GET /" in plain.__doc__
    for parameter in one.values():
        if parameter.kind is not parameter.VAR_KEYWORD:
            assert f":param {parameter.name}: " in plain.__doc__
    assert f":func:`{name}`" in output.__doc__


SINGLE = [name for name in CASES if "default" in inspect.signature(getattr(daily_package, name)).parameters]


@pytest.mark.parametrize("name", [name for name in SINGLE if name != "validate_meeting_token"])
def test_what_is_not_there(name: str, daily: Daily) -> None:
    case = CASES[name]
    daily.answer(case.path, NOT_FOUND)
    ask: Callable[..., Any] = getattr(daily_package, name)
    with pytest.raises(NotFoundError, match=r"404 not-found: it is not there \(GET .*\); .*default=None") as error:
        ask(*case.args, **case.kwargs)
    assert "\n" not in str(error.value)
    assert ask(*case.args, default=None, **case.kwargs) is None
    assert ask(*case.args, default="other", **case.kwargs) == "other"


def test_a_missing_room_says_what_to_do(daily: Daily) -> None:
    daily.answer("/rooms/r", Response.of(404, {"error": "not-found", "info": "room r not found"}))
    with pytest.raises(NotFoundError) as error:
        daily_package.get_room("r")
    assert str(error.value) == (
        "404 not-found: room r not found (GET /rooms/r); make it with daily.Room, look a room of this program up by "
        "its output, get_room_output(room.name), or pass default=None if it may be missing"
    )
    assert [frame.name for frame in error.traceback][-1] in ("plain_or", "get_room")  # no frames of the client


def test_only_what_is_missing_is_replaced_by_the_default(daily: Daily) -> None:
    endpoint = Response.of(404, {"error": "not-found", "info": "api endpoint does not exist"})
    for answer in (Response.of(401, {"error": "authentication-error"}), endpoint, Response(404, {}, b"<html>")):
        daily.answer("/rooms/r", answer)
        with pytest.raises(DailyError):
            daily_package.get_room("r", default=None)


def test_a_link_for_as_long_as_daily_says(daily: Daily) -> None:
    daily.answer("/recordings/r/access-link", {"download_link": LINK})
    assert daily_package.get_recording_access_link("r").expires is None
    assert daily.asked == [("/recordings/r/access-link", {})]


def test_an_invalid_token(daily: Daily) -> None:
    refusal = Response.of(400, {"error": "invalid-request-error", "info": "token eyJ.x.y is not yours"})
    daily.answer("/meeting-tokens/eyJ.x.y", refusal)
    assert daily_package.validate_meeting_token("eyJ.x.y", default=None) is None
    with pytest.raises(DailyError, match="default=None if it may be invalid") as error:
        daily_package.validate_meeting_token("eyJ.x.y")
    assert "eyJ" not in str(error.value)
    assert daily.asked == [("/meeting-tokens/eyJ.x.y", {})] * 2


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "3"])
@pytest.mark.parametrize("name", [name for name in CASES if name.endswith("s") and name != "get_webhooks"])
def test_a_limit_is_a_number_over_0(name: str, limit: Any, daily: Daily) -> None:
    case = CASES[name]
    if "limit" in inspect.signature(getattr(daily_package, name)).parameters:
        with pytest.raises(UsageError, match="limit must be a whole number over 0"):
            getattr(daily_package, name)(*case.args, **{**case.kwargs, "limit": limit})
    assert daily.asked == []


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("get_webhooks", {"error": "?"}),
        ("get_webhooks", [1]),
        ("get_webhook", []),
        ("get_webhook", [{}, {}]),
        ("get_webhook", "text"),
        ("get_rooms", {"data": []}),
        ("get_room_presence", {"total_count": 0}),
        ("get_presence", {"r": {}}),
        ("get_logs", []),
        ("get_logs", {"logs": None}),
        ("get_api_logs", {"data": "?"}),
        ("get_api_logs", [{"id": None}] * 100),
        ("get_sip_clients", {"data": [], "total": 0}),
        ("get_available_phone_numbers", {"total_count": 1}),
        ("get_meeting", []),
        ("get_meeting_participants", {"data": [{"id": "no participant_id"}]}),
        ("get_room_session_data", None),
    ],
)
def test_other_shapes_are_errors(name: str, answer: Any, daily: Daily) -> None:
    case = CASES[name]
    daily.answer(case.path, answer)
    with pytest.raises((BadResponse, RetryBudgetExceeded), match=r"\(GET /"):
        list(getattr(daily_package, name)(*case.args, **case.kwargs))


def test_an_object_in_an_array_is_taken(daily: Daily) -> None:
    """Daily's description and its documentation disagree about GET /webhooks/:uuid."""
    daily.answer("/webhooks/w", [{"uuid": "w"}])
    assert daily_package.get_webhook("w").uuid == "w"


# -- arguments that cannot be right are refused before anything is sent


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("get_rooms", {"privacy": "org"}, "privacy must be public or private, not 'org'"),
        ("get_rooms", {"created_after": "yesterday"}, "created_after must be unix seconds, an aware datetime, or text"),
        ("get_rooms", {"created_before": datetime.datetime(2026, 1, 1)}, "created_before must be"),
        ("get_rooms", {"created_before": "2026-01-01T10:00:00"}, "created_before must be"),
        ("get_rooms", {"created_before": True}, "created_before must be"),
        ("get_meetings", {"timeframe_start": "x"}, "timeframe_start must be"),
        ("get_logs", {}, "get_logs needs mtg_session_id or user_session_id"),
        ("get_logs", {"mtg_session_id": ""}, "get_logs needs mtg_session_id or user_session_id"),
        (
            "get_logs",
            {"mtg_session_id": "m", "log_level": "WARN"},
            "log_level must be ERROR, INFO or DEBUG, not 'WARN'",
        ),
        ("get_logs", {"mtg_session_id": "m", "order": "up"}, "order must be ASC or DESC, not 'up'"),
        ("get_api_logs", {"source": "all"}, "source must be api or webhook, not 'all'"),
        (
            "get_recording_access_link",
            {"id": "r", "valid_for_secs": 899},
            "valid_for_secs must be .* 900 to 43200, not 899",
        ),
        ("get_recording_access_link", {"id": "r", "valid_for_secs": 43201}, "not 43201"),
        ("get_recording_access_link", {"id": "r", "valid_for_secs": 900.5}, "not 900.5"),
        ("get_recording_access_link", {"id": "r", "valid_for_secs": True}, "not True"),
        ("get_dialin_configs", {"type": "pin"}, "type must be pin_dialin or pinless_dialin, not 'pin'"),
        ("get_dialin_configs", {"phone_numbers": "+1"}, "phone_numbers must be a list"),
        ("get_available_phone_numbers", {"areacode": "80"}, "areacode must"),
        ("get_available_phone_numbers", {"region": "ca"}, "region must"),
        ("get_available_phone_numbers", {"contains": "12"}, "contains must"),
        ("get_available_phone_numbers", {"region": "CA", "areacode": "805"}, "region does not go with areacode"),
        ("get_available_phone_numbers", {"city": "Ojai"}, "city needs region"),
        ("get_available_phone_numbers", {"contains": "805", "ends_with": "061"}, "ends_with does not go with contains"),
        (
            "get_available_phone_numbers",
            {"city": "Ojai", "region": "CA", "starts_with": "805"},
            "city does not go with starts_with",
        ),
        ("get_room", {"name": ".."}, "must not be empty"),
    ],
)
def test_what_cannot_be_right_is_refused_unsent(name: str, arguments: Any, message: str, daily: Daily) -> None:
    with pytest.raises(UsageError, match=message):
        getattr(daily_package, name)(**arguments)
    assert daily.asked == []


def test_misspelled_options_are_noticed(daily: Daily) -> None:
    with pytest.raises(TypeError, match=r"get_room\(\) got an unexpected keyword argument 'acount'"):
        daily_package.get_room("r", acount=None)  # type: ignore[call-arg]


@pytest.mark.parametrize("moment", ["2026-01-31", "2026-01-31T00:00:00Z", "2026-01-31T01:00:00.000+01:00", 1769817600])
def test_moments(moment: Any, daily: Daily) -> None:
    daily.answer("/meetings", page())
    daily_package.get_meetings(timeframe_start=moment).all()
    assert daily.asked[0][1]["timeframe_start"] == 1769817600
