"""Laws that hold for every program: run on the test kit, with random programs, changes and failures."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pulumi
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pulumi import ResourceOptions

from pulumi_daily.testing import Stack, StackError

from .toy_provider import Thing, World

NAMES = "abcde"
FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))

THING = st.fixed_dictionaries(
    {
        "n": st.integers(0, 2),
        "key": st.sampled_from(["k", "l"]),
        "mode": st.sampled_from(["none", "none", "true"]),
        "first": st.booleans(),
        "after": st.sets(st.sampled_from(NAMES), max_size=2),
        "uses": st.sampled_from([None, *NAMES]),
        "keyed_by": st.sampled_from([None, None, *NAMES]),
    }
)
PROGRAMS = st.dictionaries(st.sampled_from(NAMES), THING, max_size=5)
METHODS = st.lists(st.sampled_from(["create", "update", "delete"]), min_size=1, max_size=2)
FAILURES = st.dictionaries(st.sampled_from(NAMES), METHODS, max_size=2)


def program_of(description, failures=None):
    """The program of a description; what refers to a later or missing thing refers to nothing."""

    def program():
        made = {}
        for name in sorted(description):
            d = description[name]
            props = {"n": d["n"], "key": name + d["key"], "mode": d["mode"], "first": d["first"]}
            props["fail"] = (failures or {}).get(name, [])
            if d["uses"] in made:
                props["from"] = made[d["uses"]].serial
            if d["keyed_by"] in made:
                props["key"] = pulumi.Output.concat(name, "-", made[d["keyed_by"]].token)
            after = [made[other] for other in sorted(d["after"]) if other in made]
            made[name] = Thing(name, props, ResourceOptions(depends_on=after))

    return program


class Bench:
    """A world and a stack in a directory of their own."""

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory()
        self.world = World(Path(self._directory.name) / "world.json")
        self.stack = Stack(lambda: None, config={"toy:file": str(self.world.path)}, timeout=30)
        return self

    def __exit__(self, *error):
        self._directory.cleanup()

    def things(self):
        return [s for s in self.stack.state if s.type.endswith("Thing")]

    def check_state(self):
        """Every object is known, every state is of an object, and no state comes before what it needs."""
        real = [s for s in self.things() if not s.pending_replacement]
        assert sorted(s.id for s in real) == sorted(self.world.objects)
        seen: set[str] = set()
        for state in self.stack.state:
            if not state.delete:
                assert state.needs() <= seen
                seen.add(state.urn)


def touched(result):
    return {step.name for step in result.steps if step.op != "same"}


def thing(n=1, key="k", *, first=False, after=(), uses=None, keyed_by=None):
    return {"n": n, "key": key, "mode": "none", "first": first, "after": set(after), "uses": uses, "keyed_by": keyed_by}


# `b` is deleted because `a` is replaced, and is created anew without waiting for `a`.
NO_LONGER_DEPENDENT = (
    {
        "a": thing(after="cd", uses="d", keyed_by="a"),
        "b": thing(1, "l", after="bc", uses="b", keyed_by="a"),
        "c": thing(first=True, after="ae", uses="b", keyed_by="e"),
        "d": thing(2, first=True, after="ac", uses="c", keyed_by="a"),
        "e": thing(2, uses="a", keyed_by="b"),
    },
    {
        "a": thing(1, "l", first=True, uses="c", keyed_by="a"),
        "b": thing(first=True),
        "c": thing(2, "l", first=True, after="bc"),
        "d": thing(0, uses="c"),
        "e": thing(0, "l", after="bc", uses="a", keyed_by="a"),
    },
)


@FEW
@given(PROGRAMS, PROGRAMS, st.booleans())
@example(*NO_LONGER_DEPENDENT, False)
def test_what_was_planned_is_done_and_then_nothing_is_left_to_do(before, after, restless):
    with Bench() as bench:
        for description in (before, after):
            if not restless:  # a thing whose diff always says "changed" does not come to rest, nor what depends on it
                description = {name: {**d, "mode": "none"} for name, d in description.items()}
            bench.stack.program = program_of(description)
            planned = bench.stack.preview()
            done = bench.stack.up()
            bench.check_state()
            assert touched(done) <= touched(planned)
            if not restless:
                assert touched(bench.stack.preview()) == set()
            assert bench.stack.refresh().changes.keys() <= {"same", "update"}
        bench.stack.destroy()
        assert bench.world.objects == {}
        assert bench.stack.state == []


@FEW
@given(PROGRAMS, PROGRAMS, FAILURES, st.booleans())
def test_whatever_fails_the_state_is_what_is_there_and_the_next_time_repairs_it(before, after, failures, keep_going):
    with Bench() as bench:
        bench.stack.program = program_of(before)
        bench.stack.up()
        bench.stack.program = program_of(after, failures)
        with suppress(StackError):
            bench.stack.up(continue_on_error=keep_going)
        bench.check_state()
        # Deletions go by the outputs in the state: forget the order to fail, as a repaired provider would.
        for state in bench.stack._states:
            state.outputs.pop("fail", None)
        bench.stack.program = program_of(after)
        bench.stack.up()
        bench.check_state()
        assert {s.name for s in bench.things()} == set(after)
        assert not [s for s in bench.things() if s.delete or s.pending_replacement]
        bench.stack.destroy()
        assert bench.world.objects == {}


@FEW
@given(PROGRAMS.filter(bool), st.data())
def test_drift_is_found_by_a_refresh_and_repaired_by_an_up(description, data):
    with Bench() as bench:
        bench.stack.program = program_of(description)
        bench.stack.up()
        wanted = bench.world.objects
        with bench.world.edit() as world:
            victim = data.draw(st.sampled_from(sorted(world["objects"])))
            if data.draw(st.booleans()):
                del world["objects"][victim]
            else:
                world["objects"][victim]["n"] = 99
        bench.stack.up(refresh=True)
        bench.check_state()
        now = bench.world.objects
        if victim in now:
            assert now == wanted
        else:
            assert len(now) == len(wanted)


def test_the_laws_can_fail():
    nothing = {"n": 0, "key": "k", "mode": "none", "first": False, "after": set(), "uses": None, "keyed_by": None}
    with Bench() as bench:
        bench.stack.program = program_of({"a": nothing, "b": {**nothing, "uses": "a"}}, {"b": ["create"]})
        with pytest.raises(StackError, match="create was told to fail"):
            bench.stack.up()
        assert [s.name for s in bench.things()] == ["a"]
        bench.check_state()
        with bench.world.edit() as world:
            world["objects"]["orphan-1"] = {}
        with pytest.raises(AssertionError):
            bench.check_state()
