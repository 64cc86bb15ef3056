"""The native plugin in its real process: what the engine sends and gets."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import pytest
from google.protobuf import empty_pb2
from plugin_driver import Plugin, Refused, pb, plugin_process, struct, urn

from pulumi_daily.emulator import Emulator
from pulumi_daily.testing._wire import UNKNOWN, Secret

KEY = "canary-key-plugin-7c1e"
ROOM, SET = urn("Room", "lobby"), urn("RoomSet", "team")
KIND = {value: name for name, value in pb.PropertyDiff.Kind.items()}


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator("acme", KEY, rate_limits=False, record_bodies=True) as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator) -> Emulator:
    server.reset()
    server.rate_limits = False
    return server


@pytest.fixture(scope="module")
def shared(server: Emulator) -> Iterator[Plugin]:
    with plugin_process(apiKey=Secret(KEY), apiUrl=server.url, maxRetrySeconds=1, requestTimeout="20") as process:
        yield process


@pytest.fixture
def plugin(shared: Plugin, emulator: Emulator) -> Plugin:
    """One process for all tests, as for the resources of one run: each test has names of its own."""
    shared.engine.lines.clear()
    return shared


def leaves(answer: Any) -> dict[str, tuple[str, bool]]:
    return {path: (KIND[leaf.kind], leaf.inputDiff) for path, leaf in answer.detailedDiff.items()}


def test_the_life_of_a_room(plugin: Plugin, emulator: Emulator) -> None:
    program = {
        "name": "life",
        "properties": {"maxParticipants": 10, "enableChat": True, "permissions": {"canSend": True}},
    }
    inputs, failures = plugin.check(ROOM, program)
    assert failures == {}
    assert inputs == {**program, "privacy": "public", "__daily": {"owner": "shop/dev::Room lobby"}}

    identity, foreseen = plugin.create(ROOM, inputs, preview=True)
    assert (identity, foreseen["url"], foreseen["domain"]) == ("", "https://acme.daily.co/life", "acme")
    assert (foreseen["config"], foreseen["roomId"]) == (UNKNOWN, UNKNOWN)
    assert not emulator.rooms()

    identity, state = plugin.create(ROOM, inputs)
    assert identity == "life"
    assert emulator.rooms()["life"]["properties"] == {
        "max_participants": 10,
        "enable_chat": True,
        "permissions": {"canSend": True},
    }
    assert state["config"]["maxParticipants"] == 10
    assert plugin.diff(ROOM, identity, state, inputs).changes == pb.DiffResponse.DIFF_NONE

    news, _ = plugin.check(ROOM, {"name": "life", "properties": {"maxParticipants": 11, "lang": "de"}}, inputs)
    answer = plugin.diff(ROOM, identity, state, news)
    assert answer.changes == pb.DiffResponse.DIFF_SOME
    assert leaves(answer) == {
        "properties.maxParticipants": ("UPDATE", True),
        "properties.enableChat": ("DELETE", True),
        "properties.permissions": ("DELETE", True),
        "properties.lang": ("ADD", True),
    }
    foreseen = plugin.update(ROOM, identity, state, news, preview=True)
    assert (foreseen["url"], foreseen["roomId"], foreseen["config"]) == (state["url"], state["roomId"], UNKNOWN)
    state = plugin.update(ROOM, identity, state, news)
    assert emulator.rooms()["life"]["properties"] == {"max_participants": 11, "lang": "de"}

    found, read, read_inputs = plugin.read(ROOM, identity, state, news)
    assert (found, read["properties"], read_inputs) == ("life", news["properties"], news)

    renamed, _ = plugin.check(ROOM, {**program, "name": "other"}, news)
    answer = plugin.diff(ROOM, identity, state, renamed)
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["name"], False)
    assert leaves(answer)["name"] == ("UPDATE_REPLACE", True)

    with plugin_process(apiKey=KEY, apiUrl=emulator.url) as later:  # in one run, what stays is not deleted
        later.delete(ROOM, identity, state)
        assert emulator.rooms() == {}
        assert later.read(ROOM, identity, state, news)[0] == ""


def test_drift_and_what_exists_are_said_under_their_resource(plugin: Plugin, emulator: Emulator) -> None:
    inputs, _ = plugin.check(ROOM, {"name": "drifts", "properties": {"enableChat": True, "maxParticipants": 5}})
    identity, state = plugin.create(ROOM, inputs)
    rooms, _ = plugin.check(SET, {"rooms": {"a": {"properties": {"lang": "de"}}, "b": {}}})
    of_set, set_state = plugin.create(SET, rooms)
    emulator.edit_room("drifts", enable_chat=False)
    emulator.edit_room("a", lang="fr")
    emulator.seed([{"name": "taken"}])
    with plugin_process(apiKey=KEY, apiUrl=emulator.url) as other:  # what was read is kept for a run
        answer = other.diff(ROOM, identity, state, inputs)
        assert leaves(answer) == {"properties.enableChat": ("UPDATE", False)}
        assert leaves(other.diff(SET, of_set, set_state, rooms)) == {"rooms.a.properties.lang": ("UPDATE", False)}
        assert other.engine.lines == [
            (ROOM, 'room "drifts": enable_chat is false on Daily, the program says true'),
            (SET, 'room "a": lang is "fr" on Daily, the program says "de"'),
        ]
        other.engine.lines.clear()
        taken, _ = other.check(urn("Room", "taken"), {"name": "taken"})
        other.create(urn("Room", "taken"), taken, preview=True)
        [(of, line)] = other.engine.lines
        assert of == urn("Room", "taken")
        assert line.startswith('room "taken" exists on Daily already')
        ignored = other.diff(ROOM, identity, state, inputs, "properties.enableChat")
        assert ignored.changes == pb.DiffResponse.DIFF_NONE


def test_a_name_that_was_generated_stays(plugin: Plugin) -> None:
    inputs, _ = plugin.check(ROOM, {})
    assert inputs["name"].startswith("lobby-dev-")
    below = urn("Room", "lobby", "shop:Desk$")
    assert plugin.check(below, {})[0]["name"] != inputs["name"]
    assert plugin.check(below, {}, inputs)[0]["name"] == inputs["name"]
    assert plugin.check(ROOM, {"name": "mine"}, inputs)[0]["name"] == "mine"
    mine = plugin.check(ROOM, {"name": "mine"})[0]
    assert plugin.check(ROOM, {}, mine)[0]["name"] == inputs["name"]


def test_what_is_wrong_has_the_names_of_the_program(plugin: Plugin) -> None:
    _, failures = plugin.check(ROOM, {"name": "a b", "properties": {"maxParticipants": "many", "enableChatt": True}})
    assert set(failures) == {"name", "properties.maxParticipants", "properties.enableChatt"}
    assert failures["properties.enableChatt"].endswith("did you mean enableChat?")
    with pytest.raises(Refused, match=r"^DailyError: pulumi_daily has no resource Broom$"):
        plugin.check(urn("Broom", "x"), {})


def test_secrets_are_marked_and_never_in_clear(plugin: Plugin, emulator: Emulator) -> None:
    trunk = urn("SipTrunk", "trunk")
    given = {
        "trunkName": "support",
        "description": Secret("Support"),
        "roomTemplate": {},
        "trunkConfig": {"credential": {"username": "carrier", "password": "carrier-pass-1"}},
        "notification": {"webhookUrl": "https://example.com/hook"},
    }
    inputs, failures = plugin.check(trunk, given)
    assert failures == {}
    password = Secret("carrier-pass-1")
    assert (inputs["description"], inputs["trunkConfig"]["credential"]["password"]) == (Secret("Support"), password)
    identity, state = plugin.create(trunk, inputs)
    assert (state["description"], state["trunkConfig"]["credential"]["password"]) == (Secret("Support"), password)
    assert isinstance(state["hmac"], Secret)
    _, read, again = plugin.read(trunk, identity, state, inputs)
    assert (read["description"], read["hmac"]) == (Secret("Support"), state["hmac"])
    assert again["trunkConfig"]["credential"]["password"] == password
    hooks = plugin.invoke("getSipTrunk", id=identity)
    assert isinstance(hooks["hmac"], Secret)


def test_an_object_is_imported_without_its_secrets(plugin: Plugin, emulator: Emulator) -> None:
    emulator.seed([{"name": "mine", "privacy": "private", "properties": {"enable_chat": True, "exp": 2_000_000_000}}])
    identity, state, inputs = plugin.read(ROOM, "mine", {}, {})
    declared = {"name": "mine", "privacy": "private", "properties": {"enableChat": True, "exp": 2_000_000_000}}
    assert (identity, inputs) == ("mine", {**declared, "__daily": {"owner": "shop/dev::Room lobby"}})
    checked, failures = plugin.check(ROOM, declared, inputs)
    assert failures == {}
    assert plugin.diff(ROOM, identity, state, checked).changes == pb.DiffResponse.DIFF_NONE
    with pytest.raises(Refused, match=r'^DailyError: there is no room "none"'):
        plugin.read(ROOM, "none", {}, {})
    with pytest.raises(Refused, match="cannot be imported"):
        plugin.read(SET, "mine", {}, {})


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        ("getRooms", {"config": "x"}, "getRooms: config: Input should be a valid dictionary"),
        ("getRooms", {"name": ["lobby"]}, "getRooms: name: Input should be a valid string"),
        ("getRooms", {"namePrefix": 5}, "getRooms: namePrefix: Input should be a valid string"),
        (
            "getDialinConfigs",
            {"phoneNumbers": 5},
            "getDialinConfigs: phoneNumbers: Input should be an instance of Sequence",
        ),
        ("getRoom", {"name": ["x"]}, "getRoom: name: Input should be a valid string"),
    ],
)
def test_an_argument_of_a_wrong_type_is_refused(
    function: str, arguments: dict[str, Any], text: str, plugin: Plugin, emulator: Emulator
) -> None:
    emulator.clear_log()
    with pytest.raises(Refused, match=text):
        plugin.invoke(function, **arguments)
    assert emulator.requests == []


def test_whole_numbers_and_filters_are_taken(plugin: Plugin, emulator: Emulator) -> None:
    emulator.add_room("typed-1", max_participants=5)
    emulator.add_room("typed-2")
    found = plugin.invoke("getRooms", limit=1, namePrefix="typed", config={"maxParticipants": 5}, createdAfter=1.0)
    assert [room["name"] for room in found["result"]] == ["typed-1"]


def test_functions(plugin: Plugin, emulator: Emulator) -> None:
    emulator.seed([{"name": "a", "properties": {"enable_chat": True}}, {"name": "b"}])
    found = plugin.invoke("getRoom", name="a")
    assert (found["name"], found["config"], found["roomId"]) == ("a", {"enableChat": True}, emulator.rooms()["a"]["id"])
    assert [room["name"] for room in plugin.invoke("getRooms", config={"enableChat": True})["result"]] == ["a"]
    assert plugin.invoke("getPresence") == {"result": {}}
    with pytest.raises(Refused, match=r"^DailyError: getRoom needs name$"):
        plugin.invoke("getRoom")
    with pytest.raises(Refused, match=r"^DailyError: getRoom has no argument nam$"):
        plugin.invoke("getRoom", nam="a")
    with pytest.raises(Refused, match=r"^DailyError: 404 not-found"):
        plugin.invoke("getRoom", name="none")
    with pytest.raises(Refused, match=r"^DailyError: pulumi_daily has no function daily:index:getBroom$"):
        plugin.invoke("getBroom")


def test_the_configuration(emulator: Emulator) -> None:
    plugin = Plugin()
    try:
        wrong = pb.CheckRequest(news=struct({"apiUrl": "ftp://x", "rateShares": "1"}))
        [failure] = plugin.call("CheckConfig", wrong).failures
        assert "daily:apiUrl" in failure.reason
        assert "did you mean daily:rateShare?" in failure.reason
        good = plugin.call("CheckConfig", pb.CheckRequest(news=struct({"apiKey": KEY, "domain": UNKNOWN})))
        assert good.failures == []
        assert good.inputs.fields["apiKey"].struct_value.fields["value"].string_value == KEY

        def diff(**news: Any) -> Any:
            olds = struct({"apiKey": KEY, "domain": "acme"})
            return plugin.call("DiffConfig", pb.DiffRequest(olds=olds, news=struct({"domain": "acme", **news})))

        assert diff(apiKey=KEY).changes == pb.DiffResponse.DIFF_NONE
        key = diff(apiKey="another")
        assert (key.changes, list(key.replaces)) == (pb.DiffResponse.DIFF_SOME, [])
        assert list(diff(apiKey=KEY, domain="other").replaces) == ["domain"]
        assert list(diff(apiKey=KEY, apiUrl="https://proxy.example").replaces) == []
        plugin.configure("eu", apiUrl=emulator.url)
        with pytest.raises(Refused, match=r'^DailyError: daily.Provider "eu" has no API key'):
            plugin.create(ROOM, plugin.check(ROOM, {"name": "x"})[0])
        plugin.configure(apiKey=KEY, apiUrl=emulator.url, rateShare="7")
        with pytest.raises(Refused, match=r"^DailyError: daily:rateShare must be"):
            plugin.check(ROOM, {"name": "x"})
        assert plugin.call("GetPluginInfo", empty_pb2.Empty()).version == metadata.version("pulumi-daily")
        schema = json.loads(plugin.call("GetSchema", pb.GetSchemaRequest()).schema)
        assert schema["version"] == metadata.version("pulumi-daily")
    finally:
        plugin.end()


def test_custom_timeouts_and_cancel_end_what_waits(emulator: Emulator) -> None:
    emulator.fail("POST /rooms", 429, times=None, retry_after=60)
    errors: list[str] = []
    with plugin_process(apiKey=KEY, apiUrl=emulator.url) as patient:
        inputs, _ = patient.check(ROOM, {"name": "late"})
        with pytest.raises(Refused, match=r"the time-out of 0.5 s for this operation is over; nothing more was sent"):
            patient.create(ROOM, inputs, timeout=0.5)
        emulator.clear_log()

        def create() -> None:
            try:
                patient.create(ROOM, inputs)
            except Refused as error:
                errors.append(str(error))

        thread = threading.Thread(target=create)
        thread.start()
        while not patient.engine.lines and thread.is_alive():  # that the create waits is said
            thread.join(0.05)
        patient.call("Cancel", empty_pb2.Empty())
        thread.join(30)
    assert errors == ["DailyError: Pulumi was cancelled; nothing more was sent"]
    assert emulator.rooms() == {}
    emulator.clear_faults()


def test_an_interrupt_ends_the_process_without_a_word(emulator: Emulator) -> None:
    plugin = Plugin()
    plugin.process.send_signal(signal.SIGINT)
    assert plugin.process.wait(30) == 0
    assert plugin.end() == ""


HOOK = "https://example.com/hook"
IMPORTED: dict[str, tuple[str, dict[str, Any]]] = {
    "Webhook": ("webhooks", {"url": HOOK, "eventTypes": ["meeting.started"]}),
    "PhoneNumber": ("phone_numbers", {"number": "+12125550177"}),
    "DialinConfig": ("dialin_configs", {"type": "pin_dialin", "phone_number": "+12125550177"}),
    "SipTrunk": (
        "sip_trunks",
        {
            "trunk_name": "support",
            "description": "Support",
            "room_template": {"enable_chat": True},
            "notification": {"webhook_url": HOOK},
            "trunk_config": {"allowed_ips": ["203.0.113.0/24"]},
        },
    ),
    "SipClient": ("sip_clients", {"username": "desk.1", "password": "desk-1-password"}),
}


def test_objects_of_every_kind_are_imported(emulator: Emulator) -> None:
    for collection, values in IMPORTED.values():
        emulator.add(collection, **values)
    with plugin_process(apiKey=KEY, apiUrl=emulator.url) as plugin:
        for kind, (collection, _) in IMPORTED.items():
            [identity] = emulator.objects(collection)
            of = urn(kind, "mine")
            found, state, inputs = plugin.read(of, identity, {}, {})
            assert found == identity
            program = {key: item for key, item in inputs.items() if key != "__daily"}
            checked, failures = plugin.check(of, program, inputs)
            assert (kind, failures) == (kind, {})
            assert (kind, plugin.diff(of, identity, state, checked).changes) == (kind, pb.DiffResponse.DIFF_NONE)
    assert [one.path for one in emulator.requests if one.method != "GET"] == []
