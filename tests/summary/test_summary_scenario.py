"""The summary of the pull request in docs/summary.md on the stack runner, and what its ``up`` really costs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from preview_texts import step, summary
from scenarios.model import HEAD
from scenarios.play import make_emulator, reset
from scenarios.pull_request import AFTER, BEFORE, change_on_daily
from scenarios.test_runner_matches_cli import Runner

from pulumi_daily.emulator import Emulator
from pulumi_daily.summary import Guards, Report, Summary, check, read, summarize, to_json, to_markdown

PAGE = Path(__file__).parents[2] / "docs" / "summary.md"
SAMPLE = re.compile(r"```text\n(.*?)```\n", re.DOTALL)


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with make_emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator) -> Emulator:
    reset(server)
    return server


def sample() -> str:
    """Return the comment in the page."""
    [text] = SAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    return str(text)


def record(text: str) -> None:
    """Write the comment into the page, if ``PULUMI_DAILY_RECORD=1`` asks for it."""
    if os.environ.get("PULUMI_DAILY_RECORD"):
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(SAMPLE.sub(lambda _: f"```text\n{text}```\n", page), encoding="utf-8")


def summary_of(runner: Runner) -> Summary:
    return summarize(read(json.dumps(runner.stack.preview().preview_json())))


def test_the_comment_in_the_page(emulator: Emulator, tmp_path: Path) -> None:
    runner = Runner(tmp_path, emulator.url)
    runner.write(BEFORE)
    runner.stack.up()
    change_on_daily(emulator)
    runner.write(AFTER)
    found = summary_of(runner)
    record(to_markdown([Report(found)]))
    assert to_markdown([Report(found)]) == sample()
    assert check(found, Guards(max_deletes=1, max_percent=3.1)) == ()
    [refused] = check(found, Guards(max_percent=3.0))
    assert "1 deletion: room legacy, which is 3.03% of the 33 objects" in refused
    emulator.clear_log()
    runner.stack.up()
    within(found, emulator)
    runner.configure("daily:offline", "true", secret=False)
    blind = summary_of(runner)
    assert (blind.asked, blind.headline) == (False, "no changes; Daily was not asked")


def within(found: Summary, emulator: Emulator) -> None:
    """The requests are at most the estimate and a fourth, and at least its half."""
    counts = emulator.counts()
    assert found.cost.requests / 2 <= sum(counts.values()) <= found.cost.requests * 1.25, (found.cost, counts)


OTHERS = """
daily.Webhook("events", url="https://hooks.example.com/daily", event_types=["meeting.started"])
daily.DomainConfig("acme", properties={"lang": "de"})
daily.MeetingToken("token", properties={"room_name": "one"}, lifetime=3600)
daily.SipClient("desk", username="desk")
"""
STAGES = {
    "new": "rooms = {f'r-{n}': {} for n in range(30)}",
    "changed": "rooms = {f'r-{n}': {'properties': {'lang': 'de'}} for n in range(20)}",
}


def test_the_estimate_of_requests(emulator: Emulator, tmp_path: Path) -> None:
    emulator.rate_limits = False
    runner = Runner(tmp_path, emulator.url)
    single = "".join(f"daily.Room('s-{n}', name='s-{n}', privacy=privacy)\n" for n in range(8))
    for stage, rooms in STAGES.items():
        program = (
            f"{rooms}\ndaily.RoomSet('set', rooms=rooms)\nprivacy = {'public' if stage == 'new' else 'private'!r}\n"
        )
        runner.write(HEAD + program + single + (OTHERS if stage == "new" else ""))
        found = summary_of(runner)
        emulator.clear_log()
        runner.stack.up()
        within(found, emulator)


def test_the_json_in_the_page_has_every_key() -> None:
    [text] = re.findall(r"```json\n(.*?)```\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    old = {"name": "townhall", "properties": {"max_participants": 100}}
    new = {"name": "townhall", "properties": {"max_participants": 200}}
    found = summary(step("update", "Room", "townhall", old, new, ["properties.max_participants"]))
    assert json.loads(to_json([Report(replace(found, title="shop/prod"))])) == json.loads(text)
