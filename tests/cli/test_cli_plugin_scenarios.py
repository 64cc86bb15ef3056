"""The scenarios once more with the real CLI, through the native plugin: it does what the dynamic providers do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from driver import Cli
from scenarios.catalogue import SCENARIOS
from scenarios.model import Run, Scenario
from scenarios.play import golden, play

from pulumi_daily.emulator import Emulator
from pulumi_daily.plugin._texts import in_other_words

NATIVE = Path(__file__).parents[1] / "scenarios" / "native"
DYNAMIC, PLUGIN = "pulumi-python:dynamic/daily:", "daily:index:"

_NAMES = "the failures of a check have the plugin's names"
_FILE = "an import file of `pulumi-daily import` has dynamic resources"
_CONFIGURATION = "a wrong configuration is a failure of the provider in Pulumi's form, not an error of each resource"
_LATER = "the plugin does not know the rest of the program: the set needs depends_on (docs/plugin.md)"
OTHERWISE: Mapping[str, str] = {
    "check_failures": _NAMES,
    "token_of_a_room_that_is_null": _NAMES,
    "misspelt_configuration": _CONFIGURATION,
    "messages_name_the_provider": _CONFIGURATION,
    "values_beyond_the_models": "plain resources, without a generated SDK, have no typed outputs",
    "import_file": _FILE,
    "renamed_in_the_program": _FILE,
    "import_everything": _FILE,
    "ignore_changes": "Pulumi does not tell a plugin in a refresh what is ignored",
    "two_components": "an automatic name has the types of the parents in it, not their names",
    "from_a_set_to_a_room_that_comes_later": _LATER,
    "between_sets_in_order": _LATER,
}
"""Scenarios that cannot run through the plugin, or end otherwise, with the reason."""


def comparable(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What both adapters have in common: steps under the types of one, the marked leaves of previews, and warnings.

    Drift is an input of the dynamic providers alone. What a refresh found is not told in a preview of the plugin.
    """
    for run in runs:
        run["warnings"] = [in_other_words(line) for line in run.get("warnings", ())]
        for step in run.get("steps", ()):
            leaves = step.pop("leaves", ()) if run["command"] == "preview" and "replace" not in step["op"] else ()
            step["leaves"] = [leaf for leaf in leaves if not leaf.endswith((" adopt_existing", " drift"))]
            step["op"] = "refresh" if step["op"].startswith("refresh") else step["op"]
            step.pop("replaces", None)
            step["type"] = step["type"].replace(DYNAMIC, PLUGIN).replace("pulumi-python", "daily")
    return runs


def translated(act: Run) -> Run:
    """The act with the texts of the plugin, and without leaves."""
    return replace(act, leaves={}, says=in_words(act.says), fails=in_words(act.fails))


def in_words(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(in_other_words, texts))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_scenario(scenario: Scenario, native: Cli, emulator: Emulator) -> None:
    if scenario.name in OTHERWISE:
        pytest.skip(OTHERWISE[scenario.name])
    expected = golden(scenario)
    assert expected is not None
    # Leaves are compared with those of the golden file, where those of drift have another form.
    acts = [translated(act) if isinstance(act, Run) else act for act in scenario.acts]
    assert comparable(play(replace(scenario, acts=acts), native, emulator)) == comparable(expected)
