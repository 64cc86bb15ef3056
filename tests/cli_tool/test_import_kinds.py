"""`pulumi-daily import` for the other kinds of objects, for the whole account, and for rooms as one set."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from pulumi_daily.emulator import Emulator
from pulumi_daily.lifecycle.errors import import_command
from pulumi_daily.objects.values import camel_case
from pulumi_daily.providers import PROVIDERS, WebhookProvider, serialized
from pulumi_daily.testing import Stack

HOOK = "https://example.com/events"
NUMBER = "+18055550100"
BASIC = "Y2FuYXJ5OmNhbmFyeQ=="
PASSWORD = "canary-pass-1"
STREAM = {"name": "live", "type": "rtmp", "rtmp_config": {"url": "rtmp://live.example.com/canary"}}
EMPTY = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "null"}


def _entries() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(Path("import.json").read_text())["resources"]
    for entry in entries:
        assert entry["inputs"].pop("__provider") == entry["outputs"].pop("__provider")
        assert entry["inputs"].pop("__daily").items() <= entry["outputs"]["__daily"].items()
    return entries


def _kinds() -> list[tuple[str, str]]:
    return [(entry["type"].rpartition(":")[2], entry["name"]) for entry in _entries()]


def hook_name(uuid: str) -> str:
    return f"webhook-{uuid.split('-')[0]}"


def _settings(emulator: Emulator, **values: Any) -> None:
    with emulator.backend.lock:
        emulator.backend.domain().properties.update(values)


@pytest.fixture
def filled(emulator: Emulator) -> Emulator:
    """An account with everything that Daily keeps."""
    emulator.add_room("standup", privacy="private", enable_chat=True)
    emulator.add_room("live", streaming_endpoints=[STREAM])
    _settings(emulator, lang="de", enable_prejoin_ui=True, meeting_join_hook="https://example.com/canary")
    emulator.add("webhooks", url=HOOK, eventTypes=["meeting.started"], basicAuth=BASIC)
    emulator.add("phone_numbers", number=NUMBER)
    emulator.add("dialin_configs", phone_number=NUMBER, room_creation_api="https://example.com/calls")
    emulator.add(
        "sip_trunks",
        trunk_name="support",
        room_template={"enable_chat": True, "streaming_endpoints": [STREAM]},
        notification={"webhook_url": HOOK},
        trunk_config={"allowed_ips": ["203.0.113.0/24"], "credential": {"username": "c", "password": PASSWORD}},
    )
    emulator.add("sip_clients", username="desk.1", password=PASSWORD)
    return emulator


def test_the_entry_of_a_webhook(run: Callable[..., Result], filled: Emulator) -> None:
    (hook,) = filled.objects("webhooks").values()
    result = run("--kind", "Webhook", "--id", hook["uuid"], "--program", "hook.py")
    assert result.exit_code == 0, result.output
    assert json.loads(Path("import.json").read_text())["resources"][0]["inputs"]["__provider"] == serialized(
        WebhookProvider
    )
    (entry,) = _entries()
    assert entry["type"] == "pulumi-python:dynamic/daily:Webhook"
    name = hook_name(hook["uuid"])
    assert (entry["name"], entry["id"]) == (name, hook["uuid"])
    assert entry["inputs"] == {"url": HOOK, "event_types": ["meeting.started"]}
    assert entry["outputs"]["hmac"] == EMPTY
    assert entry["outputs"]["state"] == "ACTIVE"
    assert "explicit_inputs" not in entry["outputs"]["__daily"]
    assert "basic_auth" not in entry["outputs"]
    shown = result.output
    assert "import.json: 1 webhook\n" in shown
    assert "hmac left out (secret): it stays as it is, and the next refresh brings it as an output" in shown
    assert "basic_auth left out (secret); add it to the program, with its secrets" in shown
    assert "retry_type left out: Daily does not show it" in shown
    assert "pulumi refresh --yes" in shown
    code = Path("hook.py").read_text()
    variable = name.replace("-", "_")
    key = camel_case(f"{variable}_basic_auth")
    assert f'{variable} = daily.Webhook(\n    "{name}",\n    url="https://example.com/events",\n' in code
    assert f"    # left out (secret): pulumi config set --secret {key}\n" in code
    assert f'    # basic_auth=config.require_secret("{key}"),\n' in code
    assert f"    pulumi config set --secret {key}\n" in shown
    everything = shown + code + Path("import.json").read_text()
    assert hook["hmac"] not in everything
    assert BASIC not in everything


def test_an_id_belongs_to_the_kind_before_it(run: Callable[..., Result], filled: Emulator) -> None:
    filled.add("sip_clients", username="desk-2")
    (hook,) = filled.objects("webhooks")
    result = run(
        *("--kind", "SipClient", "--id", "desk.1", "--id=desk-2", "--kind=webhook", "--id", hook),
        *("--room", "standup", "--kind", "DomainConfig"),
    )
    assert result.exit_code == 0, result.output
    assert "import.json: 1 domain, 1 room, 1 webhook, 2 SIP clients\n" in result.output
    assert _kinds() == [
        ("DomainConfig", "domain"),
        ("Room", "standup"),
        ("Webhook", hook_name(hook)),
        ("SipClient", "desk.1"),
        ("SipClient", "desk-2"),
    ]


def test_the_domain(run: Callable[..., Result], filled: Emulator) -> None:
    _settings(filled, pinless_dialin=[{"phone_number": NUMBER, "sip_uri": "sip:x"}], recordings_template="")
    result = run("--kind", "DomainConfig", "--id", "acme")
    assert result.exit_code == 0, result.output
    (entry,) = _entries()
    # No default that nobody set, no key of Daily's own, and nothing to lose when the stack is destroyed.
    assert entry["inputs"] == {"properties": {"lang": "de"}, "on_destroy": "keep"}
    assert entry["outputs"]["on_destroy"] == "keep"
    assert entry["outputs"]["config"]["meeting_join_hook"] == "[secret]"
    assert "canary" not in Path("import.json").read_text()
    assert "meeting_join_hook left out (secret)" in result.output
    assert "pinless_dialin left out: deprecated; use DialinConfig resources" in result.output
    other = run("--kind", "DomainConfig", "--id", "other", "--force")
    assert other.exit_code == 1
    assert "there is no domain other" in other.output


def test_numbers_and_trunks_by_what_they_are_called(run: Callable[..., Result], filled: Emulator) -> None:
    result = run("--kind", "PhoneNumber", "--id", NUMBER, "--kind", "SipTrunk", "--id", "support")
    assert result.exit_code == 0, result.output
    number, trunk = _entries()
    assert number["id"] in filled.objects("phone_numbers")
    assert number["inputs"] == {"number": NUMBER}
    assert number["outputs"]["__daily"]["explicit_inputs"] == ["number"]
    assert trunk["id"] in filled.objects("sip_trunks")
    assert trunk["inputs"]["notification"] == {"webhook_url": HOOK}
    assert trunk["inputs"]["trunk_config"]["allowed_ips"] == ["203.0.113.0/24"]
    assert "credential" not in trunk["inputs"]["trunk_config"]
    assert trunk["inputs"]["room_template"] == {"enable_chat": True}
    for left in ("notification.hmac", "trunk_config.credential", "room_template.streaming_endpoints"):
        assert f'SIP trunk "support": {left} left out (secret)' in result.output


def test_a_client_keeps_its_password(run: Callable[..., Result], filled: Emulator) -> None:
    result = run("--kind", "SipClient", "--all")
    (entry,) = _entries()
    assert entry["inputs"] == {"username": "desk.1"}
    assert entry["outputs"]["password"] == EMPTY
    assert "password left out (secret): Daily does not show it, and it stays until" in result.output
    assert "pulumi refresh" not in result.output


def test_a_trunk_that_nothing_but_a_password_guards(run: Callable[..., Result], filled: Emulator) -> None:
    filled.add(
        "sip_trunks",
        trunk_name="gated",
        notification={"webhook_url": HOOK},
        trunk_config={"credential": {"username": "c", "password": PASSWORD}},
    )
    one = run("--kind", "SipTrunk", "--id", "gated")
    assert one.exit_code == 1
    assert 'SIP trunk "gated" cannot be imported: without its secrets (notification.hmac, trunk_config' in one.output
    assert "adopt_existing=True" in one.output
    assert not Path("import.json").exists()
    both = run("--kind", "SipTrunk", "--all")
    assert both.exit_code == 0
    assert _kinds() == [("SipTrunk", "support")]
    assert '  not in the file: SIP trunk "gated" cannot be imported' in both.output


def test_everything(run: Callable[..., Result], filled: Emulator) -> None:
    result = run("--everything", "--program", "all.py")
    assert result.exit_code == 0, result.output
    assert _kinds() == [
        ("DomainConfig", "domain"),
        ("Room", "live"),
        ("Room", "standup"),
        ("Webhook", hook_name(*filled.objects("webhooks"))),
        ("PhoneNumber", NUMBER),
        ("DialinConfig", NUMBER),
        ("SipTrunk", "support"),
        ("SipClient", "desk.1"),
    ]
    assert "paste all.py into the program" in result.output
    written = result.output + Path("import.json").read_text() + Path("all.py").read_text()
    assert "canary" not in written
    made = [filled.objects(kind).values() for kind in ("webhooks", "dialin_configs", "sip_trunks")]
    hmacs = [one.get("hmac") or one["notification"]["hmac"] for objects in made for one in objects]
    assert len(hmacs) == 3
    assert not [hmac for hmac in hmacs if hmac in written]


def test_everything_passes_over_what_the_plan_does_not_have(run: Callable[..., Result], filled: Emulator) -> None:
    filled.fail("GET /webhooks", status=403, body={"error": "forbidden", "info": "not on this plan"}, times=None)
    result = run("--everything")
    assert result.exit_code == 0, result.output
    assert "not in the file: webhooks: Daily does not show them to this account (403 forbidden" in result.output
    assert "Webhook" not in dict(_kinds())
    alone = run("--kind", "Webhook", "--all", "--force")
    assert alone.exit_code == 1
    assert "403" in alone.output


def test_everything_on_a_free_plan_and_with_a_number_without_an_id(
    run: Callable[..., Result], filled: Emulator
) -> None:
    filled.switches.update({"plan": "free", "purchased_number_id": False})
    result = run("--everything")
    assert result.exit_code == 0, result.output
    said = result.output
    assert "not in the file: webhooks: Daily does not show them to this account (400 invalid-plan-type: This" in said
    assert f"not in the file: phone number {NUMBER}: Daily shows it without its id" in said
    assert {kind for kind, _ in _kinds()} == {"DomainConfig", "Room", "DialinConfig", "SipTrunk", "SipClient"}
    alone = run("--kind", "PhoneNumber", "--id", NUMBER, "--force")
    assert alone.exit_code == 1
    assert "Daily shows it without its id" in alone.output


@pytest.mark.parametrize("status", [401, 429, 500])
def test_everything_stops_at_an_error_that_says_nothing_of_the_plan(
    run: Callable[..., Result], filled: Emulator, status: int
) -> None:
    filled.fail("GET /webhooks", status=status, retry_after=60, times=None)
    result = run("--everything")
    assert result.exit_code == 1
    assert str(status) in result.output
    assert not Path("import.json").exists()


def test_rooms_as_one_set(run: Callable[..., Result], emulator: Emulator) -> None:
    for number in (1, 2):
        emulator.add_room(f"team-{number}", privacy="private", enable_chat=True, max_participants=10 * number)
    emulator.add_room("team-3", privacy="private", enable_chat=True, streaming_endpoints=[STREAM])
    emulator.add_room("lobby")
    result = run("--all", "--include", "team-*", "--room-set", "teams", "--program", "teams.py")
    assert result.exit_code == 0, result.output
    assert "import.json: 1 room set\n" in result.output
    (entry,) = _entries()
    assert entry["type"] == "pulumi-python:dynamic/daily:RoomSet"
    assert entry["name"] == "teams"
    assert entry["inputs"] == {
        "rooms": {
            "team-1": {"properties": {"max_participants": 10}},
            "team-2": {"properties": {"max_participants": 20}},
            "team-3": {},
        },
        "defaults": {"privacy": "private", "properties": {"enable_chat": True}},
    }
    assert entry["outputs"]["urls"]["team-2"] == "https://acme.daily.co/team-2"
    assert 'room "team-3": streaming_endpoints left out (secret); add it to the program' in result.output
    assert 'teams = daily.RoomSet(\n    "teams",\n    rooms={' in Path("teams.py").read_text()


def test_a_set_beside_the_rest(run: Callable[..., Result], filled: Emulator) -> None:
    assert run("--everything", "--exclude", "live", "--room-set", "rooms").exit_code == 0
    hook = ("Webhook", hook_name(*filled.objects("webhooks")))
    assert _kinds()[:3] == [("DomainConfig", "domain"), ("RoomSet", "rooms"), hook]
    # One room has nothing in common with others.
    assert _entries()[1]["inputs"] == {
        "rooms": {"standup": {"privacy": "private", "properties": {"enable_chat": True}}}
    }
    assert run("--everything", "--exclude", "live", "--exclude", "stand*", "--as", "set", "--force").exit_code == 0
    assert _kinds()[:2] == [("DomainConfig", "domain"), hook]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (("--include", "stand*"), ["standup"]),
        (("--include", "*.1", "--include", "sup*"), ["support", "desk.1"]),
        (("--exclude", "+1*", "--exclude", "[ls]*", "--exclude", "acme"), ["webhook-*", "desk.1"]),
        (("--include", "[ls]*", "--exclude", "*up"), ["live", "support"]),
    ],
)
def test_patterns_select_objects_of_all_kinds_by_their_names(
    run: Callable[..., Result], filled: Emulator, patterns: tuple[str, ...], names: list[str]
) -> None:
    filled.remove("dialin_configs", *filled.objects("dialin_configs"))
    assert run("--everything", *patterns).exit_code == 0
    found = [name for _, name in _kinds()]
    assert len(found) == len(names)
    assert all(map(fnmatch.fnmatchcase, found, names))


def test_the_settings_of_sip_are_reported_if_daily_shows_only_the_addresses(
    run: Callable[..., Result], emulator: Emulator
) -> None:
    sip = {"sip_mode": "dial-in", "display_name": "Desk"}
    emulator.add_room("calls", sip=sip, enable_chat=True)
    emulator.add_room("lobby", enable_chat=True)
    result = run("--all", "--program", "rooms.py")
    assert result.exit_code == 0, result.output
    why = "Daily does not show it, only its result sip_uri"
    assert f'  room "calls": sip left out: {why}\n' in result.output
    assert 'room "lobby"' not in result.output
    assert f"    # left out: sip ({why})\n" in Path("rooms.py").read_text()
    assert [entry["inputs"]["properties"] for entry in _entries()] == [{"enable_chat": True}] * 2
    assert 'room "calls": sip left out: ' in run("--all", "--room-set", "rooms", "--force").output
    emulator.switches.echo_sip = True
    assert "left out" not in run("--room", "calls", "--force").output
    assert _entries()[0]["inputs"]["properties"] == {"sip": sip, "enable_chat": True}


def _shows_no_change(code: str, emulator: Emulator) -> None:
    """Import the file into a new stack, and preview the program."""
    config = {"daily:apiUrl": emulator.url, "daily:apiKey": emulator.api_key}
    with Stack(lambda: exec(code, {}), config=config) as stack:  # noqa: S102
        stack.import_file(json.loads(Path("import.json").read_text()), protect=False)
        assert set(stack.preview().changes) == {"same"}


def test_of_rooms_whose_names_differ_in_case_only_the_first_is_imported(
    run: Callable[..., Result], emulator: Emulator
) -> None:
    for name in ("a_b", "A_B", "lobby"):
        emulator.add_room(name, privacy="private", enable_chat=True)
    result = run("--everything", "--program", "x.py")
    assert result.exit_code == 0, result.output
    assert [name for kind, name in _kinds() if kind == "Room"] == ["A_B", "lobby"]
    reason = (
        'room "a_b" cannot be imported together with room "A_B": '
        "`pulumi preview` refuses a program with both, because it compares names without case"
    )
    assert f"  not in the file: {reason}\n" in result.output
    code = Path("x.py").read_text()
    assert code.endswith(f")\n\n# not imported: {reason}\n")
    _shows_no_change(code, emulator)
    assert run("--all", "--room-set", "rooms", "--program", "x.py", "--force").exit_code == 0
    assert list(_entries()[0]["inputs"]["rooms"]) == ["A_B", "lobby"]
    _shows_no_change(Path("x.py").read_text(), emulator)
    single = run("--room", "lobby", "--room", "a_b", "--room", "A_B", "--force")
    assert single.exit_code == 1
    assert single.output.startswith('Error: room "A_B" cannot be imported together with room "a_b": ')


def test_of_objects_with_the_same_address_only_the_first_is_imported(
    run: Callable[..., Result], emulator: Emulator
) -> None:
    for _ in range(2):
        emulator.add("dialin_configs", type="pin_dialin", phone_number=NUMBER)
    result = run("--kind", "DialinConfig", "--all")
    assert result.exit_code == 0
    assert len(_entries()) == 1
    assert "refuses a program with both, because it takes them for one object\n" in result.output


def test_names_of_one_kind_differ(run: Callable[..., Result], emulator: Emulator) -> None:
    for number in (NUMBER, "+18055550101"):
        emulator.add("dialin_configs", type="pin_dialin", phone_number=number, name_prefix="Help: desk")
    emulator.add("dialin_configs", room_creation_api="https://example.com/calls")
    emulator.add("dialin_configs", room_creation_api="https://example.com/calls", name_prefix="::")
    others = {
        f"{'Help-desk' if one.get('name_prefix') == 'Help: desk' else 'dialin'}-{identity[:8]}"
        for identity, one in emulator.objects("dialin_configs").items()
        if not one.get("phone_number")
    }
    assert run("--kind", "DialinConfig", "--all").exit_code == 0
    assert {name for _, name in _kinds()} == {f"Help-desk-{NUMBER}", "Help-desk-+18055550101", *others}


def test_what_is_not_there_is_named(run: Callable[..., Result], emulator: Emulator) -> None:
    result = run(
        "--kind", "Webhook", "--id", "a", "--kind", "SipClient", "--id", "b", "--kind", "SipTrunk", "--id", "c"
    )
    assert result.exit_code == 1
    assert "there is no webhook a; there is no SIP trunk c; there is no SIP client b (expired" in result.output
    result = run("--kind", "Webhook", "--all")
    assert result.exit_code == 1
    assert "the domain has no webhook" in result.output
    assert "there is nothing" in run("--kind", "Webhook", "--kind", "SipTrunk", "--all").output


def test_expired_objects_are_not_there(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.switches.expired_sip_client = "200"
    emulator.switches.expired_get = "200"
    emulator.add("sip_clients", username="old", created_at=0, expires_in_seconds=60)
    emulator.add_room("past", exp=1)
    assert "there is no SIP client old (expired" in run("--kind", "SipClient", "--id", "old").output
    assert "there is no room past (expired" in run("--room", "past").output
    assert run("--kind", "SipClient", "--all").exit_code == 1


@pytest.mark.parametrize("kind", [provider.spec.kind for provider in PROVIDERS if provider.spec.kind != "MeetingToken"])
def test_the_commands_that_errors_name_exist(run: Callable[..., Result], emulator: Emulator, kind: str) -> None:
    _, _, *options = import_command(kind, "some-id").split()
    result = run(*options)
    assert result.exit_code == 1, result.output  # the object is not there; the options are
    assert "no " in result.output


def test_webhooks_keep_their_names_when_there_are_more(run: Callable[..., Result], emulator: Emulator) -> None:
    for number in range(3):
        emulator.add("webhooks", url=f"{HOOK}/{number}", eventTypes=["meeting.started"])
        assert run("--kind", "Webhook", "--all", "--force").exit_code == 0
        assert {name for _, name in _kinds()} == {hook_name(uuid) for uuid in emulator.objects("webhooks")}
