"""What the tests of the examples need to know of each: its configuration, and what is special about its life."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import Secret, Stack

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HOOK = "https://example.com/daily"
"""An address that is not on this machine: the emulator takes its test calls as answered."""

CANARY = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmFyeQ=="
EU, EU_KEY, DEV, DEV_KEY = "acme-europe", f"eu-{CANARY}", "acme-dev", f"dev-{CANARY}"
"""Further accounts of the emulator, and their keys. Tests of one process share it: the names are used nowhere else."""

DAY = 86400
OPENED = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - DAY))
"""A pull request that was opened a day ago."""

BUCKET = {"bucket": "acme-recordings", "region": "eu-central-1", "role_arn": "arn:aws:iam::123456789012:role/daily"}


@dataclass
class Life:
    """An example that runs: its stack on the emulator. A story may replace the stack."""

    folder: str
    stack: Stack
    emulator: Emulator
    make: Callable[..., Stack]
    tmp: Path

    def configure(self, **values: Any) -> None:
        """Set values in the namespace of the project."""
        self.stack.config.update({f"{project(self.folder)}:{key}": value for key, value in values.items()})

    def copy(self) -> Path:
        """Let the stack run a copy of the example that may be edited, and return its folder."""
        folder = self.tmp / self.folder
        shutil.copytree(EXAMPLES / self.folder, folder)
        self.stack = self.make(folder, config=self.stack.config, state=self.stack.export(show_secrets=True))
        return folder

    def edit_state(self, edit: Callable[[str], str]) -> None:
        """Change the JSON text of the state: how a test makes time pass, as providers follow the machine's clock."""
        state = json.loads(edit(json.dumps(self.stack.export(show_secrets=True))))
        options = {"config": self.stack.config, "references": self.stack.references, "state": state}
        self.stack = self.make(EXAMPLES / self.folder, **options)

    def writes(self) -> list[str]:
        """Return the requests that changed something since the last call, sorted: ``POST /rooms/standup``."""
        found = [f"{one.method} {one.path.removeprefix('/v1')}" for one in self.emulator.requests]
        self.emulator.clear_log()
        return sorted(one for one in found if not one.startswith("GET "))

    def assert_quiet(self) -> None:
        """Raise AssertionError unless a preview finds nothing and says nothing."""
        result = self.stack.preview()
        assert not result.has_changes
        assert result.messages() == []


def project(folder: str) -> str:
    """Return the name of the example's Pulumi project."""
    path = EXAMPLES / folder / "Pulumi.yaml"
    found = re.search(r"^name: (\S+)$", path.read_text("utf-8"), re.MULTILINE) if path.is_file() else None
    return found[1] if found else folder


def fleet_from_yaml(life: Life) -> None:
    """An edit of the file changes exactly the rooms of its lines; wrong files are refused with their lines."""
    file = life.copy() / "rooms.yaml"
    good = file.read_text("utf-8")
    life.writes()
    edited = good.replace("max_participants: 20", "max_participants: 25").replace("  standup:\n", "  retro:\n")
    file.write_text(edited, "utf-8")
    life.stack.up()
    assert life.writes() == ["DELETE /rooms/standup", "POST /batch/rooms", "POST /rooms/design-review"]
    assert set(life.emulator.rooms()) == {"all-hands", "design-review", "retro"}
    for wrong, texts in [
        ("  retro:\n  retro:\n", ["retro is written twice"]),
        ("  retro:\n  on:\n", ['YAML reads this name as True; write "on", in quotes']),
        (
            "  retro:\n  a b:\n    properties:\n      enable_chatt: true\n",
            ['rooms["a b"]: ', 'rooms["a b"].properties.enable_chatt: ', "did you mean enable_chat?"],
        ),
    ]:
        file.write_text(edited.replace("  retro:\n", wrong), "utf-8")
        result = life.stack.preview(expect_failure=True)
        said = "\n".join(result.messages("error"))
        assert all(text in said for text in texts), said
    file.write_text("room:\n  standup:\n", "utf-8")
    said = "\n".join(life.stack.preview(expect_failure=True).messages("error"))
    assert "rooms.yaml must contain `rooms`" in said
    assert life.writes() == []


def settings_of(stack: str) -> dict[str, Any]:
    """Return the configuration that the example of environments has for a stack."""
    found = yaml.safe_load((EXAMPLES / "environments" / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    return dict(found)


def environments(life: Life) -> None:
    """Each stack has its own account and settings; a key of the other account is refused; production is protected."""
    production, development = settings_of("prod"), settings_of("dev")
    assert production.keys() == {*development, "daily-environments:protect"}
    assert (production["daily:domain"], development["daily:domain"]) == (life.emulator.domain_name, DEV)
    folder, key = EXAMPLES / "environments", Secret(DEV_KEY)
    dev = life.make(folder, stack="dev", config={**development, "daily:apiKey": key})
    dev.up()
    life.stack.config.update(production)
    life.stack.up()
    seats = {
        name: life.emulator.rooms(name)["lobby"]["properties"]["max_participants"]
        for name in (life.emulator.domain_name, DEV)
    }
    assert seats == {life.emulator.domain_name: 50, DEV: 5}
    life.writes()
    wrong = life.make(
        folder, stack="prod", config={**production, "daily:apiKey": key}, state=life.stack.export(show_secrets=True)
    )
    said = "\n".join(wrong.preview(expect_failure=True).messages("error"))
    assert 'daily:domain is "acme", but the API key in use is for "acme-dev"' in said
    life.stack.destroy(expect_failure=True)
    assert life.writes() == []
    dev.destroy()
    life.configure(protect="false")
    life.stack.up()


def two_accounts(life: Life) -> None:
    """Both accounts have the rooms; drift in the second account is found there."""
    names = {"reception", "interviews"}
    assert set(life.emulator.rooms()) == set(life.emulator.rooms(EU)) == names
    life.emulator.edit_room("reception", domain=EU, lang="fr")
    result = life.stack.preview()
    assert (result.ops("rooms-us"), result.ops("rooms-eu")) == (["same"], ["update"])
    life.stack.up()
    life.configure(euKey=Secret(life.emulator.api_key))
    assert any(EU in message for message in life.stack.preview(expect_failure=True).messages("error"))
    life.configure(euKey=Secret(EU_KEY))


def support_desk(life: Life) -> None:
    """What the component makes has the component as its parent; a provider of the component reaches all of it."""
    parts = [one for one in life.stack.state if one.type.startswith("pulumi-python:")]
    assert {one.type.rpartition(":")[2] for one in parts} == {"Room", "Webhook", "DialinConfig", "MeetingToken"}
    assert all("acme:support:SupportDesk$" in one.urn for one in parts)
    assert set(life.stack.outputs["urls"]) == {"billing", "technical"}
    assert "@" in life.stack.outputs["line"]
    assert isinstance(life.stack.outputs["staff_token"], Secret)
    life.configure(euKey=Secret(EU_KEY))
    life.stack.up()
    assert set(life.emulator.rooms(EU)) == {"support-eu-billing"}
    assert len(life.emulator.objects("webhooks", EU)) == len(life.emulator.objects("dialin_configs", EU)) == 1
    life.assert_quiet()


def recordings_bucket(life: Life) -> None:
    """The bucket comes from the other stack; a bucket that Daily cannot use stops the `up`, and changes nothing."""
    kept = life.emulator.rooms()["interviews"]["properties"]["recordings_bucket"]
    assert (kept["bucket_name"], kept["assume_role_arn"]) == (BUCKET["bucket"], BUCKET["role_arn"])
    references = life.stack.references
    life.stack.references = {name: {**outputs, "bucket": "acme-elsewhere"} for name, outputs in references.items()}
    assert life.stack.preview().ops("interviews") == ["update"]
    life.emulator.switches.bucket_verification = "fail"
    said = "\n".join(life.stack.up(expect_failure=True).messages("error"))
    assert "unable to upload test file to bucket acme-elsewhere" in said
    assert life.emulator.rooms()["interviews"]["properties"]["recordings_bucket"] == kept
    life.stack.references = references
    life.assert_quiet()


def pull_request_rooms(life: Life) -> None:
    """After their end the rooms are left alone, until `days` grows; a refresh forgets them, and is then a failure."""

    def end(days: int) -> int:
        """Move the end of the rooms back by so many days, in the state and on Daily; return it."""
        [exp] = {room["properties"]["exp"] for room in life.emulator.rooms().values()}
        past = exp - days * DAY
        for name in life.emulator.rooms():
            life.emulator.edit_room(name, exp=past)
        life.edit_state(lambda text: text.replace(str(exp), str(past)))
        return int(past)

    past = end(30)
    life.configure(openedAt=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(past - 14 * DAY)))
    result = life.stack.preview()
    assert not result.has_changes
    assert len(result.messages()) == 2
    assert all("expired at" in message for message in result.messages())
    said = "\n".join(life.stack.preview(refresh=True, expect_failure=True).messages("error"))
    assert "lies in the past" in said
    life.configure(days=60)
    life.stack.up()
    assert {room["properties"]["exp"] for room in life.emulator.rooms().values()} == {past + 46 * DAY}
    life.assert_quiet()
    end(60)  # a destroy works after the end, too


def app_tokens(life: Life) -> None:
    """The app gets a secret; when the token is renewed, the next `up` of the app hands the new one on."""
    name = "organization/daily-app-tokens/dev"
    app = life.make(
        EXAMPLES / "app_tokens" / "app",
        config={"daily-app:rooms": name, "daily:apiKey": None},
        references={name: life.stack.outputs},
    )
    app.up()
    first = life.stack.outputs["token"].value
    assert isinstance(app.outputs["environment"], Secret)
    assert app.outputs["environment"].value["DAILY_TOKEN"] == first
    assert first not in json.dumps(app.export()) + repr(app.outputs)
    # A day before its end, the token is replaced.
    expires, soon = life.stack.outputs["expires_at"], int(time.time()) + DAY
    life.edit_state(lambda text: text.replace(str(int(expires)), str(soon)))
    assert "replace" in life.stack.up().ops("kiosk")
    app.references = {name: life.stack.outputs}
    app.up()
    assert app.outputs["environment"].value["DAILY_TOKEN"] == life.stack.outputs["token"].value != first
    assert app.outputs["token_expires_at"] == life.stack.outputs["expires_at"] > soon


def thousand_rooms(life: Life) -> None:
    """A thousand rooms cost one request to create, eleven to compare, one for each changed room, and one to delete."""
    life.stack.destroy()
    del life.stack.config["daily-thousand-rooms:rooms"]
    life.writes()
    life.stack.up()
    assert len(life.emulator.rooms()) == 1000
    assert life.writes() == ["POST /batch/rooms"]
    life.assert_quiet()
    assert life.emulator.counts() == {"GET /": 1, "GET /rooms": 10}
    life.configure(large=["class-0007"])
    leaves = life.stack.up().step("classes").detailed_diff
    assert leaves is not None
    assert set(leaves) == {'rooms["class-0007"].properties'}
    assert life.writes() == ["POST /rooms/class-0007"]
    life.stack.destroy()
    assert life.writes() == ["DELETE /batch/rooms"]


@dataclass(frozen=True)
class Case:
    """What an example needs, and its story: what is special about its life between `up` and `destroy`."""

    config: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    story: Callable[[Life], None] | None = None


CASES: Mapping[str, Case] = {
    "app_tokens": Case(story=app_tokens),
    "dialin_config": Case({"callsUrl": HOOK, "hmac": Secret(CANARY)}),
    "environments": Case(story=environments),
    "fleet_from_yaml": Case(story=fleet_from_yaml),
    "phone_number": Case({"areacode": "415"}),
    "pull_request_rooms": Case({"pullRequest": 7, "openedAt": OPENED}, story=pull_request_rooms),
    "recordings_bucket": Case(
        {"storage": "organization/storage/prod"}, {"organization/storage/prod": BUCKET}, recordings_bucket
    ),
    "room": Case({"rtmpUrl": Secret(f"rtmp://live.example.com/{CANARY}")}),
    "sip_trunk": Case({"notifyUrl": HOOK, "carrierPassword": Secret(f"1{CANARY}")}),
    "support_desk": Case({"server": HOOK}, story=support_desk),
    "thousand_rooms": Case({"rooms": 5}, story=thousand_rooms),
    "two_accounts": Case({"euKey": Secret(EU_KEY), "euDomain": EU}, story=two_accounts),
    "webhook": Case({"url": HOOK, "hmac": Secret(CANARY)}),
}
"""The examples that need configuration or have a story; all others are a `Case()`."""


def add_accounts(emulator: Emulator) -> None:
    """Add the further accounts to the emulator, unless an earlier test did."""
    for name, key in ((EU, EU_KEY), (DEV, DEV_KEY)):
        with suppress(ValueError):
            emulator.add_domain(name, key)
