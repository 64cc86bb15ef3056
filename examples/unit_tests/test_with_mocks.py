"""Tests with Pulumi's mocks: what the program declares. Nothing is validated or created, and no server is started."""

import runpy
from pathlib import Path

import pulumi
import pytest

from pulumi_daily.api import NotFoundError

PROGRAM = Path(__file__).parent / "__main__.py"


class Mocks(pulumi.runtime.Mocks):
    """Daily as the program sees it: each room gets a URL; `template` is the room of this name, or None."""

    def __init__(self, template=None):
        self.template = template
        self.resources = {}
        self.asked = []

    def new_resource(self, args):
        self.resources[args.name] = args
        outputs = dict(args.inputs)
        if args.typ == "pulumi-python:dynamic/daily:Room":
            outputs["url"] = f"https://acme.daily.co/{args.inputs['name']}"
        return f"{args.name}-id", outputs

    def call(self, args):
        self.asked.append((args.token, args.args))
        if args.token == "daily:index:getRoom":
            if self.template is None:
                raise NotFoundError(404, "not-found")
            return self.template
        raise NotImplementedError(args.token)


def run(mocks, **config):
    """Run the program, and return what it exports."""
    pulumi.runtime.set_mocks(mocks, project="daily-unit-tests", stack="test", preview=False)
    pulumi.runtime.set_all_config({f"daily-unit-tests:{key}": value for key, value in config.items()})
    exported = {}

    @pulumi.runtime.test  # waits for the resources
    def program():
        runpy.run_path(str(PROGRAM))
        return pulumi.Output.from_input(pulumi.runtime.get_root_resource().outputs).apply(exported.update)

    program()
    return exported


@pytest.mark.parametrize("languages", ["en", "en,de,fr"])
def test_one_private_room_for_each_language(languages):
    mocks = Mocks()
    exported = run(mocks, languages=languages)
    desks = {name: args.inputs for name, args in mocks.resources.items() if name.startswith("desk-")}
    assert desks.keys() == {f"desk-{language}" for language in languages.split(",")}
    assert {room["privacy"] for room in desks.values()} == {"private"}
    assert exported["urls"] == {language: f"https://acme.daily.co/desk-{language}" for language in languages.split(",")}


def test_the_rooms_are_as_large_as_the_template():
    mocks = Mocks(template={"name": "template", "config": {"max_participants": 30}})
    run(mocks, languages="en")
    assert mocks.resources["desk-en"].inputs["properties"]["max_participants"] == 30
    assert mocks.asked == [("daily:index:getRoom", {"name": "template"})]


def test_ten_people_without_a_template():
    mocks = Mocks()
    run(mocks, languages="en")
    assert mocks.resources["desk-en"].inputs["properties"]["max_participants"] == 10
