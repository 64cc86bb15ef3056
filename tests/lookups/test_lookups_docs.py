"""docs/lookups.md: its snippets run, and it names every lookup with its arguments."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from lookups_world import EU_KEY, second_domain

import pulumi_daily as daily
from pulumi_daily.api import Client
from pulumi_daily.emulator import Emulator
from pulumi_daily.lookups import ROUTES_USED
from pulumi_daily.testing import Secret

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "lookups.md").read_text(encoding="utf-8")
FIRST, *SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)


@pytest.fixture
def furnished(daily_emulator: Emulator) -> dict[str, Any]:
    """Something of everything that the page looks up; gives the configuration of the stack."""
    for name in ("standup", "team-a", "team-b"):
        daily_emulator.add_room(name, "private", enable_chat=True)
    daily_emulator.join("standup", "Ada")
    daily_emulator.add("webhooks", url="https://hooks.example", eventTypes=["meeting.started"], state="FAILED")
    daily_emulator.add("recordings", room_name="standup", duration=10)
    daily_emulator.add("transcripts", room_name="standup")
    job = daily_emulator.add("batch_jobs", preset="transcript")
    daily_emulator.set_job(job["id"], "finished")
    daily_emulator.add("phone_numbers", number="+18058700061")
    daily_emulator.add("sip_clients", username="desk-1")
    second_domain(daily_emulator)
    daily_emulator.add_room("lobby", domain="acme-eu")
    with Client(daily_emulator.api_key, api_url=daily_emulator.url) as client:
        token = client.create_meeting_token({"room_name": "standup"})
    return {
        "page:euKey": Secret(EU_KEY),
        "page:euUrl": daily_emulator.url,
        "page:token": Secret(token),
    }


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_snippet(number: int, furnished: dict[str, Any], daily_stack: Any, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(FIRST + SNIPPETS[number])
    (tmp_path / "Pulumi.yaml").write_text("name: page\nruntime: python\n")
    stack = daily_stack(tmp_path, config=furnished)
    stack.preview()
    stack.up()
    for name in re.findall(r"pulumi\.export\(f?\"(\w+).*# \[secret\]", SNIPPETS[number]):
        (found,) = [value for key, value in stack.outputs.items() if key.startswith(name)]
        assert isinstance(found, Secret)
    stack.destroy()


def test_every_lookup_is_on_the_page_with_its_arguments() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    calls = {name: inner for line in rows for name, inner in re.findall(r"`(\w+)\(([^)`]*)\)`", line.split(" | ")[0])}
    assert calls.keys() == ROUTES_USED.keys()
    for name, inner in calls.items():
        parameters = inspect.signature(getattr(daily, name)).parameters
        wanted = [one for one in parameters if one not in ("default", "opts")]
        assert [part for part in inner.split(", ") if part] == wanted, name


def test_fields_on_the_page_exist() -> None:
    kinds = [value for name, value in vars(daily.lookups).items() if name.endswith("Result")]
    known = {field for kind in kinds for field in (*getattr(kind, "__dataclass_fields__", ()), "setting", "default")}
    known |= {parameter for name in ROUTES_USED for parameter in inspect.signature(getattr(daily, name)).parameters}
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            for word in re.findall(r"`([a-z0-9_]+)`", line.split(" | ", 1)[1]):
                assert word in known, word


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
