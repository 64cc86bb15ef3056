"""What the patterns advise against, what they cannot show alone, and the page about them."""

from __future__ import annotations

import ast
import importlib.util
import re
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi
import yaml

import pulumi_daily as daily
from pulumi_daily.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "patterns.md"
FAR = 4_000_000_000
"""Unix seconds, in the year 2096."""


def module(path: Path) -> ModuleType:
    """Return an example's module, which is not on the import path."""
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_a_moving_exp_is_a_change_in_every_preview_and_a_request_for_every_room(
    daily_stack: Any, daily_emulator: Emulator
) -> None:
    rooms, moving = 20, count(FAR)

    def program() -> None:
        names = [f"pr-7-{number}" for number in range(rooms)]
        daily.RoomSet("rooms", defaults={"properties": {"exp": next(moving)}}, rooms={name: {} for name in names})

    stack = daily_stack(program)
    stack.up()
    assert stack.preview().ops("rooms") == ["update"]
    daily_emulator.clear_log()
    stack.up()
    assert daily_emulator.count("POST /rooms/:name") == rooms
    assert stack.preview().ops("rooms") == ["update"]


def test_a_role_that_the_same_up_makes_is_unknown_in_the_preview(daily_stack: Any, daily_emulator: Emulator) -> None:
    """Any resource will do for the one that makes the role: what counts is an output that only the `up` knows."""

    def program() -> None:
        other = daily.Room("stands-for-the-role")
        bucket = daily.RecordingsBucketArgs(
            bucket_name="acme-recordings",
            bucket_region="eu-central-1",
            assume_role_arn=pulumi.Output.concat("arn:aws:iam::123456789012:role/", other.room_id),
        )
        daily.Room("interviews", name="interviews", properties=daily.RoomPropertiesArgs(recordings_bucket=bucket))

    stack = daily_stack(program)
    assert stack.preview().messages() == []
    stack.up()
    arn = daily_emulator.rooms()["interviews"]["properties"]["recordings_bucket"]["assume_role_arn"]
    assert re.fullmatch(r"arn:aws:iam::123456789012:role/[0-9a-f-]{36}", arn)
    assert not stack.preview().has_changes


def test_a_room_that_moves_into_a_component_with_an_alias_keeps_its_name(
    daily_stack: Any, daily_emulator: Emulator
) -> None:
    moved = [False]

    def program() -> None:
        if not moved[0]:
            daily.Room("lobby")
            return
        parent = pulumi.ComponentResource("acme:support:SupportDesk", "desk")
        aliases = [pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]
        daily.Room("lobby", opts=pulumi.ResourceOptions(parent=parent, aliases=aliases))

    stack = daily_stack(program)
    stack.up()
    before = daily_emulator.rooms()
    moved[0] = True
    assert stack.up().ops("lobby") == ["same"]
    assert daily_emulator.rooms() == before


def test_the_program_of_a_customer(daily_stack: Any, daily_emulator: Emulator) -> None:
    """What the service does with it is tested with the CLI."""
    service = module(ROOT / "examples" / "customer_stacks" / "service.py")
    stacks = {name: daily_stack(lambda name=name: service.rooms(name), stack=name) for name in ("acme", "initech")}
    for name, stack in stacks.items():
        stack.up()
        assert not stack.preview().has_changes
        assert set(stack.outputs["urls"]) == {f"{name}-reception", f"{name}-consulting"}
    stacks["acme"].destroy()
    assert set(daily_emulator.rooms()) == {"initech-reception", "initech-consulting"}


def test_the_page_shows_lines_of_the_examples() -> None:
    """A block that begins with a path is a part of this file. Each pattern has a section that links to its program."""
    page = PAGE.read_text("utf-8")
    excerpts = re.findall(r"^```python\n# (examples/\S+)\n(.*?)^```", page, re.M | re.S)
    assert len(excerpts) >= 6
    for path, block in excerpts:
        assert block in (ROOT / path).read_text("utf-8"), path
    patterns = (ROOT / "examples" / "README.md").read_text("utf-8").split("## Patterns")[1].split("\n## ")[0]
    for target in re.findall(r"^\| \[\w+\]\((\w+)/", patterns, re.MULTILINE):
        assert f"(../examples/{target}/" in page


def test_the_code_of_the_page_is_valid() -> None:
    """Code for another provider is text here: it is parsed, and cannot be run."""
    page = PAGE.read_text("utf-8")
    [storage] = re.findall(r"^```text\n# storage/__main__.py\n(.*?)^```", page, re.M | re.S)
    exported = set(re.findall(r'pulumi\.export\("(\w+)"', ast.unparse(ast.parse(storage)).replace("'", '"')))
    program = (ROOT / "examples" / "recordings_bucket" / "__main__.py").read_text("utf-8")
    assert exported == set(re.findall(r'storage\.require_output\("(\w+)"\)', program))
    for block in re.findall(r"^```yaml\n(.*?)^```", page, re.M | re.S):
        assert isinstance(yaml.safe_load(block), dict)
